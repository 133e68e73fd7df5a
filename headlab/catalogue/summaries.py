"""Rows of a list: what `entry` holds of them, and of other tables open votes and the highest score."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from headlab.catalogue import damage, heads, in_review, schema, votes
from headlab.catalogue.errors import DamagedEntry
from headlab.records.entry import EntrySummary

_AT_ONCE = 500
_E = schema.entry.c
_LISTED = ("categories", "stages", "tags", "head_names", "verdicts")
COLUMNS: tuple[ColumnElement[Any], ...] = (
    _E.id,
    _E.model_name,
    _E.model_fingerprint,
    _E.layer,
    _E.head_index,
    _E.state,
    _E.description,
    _E.drafter,
    _E.categories,
    _E.stages,
    _E.tags,
    _E.head_names,
    _E.verdicts,
    _E.revision,
    _E.updated_at,
)
"""What `from_row` needs of `entry`."""
_UNREAD: dict[str, Any] = {
    "model_name": "",
    "model_fingerprint": "",
    "head": {"layer": 0, "index": 0},
    "state": "undescribed",
    "description": "",
    "drafter": "",
    "revision": 0,
    "updated_at": datetime.fromtimestamp(0, UTC),
}
_IDENTITY = ("model_name", "model_fingerprint", "head", "revision", "updated_at")


def from_row(row: Row[Any]) -> EntrySummary:
    """A row of `COLUMNS`; one that cannot be read is a summary that says so."""
    values = row._asdict()
    values["head"] = {"layer": values.pop("layer"), "index": values.pop("head_index")}
    try:
        damage.require_decoded(row)
        listed = {name: json.loads(values[name]) for name in _LISTED}
        return EntrySummary.model_validate(values | listed)
    except (TypeError, ValueError):
        return _damaged(values)


def _damaged(values: dict[str, Any]) -> EntrySummary:
    """The id, and of model, head, revision and time what is valid by itself."""
    known = _UNREAD | {"id": values["id"]}
    for name in _IDENTITY:
        try:
            EntrySummary.model_validate(known | {name: values[name]})
        except ValueError:
            continue
        known[name] = values[name]
    unknown = "" if known["head"] is values["head"] else ", not even which head it is of"
    said = f"Entry {values['id']} cannot be read{unknown}; run verify."
    return EntrySummary.model_validate(known | {"damaged": said})


def completed(
    connection: Connection, rows: Sequence[EntrySummary], operation: str | None
) -> tuple[EntrySummary, ...]:
    """The rows with `open_votes`, `in_review`, `draft_unclear`, `best_operation` and `best_score`.

    The last two are of `operation` if one is given.
    """
    return tuple(
        row
        for start in range(0, len(rows), _AT_ONCE)
        for row in _completed(connection, rows[start : start + _AT_ONCE], operation)
    )


def _completed(
    connection: Connection, rows: Sequence[EntrySummary], operation: str | None
) -> Iterator[EntrySummary]:
    ids = [row.id for row in rows]
    best = _best_scores(connection, ids, operation)
    concerned = in_review.concerned(connection, ids)
    waiting = _open_votes(connection, concerned) if concerned else {}
    judged = in_review.among(connection, concerned) if concerned else frozenset()
    unclear = _unclear(connection, ids)
    for row in rows:
        if row.damaged:
            yield row
            continue
        name, score = best.get(row.id, ("", None))
        shown = {
            "best_operation": name,
            "best_score": score,
            "open_votes": waiting.get(row.id, 0),
            "in_review": row.id in judged,
            "draft_unclear": row.id in unclear,
        }
        yield row.model_copy(update=shown)


def _best_scores(
    connection: Connection, ids: Sequence[int], operation: str | None
) -> dict[int, tuple[str, float]]:
    """Of each entry the operation with the highest score, the first by name of equal ones."""
    score = schema.score.c
    query = select(score.entry_id, score.operation, score.score).where(score.entry_id.in_(ids))
    if operation is not None:
        query = query.where(score.operation == operation)
    found: dict[int, tuple[str, float]] = {}
    for entry_id, stored, value in damage.rows(connection, query):
        if not isinstance(value, float):
            continue  # `verify` tells of it
        name = damage.shown(stored)
        known = found.get(entry_id)
        if known is None or (-value, name) < (-known[1], known[0]):
            found[entry_id] = (name, value)
    return found


def _unclear(connection: Connection, ids: Sequence[int]) -> frozenset[int]:
    """Those whose newest draft says that no pattern was found; few rows have any such draft."""
    query = select(_E.id, _E.drafts).where(_E.id.in_(ids), _E.drafts.contains('"unclear":true'))
    found = []
    for entry_id, stored in damage.rows(connection, query):
        try:
            if json.loads(stored)[-1]["draft"]["unclear"] is True:
                found.append(entry_id)
        except (ValueError, TypeError, LookupError):
            continue  # `verify` tells of it
    return frozenset(found)


def _open_votes(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """How many votes no decision rests on, of entries that have votes at all and can be read."""
    voted = select(votes.vote.c.entry_id).where(votes.vote.c.entry_id.in_(ids)).distinct()
    with_votes = select(schema.entry).where(schema.entry.c.id.in_(voted))
    found: dict[int, int] = {}
    for row in damage.rows(connection, with_votes):
        try:
            state = heads.from_row(row).state
            cast = votes.read(connection, row.id)
        except DamagedEntry:  # its page and `verify` say what is wrong
            continue
        if state is not None:
            found[row.id] = len(votes.open_votes(cast, state))
    return found
