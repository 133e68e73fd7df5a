"""The same operations in two models: heads matched by their relation profiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headlab.analyses.validation.coverage import TAU, implemented, profiles
from headlab.analyses.validation.significance import tail_probability
from headlab.records.errors import TaskError
from headlab.records.head import Head
from headlab.records.scores import RelationScores
from headlab.records.table import Table

DRAWS = 200
LEAST = 3
"""Shared relations below which profiles say nothing."""


def universality_tables(
    one: Sequence[RelationScores],
    other: Sequence[RelationScores],
    tau: float = TAU,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[Table]:
    """Best matches of the heads with an operation, a summary, and the operations of both models.

    Likeness is the cosine of two heads' relation scores over the operations that apply to both
    models. The control permutes the operations of the other model, the same way for all its heads,
    and matches again. Raises TaskError when fewer than 3 operations are shared.
    """
    theirs = {scores.name: scores for scores in other}
    shared = [scores for scores in one if scores.name in theirs]
    if len(shared) < LEAST:
        raise TaskError(
            f"The models share {len(shared)} operations that apply to both; a profile needs {LEAST}."
        )
    counterparts = [theirs[scores.name] for scores in shared]
    matches, summary = _matches(shared, counterparts, tau, draws, seed)
    return [matches, summary, _operations(shared, counterparts, tau)]


def _matches(
    one: Sequence[RelationScores],
    other: Sequence[RelationScores],
    tau: float,
    draws: int,
    seed: int,
) -> tuple[Table, Table]:
    heads, own = _known(profiles(one), implemented(one, tau).sum(axis=0) > 0)
    others, facing = _known(profiles(other), np.ones_like(other[0].relation, dtype=bool))
    notes = (
        f"Heads of the first model with at least one operation (score above {tau} and control), each "
        "with the most alike head of the other; likeness: cosine of relation scores over "
        f"{len(one)} operations.",
        f"control: mean best likeness over {draws} permutations of the other model's operations, "
        f"seed {seed}; p: (1 + permutations with as good a match) / (1 + {draws}).",
    )
    columns = ("layer", "head", "other_layer", "other_head", "likeness", "control", "p")
    if not heads or not others:
        empty = Table.of("universality", [], columns, notes=notes)
        return empty, Table.of("universality_summary", [], ("measure", "value"), notes=notes)
    likeness = own @ facing.T
    best = likeness.argmax(1)
    random = np.random.default_rng(seed)
    control = np.stack(
        [(own @ facing[:, random.permutation(len(one))].T).max(1) for _ in range(draws)]
    )
    rows = [
        {
            "layer": head.layer,
            "head": head.index,
            "other_layer": others[best[row]].layer,
            "other_head": others[best[row]].index,
            "likeness": float(likeness[row, best[row]]),
            "control": float(control[:, row].mean()),
            "p": tail_probability(float(likeness[row, best[row]]) - 1e-12, control[:, row]),
        }
        for row, head in enumerate(heads)
    ]
    mean = float(likeness.max(1).mean())
    summary = {
        "heads with an operation": len(heads),
        "mean best likeness": mean,
        "mean best likeness, operations permuted": float(control.mean()),
        "p of the mean": tail_probability(mean - 1e-12, control.mean(1)),
    }
    table = [{"measure": name, "value": value} for name, value in summary.items()]
    return (
        Table.of("universality", rows, columns, notes=notes),
        Table.of("universality_summary", table, notes=notes),
    )


def _known(vectors: np.ndarray, wanted: np.ndarray) -> tuple[list[Head], np.ndarray]:
    """Wanted heads that have a profile, and the profiles `[n, n_relations]`."""
    chosen = wanted & np.isfinite(vectors).all(-1)
    heads = [Head(layer=int(layer), index=int(index)) for layer, index in np.argwhere(chosen)]
    return heads, vectors[chosen]


def _operations(
    one: Sequence[RelationScores], other: Sequence[RelationScores], tau: float
) -> Table:
    counts = [implemented(side, tau).sum((1, 2)) for side in (one, other)]
    rows = [
        {
            "relation": mine.name,
            "category": mine.category,
            "n_heads": int(counts[0][row]),
            "n_heads_other": int(counts[1][row]),
            "best": str(mine.best()),
            "best_score": mine.of(mine.best()),
            "best_other": str(theirs.best()),
            "best_score_other": theirs.of(theirs.best()),
            "in_both": bool(counts[0][row] and counts[1][row]),
        }
        for row, (mine, theirs) in enumerate(zip(one, other, strict=True))
    ]
    note = f"n_heads: heads whose score exceeds {tau} and the shuffled control, in each model."
    return Table.of("universality_operations", rows, notes=(note,))
