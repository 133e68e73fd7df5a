"""A kind of endpoint, as the command line and the settings editor offer it."""

from __future__ import annotations

from typing import Literal

from headlab.records.base import Record


class Preset(Record):
    """`base_url` None: it differs for every user, and `pattern` shows its form.

    `response_format` is the fullest form of answer that is worth asking for first.
    """

    name: str
    title: str
    base_url: str | None
    pattern: str
    needs_key: bool
    response_format: Literal["json_schema", "json_object", "none"] = "json_schema"
    note: str
