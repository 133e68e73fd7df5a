"""Which heads a batch is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from headlab.catalogue import Catalogue
from headlab.records.entry import EntrySummary
from headlab.records.errors import HeadLabError
from headlab.records.head import Head
from headlab.records.text import escape
from headlab.relations.bundled import relations
from headlab.workflow.bench import Bench
from headlab.workflow.measures import STATE, measure_values

PAGE = 1000
_LAYERS = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True)
class Wanted:
    """A wish for heads: those named, or the `top` ones of a measure, or all; of these only some.

    `measure` is a key of the head map such as `ablation/loss`, or the name of an operation.
    `layers` is a layer or a range such as `3-5`. `undescribed` keeps heads without a description
    in the catalogue.
    """

    names: tuple[str, ...] = ()
    top: int | None = None
    measure: str | None = None
    layers: str | None = None
    undescribed: bool = False

    @property
    def words(self) -> str:
        """The wish in words."""
        parts = []
        if self.names:
            parts.append(", ".join(self.names))
        elif self.top is not None:
            parts.append(f"top {self.top} by {self.measure}")
        if self.undescribed:
            parts.append("undescribed")
        if self.layers is not None:
            parts.append(f"layers {self.layers}")
        return "; ".join(parts) or "all heads"


def select_heads(bench: Bench, wanted: Wanted, catalogue: Catalogue) -> list[Head]:
    """The heads of a wish, in its order; raises HeadLabError when it is contradictory or empty.

    The top ones are taken after the filters, so that `top` heads are left where there are as many.
    """
    if wanted.names and wanted.top is not None:
        raise HeadLabError("Name heads or take the top ones of a measure, not both.")
    if (wanted.top is None) != (wanted.measure is None):
        raise HeadLabError("The top heads need both a number and the measure they are ranked by.")
    model = bench.model
    if wanted.names:
        heads = list(dict.fromkeys(model.head(name) for name in wanted.names))
    elif wanted.measure is not None:
        heads = _ranked(bench, wanted.measure, catalogue)
    else:
        heads = model.heads()
    if wanted.layers is not None:
        layers = _layers(wanted.layers, model.facts.n_layers)
        heads = [head for head in heads if head.layer in layers]
    if wanted.undescribed:
        described = _described(catalogue, model.facts.fingerprint)
        heads = [head for head in heads if head not in described]
    heads = heads[: wanted.top]
    if not heads:
        raise HeadLabError(f"No head of {model.facts.name} is left of: {wanted.words}.")
    return heads


def _ranked(bench: Bench, measure: str, catalogue: Catalogue) -> list[Head]:
    key = f"relation/{measure}" if measure in relations() else measure
    if key == STATE:
        raise HeadLabError("States have no order: take the undescribed heads, or another measure.")
    values = measure_values(bench, key, lambda: catalogue).values
    heads = [head for head in bench.model.heads() if not np.isnan(values[head.layer, head.index])]
    return sorted(heads, key=lambda head: -float(values[head.layer, head.index]))


def _layers(text: str, n_layers: int) -> range:
    found = _LAYERS.fullmatch(text.strip())
    first = int(found[1]) if found else 0
    last = int(found[2] or found[1]) if found else -1
    if not 0 <= first <= last < n_layers:
        raise HeadLabError(
            f"{escape(text[:40])} are no layers of this model; give one or a range, such as "
            f"0-{n_layers - 1}."
        )
    return range(first, last + 1)


def _described(catalogue: Catalogue, fingerprint: str) -> frozenset[Head]:
    return frozenset(
        row.head
        for row in _entries(catalogue, fingerprint)
        if row.state != "undescribed" and row.model_fingerprint == fingerprint
    )


def _entries(catalogue: Catalogue, fingerprint: str) -> Iterable[EntrySummary]:
    offset = 0
    while True:
        page: Sequence[EntrySummary] = catalogue.list(model=fingerprint, limit=PAGE, offset=offset)
        yield from page
        offset += PAGE
        if len(page) < PAGE:
            return
