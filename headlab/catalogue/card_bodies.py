"""Evidence cards of many entries as they are stored, for who wants a few of their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from headlab.catalogue import schema
from headlab.catalogue.store import Catalogue

_AT_ONCE = 200


def card_bodies(catalogue: Catalogue, entry_ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """The JSON of the evidence in force of these entries, of those that have any, in any order.

    Raises CatalogueUnavailable where the catalogue cannot be read.
    """
    entry, document = schema.entry.c, schema.document.c
    joined = schema.entry.join(schema.document, entry.card == document.sha256)
    for start in range(0, len(entry_ids), _AT_ONCE):
        ids = entry_ids[start : start + _AT_ONCE]
        query = select(entry.id, document.body).select_from(joined).where(entry.id.in_(ids))
        with catalogue._database.reading() as connection:
            rows = connection.execute(query).all()
        yield from ((row.id, row.body) for row in rows)
