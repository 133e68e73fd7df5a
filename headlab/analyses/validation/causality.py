"""Does the model need a relation's heads? Accuracy while they are removed, best score first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from headlab.analyses.provenance import provenance_of
from headlab.analyses.task_accuracy import Task, TaskRun
from headlab.models.language_model import LanguageModel
from headlab.records.errors import TaskError
from headlab.records.head import Head
from headlab.records.scores import RelationScores
from headlab.records.validation import ControlCurve, RelationCausality

ANALYSIS, VERSION = "causality", 1

LIMITS = ((300, 30), (500, 50), (1000, 100), (1500, 150))
LARGEST = 250
"""Up to how many heads are removed from models of fewer heads than the first number (MAPS, 4.2)."""
GRID = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 25, 30, 40, 50, 75, 100, 125, 150, 200, 250)
RANDOM_SETS = 5
N_CONTROLS = 5
MAX_OVERLAP, MAX_DIFFERENCE = 0.15, 0.2

Progress = Callable[[int, int], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Control:
    """Another relation's task, on which the removal should do little."""

    task: Task
    overlap: float
    base_accuracy: float


def head_limit(total_heads: int) -> int:
    """Up to how many heads are removed from a model of that size."""
    return next((limit for below, limit in LIMITS if total_heads < below), LARGEST)


def relation_heads(scores: RelationScores, limit: int | None = None) -> tuple[Head, ...]:
    """Heads with a relation score above 0, best first, `limit` at most."""
    return tuple(head for head in scores.ranked() if scores.of(head) > 0)[:limit]


def random_sets(
    heads: Sequence[Head], size: int, n_sets: int = RANDOM_SETS, seed: int = 0
) -> list[list[Head]]:
    """`n_sets` draws of `size` different heads, in random order: their beginnings are draws too."""
    random = np.random.default_rng(seed)
    return [[heads[i] for i in random.choice(len(heads), size, False)] for _ in range(n_sets)]


def overlap(removed: Sequence[Head], others: Sequence[Head]) -> float:
    """Share of the removed heads that are among the others."""
    return len(set(removed) & set(others)) / len(removed) if removed else 0.0


def choose_controls(
    name: str,
    heads: Mapping[str, Sequence[Head]],
    base_accuracy: Mapping[str, float],
    most: int = N_CONTROLS,
) -> list[str]:
    """Relations that share less than 15 % of the heads of `name` and are done about as well.

    The base accuracies differ by 0.2 at most (MAPS, 4.2); the smallest overlap comes first, then the
    nearest accuracy, then the order given.
    """
    distances = {
        other: (
            overlap(heads[name], heads[other]),
            abs(base_accuracy[other] - base_accuracy[name]),
        )
        for other in heads
        if other != name
    }
    fitting = [
        other
        for other, (shared, apart) in distances.items()
        if shared < MAX_OVERLAP and apart <= MAX_DIFFERENCE + 1e-9
    ]
    return sorted(fitting, key=lambda other: distances[other])[:most]


def chosen_steps(
    n_heads: int, limit: int, steps: Sequence[int] | Literal["all"] | None = None
) -> tuple[int, ...]:
    """Numbers of removed heads, ascending, none above what there is.

    None takes a grid that widens, and its end; "all" every number up to `limit`. Raises TaskError.
    """
    if steps is None or steps == "all":
        end = min(n_heads, limit)
        inside = range(1, end + 1) if steps == "all" else (step for step in GRID if step < end)
        return tuple(sorted({*inside, end} - {0}))
    if not steps or min(steps) < 1:
        raise TaskError(f"Steps {list(steps)} must be numbers of heads from 1.")
    return tuple(sorted({min(step, n_heads) for step in steps} - {0}))


def relation_causality(
    model: LanguageModel,
    scores: RelationScores,
    task: Task,
    controls: Sequence[Control] = (),
    steps: Sequence[int] | Literal["all"] | None = None,
    *,
    n_random: int = RANDOM_SETS,
    seed: int = 0,
    progress: Progress | None = None,
) -> RelationCausality:
    """Remove the relation's heads at the last position, cumulatively in score order (MAPS, 4.2).

    The measure is the accuracy of the most probable next token on the task. Random sets of the same
    sizes come from the heads that are never removed; control relations are measured while the
    relation's own heads are removed. Heads with score 0 are left out. Progress is called with
    (done, total) accuracies. Raises TaskError for steps below 1.
    """
    started = time.monotonic()
    ranked = relation_heads(scores)
    sizes = chosen_steps(len(ranked), head_limit(len(model.heads())), steps)
    heads = ranked[: max(sizes, default=0)]
    others = [head for head in model.heads() if head not in set(heads)]
    draws = random_sets(others, min(len(heads), len(others)), n_random, seed)
    counted = _Counter((1 + n_random + len(controls)) * len(sizes) + 1, progress)
    run = TaskRun(model, task)
    base = counted(run.accuracy())
    accuracy = tuple(counted(run.accuracy(heads[:size])) for size in sizes)
    random = tuple(
        tuple(counted(run.accuracy(draw[:size]) if size <= len(draw) else None) for size in sizes)
        for draw in draws
    )
    del run  # its keys and values are large
    return RelationCausality(
        name=scores.name,
        category=scores.category,
        k=scores.k,
        task=task.kind,
        template=task.template,
        n_prompts=len(task.prompts),
        base_accuracy=base,
        heads=heads,
        scores=tuple(scores.of(head) for head in heads),
        steps=sizes,
        accuracy=accuracy,
        random=random,
        controls=tuple(_control_curves(model, controls, heads, sizes, counted)),
        provenance=provenance_of(
            model.facts,
            ANALYSIS,
            VERSION,
            {
                "relation": scores.name,
                "task": task.kind,
                "template": task.template,
                "k": scores.k,
                "steps": list(sizes),
                "n_random": n_random,
                "controls": [control.task.name for control in controls],
                "mode": "zero",
                "positions": "last",
            },
            prompts_hash=task.hash,
            seed=seed,
            seconds=time.monotonic() - started,
        ),
    )


def _control_curves(
    model: LanguageModel,
    controls: Sequence[Control],
    heads: Sequence[Head],
    sizes: Sequence[int],
    counted: _Counter,
) -> Iterator[ControlCurve]:
    for control in controls:
        run = TaskRun(model, control.task)
        yield ControlCurve(
            name=control.task.name,
            overlap=control.overlap,
            base_accuracy=control.base_accuracy,
            accuracy=tuple(counted(run.accuracy(heads[:size])) for size in sizes),
        )


class _Counter:
    """Reports every value that passes through it as one piece of work done."""

    def __init__(self, total: int, progress: Progress | None):
        self._done, self._total, self._progress = 0, total, progress

    def __call__(self, value: T) -> T:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)
        return value
