"""Searches that people gave a name."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from headlab.catalogue import schema
from headlab.catalogue.errors import DamagedEntry, Unknown
from headlab.catalogue.history import stamp
from headlab.catalogue.text import canonical, clean
from headlab.records.page import FilterFields, SavedFilter
from headlab.records.provenance import now

_S = schema.saved_filter.c


def read_all(connection: Connection, author: str | None) -> tuple[SavedFilter, ...]:
    """Saved filters by author and name; raises DamagedEntry for one that cannot be read."""
    query = select(schema.saved_filter).order_by(_S.author, _S.name)
    if author is not None:
        query = query.where(_S.author == author)
    return tuple(from_row(row._asdict()) for row in connection.execute(query).all())


def save(
    connection: Connection, author: str, name: str, text: str, filters: FilterFields
) -> SavedFilter:
    """Keep one, in place of an older one of the same name."""
    made = SavedFilter(
        author=author,
        name=clean(name).strip(),
        text=clean(text),
        filters=filters,
        updated_at=now(),
    )
    connection.execute(delete(schema.saved_filter).where(*_named(author, made.name)))
    add(connection, made)
    return made


def add(connection: Connection, made: SavedFilter) -> None:
    """Keep one as it is, where there is none of its author and name."""
    values = {
        "author": made.author,
        "name": made.name,
        "body": canonical({"text": made.text, "filters": dict(made.filters)}),
        "updated_at": stamp(made.updated_at),
    }
    connection.execute(insert(schema.saved_filter).values(values))


def forget(connection: Connection, author: str, name: str) -> None:
    name = clean(name).strip()
    removed = connection.execute(delete(schema.saved_filter).where(*_named(author, name)))
    if removed.rowcount == 0:
        raise Unknown(f"{author} has no saved filter {name!r}. List them to see their names.")


def _named(author: str, name: str) -> tuple[Any, Any]:
    return _S.author == author, _S.name == name


def from_row(row: dict[str, Any]) -> SavedFilter:
    """A row of `saved_filter`; raises DamagedEntry."""
    try:
        return SavedFilter(**json.loads(row.pop("body")), **row)
    except (TypeError, ValueError) as error:
        raise DamagedEntry(f"The saved filter {row['name']!r} cannot be read.") from error
