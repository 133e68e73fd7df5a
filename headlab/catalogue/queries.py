"""Lists and searches over entries.

No row of `entry` is committed without its first revision, so that lists need not look for one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast, get_args

from pydantic import TypeAdapter
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    false,
    func,
    intersect,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from headlab.catalogue import in_review, schema, summaries
from headlab.catalogue.errors import DamagedEntry
from headlab.catalogue.orders import in_order
from headlab.catalogue.text import clean, query_words
from headlab.records.entry import EntrySummary, State
from headlab.records.errors import CatalogueError
from headlab.records.page import IN_REVIEW, FilterFields, ModelCount, Sort

_E = schema.entry.c
_ID = _E.id + 0  # by an expression: one walk over an index beats a look-up for every match
_FIELDS = TypeAdapter(FilterFields)
_VECTOR: ColumnElement[Any] = literal_column("to_tsvector('simple', search.body)")

_OF_SCORES = ("operation", "score_from", "score_to")

AT_ONCE = 500
"""Ids that one query names."""

RANKED = 2000
"""The most matches of a text that are ranked; a rank is a few microseconds for each of them."""


class _StartsWith(FunctionElement[bool]):
    """A text, a start of it and the end of its range, which SQLite has an index for."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        return self  # SQLite has no booleans: it would be compared with 1, which no index serves


