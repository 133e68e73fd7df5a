"""Relation and suppression scores of all heads."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from headlab.records.base import Matrix, Record
from headlab.records.head import Head
from headlab.records.provenance import Provenance
from headlab.records.relation import Category


class DroppedPair(Record):
    """A pair that a tokenizer cannot serve, and why."""

    source: str
    target: str
    reason: str


class RelationScores(Record):
    """How far each head maps sources to targets, by its weights (MAPS, arXiv 2412.11965, section 3).

    `relation` and `suppression` are shares of pairs in [0, 1], `[n_layers, n_heads]`. The controls
    are the highest score of any head when the targets are permuted within the relation, over
    `control_draws` draws; None when no control was asked for.
    """

    name: str
    category: Category
    k: int = Field(ge=1)
    n_pairs: int
    dropped: tuple[DroppedPair, ...] = ()
    relation: Matrix
    suppression: Matrix
    control: float | None = None
    suppression_control: float | None = None
    control_draws: int = 0
    provenance: Provenance

    def best(self) -> Head:
        """The head with the highest relation score (the first of equals)."""
        layer, index = np.unravel_index(int(np.argmax(self.relation)), self.relation.shape)
        return Head(layer=int(layer), index=int(index))

    def best_suppressor(self) -> Head:
        """The head with the highest suppression score (the first of equals)."""
        layer, index = np.unravel_index(int(np.argmax(self.suppression)), self.suppression.shape)
        return Head(layer=int(layer), index=int(index))

    def ranked(self) -> list[Head]:
        """All heads by relation score, highest first; equals in order of layer and index."""
        order = np.argsort(-self.relation, axis=None, kind="stable")
        width = self.relation.shape[1]
        return [Head(layer=int(place) // width, index=int(place) % width) for place in order]

    def of(self, head: Head) -> float:
        return float(self.relation[head.layer, head.index])

    def suppression_of(self, head: Head) -> float:
        return float(self.suppression[head.layer, head.index])

    def rank(self, head: Head) -> int:
        """1 for the highest relation score; equal scores share the better rank."""
        return 1 + int((self.relation > self.relation[head.layer, head.index]).sum())

    def suppression_rank(self, head: Head) -> int:
        return 1 + int((self.suppression > self.suppression[head.layer, head.index]).sum())


class InapplicableRelation(Record):
    """A relation with too few usable pairs for this tokenizer."""

    name: str
    category: Category
    n_pairs: int
    required: int
    dropped: tuple[DroppedPair, ...]

    @property
    def reason(self) -> str:
        return (
            f"{self.name}: only {self.n_pairs} pairs are one token each with this tokenizer, "
            f"{self.required} are needed"
        )


class AllRelationScores(Record):
    """Scores of many relations, and those that do not apply to the model's tokenizer."""

    scores: tuple[RelationScores, ...]
    not_applicable: tuple[InapplicableRelation, ...] = ()

    def __getitem__(self, name: str) -> RelationScores:
        for scores in self.scores:
            if scores.name == name:
                return scores
        raise KeyError(name)

    def names(self) -> tuple[str, ...]:
        return tuple(scores.name for scores in self.scores)
