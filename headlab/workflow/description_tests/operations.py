"""What tests know of operations: scores on the drafting halves, and pairs of the held-out halves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from headlab.analyses.description_tests.split import halves
from headlab.analyses.description_tests.unseen import Shown
from headlab.analyses.relation_scores import usable_for
from headlab.analyses.validation.coverage import TAU, implemented
from headlab.drafting.phrases import phrase
from headlab.models.language_model import LanguageModel
from headlab.records.card import EvidenceCard
from headlab.records.head import Head
from headlab.records.relation import Relation
from headlab.records.scores import AllRelationScores
from headlab.relations.bundled import relation, relations
from headlab.workflow.bench import Bench
from headlab.workflow.relation_rows import relation_evidence


class SplitOperations:
    """The operations in halves. Heads are known by the `drafting` halves alone (`scores`); `held_out`
    holds the other halves, usable pairs only."""

    def __init__(self, bench: Bench, among: Sequence[Relation] | None = None):
        self._bench = bench
        wanted = [relation(name) for name in relations()] if among is None else list(among)
        split = [halves(one) for one in wanted]
        self.drafting = [drafting for drafting, _ in split]
        held_out = [usable_for(bench.model, rest) for _, rest in split]
        self.held_out = [
            one.relation.model_copy(update={"pairs": one.pairs}) for one in held_out if one.pairs
        ]

    @property
    def model(self) -> LanguageModel:
        return self._bench.model

    @cached_property
    def scores(self) -> AllRelationScores:
        """Relation scores of all heads on the drafting halves."""
        return self._bench.scores(self.drafting)

    @cached_property
    def of_heads(self) -> dict[Head, tuple[str, ...]]:
        """The operations that each head implements on the drafting halves, highest score first;
        heads without any are left out."""
        found = self.scores.scores
        if not found:
            return {}
        has = implemented(found, TAU)
        sets = {}
        for head in self._bench.model.heads():
            own = [found[place] for place in np.flatnonzero(has[:, head.layer, head.index])]
            if own:
                own.sort(key=lambda one: -one.of(head))
                sets[head] = tuple(one.name for one in own)
        return sets

    def card(self, head: Head) -> EvidenceCard:
        """Evidence that no test uses: scores on the drafting halves, mappings of the drafting side."""
        total = self._bench.model.facts.total_heads
        mappings = self._bench.drafting_mappings(head)
        rows = [relation_evidence(one, head, total) for one in self.scores.scores]
        return EvidenceCard(
            model=self._bench.model.facts,
            head=head,
            relations=tuple(sorted(rows, key=lambda row: (-row.score, row.rank))),
            not_applicable=tuple(skipped.reason for skipped in self.scores.not_applicable),
            mappings=mappings.rows,
            ablation=None,
            held_out=(),
            provenances=(*(one.provenance for one in self.scores.scores[:1]), mappings.provenance),
        )

    def shown(self, head: Head, *, rows: bool = True) -> Shown:
        """What a description of the head rests on: the drafting halves of the operations, and the
        mapping `rows` that a drafter gets."""
        return Shown.of(self._bench.split(head) if rows else None, self.drafting)

    def apart(self, head: Head, seed: int) -> list[Head]:
        """Described heads without an operation in common with `head`, in an order by chance: what is
        said of them is not true of it as well."""
        own = set(self.of_heads.get(head, ()))
        others = [one for one, has in self.of_heads.items() if one != head and own.isdisjoint(has)]
        order = np.random.default_rng([seed, 7]).permutation(len(others))
        return [others[place] for place in order]

    def other(self, head: Head, seed: int) -> Head | None:
        """The head whose description is the control of `head`; None where no head is apart from it."""
        return next(iter(self.apart(head, seed)), None)


def plain_description(operations: Sequence[str], most: int | None = None) -> str:
    """Operations as sentences, and nothing else."""
    return " ".join(f"{phrase(name).maps}." for name in operations[:most])
