"""Heads that resemble a head."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from headlab.records.base import Record
from headlab.records.head import Head
from headlab.records.provenance import Provenance
from headlab.records.table import Table

By = Literal["relations", "weights"]
Likeness = Literal["cosine", "pearson"]


class SimilarHead(Record):
    """A head and its likeness to another, in [-1, 1]."""

    head: Head
    likeness: float


class SimilarHeads(Record):
    """The heads of `other` most like `head` of `model`, most alike first.

    By relations: cosine or Pearson correlation of the vectors of relation scores over `operations`,
    those that both models serve. By weights: cosine of `W_VO` as matrices. `n_compared` heads were
    compared; `n_without` more have no profile, scoring alike (for the cosine: 0) on every operation.
    """

    model: str
    head: Head
    other: str
    by: By
    measure: Likeness
    operations: tuple[str, ...] = ()
    n_compared: int = Field(ge=0)
    n_without: int = Field(ge=0)
    rows: tuple[SimilarHead, ...]
    provenance: Provenance
    other_provenance: Provenance | None = None

    def heads(self) -> tuple[Head, ...]:
        return tuple(row.head for row in self.rows)

    def table(self) -> Table:
        """One row a head, most alike first."""
        return Table.of(
            "similar_heads",
            [
                {
                    "model": self.other,
                    "layer": row.head.layer,
                    "head": row.head.index,
                    "likeness": row.likeness,
                }
                for row in self.rows
            ],
            ("model", "layer", "head", "likeness"),
            notes=(
                f"Likeness ({self.measure}, by {self.by}) to {self.head} of {self.model}, among "
                f"{self.n_compared} heads.",
            ),
            provenance=self.provenance,
        )
