"""What a model does where a written proof has to choose, and which heads that takes."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from headlab.records.base import Record
from headlab.records.head import Head
from headlab.records.patching import Patching
from headlab.records.provenance import Provenance
from headlab.records.table import Table

Verdict = Literal["specific", "not specific", "not testable"]
BASE = 0.3
"""A model that writes fewer of the proofs has little to lose: its knock-outs are not judged."""


class DecisionTokens(Record):
    """The tokens of a response and the probability the model gave each of them.

    A decision token is one with a probability below `threshold`: there the model could well have
    gone on otherwise. `tokens` are printable text; `positions` count all tokens, the prompt's too.
    """

    tokens: tuple[str, ...] = Field(min_length=1)
    positions: tuple[int, ...]
    probabilities: tuple[float, ...]
    threshold: float
    provenance: Provenance

    @property
    def decisions(self) -> tuple[int, ...]:
        """Indices into `tokens` of the decision tokens, in order."""
        return tuple(i for i, p in enumerate(self.probabilities) if p < self.threshold)

    def table(self) -> Table:
        """A row for each token of the response."""
        rows = [
            {"position": place, "token": token, "probability": p, "decision": p < self.threshold}
            for place, token, p in zip(self.positions, self.tokens, self.probabilities, strict=True)
        ]
        notes = (f"decision: probability below {self.threshold:g}",)
        return Table.of("decision_tokens", rows, notes=notes, provenance=self.provenance)


class RoleHeads(Record):
    """The heads of one role: those with the largest average indirect effect on its word.

    `decision_share` is the share of the role's words in the clean proofs that are decision tokens.
    """

    role: str
    heads: tuple[Head, ...] = Field(min_length=1)
    patching: Patching
    decision_share: float


class ProofAccuracy(Record):
    """How many proofs the model writes without a wrong token, and its words by role.

    `proofs` is the share of proofs whose every token is the most probable one after what precedes
    it in the right proof: those that greedy decoding would write. `words` is, by role, the share of
    the words that are chosen rightly.
    """

    proofs: float
    words: dict[str, float]


class KnockOut(Record):
    """What is left without a set of heads, and without random sets of as many."""

    name: str
    heads: tuple[Head, ...] = Field(min_length=1)
    without: ProofAccuracy
    random_heads: tuple[tuple[Head, ...], ...]
    without_random: tuple[ProofAccuracy, ...]

    @property
    def random_mean(self) -> float:
        """Mean share of proofs over the random sets; NaN where there are none."""
        if not self.without_random:
            return float("nan")
        return float(np.mean([one.proofs for one in self.without_random]))

    def verdict(self, base: float) -> Verdict:
        """`specific` when fewer proofs are left than without any of the random sets.

        Not testable with a base accuracy below `BASE`, or without random sets.
        """
        if base < BASE or not self.without_random:
            return "not testable"
        least = min(one.proofs for one in self.without_random)
        return "specific" if self.without.proofs < least else "not specific"


class DeductionStudy(Record):
    """Heads per role and what knocking them out does to the synthetic task.

    `share` of all heads, at least one, is taken for each role: a chosen budget, not a significance
    result. The last knock-out is the union of the roles. Says nothing about other benchmarks.
    """

    n_proofs: int
    n_heads: int
    share: float
    base: ProofAccuracy
    roles: tuple[RoleHeads, ...] = Field(min_length=1)
    knock_outs: tuple[KnockOut, ...] = Field(min_length=1)
    provenance: Provenance

    @property
    def union(self) -> KnockOut:
        return self.knock_outs[-1]

    def role(self, name: str) -> RoleHeads:
        """The heads of a role; raises KeyError for an unknown one."""
        for one in self.roles:
            if one.role == name:
                return one
        raise KeyError(name)

    def table(self) -> Table:
        """A row for each set of heads: what is left without it, beside the random sets."""
        words = [one.role for one in self.roles]
        rows = []
        for one in self.knock_outs:
            draws = [draw.proofs for draw in one.without_random]
            rows.append(
                {
                    "set": one.name,
                    "heads": " ".join(map(str, one.heads)),
                    "n_heads": len(one.heads),
                    "base": self.base.proofs,
                    "without": one.without.proofs,
                    "random_mean": one.random_mean,
                    "random_min": min(draws, default=float("nan")),
                    "random_max": max(draws, default=float("nan")),
                    **{f"{word}_base": self.base.words[word] for word in words},
                    **{f"{word}_without": one.without.words[word] for word in words},
                    "verdict": one.verdict(self.base.proofs),
                }
            )
        n_draws = len(self.union.without_random)
        return Table.of(
            "deduction_knock_outs",
            rows,
            notes=(
                f"base, without: share of {self.n_proofs} proofs without a wrong token, heads "
                "removed (zero) at all positions.",
                f"random: as many heads outside the union, {n_draws} draws.",
                f"{self.share:.1%} of the {self.n_heads} heads a role, at least one: a chosen "
                "budget, not a significance result.",
                "specific: fewer proofs are left than without any of the random sets; not testable "
                f"with a base below {BASE}.",
                "It says nothing about other benchmarks.",
            ),
            provenance=self.provenance,
        )

    def effects(self) -> Table:
        """A row for each role and head: the average indirect effect, and whether it was taken."""
        rows = [
            {
                "role": one.role,
                "layer": head.layer,
                "head": head.index,
                "effect": one.patching.effect.of(head),
                "taken": head in one.heads,
            }
            for one in self.roles
            for head in sorted(one.patching.effect.ranked())
        ]
        notes = tuple(
            f"{one.role}: {len(one.patching)} pairs; {one.patching.metric} of the answer: clean "
            f"{one.patching.mean_clean:.3f}, corrupted {one.patching.mean_corrupted:.3f}"
            for one in self.roles
        )
        return Table.of("deduction_effects", rows, notes=notes, provenance=self.provenance)
