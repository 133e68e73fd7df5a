"""Lists and searches over entries.

No row of `entry` is committed without its first revision, so that lists need not look for one.
"""

from __future__ import annotations

from typing import Any, cast, get_args

from sqlalchemy import Connection, Select, func, intersect, select

from headlab.catalogue import damage, schema, summaries
from headlab.catalogue.narrowing import ID, OF_SCORES, among_ids, conditions, on_entries, scored
from headlab.catalogue.orders import in_order
from headlab.catalogue.searches import Search, matching
from headlab.catalogue.text import query_words
from headlab.records.entry import EntrySummary, State
from headlab.records.errors import CatalogueError
from headlab.records.page import FilterFields, ModelCount, Sort

_E = schema.entry.c

AT_ONCE = 500
"""Ids that one query names."""


def list_entries(
    connection: Connection, filters: FilterFields, text: str | None, limit: int, offset: int
) -> tuple[EntrySummary, ...]:
    """A page of entries by model and head, or of those a text is found in, best first.

    A text that more than `searches.RANKED` entries hold tells them apart too little to be worth
    ranking all of them: these come in the order in which they were added.
    """
    _check_page(limit, offset)
    found = query_words(text or "")
    if found:
        ids = Search(connection, filters, found).best(limit, offset)
    elif (text or "").strip():
        return ()
    else:
        ids = _listed(connection, filters, found, limit, offset)
    return _rows(connection, ids, filters.get("operation"))


def read_page(
    connection: Connection,
    filters: FilterFields,
    text: str | None,
    limit: int,
    offset: int,
    sort: Sort | None = None,
    descending: bool | None = None,
) -> tuple[tuple[EntrySummary, ...], int]:
    """A page, as of `list_entries` or in an order of `orders.in_order`, and how many there are."""
    _check_page(limit, offset)
    found = query_words(text or "")
    if found and sort is None and descending is None:
        ids, total = Search(connection, filters, found).best_of_all(limit, offset)
    elif (text or "").strip() and not found:
        return (), 0
    else:
        ids = _listed(connection, filters, found, limit, offset, sort, descending)
        total = count_entries(connection, filters, text)
    return _rows(connection, ids, filters.get("operation")), total


def _check_page(limit: int, offset: int) -> None:
    if not (0 <= limit <= schema.MAX_INTEGER and 0 <= offset <= schema.MAX_INTEGER):
        raise CatalogueError(
            f"limit={limit}, offset={offset} is no page: both count from 0 to {schema.MAX_INTEGER}."
        )


def _listed(
    connection: Connection,
    filters: FilterFields,
    found: list[str],
    limit: int,
    offset: int,
    sort: Sort | None = None,
    descending: bool | None = None,
) -> list[int]:
    query = _ordered(connection, filters, found, sort or "head", descending)
    return list(connection.execute(query.limit(limit).offset(offset)).scalars())


def _ordered(
    connection: Connection,
    filters: FilterFields,
    found: list[str],
    sort: Sort,
    descending: bool | None,
) -> Select[Any]:
    """Ids of entries with these words in an order; the scores of an operation lead by themselves."""
    by_operation = sort == "score" and filters.get("operation") is not None
    rest = {name: value for name, value in filters.items() if name not in OF_SCORES}
    narrowed = conditions(cast(FilterFields, rest) if by_operation else filters)
    if found:
        narrowed.append(ID.in_(matching(connection, found).ids()))
    if not by_operation:
        return in_order(select(_E.id).where(*narrowed), sort, descending)
    ids = scored(filters)
    if narrowed:
        ids = ids.where((schema.score.c.entry_id + 0).in_(select(_E.id).where(*narrowed)))
    return in_order(ids, sort, descending, of_scores=True)


def _rows(
    connection: Connection, ids: list[int], operation: str | None
) -> tuple[EntrySummary, ...]:
    """The rows of these ids, in their order; one that cannot be read says so, and hides no other."""
    found = {
        row.id: summaries.from_row(row)
        for start in range(0, len(ids), AT_ONCE)
        for row in damage.rows(
            connection, select(*summaries.COLUMNS).where(_E.id.in_(ids[start : start + AT_ONCE]))
        )
    }
    rows = [found[entry_id] for entry_id in ids if entry_id in found]  # an index may name lost ones
    return summaries.completed(connection, rows, operation)


def count_entries(connection: Connection, filters: FilterFields, text: str | None) -> int:
    """How many entries the same list has over all its pages."""
    query: Select[Any] = select(func.count())
    found = query_words(text or "")
    own, among = on_entries(filters), among_ids(filters)
    if found:
        return Search(connection, filters, found).count()
    elif (text or "").strip():
        return 0
    elif among and not own:  # the other tables say it all, without a walk over all entries
        ids = intersect(*among) if among[1:] else among[0].distinct()
        query = query.select_from(ids.subquery())
    else:
        query = query.select_from(schema.entry).where(*conditions(filters))
    return int(connection.execute(query).scalar_one())


def count_states(connection: Connection) -> dict[str, int]:
    """How many entries are in each state, 0 included."""
    query = select(_E.state, func.count()).group_by(_E.state)
    counted = {damage.shown(state): int(n) for state, n in damage.rows(connection, query)}
    return dict.fromkeys(get_args(State), 0) | counted


def count_models(connection: Connection) -> tuple[ModelCount, ...]:
    """Every model by name, with its number of entries."""
    key = (_E.model_name, _E.model_fingerprint)
    query = select(*key, func.count()).group_by(*key).order_by(*key)
    return tuple(
        ModelCount(name=damage.shown(name), fingerprint=damage.shown(fingerprint), entries=entries)
        for name, fingerprint, entries in damage.rows(connection, query)
    )
