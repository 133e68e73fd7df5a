"""A value that changes with every change to a catalogue, whichever process made it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, func, literal_column, select, text

from headlab.catalogue import schema, votes

EMPTY = "0"
"""The stamp of a catalogue without entries."""

_ROWID: ColumnElement[int] = literal_column("revision.rowid")
_LAST = select(_ROWID, schema.revision.c.hash).order_by(_ROWID.desc()).limit(1)
_COUNT = select(func.count()).select_from(schema.revision)
_LAST_VOTE = select(func.max(votes.vote.c.number))
_COUNT_VOTES = select(func.count()).select_from(votes.vote)
_SNAPSHOT = text("SELECT CAST(pg_current_snapshot() AS text)")


class StampReader:
    """Reads the stamp from what only grows, the revisions and the votes. May be shared by threads.

    SQLite numbers rows in the order of their commits: its newest row says it all, in one seek.
    PostgreSQL's transactions commit in any order, so that only the number of rows is sure. They are
    counted when the transactions that can be seen are others than at the last count.
    """

    def __init__(self) -> None:
        self._counted = ("", "")

    def read(self, connection: Connection) -> str:
        if connection.dialect.name == "sqlite":
            last = connection.execute(_LAST).first()
            cast = connection.execute(_LAST_VOTE).scalar() or ""
            return EMPTY if last is None else f"{last[0]}-{last[1][:16]}-{cast}".rstrip("-")
        seen = str(connection.execute(_SNAPSHOT).scalar_one())
        snapshot, stamp = self._counted
        if seen != snapshot:
            cast = connection.execute(_COUNT_VOTES).scalar_one() or ""
            stamp = f"{connection.execute(_COUNT).scalar_one()}-{cast}".rstrip("-")
            self._counted = (seen, stamp)
        return stamp
