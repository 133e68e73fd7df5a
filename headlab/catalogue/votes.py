"""Rows of `vote`, which only grows, and of `assignment`: who is asked for a vote on which entry,
as the revisions of the entry say.

A vote is open until a decision in force names it, so that an undone decision opens its votes again.
Of several votes of a reviewer on one draft the newest counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
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

from headlab.catalogue import damage, schema
from headlab.catalogue.changes import AssignChange, HeadState
from headlab.catalogue.errors import DamagedEntry, NotYourName
from headlab.catalogue.history import HeadKey, read_change, stamp
from headlab.catalogue.text import canonical, plain, sha256
from headlab.records.entry import Revision
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
    is; an older one that the reviewer comes back to is kept as a second younger. Raises NotYourName
    where it would replace the vote of someone who was signed in, and nobody is.
    """
    about = (made.reviewer, made.draft_id)
    cast = [one for one in read(connection, entry_id) if (one.reviewer, one.draft_id) == about]
    own = [one.id for one in cast]
    named = made.model_copy(update={"id": vote_id(key, made)})
    if any(one.authenticated_by for one in cast) and not made.authenticated_by:
        raise NotYourName(made.reviewer)
    while named.id in own[:-1]:
        made = made.model_copy(update={"created_at": made.created_at + timedelta(seconds=1)})
        named = made.model_copy(update={"id": vote_id(key, made)})
    if named.id not in own:
        add(connection, entry_id, named)
    return named


def read(connection: Connection, entry_id: int) -> list[Vote]:
    """Every vote on an entry, oldest first."""
    query = select(vote).where(vote.c.entry_id == entry_id).order_by(vote.c.number)
    return [_vote(row) for row in damage.rows(connection, query)]


def read_all(connection: Connection) -> dict[int, list[Vote]]:
    """The votes on every entry that has some, oldest first."""
    found: dict[int, list[Vote]] = {}
    for row in damage.rows(connection, select(vote).order_by(vote.c.number)):
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


def may_know(connection: Connection, entry_id: int, state: HeadState, reviewer: str) -> bool:
    """Whether a reviewer's own judgement of the newest draft is made, so that others' may be seen."""
    return reviewer in _judges(read(connection, entry_id), state)


def missing(connection: Connection, entry_id: int, state: HeadState) -> tuple[str, ...]:
    """Who is asked about an undecided entry and has not voted on its newest draft."""
    asked = asked_about(connection, entry_id)
    cast = read(connection, entry_id) if asked else []
    if not asked or (state.state != "drafted" and not open_votes(cast, state)):
        return ()
    voted = _judges(cast, state)
    return tuple(name for name in asked if name not in voted)


def _judges(cast: Iterable[Vote], state: HeadState) -> set[str]:
    newest = state.drafts[-1].id if state.drafts else None
    return {one.reviewer for one in cast if one.draft_id == newest}


def present(connection: Connection, ids: Iterable[str]) -> tuple[str, ...]:
    """Those of the ids that are of votes here."""
    wanted = tuple(ids)
    query = select(vote.c.id).where(vote.c.id.in_(wanted))
    found = set(connection.execute(query).scalars()) if wanted else set()
    return tuple(one for one in wanted if one in found)


def follow(connection: Connection, entry_id: int, revision: Revision) -> None:
    """Ask and release as a revision of an entry says; who is asked already keeps the place."""
    change = _assignment(revision)
    columns = assignment.c
    gone = (columns.entry_id == entry_id, columns.reviewer.in_(change.released or ()))
    connection.execute(delete(assignment).where(*gone))
    query = select(columns.reviewer, columns.position).where(columns.entry_id == entry_id)
    places = {row.reviewer: row.position for row in connection.execute(query)}
    fresh = [name for name in dict.fromkeys(change.asked or ()) if name not in places]
    rows = [
        {
            "entry_id": entry_id,
            "reviewer": name,
            "position": position,
            "assigned_by": revision.author,
            "created_at": stamp(revision.created_at),
        }
        for position, name in enumerate(fresh, max(places.values(), default=-1) + 1)
    ]
    if rows:
        connection.execute(insert(assignment), rows)


def asked_about(connection: Connection, entry_id: int) -> tuple[str, ...]:
    """Who is asked about one entry, in the order in which they were."""
    columns = assignment.c
    query = select(columns.reviewer).where(columns.entry_id == entry_id)
    return tuple(connection.execute(query.order_by(columns.position)).scalars())


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
        name = f"Vote {damage.shown(row.id)[:12]} on entry {row.entry_id}"
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


def misassigned(
    connection: Connection, entry_id: int, revisions: Iterable[Revision]
) -> tuple[str, ...]:
    """Reviewers who are asked though the entry's history released them, or the other way round."""
    said = said_of(revisions)
    asked = asked_about(connection, entry_id) if said else ()
    return tuple(name for name, is_asked in said.items() if is_asked != (name in asked))


def said_of(revisions: Iterable[Revision]) -> dict[str, bool]:
    """Every reviewer that a history names, and whether it leaves them asked."""
    said: dict[str, bool] = {}
    for revision in revisions:
        if revision.action == "assign":
            change = _assignment(revision)
            said |= dict.fromkeys(change.released or (), False)
            said |= dict.fromkeys(change.asked or (), True)
    return said


def _assignment(revision: Revision) -> AssignChange:
    change = read_change(revision)
    assert isinstance(change, AssignChange)
    return change


def _vote(row: Any) -> Vote:
    try:
        cast = Vote.model_validate_json(row.body)
        if cast.id != row.id:
            raise ValueError("another vote's body")
    except ValueError as error:
        raise DamagedEntry(
            f"Vote {damage.shown(row.id)[:12]} cannot be read; run verify."
        ) from error
    return cast
