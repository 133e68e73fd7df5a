"""Text on its way into the database and into the search index."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import Any, TypeVar

from pydantic import JsonValue, ValidationError

from headlab.records.base import Record
from headlab.records.errors import CatalogueError
from headlab.records.text import escape

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_WORD = re.compile(r"[^\W_]+")
_MAX_QUERY_WORDS = 32
_MAX_WORD = 200

R = TypeVar("R", bound=Record)


def clean(text: str) -> str:
    """The text with NUL and lone surrogates, which no database takes, written as escapes."""
    return _UNSTORABLE.sub(lambda match: escape(match.group()), text)


def is_clean(value: Any) -> bool:
    """Whether no text inside a plain value needs `clean`."""
    same: bool = _cleaned(value) == value
    return same


def clean_record(record: R) -> R:
    """The record with all its text cleaned; raises CatalogueError when it cannot be stored.

    A number that is not finite has no JSON: the stored record could not be read again.
    """
    data = record.model_dump()
    cleaned = _cleaned(data)
    kind = type(record)
    try:
        stored = record if cleaned == data else kind.model_validate(cleaned)
        kind.model_validate_json(stored.model_dump_json())
    except ValidationError as error:
        raise CatalogueError(
            f"The {kind.__name__} cannot be stored: {explain(error)}. "
            "Numbers must be finite, not NaN or infinite, and texts within their length."
        ) from error
    return stored


def canonical(value: Any) -> str:
    """The one JSON text of a plain value: sorted keys, no spaces; raises ValueError for NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def plain(record: Record) -> dict[str, JsonValue]:
    """A record as plain JSON values."""
    data: dict[str, JsonValue] = json.loads(record.model_dump_json())
    return data


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def explain(error: ValidationError) -> str:
    """The first faults of a validation in a line, without the input's full text."""
    found = error.errors(include_url=False, include_input=False)
    lines = [
        ": ".join([*([".".join(map(str, row["loc"]))] if row["loc"] else []), row["msg"]])
        for row in found[:3]
    ]
    return clean("; ".join(lines)[:600])


def words(text: str) -> list[str]:
    """The words of a text as the search index knows them: no case, no accents, no punctuation."""
    parts = unicodedata.normalize("NFKD", text)
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return _WORD.findall(clean(bare).casefold())


def query_words(text: str) -> list[str]:
    """The words of a search, bounded in number and length."""
    return [word[:_MAX_WORD] for word in words(text[:10_000])[:_MAX_QUERY_WORDS]]


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_cleaned(item) for item in value)
    return value
