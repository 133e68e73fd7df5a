"""Votes, and who is asked for one, on their way from one catalogue into another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from headlab.catalogue import votes
from headlab.catalogue.exported import AskedReviewer, ExportedEntry
from headlab.catalogue.history import HeadKey, stamp
from headlab.catalogue.text import clean
from headlab.records.entry import Revision
from headlab.records.errors import CatalogueError
from headlab.records.vote import Vote


def unsaid(
    connection: Connection, entry_id: int, revisions: Iterable[Revision]
) -> tuple[AskedReviewer, ...]:
    """Who is asked about an entry though no revision says so, as older catalogues did it."""
    columns = votes.assignment.c
    query = select(votes.assignment).where(columns.entry_id == entry_id).order_by(columns.position)
    return unsaid_of(connection.execute(query), revisions)


def unsaid_of(rows: Iterable[Any], revisions: Iterable[Revision]) -> tuple[AskedReviewer, ...]:
    """The same out of an entry's rows of `assignment`."""
    said = votes.said_of(revisions)
    return tuple(
        AskedReviewer(reviewer=row.reviewer, assigned_by=row.assigned_by, created_at=row.created_at)
        for row in rows
        if row.reviewer not in said
    )


def check_votes(entry: ExportedEntry, key: HeadKey) -> None:
    """Raise CatalogueError for a vote that was changed, or that is about no draft of the entry."""
    drafts = {one.number for one in entry.revisions if one.action == "draft"}
    for cast in entry.votes:
        if votes.vote_id(key, cast) != cast.id:
            raise CatalogueError(f"The vote {clean(cast.id)[:12]} was changed: its hash is wrong.")
        if cast.draft_id is not None and cast.draft_id not in drafts:
            raise CatalogueError(f"The vote {cast.id[:12]} is about a draft that is not there.")


def new_votes(known: Sequence[Vote], given: Iterable[Vote]) -> tuple[Vote, ...]:
    """Those of the given votes that are not here; of a reviewer's on one draft only newer ones, for
    the last that is added counts."""
    ids = {one.id for one in known}
    newest = {(one.reviewer, one.draft_id): one.created_at for one in known}
    return tuple(
        one
        for one in given
        if one.id not in ids
        and (
            (one.reviewer, one.draft_id) not in newest
            or one.created_at > newest[one.reviewer, one.draft_id]
        )
    )


def ask(connection: Connection, entry_id: int, wanted: Sequence[AskedReviewer]) -> None:
    """Ask reviewers, after those who are asked already."""
    columns = votes.assignment.c
    query = select(columns.position).where(columns.entry_id == entry_id)
    first = max(connection.execute(query).scalars(), default=-1) + 1
    rows = [
        {
            "entry_id": entry_id,
            "reviewer": one.reviewer,
            "position": position,
            "assigned_by": one.assigned_by,
            "created_at": stamp(one.created_at),
        }
        for position, one in enumerate(wanted, first)
    ]
    if rows:
        connection.execute(insert(votes.assignment), rows)
