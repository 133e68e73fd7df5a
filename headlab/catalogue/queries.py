"""Lists and searches over entries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, get_args

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
)

from headlab.catalogue import schema
from headlab.catalogue.errors import DamagedEntry
from headlab.catalogue.text import clean, query_words
from headlab.records.entry import EntrySummary, State
from headlab.records.errors import CatalogueError
from headlab.records.page import ModelCount

_E = schema.entry.c
_VECTOR: ColumnElement[Any] = literal_column("to_tsvector('simple', search.body)")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list is narrowed to; `model` is a name, or the start of a fingerprint."""

    model: str | None = None
    state: str | None = None
    layer: int | None = None
    category: str | None = None
    stage: str | None = None
    tag: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [_E.revision > 0]
        if self.model is not None:
            model = clean(self.model)
            start = _E.model_fingerprint.startswith(model, autoescape=True)
            found.append(or_(_E.model_name == model, start) if model else false())
        if self.state is not None:
            found.append(_E.state == clean(self.state))
        if self.layer is not None:
            known = 0 <= self.layer <= schema.MAX_INTEGER
            found.append(_E.layer == self.layer if known else false())
        for kind in ("category", "stage", "tag"):
            value = getattr(self, kind)
            if value is not None:
                label = schema.label.c
                wanted = (label.kind == kind, label.value == clean(value), label.entry_id == _E.id)
                found.append(exists().where(*wanted))
        return found


def list_entries(
    connection: Connection, filters: Filters, text: str | None, limit: int, offset: int
) -> tuple[EntrySummary, ...]:
    """A page of entries by model and head, or of those a text is found in, best first."""
    if not (0 <= limit <= schema.MAX_INTEGER and 0 <= offset <= schema.MAX_INTEGER):
        raise CatalogueError(
            f"limit={limit}, offset={offset} is no page: both count from 0 to {schema.MAX_INTEGER}."
        )
    order = (_E.model_name, _E.model_fingerprint, _E.layer, _E.head_index)
    query: Select[Any] = select(*_SUMMARY).where(*filters.conditions())
    found = query_words(text or "")
    if found:
        query, rank = _matching(connection, query, found)
        query = query.order_by(rank, _E.id)
    elif (text or "").strip():
        return ()
    else:
        query = query.order_by(*order)
    rows = connection.execute(query.limit(limit).offset(offset)).all()
    return tuple(_summary(row) for row in rows)


def count_entries(connection: Connection, filters: Filters, text: str | None) -> int:
    """How many entries the same list has over all its pages."""
    query: Select[Any] = select(func.count()).select_from(schema.entry)
    query = query.where(*filters.conditions())
    found = query_words(text or "")
    if found:
        query, _ = _matching(connection, query, found)
    elif (text or "").strip():
        return 0
    return int(connection.execute(query).scalar_one())


def count_states(connection: Connection) -> dict[str, int]:
    """How many entries are in each state, 0 included."""
    query = select(_E.state, func.count()).where(_E.revision > 0).group_by(_E.state)
    counted = {state: int(entries) for state, entries in connection.execute(query)}
    return dict.fromkeys(get_args(State), 0) | counted


def count_models(connection: Connection) -> tuple[ModelCount, ...]:
    """Every model by name, with its number of entries."""
    key = (_E.model_name, _E.model_fingerprint)
    query = select(*key, func.count()).where(_E.revision > 0).group_by(*key).order_by(*key)
    return tuple(
        ModelCount(name=name, fingerprint=fingerprint, entries=entries)
        for name, fingerprint, entries in connection.execute(query)
    )


def _matching(
    connection: Connection, query: Select[Any], found: list[str]
) -> tuple[Select[Any], ColumnElement[Any]]:
    """Narrow a query to entries with all words, the last of them as a start, and their rank."""
    search = schema.search
    if connection.dialect.name == "sqlite":
        words = " ".join(f'"{word}"' for word in found) + "*"
        table: ColumnElement[Any] = literal_column("search")
        query = query.join(search, search.c.rowid == _E.id)
        return query.where(table.op("MATCH")(bindparam("words", words))), search.c.rank
    words = " & ".join(f"'{word}'" for word in found) + ":*"
    wanted = func.to_tsquery(literal_column("'simple'"), bindparam("words", words))
    query = query.join(search, search.c.entry_id == _E.id).where(_VECTOR.op("@@")(wanted))
    return query, func.ts_rank(_VECTOR, wanted).desc()


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
    _E.revision,
    _E.updated_at,
)


def _summary(row: Row[Any]) -> EntrySummary:
    values = row._asdict()
    head = {"layer": values.pop("layer"), "index": values.pop("head_index")}
    try:
        listed = {name: json.loads(values[name]) for name in ("categories", "stages", "tags")}
        return EntrySummary.model_validate(values | listed | {"head": head})
    except ValueError as error:
        raise DamagedEntry(f"Entry {row.id} cannot be read; run verify.") from error
