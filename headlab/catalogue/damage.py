"""Rows with text that cannot be decoded: read again with its bytes, so that one of them hides no other.

SQLite hands text to Python as UTF-8, and one wrong byte in it fails a whole query. Only then is the
query asked again; rows that are whole cost nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Row, Select
from sqlalchemy.exc import DBAPIError

_UNDECODABLE = "Could not decode to UTF-8"


def rows(connection: Connection, query: Select[Any]) -> Sequence[Row[*tuple[Any, ...]]]:
    """All rows of a query; text that is no UTF-8 comes as `bytes`, which no record takes."""
    try:
        return connection.execute(query).all()
    except DBAPIError as error:
        if not is_undecodable(error):
            raise
    with raw_text(connection):
        return connection.execute(query).all()


def first(connection: Connection, query: Select[Any]) -> Row[*tuple[Any, ...]] | None:
    """The only row of a query, read as by `rows`; None where there is none."""
    found = rows(connection, query)
    return found[0] if found else None


@contextmanager
def raw_text(connection: Connection) -> Iterator[None]:
    """Within it text that is no UTF-8 comes as `bytes`. A PostgreSQL server hands out none such."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    driver.text_factory = _decoded
    try:
        yield
    finally:
        driver.text_factory = str


def is_undecodable(error: DBAPIError) -> bool:
    """Whether a query failed because of text that is no UTF-8."""
    return _UNDECODABLE in str(error.orig)


def is_malformed(error: DBAPIError) -> bool:
    """Whether a query failed because a part of an SQLite file is damaged, not because it is busy."""
    return type(error.orig) is sqlite3.DatabaseError or is_undecodable(error)


def undecoded(row: Row[Any]) -> tuple[str, ...]:
    """The columns of a row whose text could not be decoded."""
    return tuple(name for name, value in row._asdict().items() if isinstance(value, bytes))


def require_decoded(row: Row[Any]) -> None:
    """Raise ValueError naming the columns whose text could not be decoded."""
    if any(isinstance(value, bytes) for value in row):
        raise ValueError(f"the text of {', '.join(undecoded(row))} cannot be decoded")


def shown(value: object) -> str:
    """A stored text to be read by people: bytes that are no text as escapes."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _decoded(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
