"""Which operations the heads of a model implement, by their relation and suppression scores."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
from pydantic import Field

from headlab.records.base import Matrix, Record
from headlab.records.head import Head
from headlab.records.provenance import Provenance
from headlab.records.relation import Category
from headlab.records.scores import AllRelationScores, RelationScores
from headlab.records.table import Table

Kind = Literal["relation", "suppression"]
KINDS: tuple[Kind, ...] = ("relation", "suppression")


class HeadOperation(Record):
    """A head that implements an operation, or suppresses it: its score stands above the threshold
    and above `control`, the highest score of any head with shuffled targets (None: not asked for)."""

    head: Head
    name: str
    category: Category
    kind: Kind
    score: float
    control: float | None
    k: int
    n_pairs: int


class Operations(Record):
    """The operations of heads; MAPS (arXiv 2412.11965, section 5) says a head implements those that it
    scores above 15 % on, here above their controls too.

    `names` are the operations that were looked for, `not_applicable` those that the tokenizer cannot
    serve; `measured` is 1 for every head that was looked at, NaN elsewhere, `[n_layers, n_heads]`.
    Rows stand in order of head, kind and falling score.
    """

    threshold: float = Field(ge=0, lt=1)
    names: tuple[str, ...]
    not_applicable: tuple[str, ...] = ()
    measured: Matrix
    rows: tuple[HeadOperation, ...]
    provenance: Provenance

    def of(self, head: Head | str, kind: Kind | None = None) -> tuple[HeadOperation, ...]:
        """The operations of one head, highest score first; `kind=None`: implemented, then
        suppressed."""
        wanted = Head.parse(head)
        return tuple(row for row in self.rows if row.head == wanted and kind in (None, row.kind))

    def heads(self, name: str, kind: Kind = "relation") -> tuple[Head, ...]:
        """The heads of one operation, highest score first; raises KeyError when it was not looked
        for."""
        if name not in self.names:
            raise KeyError(name)
        rows = [row for row in self.rows if row.name == name and row.kind == kind]
        return tuple(row.head for row in sorted(rows, key=lambda row: -row.score))

    def categories(self) -> tuple[Category, ...]:
        """The categories that any head has an operation of, in alphabetical order."""
        return tuple(sorted({row.category for row in self.rows}))

    def counts(self, category: Category | None = None, kind: Kind = "relation") -> np.ndarray:
        """How many operations each head has, `[n_layers, n_heads]`; NaN where it was not looked at."""
        found = self.measured - 1
        for row in self.rows:
            if row.kind == kind and category in (None, row.category):
                found[row.head.layer, row.head.index] += 1
        return found

    def layer_shares(self, category: Category | None = None, kind: Kind = "relation") -> np.ndarray:
        """Share of each layer's heads with at least one operation, `[n_layers]`; NaN in layers
        without heads."""
        counts = self.counts(category, kind)
        n = (~np.isnan(counts)).sum(1)
        return np.where(n > 0, (counts > 0).sum(1) / np.maximum(n, 1), np.nan)

    def several(self, kind: Kind = "relation") -> dict[Head, tuple[HeadOperation, ...]]:
        """The heads with more than one operation."""
        found: dict[Head, list[HeadOperation]] = {}
        for row in self.rows:
            if row.kind == kind:
                found.setdefault(row.head, []).append(row)
        return {head: tuple(rows) for head, rows in found.items() if len(rows) > 1}

    def across_categories(self, kind: Kind = "relation") -> tuple[Head, ...]:
        """The heads with operations of more than one category."""
        return tuple(
            head
            for head, rows in self.several(kind).items()
            if len({row.category for row in rows}) > 1
        )

    def table(self) -> Table:
        """One row a head and operation."""
        columns = (
            "layer",
            "head",
            "kind",
            "operation",
            "category",
            "score",
            "control",
            "k",
            "pairs",
        )
        return Table(
            name="operations",
            columns=columns,
            rows=tuple(
                (
                    row.head.layer,
                    row.head.index,
                    row.kind,
                    row.name,
                    row.category,
                    row.score,
                    row.control,
                    row.k,
                    row.n_pairs,
                )
                for row in self.rows
            ),
            notes=(
                f"A head has an operation when its score exceeds {self.threshold:g} and the control: "
                "the highest score of any head with shuffled targets.",
                *(f"Not applicable: {reason}." for reason in self.not_applicable),
            ),
            provenance=self.provenance,
        )

    def layer_table(self) -> Table:
        """Share of heads with at least one operation, one row a layer, kind and category ("any": of
        all categories)."""
        wanted: tuple[Category | None, ...] = (None, *self.categories())
        rows = [
            {"layer": layer, "kind": kind, "category": category or "any", "share": float(share)}
            for kind in KINDS
            for category in wanted
            for layer, share in enumerate(self.layer_shares(category, kind))
            if not np.isnan(share)
        ]
        return Table.of(
            "operations_by_layer",
            rows,
            ("layer", "kind", "category", "share"),
            notes=("Share of a layer's heads with at least one operation of the category.",),
            provenance=self.provenance,
        )


def operations_in(
    scores: AllRelationScores, threshold: float, only: Head | None = None
) -> tuple[HeadOperation, ...]:
    """The heads and operations whose score exceeds the threshold and its control."""
    rows = [
        row
        for found in scores.scores
        for kind in KINDS
        for row in _above(found, kind, threshold)
        if only in (None, row.head)
    ]
    return tuple(sorted(rows, key=lambda row: (row.head, row.kind, -row.score)))


def _above(found: RelationScores, kind: Kind, threshold: float) -> Iterable[HeadOperation]:
    values = found.relation if kind == "relation" else found.suppression
    control = found.control if kind == "relation" else found.suppression_control
    bar = threshold if control is None else max(threshold, control)
    for layer, index in np.argwhere(values > bar):  # NaN is above nothing
        yield HeadOperation(
            head=Head(layer=int(layer), index=int(index)),
            name=found.name,
            category=found.category,
            kind=kind,
            score=float(values[layer, index]),
            control=control,
            k=found.k,
            n_pairs=found.n_pairs,
        )
