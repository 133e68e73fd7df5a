"""What a request brings: query parameters, bodies and the revision an edit was made on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import Field, ValidationError
from pydantic_core import from_json

from headlab.catalogue.text import explain
from headlab.records.base import Record
from headlab.records.draft import Stage
from headlab.records.entry import State
from headlab.server.problems import Refusal

MAX_PAGE = 1000
_LARGEST = 2**31 - 1
_REVISION = re.compile(r'"(\d{1,18})"')
_NOT_OURS = re.compile(r"token|no_track_activity|\d+")
"""Parameters of Jupyter's own: its token, its activity, and the page's way around caches."""

R = TypeVar("R", bound=Record)


class EntryQuery(Record):
    """The filters and the page of a list of entries; an empty parameter is none."""

    text: str = Field(default="", max_length=10_000)
    model: str | None = Field(default=None, max_length=1000)
    state: State | None = None
    layer: int | None = Field(default=None, ge=0, le=_LARGEST)
    category: str | None = Field(default=None, max_length=1000)
    stage: Stage | None = None
    tag: str | None = Field(default=None, max_length=1000)
    limit: int = Field(default=200, ge=1, le=MAX_PAGE)
    offset: int = Field(default=0, ge=0, le=_LARGEST)


class HeadQuery(Record):
    """Which head of which model."""

    fingerprint: str = Field(min_length=1, max_length=1000)
    head: str = Field(min_length=1, max_length=100)


def read_query(kind: type[R], arguments: Mapping[str, list[bytes]]) -> R:
    """The query parameters as a record; of one that is given twice the last counts."""
    try:
        given = {
            name: values[-1].decode("utf-8")
            for name, values in arguments.items()
            if values[-1] and not _NOT_OURS.fullmatch(name)
        }
        return kind.model_validate(given)
    except UnicodeDecodeError:
        raise _bad("A query parameter is not UTF-8.") from None
    except ValidationError as error:
        raise _bad(f"The query is not valid: {_explained(kind, error)}") from None


def read_body(kind: type[R], body: bytes) -> R:
    """A JSON body as a record."""
    try:
        return kind.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise _bad(f"The body is not valid: {_explained(kind, error)}") from None


def read_object(body: bytes) -> dict[str, Any]:
    """A JSON body that must be an object with something in it."""
    try:
        found = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise _bad(f"The body is no JSON: {error}.") from None
    if not isinstance(found, dict) or not found:
        raise _bad("The body must be a JSON object with at least one name and value.")
    return found


def refuse_body(body: bytes) -> None:
    """Refuse a body where nothing is asked for, for it would be ignored."""
    if body.strip() not in (b"", b"{}"):
        raise _bad("This request takes no body.")


def seen_revision(if_match: str | None) -> int:
    """The revision that an edit was made on, from the header If-Match."""
    right = 'Send the header If-Match with the revision that was seen, such as If-Match: "3".'
    if if_match is None:
        raise Refusal(
            HTTPStatus.PRECONDITION_REQUIRED, "input", f"An edit needs its revision. {right}"
        )
    found = _REVISION.fullmatch(if_match.strip())
    if found is None:
        raise _bad(f"The header If-Match names no revision. {right}")
    return int(found.group(1))


def _explained(kind: type[Record], error: ValidationError) -> str:
    return f"{explain(error)}. Its fields are: {', '.join(kind.model_fields)}."


def _bad(message: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "input", message)
