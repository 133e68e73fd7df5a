"""Which heads a batch is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from headlab.catalogue import Catalogue
from headlab.records.entry import EntrySummary
from headlab.records.errors import HeadLabError
from headlab.records.head import Head
from headlab.records.page import FilterFields, filter_words
from headlab.records.text import escape
from headlab.workflow.bench import Bench
from headlab.workflow.draft_jobs.highest import (
    check_choice,
    highest_first,
    ranking_key,
    top_words,
)
from headlab.workflow.measures import measure_values

PAGE = 1000
_LAYERS = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True)
class Wanted:
    """A wish for heads: those named, or the `top` ones of a measure, or all; of these only some.

    `measure` is a key of the head map such as `ablation/loss`, or the name of an operation.
    `layers` is a layer or a range such as `3-5`. `undescribed` keeps heads without a description
    in the catalogue; `text` and `filters` keep those whose entries a search there finds.
    """

    names: tuple[str, ...] = ()
    top: int | None = None
    measure: str | None = None
    layers: str | None = None
    undescribed: bool = False
    text: str = ""
    filters: FilterFields = field(default_factory=lambda: FilterFields())

    @property
    def words(self) -> str:
        """The wish in words."""
        parts = []
        if self.names:
            parts.append(", ".join(self.names))
        elif self.top is not None:
            parts.append(top_words(self.top, str(self.measure)))
        if self.undescribed:
            parts.append("undescribed")
        if self.layers is not None:
            parts.append(f"layers {self.layers}")
        parts += filter_words(self.text, self.filters)
        return "; ".join(parts) or "all heads"


def select_heads(bench: Bench, wanted: Wanted, catalogue: Catalogue) -> list[Head]:
    """The heads of a wish, in its order; raises HeadLabError when it is contradictory or empty.

    The top ones are taken after the filters, so that `top` heads are left where there are as many.
    """
    check_choice(bool(wanted.names), wanted.top, wanted.measure)
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
    if wanted.text or wanted.filters:
        narrowed: FilterFields = {**wanted.filters, "model": model.facts.fingerprint}
        found = frozenset(row.head for row in _entries(catalogue, wanted.text, narrowed))
        heads = [head for head in heads if head in found]
    heads = heads[: wanted.top]
    if not heads:
        raise HeadLabError(f"No head of {model.facts.name} is left of: {wanted.words}.")
    return heads


def _ranked(bench: Bench, measure: str, catalogue: Catalogue) -> list[Head]:
    values = measure_values(bench, ranking_key(measure), lambda: catalogue).values
    return highest_first(
        {head: float(values[head.layer, head.index]) for head in bench.model.heads()}
    )


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
    rows = _entries(catalogue, "", {"model": fingerprint})
    return frozenset(row.head for row in rows if row.state != "undescribed")


def _entries(catalogue: Catalogue, text: str, filters: FilterFields) -> Iterable[EntrySummary]:
    """The entries of the model of `filters`, which is a whole fingerprint, that a search finds."""
    offset = 0
    while True:
        page: Sequence[EntrySummary] = catalogue.search(text, limit=PAGE, offset=offset, **filters)
        yield from (row for row in page if row.model_fingerprint == filters.get("model"))
        offset += PAGE
        if len(page) < PAGE:
            return
