"""S5: what removing the head does to the targets of written pairs, against all other heads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from headlab.analyses.causal_badge import causal_badges
from headlab.analyses.relation_scores import usable_for
from headlab.analyses.task_accuracy import TaskRun, few_shot_task
from headlab.models.language_model import LanguageModel
from headlab.records.causal_badge import CausalBadge
from headlab.records.description_test import PairSet
from headlab.records.head import Head
from headlab.records.relation import Relation
from headlab.relations.usable import REQUIRED_PAIRS

NAME = "pairs of the description"
MIN_CONTROL = 10
"""Usable pairs from which another text's prompts serve as a control."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PromptEffects:
    """One head on the prompts of one set of pairs: the fall of log p(target) in nats for each,
    `[n]`, without the head at the last position; the whole model's accuracy; sources as clusters."""

    effects: np.ndarray
    base_accuracy: float
    template: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]


def as_relation(written: PairSet) -> Relation | None:
    """Pairs as an operation that prompts are made from; None without any.

    Suppressed pairs are left out: a prompt asks for what a head writes.
    """
    pairs = tuple((pair.source, pair.target) for pair in written.pairs if not pair.suppressed)
    return Relation(name=NAME, few_shot=written.few_shot, pairs=pairs) if pairs else None


def prompt_effects(
    model: LanguageModel, head: Head, written: PairSet, seed: int
) -> PromptEffects | None:
    """The head's effect on every few-shot prompt; None below ten usable pairs."""
    relation = as_relation(written)
    if relation is None:
        return None
    usable = usable_for(model, relation)
    if len(usable.pairs) < MIN_CONTROL:
        return None
    task = few_shot_task(model, usable, seed=seed)
    run = TaskRun(model, task)
    return PromptEffects(
        run.log_probabilities() - run.log_probabilities([head]),
        run.accuracy(),
        task.template,
        tuple(source for source, _ in usable.pairs),
        tuple(target for _, target in usable.pairs),
    )


def badge_of(
    model: LanguageModel,
    head: Head,
    written: PairSet,
    controls: Sequence[Relation],
    seed: int,
    progress: Progress | None = None,
) -> CausalBadge | str:
    """The causal badge of the head on the pairs' prompts, or in words why it cannot be measured.

    `controls`: operations among which the control relation is chosen.
    """
    relation = as_relation(written)
    n_usable = 0 if relation is None else len(usable_for(model, relation).pairs)
    if relation is None or n_usable < REQUIRED_PAIRS:
        return (
            f"only {n_usable} usable pairs that the head would write, {REQUIRED_PAIRS} are needed"
        )
    found = causal_badges(model, relation, [head], among=controls, seed=seed, progress=progress)
    return found.badges[0]
