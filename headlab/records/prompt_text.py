"""The text of a prompt template that drafts were made with."""

from __future__ import annotations

from headlab.records.base import Record


class PromptText(Record):
    """A template as it was, known by the sha256 of its text in UTF-8."""

    sha256: str
    text: str
