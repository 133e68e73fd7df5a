"""Every head removed by itself at the last position, on the prompts of the operations under test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from headlab.analyses.relation_scores import all_relation_scores, usable_for
from headlab.analyses.task_accuracy import TaskRun, few_shot_task
from headlab.models.language_model import LanguageModel
from headlab.records.causal_badge import ControlEffect
from headlab.records.errors import RelationError
from headlab.records.head import Head
from headlab.records.relation import Relation
from headlab.records.validation import TESTABLE
from headlab.relations.bundled import relation as bundled_relation

MAX_DIFFERENCE = 0.2
"""A control relation's base accuracy may differ by this."""

Progress = Callable[[int, int], None]


class OperationSweep:
    """Operations with their scores and few-shot tasks; `run` measures what tests of heads need.

    `effects[name]` `[n_layers, n_heads]`: mean fall of log p(target) in nats without each head, of
    the operations in `testable`; `controls`: the effect of each tested head on its control relation.
    """

    def __init__(
        self,
        model: LanguageModel,
        relation: str | Relation | None,
        among: Sequence[str | Relation],
        tau: float,
        alpha: float,
        seed: int,
    ):
        self.model, self.tau, self.alpha = model, tau, alpha
        every = [one if isinstance(one, Relation) else bundled_relation(one) for one in among]
        wanted = {one.name: one for one in every}
        given = bundled_relation(relation) if isinstance(relation, str) else relation
        if given is not None:
            wanted[given.name] = given
            usable = usable_for(model, given)
            if not usable.applicable:
                raise RelationError(usable.inapplicable().reason + ".")
        found = all_relation_scores(model, list(wanted.values()), seed=seed)
        self.scores = {one.name: one for one in found.scores}
        self.given = None if given is None else given.name
        self.tasks = {
            name: few_shot_task(model, usable_for(model, wanted[name]), seed=seed)
            for name in self.scores
        }
        self._base: dict[str, float] = {}
        self.testable: set[str] = set()
        shape = (model.facts.n_layers, model.facts.n_heads)
        self.effects = {name: np.full(shape, np.nan) for name in self.scores}
        self.controls: dict[Head, ControlEffect] = {}

    def implementers(self) -> list[Head]:
        """The heads that implement the given relation; all heads where none is given."""
        heads = self.model.heads()
        return heads if self.given is None else [h for h in heads if self.serves(h, self.given)]

    def operation_of(self, head: Head) -> str | None:
        """The given relation, else the one that the head implements with the highest score."""
        if self.given is not None:
            return self.given
        own = [name for name in self.scores if self.serves(head, name)]
        return max(own, key=lambda name: self.scores[name].of(head), default=None)

    def run(self, tests: Mapping[Head, str | None], progress: Progress | None) -> None:
        """Measure the effects that the tests and their controls need."""
        heads = self.model.heads()
        names = {name for name in tests.values() if name}
        if 1 / len(heads) <= self.alpha:
            self.testable = {name for name in names if self.base(name) >= TESTABLE}
        beside = defaultdict(list)
        for head, name in tests.items():
            if name in self.testable and (control := self._control(head, name)):
                beside[control].append(head)
        plan = {
            name: heads if name in self.testable else beside[name]
            for name in self.scores
            if name in self.testable or name in beside
        }
        done, total = 0, sum(map(len, plan.values()))
        for name, removed in plan.items():
            run = TaskRun(self.model, self.tasks[name])
            clean = run.log_probabilities()
            for head in removed:
                fall = clean - run.log_probabilities([head])
                self.effects[name][head.layer, head.index] = fall.mean()
                done += 1
                if progress is not None:
                    progress(done, total)
            for head in beside.get(name, ()):
                self.controls[head] = ControlEffect(
                    relation=name,
                    base_accuracy=self.base(name),
                    score=self.scores[name].of(head),
                    effect=float(self.effects[name][head.layer, head.index]),
                )

    def base(self, name: str) -> float:
        """Accuracy of the whole model on the task of a relation."""
        if name not in self._base:
            self._base[name] = TaskRun(self.model, self.tasks[name]).accuracy()
        return self._base[name]

    def serves(self, head: Head, name: str) -> bool:
        """Does the head's score exceed tau and the shuffled control?"""
        scores = self.scores[name]
        return scores.of(head) > max(self.tau, scores.control or 0.0)

    def _control(self, head: Head, name: str) -> str | None:
        """The relation with the head's lowest score among those that it does not implement and that
        are done about as well."""
        others = [one for one in self.scores if one != name and not self.serves(head, one)]
        for other in sorted(others, key=lambda one: self.scores[one].of(head)):
            accuracy = self.base(other)
            if accuracy >= TESTABLE and abs(accuracy - self.base(name)) <= MAX_DIFFERENCE:
                return other
        return None
