"""The orders of a list of entries, each with an index that ends in what tells equal ones apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select

from headlab.catalogue import schema
from headlab.records.page import Sort

_E, _S = schema.entry.c, schema.score.c
_DOWNWARDS: tuple[Sort, ...] = ("updated", "score")

_HEAD = (_E.model_name, _E.model_fingerprint, _E.layer, _E.head_index)
_COLUMNS: dict[Sort, Sequence[ColumnElement[Any]]] = {
    "head": _HEAD,
    "state": (_E.state, *_HEAD),
    "updated": (_E.updated_at, _E.id),
    "score": (_E.best_score, _E.id),
}
_OF_AN_OPERATION = (_S.score, _S.entry_id)


def in_order(
    ids: Select[Any], sort: Sort, descending: bool | None = None, *, of_scores: bool = False
) -> Select[Any]:
    """A query for ids of `entry`, or with `of_scores` for those of rows of `score`, in this order.

    `descending` None is the order's own direction: newest and highest first. Downwards is upwards
    read from its end. "score" is the highest of an entry, below 0 where it has none.
    """
    down = sort in _DOWNWARDS if descending is None else descending
    columns = _OF_AN_OPERATION if of_scores else _COLUMNS[sort]
    return ids.order_by(*(column.desc() if down else column.asc() for column in columns))
