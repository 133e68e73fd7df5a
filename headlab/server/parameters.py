"""What a request brings: query parameters, bodies and the revision an edit was made on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal, TypeVar, cast
from urllib.parse import unquote

from pydantic import BeforeValidator, Field, FiniteFloat, ValidationError
from pydantic_core import from_json

from headlab.catalogue.text import explain
from headlab.records.base import Record
from headlab.records.draft import Stage
from headlab.records.page import FilterFields, Sort, StateFilter
from headlab.records.review_round import Order
from headlab.records.vote import Blind
from headlab.server.problems import Refusal

MAX_PAGE = 1000
LARGEST = 2**31 - 1
_REVISION = re.compile(r'"(\d{1,18})"')
_NOT_OURS = re.compile(r"token|no_track_activity|\d+")
"""Parameters of Jupyter's own: its token, its activity, and the page's way around caches."""

Name = Annotated[str, Field(max_length=1000)]
Number = Annotated[int, Field(ge=0, le=LARGEST)]
Format = Literal["json", "csv", "parquet", "markdown", "html", "dataset"]

R = TypeVar("R", bound=Record)


def _separated(given: Any) -> Any:
    return tuple(given.split(",")) if isinstance(given, str) else given


Blinds = Annotated[tuple[Blind, ...], BeforeValidator(_separated)]


class SearchQuery(Record):
    """What a list is narrowed to; an empty parameter is none. Fields as in `FilterFields`."""

    text: str = Field(default="", max_length=10_000)
    model: Name | None = None
    state: StateFilter | None = None
    layer: Number | None = None
    layer_from: Number | None = None
    layer_to: Number | None = None
    category: Name | None = None
    stage: Stage | None = None
    tag: Name | None = None
    head_name: Name | None = None
    reviewer: Name | None = None
    operation: Name | None = None
    score_from: FiniteFloat | None = None
    score_to: FiniteFloat | None = None
    has_failed_test: bool | None = None

    @property
    def filters(self) -> FilterFields:
        found: Any = {name: getattr(self, name) for name in FilterFields.__annotations__}
        return cast(FilterFields, found)


class EntryQuery(SearchQuery):
    """A page of a list. `sort` None is best first for a text, else by head; `descending` None is
    the order's own direction."""

    sort: Sort | None = None
    descending: bool | None = None
    limit: int = Field(default=200, ge=1, le=MAX_PAGE)
    offset: int = Field(default=0, ge=0, le=LARGEST)


class ExportQuery(SearchQuery):
    """A file with what a search finds; `licence` is that of a data set."""

    format: Format
    licence: Name | None = None


class HeadQuery(Record):
    """Which head of which model."""

    fingerprint: Name = Field(min_length=1)
    head: str = Field(min_length=1, max_length=100)


class PairQuery(Record):
    """Two models, each by name or the start of its fingerprint."""

    first: Name = Field(min_length=1)
    second: Name = Field(min_length=1)


class CaseQuery(Record):
    """What a reviewer is not to see, separated by commas."""

    blind: Blinds = ()


class VotesQuery(Record):
    """Whether it is who leads the round that asks."""

    lead: bool = False


class QueueQuery(CaseQuery):
    """Which queue: `mine` is that of who is signed in, else of the settings' reviewer, who is not to
    see what `blind` names, separated by commas; without it the leader's."""

    order: Order = "uncertain"
    mine: bool = False
    model: Name | None = None
    limit: int = Field(default=200, ge=1, le=MAX_PAGE)


class AgreementQuery(Record):
    """Whose agreement; `seed` is that of the bootstrap."""

    model: Name | None = None
    with_open: bool = False
    seed: int = Field(default=0, ge=0, le=LARGEST)


class ImportQuery(Record):
    """Whether only to say what would happen; whether to leave entries that were edited on both sides
    as they are and take the rest; and the name of the file, for the log of imports."""

    dry_run: bool = False
    skip_conflicts: bool = False
    file: Name = ""


class NoQuery(Record):
    """No parameters."""


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


def meant_place(header: str | None) -> str | None:
    """Where the catalogue is that a request is meant for, from the header HeadLab-Place."""
    return None if header is None else unquote(header)


def read_operation_body(kind: Any, body: bytes) -> Any:
    """The body as what an operation takes: a record, any object (a dict), or nothing (None)."""
    if kind is None:
        refuse_body(body)
        return None
    is_record = isinstance(kind, type) and issubclass(kind, Record)
    return read_body(kind, body) if is_record else read_object(body)


def _explained(kind: type[Record], error: ValidationError) -> str:
    return f"{explain(error)}. Its fields are: {', '.join(kind.model_fields)}."


def _bad(message: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "input", message)
