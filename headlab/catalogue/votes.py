"""Rows of `vote`, which only grows, and of `assignment`: who is asked for a vote on which entry.

A vote is open until a decision in force names it, so that an undone decision opens its votes again.
Of several votes of a reviewer on one draft the newest counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)

from headlab.catalogue import schema
from headlab.catalogue.changes import HeadState
from headlab.catalogue.errors import DamagedEntry
from headlab.catalogue.history import HeadKey, stamp
from headlab.catalogue.text import canonical, plain, sha256
from headlab.records.head import Head
from headlab.records.vote import Vote

vote = Table(
    "vote",
    schema.metadata,
    Column("number", schema.Key, primary_key=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("entry_id", schema.Key, ForeignKey("entry.id", name="vote_entry_fk"), nullable=False),
    Column("body", Text, nullable=False),
    Index("vote_entry", "entry_id"),
)

assignment = Table(
    "assignment",
    schema.metadata,
    Column(
        "entry_id", schema.Key, ForeignKey("entry.id", name="assignment_entry_fk"), primary_key=True
    ),
    Column("reviewer", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("assigned_by", Text, nullable=False),
    Column("created_at", Text, nullable=False),
)


def vote_id(key: HeadKey, cast: Vote) -> str:
    """sha256 of a vote's content, bound to its head."""
    content = plain(cast)
    del content["id"]
    return sha256(canonical([key.fingerprint, key.head.layer, key.head.index, content]))


def add(connection: Connection, entry_id: int, cast: Vote) -> None:
    values = {"id": cast.id, "entry_id": entry_id, "body": canonical(plain(cast))}
    connection.execute(insert(vote).values(values))


def add_once(connection: Connection, entry_id: int, key: HeadKey, made: Vote) -> Vote:
    """Store a vote under its id, and return it as it is kept.

    The reviewer's newest vote cast again within its second, as a double click does, stays the one it
    is; an older one that the reviewer comes back to is kept as a second younger.
    """
    about = (made.reviewer, made.draft_id)
    own = [one.id for one in read(connection, entry_id) if (one.reviewer, one.draft_id) == about]
    named = made.model_copy(update={"id": vote_id(key, made)})
    while named.id in own[:-1]:
        made = made.model_copy(update={"created_at": made.created_at + timedelta(seconds=1)})
        named = made.model_copy(update={"id": vote_id(key, made)})
    if named.id not in own:
        add(connection, entry_id, named)
    return named


def read(connection: Connection, entry_id: int) -> list[Vote]:
    """Every vote on an entry, oldest first."""
    query = select(vote).where(vote.c.entry_id == entry_id).order_by(vote.c.number)
    return [_vote(row) for row in connection.execute(query).all()]


def read_all(connection: Connection) -> dict[int, list[Vote]]:
    """The votes on every entry that has some, oldest first."""
    found: dict[int, list[Vote]] = {}
    for row in connection.execute(select(vote).order_by(vote.c.number)):
        found.setdefault(row.entry_id, []).append(_vote(row))
    return found


def open_votes(cast: Iterable[Vote], state: HeadState) -> tuple[Vote, ...]:
    """Of an entry's votes those that count and that no decision in force rests on."""
    newest = {(one.reviewer, one.draft_id): one for one in cast}
    decided = {one.id for review in state.reviews for one in review.votes}
    listed = {
        None,
        *(stored.id for stored in state.drafts),
    }  # an undone draft takes its votes along
    return tuple(one for one in newest.values() if one.id not in decided and one.draft_id in listed)


def assign(
    connection: Connection, wanted: Iterable[tuple[int, str]], by: str, when: datetime
) -> None:
    """Ask reviewers for votes on entries; what is asked already stays as it is."""
    kept = {entry_id: list(names) for entry_id, names in assigned(connection).items()}
    rows = []
    for entry_id, reviewer in wanted:
        names = kept.setdefault(entry_id, [])
        if reviewer not in names:
            row = {"entry_id": entry_id, "reviewer": reviewer, "position": len(names)}
            rows.append(row | {"assigned_by": by, "created_at": stamp(when)})
            names.append(reviewer)
    if rows:
        connection.execute(insert(assignment), rows)


def release(connection: Connection, reviewer: str) -> int:
    """Ask a reviewer for nothing more; the number of entries they were asked about."""
    gone = connection.execute(delete(assignment).where(assignment.c.reviewer == reviewer))
    return int(gone.rowcount)


def assigned(connection: Connection) -> dict[int, tuple[str, ...]]:
    """Who is asked about each entry that someone is asked about."""
    columns = assignment.c
    query = select(columns.entry_id, columns.reviewer)
    found: dict[int, tuple[str, ...]] = {}
    for entry_id, reviewer in connection.execute(
        query.order_by(columns.entry_id, columns.position)
    ):
        found[entry_id] = (*found.get(entry_id, ()), reviewer)
    return found


def problems(connection: Connection) -> Iterator[str]:
    """Votes that were changed after they were cast."""
    entry = schema.entry.c
    query = select(vote, entry.model_fingerprint, entry.layer, entry.head_index)
    joined = vote.outerjoin(schema.entry, vote.c.entry_id == entry.id)
    for row in connection.execute(query.select_from(joined).order_by(vote.c.number)):
        name = f"Vote {row.id[:12]} on entry {row.entry_id}"
        if row.model_fingerprint is None:
            yield f"{name}: the entry is gone."
            continue
        try:
            cast = _vote(row)
        except DamagedEntry:
            yield f"{name} cannot be read."
            continue
        key = HeadKey(row.model_fingerprint, Head(layer=row.layer, index=row.head_index))
        if vote_id(key, cast) != row.id:
            yield f"{name} was changed after it was cast: its hash is wrong."


def _vote(row: Any) -> Vote:
    try:
        cast = Vote.model_validate_json(row.body)
        if cast.id != row.id:
            raise ValueError("another vote's body")
    except ValueError as error:
        raise DamagedEntry(f"Vote {row.id[:12]} cannot be read; run verify.") from error
    return cast
