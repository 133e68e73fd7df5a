"""Relation and suppression scores of all heads."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from headlab.records.base import Matrix, Record
from headlab.records.errors import HeadError
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

    `relation` and `suppression` are shares of pairs in [0, 1], `[n_layers, n_heads]`, NaN in layers
    without heads. The controls are the highest score of any head when the targets are permuted
    within the relation, over `control_draws` draws; None when no control was asked for.
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
        return self.ranked()[0]

    def best_suppressor(self) -> Head:
        """The head with the highest suppression score (the first of equals)."""
        return _ranked(self.suppression)[0]

    def ranked(self) -> list[Head]:
        """All heads by relation score, highest first; equals in order of layer and index."""
        return _ranked(self.relation)

    def of(self, head: Head) -> float:
        return float(self.relation[head.layer, head.index])

    def suppression_of(self, head: Head) -> float:
        return float(self.suppression[head.layer, head.index])

    def rank(self, head: Head) -> int:
        """1 for the highest relation score; equal scores share the better rank. Raises HeadError in a
        layer without heads."""
        return _rank(self.relation, head)

    def suppression_rank(self, head: Head) -> int:
        """The same among suppression scores."""
        return _rank(self.suppression, head)


def _ranked(scores: np.ndarray) -> list[Head]:
    order = np.argsort(-scores, axis=None, kind="stable")
    measured = order[~np.isnan(scores.ravel()[order])]
    width = scores.shape[1]
    return [Head(layer=int(place) // width, index=int(place) % width) for place in measured]


def _rank(scores: np.ndarray, head: Head) -> int:
    own = scores[head.layer, head.index]
    if np.isnan(own):
        raise HeadError(f"{head} has no score: its layer has no attention heads.")
    return 1 + int((scores > own).sum())


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
