"""Which entries are in review: people judge them, and nobody has decided on what they said.

These are entries with an open vote, as `votes.open_votes` finds them, and drafted ones that someone is
asked about. It is asked of the database, because a list must not read every state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    func,
    literal,
    not_,
    or_,
    select,
    union,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from headlab.catalogue import schema
from headlab.catalogue.votes import assignment, vote

_E = schema.entry.c


class _Field(FunctionElement[str]):
    """A field of a JSON text by its name, NULL where it is null."""

    type = String()
    inherit_cache = True


@compiles(_Field)
def _on_a_server(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    body, name = (compiler.process(part, **options) for part in element.clauses)
    return f"({body}::json ->> {name})"


@compiles(_Field, "sqlite")
def _in_a_file(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    body, name = (compiler.process(part, **options) for part in element.clauses)
    # one damaged vote must not fail the list: SQLite refuses to look into what is no JSON
    return f"CASE WHEN json_valid({body}) THEN json_extract({body}, '$.' || {name}) END"


def ids() -> Select[Any]:
    """The ids of these entries, each once."""
    asked = select(_E.id).where(_E.state == "drafted", _E.id.in_(select(assignment.c.entry_id)))
    return select(union(asked, _with_open_votes()).subquery().c.id)


def concerned(connection: Connection, entry_ids: Sequence[int]) -> tuple[int, ...]:
    """Those of these entries with votes or with somebody asked for one: few, which alone can be."""
    known = (
        select(one.c.entry_id).where(one.c.entry_id.in_(entry_ids)) for one in (vote, assignment)
    )
    return tuple(connection.execute(union(*known)).scalars())


def among(connection: Connection, entry_ids: Sequence[int]) -> frozenset[int]:
    """Those of these entries; no other entry is looked at."""
    asked = (
        select(_E.id)
        .join(assignment, assignment.c.entry_id == _E.id)
        .where(_E.state == "drafted", _E.id.in_(entry_ids))
    )
    voted = _with_open_votes().where(_E.id.in_(entry_ids))
    return frozenset(connection.execute(union(asked, voted)).scalars())


def count(connection: Connection) -> int:
    """How many entries are in review."""
    return int(connection.execute(select(func.count()).select_from(ids().subquery())).scalar_one())


def _with_open_votes() -> Select[Any]:
    newer = vote.alias("newer")
    draft = _said(vote.c.body, "draft_id")
    replaced = select(newer.c.number).where(
        newer.c.entry_id == vote.c.entry_id,
        newer.c.number > vote.c.number,
        _said(newer.c.body, "reviewer") == _said(vote.c.body, "reviewer"),
        _said(newer.c.body, "draft_id").is_not_distinct_from(draft),
    )
    # canonical JSON escapes quotes within texts, so that no text can look like these
    decided = _E.reviews.contains(literal('"id":"') + vote.c.id + '"')
    listed = [_E.drafts.contains(literal('},"id":') + draft + end) for end in ("}", ',"template"')]
    return (
        select(_E.id)
        .join(vote, vote.c.entry_id == _E.id)
        .where(_said(vote.c.body, "reviewer").is_not(None))  # else it cannot be read
        .where(or_(draft.is_(None), *listed), not_(decided), ~replaced.exists())
    )


def _said(body: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    return _Field(body, literal(name))
