"""What rows of a list show that other tables hold: open votes and the highest relation score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from headlab.catalogue import heads, schema, votes
from headlab.records.entry import EntrySummary

_AT_ONCE = 500


def completed(
    connection: Connection, rows: Sequence[EntrySummary], operation: str | None
) -> tuple[EntrySummary, ...]:
    """The rows with `open_votes`, `best_operation` and `best_score`; of `operation` if one is given."""
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
    waiting = _open_votes(connection, ids)
    for row in rows:
        name, score = best.get(row.id, ("", None))
        shown = {"best_operation": name, "best_score": score, "open_votes": waiting.get(row.id, 0)}
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
    for entry_id, name, value in connection.execute(query):
        known = found.get(entry_id)
        if known is None or (-value, name) < (-known[1], known[0]):
            found[entry_id] = (name, value)
    return found


def _open_votes(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """How many votes no decision rests on, of entries that have votes at all."""
    voted = select(votes.vote.c.entry_id).where(votes.vote.c.entry_id.in_(ids)).distinct()
    with_votes = select(schema.entry).where(schema.entry.c.id.in_(voted))
    stored = [heads.from_row(row) for row in connection.execute(with_votes).all()]
    return {
        head.id: len(votes.open_votes(votes.read(connection, head.id), head.state))
        for head in stored
        if head.state is not None
    }
