"""Lists and searches over entries.

No row of `entry` is committed without its first revision, so that lists need not look for one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, get_args

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
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from headlab.catalogue import schema
from headlab.catalogue.errors import DamagedEntry
from headlab.catalogue.text import clean, query_words
from headlab.records.entry import EntrySummary, State
from headlab.records.errors import CatalogueError
from headlab.records.page import FilterFields, ModelCount

_E = schema.entry.c
_ID = _E.id + 0  # by an expression: one walk over an index beats a look-up for every match
_FIELDS = TypeAdapter(FilterFields)
_VECTOR: ColumnElement[Any] = literal_column("to_tsvector('simple', search.body)")

RANKED = 2000
"""The most matches of a text that are ranked; a rank is a few microseconds for each of them."""


class _StartsWith(FunctionElement[bool]):
    """A text, a start of it and the end of its range, which SQLite has an index for."""

    type = Boolean()
    inherit_cache = True


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
    if (state := filters.get("state")) is not None:
        found.append(_E.state == state)
    for name in ("layer", "layer_from", "layer_to"):
        if (layer := filters.get(name)) is not None:
            assert isinstance(layer, int)
            found.append(_layer(name, layer))
    for kind in ("category", "stage", "tag", "head_name", "reviewer"):
        if (value := filters.get(kind)) is not None:
            found.append(_ID.in_(_labelled(kind).where(schema.label.c.value == value)))
    scored = [filters.get(name) for name in ("operation", "score_from", "score_to")]
    if any(value is not None for value in scored):
        found.append(_ID.in_(_scored(filters)))
    if (failed := filters.get("has_failed_test")) is not None:
        tested = _labelled("failed_test")
        found.append(_ID.in_(tested) if failed else _ID.not_in(tested))
    return found


def _layer(name: str, layer: int) -> ColumnElement[bool]:
    bounded = min(max(layer, -1), schema.MAX_INTEGER)  # beyond, no database takes it
    if name == "layer":
        return _E.layer == bounded if bounded == layer else false()
    return _E.layer >= bounded if name == "layer_from" else _E.layer <= bounded


def _labelled(kind: str) -> Select[Any]:
    return select(schema.label.c.entry_id).where(schema.label.c.kind == kind)


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
    connection: Connection, filters: FilterFields, text: str | None, limit: int, offset: int
) -> tuple[EntrySummary, ...]:
    """A page of entries by model and head, or of those a text is found in, best first.

    A text that more than RANKED entries hold tells them apart too little to be worth ranking all of
    them: these come in the order in which they were added.
    """
    if not (0 <= limit <= schema.MAX_INTEGER and 0 <= offset <= schema.MAX_INTEGER):
        raise CatalogueError(
            f"limit={limit}, offset={offset} is no page: both count from 0 to {schema.MAX_INTEGER}."
        )
    found = query_words(text or "")
    if found:
        ids = _best(connection, conditions(filters), found, limit, offset)
        rows = connection.execute(select(*_SUMMARY).where(_E.id.in_(ids))).all()
        place = {entry_id: number for number, entry_id in enumerate(ids)}
        return tuple(_summary(row) for row in sorted(rows, key=lambda row: place[row.id]))
    if (text or "").strip():
        return ()
    order = (_E.model_name, _E.model_fingerprint, _E.layer, _E.head_index)
    query = select(*_SUMMARY).where(*conditions(filters)).order_by(*order)
    rows = connection.execute(query.limit(limit).offset(offset)).all()
    return tuple(_summary(row) for row in rows)


def count_entries(connection: Connection, filters: FilterFields, text: str | None) -> int:
    """How many entries the same list has over all its pages."""
    narrowed = conditions(filters)
    query: Select[Any] = select(func.count())
    found = query_words(text or "")
    if found:
        query = _matching(connection, found).among(query.select_from(schema.search), narrowed)
    elif (text or "").strip():
        return 0
    else:
        query = query.select_from(schema.entry).where(*narrowed)
    return int(connection.execute(query).scalar_one())


def _best(
    connection: Connection,
    narrowed: list[ColumnElement[bool]],
    found: list[str],
    limit: int,
    offset: int,
) -> list[int]:
    matching = _matching(connection, found)
    probe = select(matching.identity).where(matching.condition).limit(RANKED + 1)
    common = len(connection.execute(probe).all()) > RANKED
    query = matching.among(select(matching.identity), narrowed)
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

    def among(self, query: Select[Any], narrowed: list[ColumnElement[bool]]) -> Select[Any]:
        """The query over those rows alone whose entries fulfil the conditions."""
        query = query.where(self.condition)
        if not narrowed:
            return query
        return query.where(self.checked.in_(select(_E.id).where(*narrowed)))


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
