"""Heads per role of the deduction task, and knock-outs against random sets."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np

from headlab.analyses.deduction.decision_tokens import THRESHOLD
from headlab.analyses.deduction.proofs import ProofSet
from headlab.analyses.patching import patch
from headlab.analyses.provenance import provenance_of, texts_hash
from headlab.models.language_model import LanguageModel
from headlab.records.deduction import DeductionStudy, KnockOut, RoleHeads
from headlab.records.errors import TaskError
from headlab.records.head import Head
from headlab.records.patching import Metric, Patching
from headlab.tasks import task
from headlab.tasks.deduction import ROLES, Traversal

SHARE, DRAWS = 0.01, 3
STAGE = 1000
"""What one stage of the work counts in the progress."""

Positions = Literal["last", "all"]
Progress = Callable[[int, int], None]


def deduction_study(
    model: LanguageModel,
    *,
    n: int = 64,
    share: float = SHARE,
    draws: int = DRAWS,
    seed: int = 0,
    metric: Metric = "prob",
    positions: Positions = "last",
    threshold: float = THRESHOLD,
    traversal: Traversal = "backward",
    n_steps: int = 3,
    n_distractors: int = 3,
    shots: int = 2,
    progress: Progress | None = None,
) -> DeductionStudy:
    """Which heads the words of a proof take, and what is left of the proofs without them.

    For each role (premise, termination of the list of premises, rule) the average indirect effect
    of every head on its word, over `n` pairs of contexts (activation patching, clean into
    corrupted, see `headlab.patch`): at the decision position, `positions="last"`, or with `"all"`
    at the causal span too, that is wherever the contexts differ, which also finds heads that only
    gather there what later ones use. `share` of all heads, at least one, with the largest effects
    are the role's. Each role's heads and their union are removed (zero, all
    positions) from `n` other proofs, beside `draws` random sets of as many heads outside the union.

    The study (Nguyen, Dang and Inoue, arXiv 2605.27824) takes about 1 % a role, about 3 % together:
    a chosen budget, not a significance result. `traversal`, `n_steps`, `n_distractors` and `shots`
    are those of the task `deduction`; `threshold` that of `headlab.decision_tokens`. Progress is
    called with (done, total); an exception from it ends the work. Raises TaskError (also when the
    tokenizer splits the task's words), PromptError, ModelError, ValueError.
    """
    if positions not in get_args(Positions):
        raise ValueError(f"positions {positions!r} is unknown; known: 'last', 'all'")
    if not 0 < share < 1 or draws < 1:
        raise ValueError(f"share {share} must lie between 0 and 1, draws {draws} be at least 1")
    started = time.monotonic()
    shape = {
        "traversal": traversal,
        "n_steps": n_steps,
        "n_distractors": n_distractors,
        "shots": shots,
    }
    pairs = {role: task("deduction", n=n, seed=seed, role=role, **shape) for role in ROLES}
    proofs = task("deduction", n=n, seed=seed + 1, **shape)
    read = ProofSet(model, proofs)
    stages = _Stages(progress, len(ROLES) + 1)
    patched = [
        patch(model, pairs[role], metric=metric, positions=positions, progress=stages.part(number))
        for number, role in enumerate(ROLES)
    ]
    decisions = read.decision_shares(threshold)
    size = max(1, round(share * len(model.heads())))
    roles = tuple(
        RoleHeads(
            role=role,
            heads=_strongest(found, size, role),
            patching=found,
            decision_share=decisions[role],
        )
        for role, found in zip(ROLES, patched, strict=True)
    )
    base = read.accuracy()
    knock_outs = _knock_outs(model, read, roles, draws, seed, stages.part(len(ROLES)))
    texts = [one.prompt for made in (*pairs.values(), proofs) for one in made.examples]
    return DeductionStudy(
        n_proofs=len(read),
        n_heads=len(model.heads()),
        share=share,
        base=base,
        roles=roles,
        knock_outs=knock_outs,
        provenance=provenance_of(
            model.facts,
            "deduction_study",
            1,
            {
                "n": n,
                "share": share,
                "draws": draws,
                "metric": metric,
                "threshold": threshold,
                "positions": positions,
                "knock_out": "zero, all positions",
                **shape,
            },
            prompts_hash=texts_hash(texts),
            seed=seed,
            seconds=time.monotonic() - started,
        ),
    )


def _strongest(found: Patching, size: int, role: str) -> tuple[Head, ...]:
    """The heads with the largest effects above 0."""
    heads = tuple(head for head in found.top(size) if found.effect.of(head) > 0)
    if not heads:
        raise TaskError(
            f"No head has a positive effect on the word of role {role!r}: the model does not tell "
            "the clean contexts from the corrupted ones. Use another model, or more examples."
        )
    return heads


def _knock_outs(
    model: LanguageModel,
    proofs: ProofSet,
    roles: Sequence[RoleHeads],
    draws: int,
    seed: int,
    progress: Progress,
) -> tuple[KnockOut, ...]:
    union = tuple(sorted({head for role in roles for head in role.heads}))
    others = [head for head in model.heads() if head not in union]
    random = np.random.default_rng(seed)
    sets = [*((role.role, role.heads) for role in roles), ("union", union)]
    total = len(sets) * (1 + draws)
    found: list[KnockOut] = []
    for number, (name, heads) in enumerate(sets):
        progress(number * (1 + draws), total)
        without = proofs.accuracy(heads)
        drawn = []
        if len(others) >= len(heads):
            picks = (random.choice(len(others), len(heads), replace=False) for _ in range(draws))
            drawn = [tuple(sorted(others[i] for i in pick)) for pick in picks]
        left = []
        for done, one in enumerate(drawn, 1):
            progress(number * (1 + draws) + done, total)
            left.append(proofs.accuracy(one))
        found.append(
            KnockOut(
                name=name,
                heads=heads,
                without=without,
                random_heads=tuple(drawn),
                without_random=tuple(left),
            )
        )
    progress(total, total)
    return tuple(found)


class _Stages:
    """Several pieces of work as one progress, each counting the same."""

    def __init__(self, progress: Progress | None, stages: int):
        self._progress, self._total = progress, stages * STAGE

    def part(self, number: int) -> Progress:
        def report(done: int, total: int) -> None:
            if self._progress is not None:
                self._progress(number * STAGE + STAGE * done // max(1, total), self._total)

        return report
