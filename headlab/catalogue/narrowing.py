"""What filters say of entries, as conditions of a query."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Boolean, ColumnElement, Select, false, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from headlab.catalogue import in_review, schema
from headlab.catalogue.text import clean
from headlab.records.errors import CatalogueError
from headlab.records.page import IN_REVIEW, FilterFields

_E = schema.entry.c
ID = _E.id + 0
"""By an expression: one walk over an index beats a look-up for every match."""
_FIELDS = TypeAdapter(FilterFields)

OF_SCORES = ("operation", "score_from", "score_to")


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
    return [*on_entries(filters), *elsewhere(filters, _E.id, ID)]


def elsewhere(
    filters: FilterFields, identity: ColumnElement[Any], checked: ColumnElement[Any]
) -> list[ColumnElement[bool]]:
    """What other tables must say of an entry, by its id and by the expression to look for in them.

    A score of any operation is looked up for each entry: so many rows may have it that to collect
    them takes longer. Its highest alone tells whether one reaches a lower limit.
    """
    if _is_scored(filters) and filters.get("operation") is None:
        if filters.get("score_to") is None:
            return [checked.in_(ids) for ids in _among_labels(filters)]
        of_it = scored(filters).where(schema.score.c.entry_id == identity).exists()
        return [of_it, *(checked.in_(ids) for ids in _among_labels(filters))]
    return [checked.in_(ids) for ids in among_ids(filters)]


def of_one(filters: FilterFields, identity: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """What must hold for the entry of an id, all of it looked up by that id."""
    label, score = schema.label.c, schema.score.c
    found: list[ColumnElement[bool]] = []
    if own := on_entries(filters):
        found.append(select(_E.id).where(_E.id == identity, *own).exists())
    found += [ids.where(label.entry_id == identity).exists() for ids in _by_labels(filters)]
    if _is_scored(filters):
        found.append(scored(filters).where(score.entry_id == identity).exists())
    if filters.get("state") == IN_REVIEW:
        found.append(identity.in_(in_review.ids()))
    return found


def on_entries(filters: FilterFields) -> list[ColumnElement[bool]]:
    """What the columns of an entry must be."""
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
        found.append(ID.not_in(_labelled("failed_test")))
    return found


def among_ids(filters: FilterFields) -> list[Select[Any]]:
    """Ids that other tables give, an entry's maybe more than once; it must be among all of them."""
    return [*_among_labels(filters), *([scored(filters)] if _is_scored(filters) else [])]


def _among_labels(filters: FilterFields) -> list[Select[Any]]:
    found = _by_labels(filters)
    return [*found, in_review.ids()] if filters.get("state") == IN_REVIEW else found


def _by_labels(filters: FilterFields) -> list[Select[Any]]:
    found = [
        _labelled(kind).where(schema.label.c.value == value)
        for kind in ("category", "stage", "tag", "head_name", "reviewer")
        if (value := filters.get(kind)) is not None
    ]
    return [*found, _labelled("failed_test")] if filters.get("has_failed_test") else found


def _layer(name: str, layer: int) -> ColumnElement[bool]:
    bounded = min(max(layer, -1), schema.MAX_INTEGER)  # beyond, no database takes it
    if name == "layer":
        return _E.layer == bounded if bounded == layer else false()
    return _E.layer >= bounded if name == "layer_from" else _E.layer <= bounded


def _labelled(kind: str) -> Select[Any]:
    return select(schema.label.c.entry_id).where(schema.label.c.kind == kind)


def _is_scored(filters: FilterFields) -> bool:
    return any(filters.get(name) is not None for name in OF_SCORES)


def scored(filters: FilterFields) -> Select[Any]:
    """Ids of entries with such a score, an entry's maybe more than once."""
    query = select(schema.score.c.entry_id)
    if (operation := filters.get("operation")) is not None:
        query = query.where(schema.score.c.operation == operation)
    if (least := filters.get("score_from")) is not None:
        query = query.where(schema.score.c.score >= least)
    if (most := filters.get("score_to")) is not None:
        query = query.where(schema.score.c.score <= most)
    return query
