"""Entries that hold the words of a text, best first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, literal_column, select

from headlab.catalogue import narrowing, schema
from headlab.records.page import FilterFields

RANKED = 2000
"""The most matches of a text that are ranked; a rank is a few microseconds for each of them."""

_VECTOR: ColumnElement[Any] = literal_column("to_tsvector('simple', search.body)")


@dataclass(frozen=True)
class Matching:
    """Rows of `search` with all words of a text, the last of them as a start."""

    identity: ColumnElement[Any]
    checked: ColumnElement[Any]
    condition: ColumnElement[bool]
    rank: ColumnElement[Any]

    def ids(self) -> Select[Any]:
        return select(self.identity).where(self.condition)


def matching(connection: Connection, words: list[str]) -> Matching:
    search = schema.search.c
    if connection.dialect.name == "sqlite":
        text = " ".join(f'"{word}"' for word in words) + "*"
        matches = literal_column("search").op("MATCH")(bindparam("words", text))
        # by an expression: SQLite would search anew for every row id that may match
        return Matching(search.rowid, literal_column("search.rowid + 0"), matches, search.rank)
    text = " & ".join(f"'{word}'" for word in words) + ":*"
    wanted = func.to_tsquery(literal_column("'simple'"), bindparam("words", text))
    rank = func.ts_rank(_VECTOR, wanted).desc()
    return Matching(search.entry_id, search.entry_id, _VECTOR.op("@@")(wanted), rank)


class Search:
    """The entries with some words that filters leave.

    Few of them are looked up one by one and ranked. Many are held against all that a filter leaves,
    collected once, and come in the order in which they were added.
    """

    def __init__(self, connection: Connection, filters: FilterFields, words: list[str]) -> None:
        self._connection = connection
        self._filters = filters
        self._matching = matching(connection, words)

    def best(self, limit: int, offset: int) -> list[int]:
        """The ids of a page."""
        few = self._few()
        return self._page(limit, offset) if few is None else few[offset : offset + limit]

    def best_of_all(self, limit: int, offset: int) -> tuple[list[int], int]:
        """The ids of a page, and how many there are on all pages."""
        few = self._few()
        if few is not None:
            return few[offset : offset + limit], len(few)
        if not self._filters:  # nothing is to be collected, and an index alone counts
            return self._page(limit, offset), self._count_common()
        found = self._common().cte("found")
        (identity,) = found.c
        total = select(func.count()).select_from(found).scalar_subquery()
        query = select(identity, total).order_by(identity).limit(limit).offset(offset)
        rows = self._connection.execute(query).all()
        return [row[0] for row in rows], int(rows[0][1]) if rows else self._count_common()

    def count(self) -> int:
        few = self._few()
        return self._count_common() if few is None else len(few)

    def _few(self) -> list[int] | None:
        """All ids, best first; None when the words tell too little apart for that."""
        probe = self._matching.ids().limit(RANKED + 1)
        if len(self._connection.execute(probe).all()) > RANKED:
            return None
        query = self._matching.ids().where(
            *narrowing.of_one(self._filters, self._matching.identity)
        )
        query = query.order_by(self._matching.rank, self._matching.identity)
        return list(self._connection.execute(query).scalars())

    def _page(self, limit: int, offset: int) -> list[int]:
        query = self._common().order_by(self._matching.identity).limit(limit).offset(offset)
        return list(self._connection.execute(query).scalars())

    def _common(self) -> Select[Any]:
        found, checked = self._matching, self._matching.checked
        query = found.ids().where(*narrowing.elsewhere(self._filters, found.identity, checked))
        own = narrowing.on_entries(self._filters)
        return query.where(checked.in_(select(schema.entry.c.id).where(*own))) if own else query

    def _count_common(self) -> int:
        found = self._common().subquery()
        return int(self._connection.execute(select(func.count()).select_from(found)).scalar_one())