@compiles(_StartsWith)
def _on_a_server(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    column, start, _ = (compiler.process(part, **options) for part in element.clauses)
    return f"starts_with({column}, {start})"


@compiles(_StartsWith, "sqlite")
def _in_a_file(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    column, start, end = (compiler.process(part, **options) for part in element.clauses)
    return f"({column} >= {start} AND {column} < {end})"


def read_filter(given: FilterFields) -> FilterFields:
    """The fields that narrow something, cleaned; raises CatalogueError for an unknown or wrong one."""
    unknown = sorted(set(given) - set(FilterFields.__annotations__))
    if unknown:
        known = ", ".join(FilterFields.__annotations__)
        raise CatalogueError(f"{unknown[0]!r} is no filter. Filters are: {known}.")
    cleaned = {
        name: clean(value) if isinstance(value, str) else value
        for name, value in given.items()
        if value is not None
    }
    return _FIELDS.validate_python(cleaned)


def conditions(filters: FilterFields) -> list[ColumnElement[bool]]:
    """What a row of `entry` must fulfil."""
    return [*_on_entries(filters), *_elsewhere(filters, _E.id, _ID)]


def _elsewhere(
    filters: FilterFields, identity: ColumnElement[Any], checked: ColumnElement[Any]
) -> list[ColumnElement[bool]]:
    """What other tables must say of an entry, by its id and by the expression to look for in them.

    A score of any operation is looked up for each entry: so many rows may have it that to collect
    them takes longer. Its highest alone tells whether one reaches a lower limit.
    """
    if _is_scored(filters) and filters.get("operation") is None:
        if filters.get("score_to") is None:
            return [checked.in_(ids) for ids in _among_labels(filters)]
        of_it = _scored(filters).where(schema.score.c.entry_id == identity).exists()
        return [of_it, *(checked.in_(ids) for ids in _among_labels(filters))]
    return [checked.in_(ids) for ids in _among_ids(filters)]


def _on_entries(filters: FilterFields) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if (model := filters.get("model")) is not None:
        found.append(
            or_(
                _E.model_name == model,
                _StartsWith(_E.model_fingerprint, model, model + "\U0010ffff"),
            )
            if model
            else false()
        )
    if (state := filters.get("state")) is not None and state != IN_REVIEW:
        found.append(_E.state == state)
    for name in ("layer", "layer_from", "layer_to"):
        if (layer := filters.get(name)) is not None:
            assert isinstance(layer, int)
            found.append(_layer(name, layer))
    if filters.get("operation") is None and (least := filters.get("score_from")) is not None:
        # by an expression: the order's index holds it too, with less to look up
        found.append(_E.best_score + 0 >= max(least, 0.0))
    if filters.get("has_failed_test") is False:
        found.append(_ID.not_in(_labelled("failed_test")))
    return found


def _among_ids(filters: FilterFields) -> list[Select[Any]]:
    """Ids that other tables give, an entry's maybe more than once; it must be among all of them."""
    return [*_among_labels(filters), *([_scored(filters)] if _is_scored(filters) else [])]


def _among_labels(filters: FilterFields) -> list[Select[Any]]:
    found = [
        _labelled(kind).where(schema.label.c.value == value)
        for kind in ("category", "stage", "tag", "head_name", "reviewer")
        if (value := filters.get(kind)) is not None
    ]
    if filters.get("has_failed_test"):
        found.append(_labelled("failed_test"))
    if filters.get("state") == IN_REVIEW:
        found.append(in_review.ids())
    return found


def _layer(name: str, layer: int) -> ColumnElement[bool]:
    bounded = min(max(layer, -1), schema.MAX_INTEGER)  # beyond, no database takes it
    if name == "layer":
        return _E.layer == bounded if bounded == layer else false()
    return _E.layer >= bounded if name == "layer_from" else _E.layer <= bounded


def _labelled(kind: str) -> Select[Any]:
    return select(schema.label.c.entry_id).where(schema.label.c.kind == kind)


def _is_scored(filters: FilterFields) -> bool:
    return any(filters.get(name) is not None for name in _OF_SCORES)


def _scored(filters: FilterFields) -> Select[Any]:
    query = select(schema.score.c.entry_id)
    if (operation := filters.get("operation")) is not None:
        query = query.where(schema.score.c.operation == operation)
    if (least := filters.get("score_from")) is not None:
        query = query.where(schema.score.c.score >= least)
    if (most := filters.get("score_to")) is not None:
        query = query.where(schema.score.c.score <= most)
    return query


def list_entries(
    connection: Connection,
    filters: FilterFields,
    text: str | None,
    limit: int,
    offset: int,
    sort: Sort | None = None,
    descending: bool | None = None,
) -> tuple[EntrySummary, ...]:
    """A page of entries by model and head, or of those a text is found in, best first; `sort` and
    `descending` as in `orders.in_order`.

    A text that more than RANKED entries hold tells them apart too little to be worth ranking all of
    them: these come in the order in which they were added.
    """
    if not (0 <= limit <= schema.MAX_INTEGER and 0 <= offset <= schema.MAX_INTEGER):
        raise CatalogueError(
            f"limit={limit}, offset={offset} is no page: both count from 0 to {schema.MAX_INTEGER}."
        )
    found = query_words(text or "")
    if found and sort is None and descending is None:
        ids = _best(connection, filters, found, limit, offset)
    elif (text or "").strip() and not found:
        return ()
    else:
        query = _ordered(connection, filters, found, sort or "head", descending)
        ids = list(connection.execute(query.limit(limit).offset(offset)).scalars())
    return _rows(connection, ids, filters.get("operation"))


def _ordered(
    connection: Connection,
    filters: FilterFields,
    found: list[str],
    sort: Sort,
    descending: bool | None,
) -> Select[Any]:
    """Ids of entries with these words in an order; the scores of an operation lead by themselves."""
    by_operation = sort == "score" and filters.get("operation") is not None
    rest = {name: value for name, value in filters.items() if name not in _OF_SCORES}
    narrowed = conditions(cast(FilterFields, rest) if by_operation else filters)
    if found:
        matching = _matching(connection, found)
        narrowed.append(_ID.in_(select(matching.identity).where(matching.condition)))
    if not by_operation:
        return in_order(select(_E.id).where(*narrowed), sort, descending)
    ids = _scored(filters)
    if narrowed:
        ids = ids.where((schema.score.c.entry_id + 0).in_(select(_E.id).where(*narrowed)))
    return in_order(ids, sort, descending, of_scores=True)


def _rows(
    connection: Connection, ids: list[int], operation: str | None
) -> tuple[EntrySummary, ...]:
    """The rows of these ids, in their order."""
    found = {
        row.id: _summary(row)
        for start in range(0, len(ids), AT_ONCE)
        for row in connection.execute(
            select(*_SUMMARY).where(_E.id.in_(ids[start : start + AT_ONCE]))
        )
    }
    return summaries.completed(connection, [found[entry_id] for entry_id in ids], operation)


def count_entries(connection: Connection, filters: FilterFields, text: str | None) -> int:
    """How many entries the same list has over all its pages."""
    query: Select[Any] = select(func.count())
    found = query_words(text or "")
    own, among = _on_entries(filters), _among_ids(filters)
    if found:
        query = _matching(connection, found).among(query.select_from(schema.search), filters)
    elif (text or "").strip():
        return 0
    elif among and not own:  # the other tables say it all, without a walk over all entries
        ids = intersect(*among) if among[1:] else among[0].distinct()
        query = query.select_from(ids.subquery())
    else:
        query = query.select_from(schema.entry).where(*conditions(filters))
    return int(connection.execute(query).scalar_one())


def _best(
    connection: Connection,
    filters: FilterFields,
    found: list[str],
    limit: int,
    offset: int,
) -> list[int]:
    matching = _matching(connection, found)
    probe = select(matching.identity).where(matching.condition).limit(RANKED + 1)
    common = len(connection.execute(probe).all()) > RANKED
    query = matching.among(select(matching.identity), filters)
    order = (matching.identity,) if common else (matching.rank, matching.identity)
    query = query.order_by(*order).limit(limit).offset(offset)
    return list(connection.execute(query).scalars())


def count_states(connection: Connection) -> dict[str, int]:
    """How many entries are in each state, 0 included."""
    query = select(_E.state, func.count()).group_by(_E.state)
    counted = {state: int(entries) for state, entries in connection.execute(query)}
    return dict.fromkeys(get_args(State), 0) | counted


def count_models(connection: Connection) -> tuple[ModelCount, ...]:
    """Every model by name, with its number of entries."""
    key = (_E.model_name, _E.model_fingerprint)
    query = select(*key, func.count()).group_by(*key).order_by(*key)
    return tuple(
        ModelCount(name=name, fingerprint=fingerprint, entries=entries)
        for name, fingerprint, entries in connection.execute(query)
    )


@dataclass(frozen=True)
class _Matching:
    """Rows of `search` with all words of a text, the last of them as a start."""

    identity: ColumnElement[Any]
    checked: ColumnElement[Any]
    condition: ColumnElement[bool]
    rank: ColumnElement[Any]

    def among(self, query: Select[Any], filters: FilterFields) -> Select[Any]:
        """The query over those rows alone whose entries fulfil the conditions."""
        query = query.where(self.condition)
        query = query.where(*_elsewhere(filters, self.identity, self.checked))
        own = _on_entries(filters)
        return query.where(self.checked.in_(select(_E.id).where(*own))) if own else query


def _matching(connection: Connection, found: list[str]) -> _Matching:
    search = schema.search.c
    if connection.dialect.name == "sqlite":
        words = " ".join(f'"{word}"' for word in found) + "*"
        matches = literal_column("search").op("MATCH")(bindparam("words", words))
        # by an expression: SQLite would search anew for every row id that may match
        return _Matching(search.rowid, literal_column("search.rowid + 0"), matches, search.rank)
    words = " & ".join(f"'{word}'" for word in found) + ":*"
    wanted = func.to_tsquery(literal_column("'simple'"), bindparam("words", words))
    rank = func.ts_rank(_VECTOR, wanted).desc()
    return _Matching(search.entry_id, search.entry_id, _VECTOR.op("@@")(wanted), rank)


_LISTED = ("categories", "stages", "tags", "head_names", "verdicts")
_SUMMARY: tuple[ColumnElement[Any], ...] = (
    _E.id,
    _E.model_name,
    _E.model_fingerprint,
    _E.layer,
    _E.head_index,
    _E.state,
    _E.description,
    _E.drafter,
    _E.categories,
    _E.stages,
    _E.tags,
    _E.head_names,
    _E.verdicts,
    _E.revision,
    _E.updated_at,
)


def _summary(row: Row[Any]) -> EntrySummary:
    values = row._asdict()
    head = {"layer": values.pop("layer"), "index": values.pop("head_index")}
    try:
        listed = {name: json.loads(values[name]) for name in _LISTED}
        return EntrySummary.model_validate(values | listed | {"head": head})
    except ValueError as error:
        raise DamagedEntry(f"Entry {row.id} cannot be read; run verify.") from error
