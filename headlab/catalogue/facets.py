"""The values that entries have, with how many have each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from headlab.catalogue import damage, schema
from headlab.records.page import Facets

MAX_VALUES = 1000
"""Of each kind, the most frequent ones."""

_KINDS = {
    "category": "categories",
    "stage": "stages",
    "tag": "tags",
    "head_name": "head_names",
    "reviewer": "reviewers",
}


def read(connection: Connection) -> Facets:
    """All facets, each by the number of entries, the largest first, then by name."""
    label, score = schema.label.c, schema.score.c
    found = {
        field: _counted(connection, label.value, label.kind == kind)
        for kind, field in _KINDS.items()
    }
    return Facets(**found, operations=_counted(connection, score.operation, None))


def _counted(connection: Connection, value: Any, condition: Any) -> dict[str, int]:
    entries = func.count().label("entries")
    query = select(value, entries).group_by(value).order_by(entries.desc(), value)
    if condition is not None:
        query = query.where(condition)
    rows = damage.rows(connection, query.limit(MAX_VALUES))
    return {damage.shown(name): int(count) for name, count in rows}
