"""Ablation of heads over prompts: what the next token's distribution loses, and gains.

A head is removed by replacing its slice of z, the input of the output projection; its output is
never subtracted afterwards, so families with a norm after attention are right too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from headlab.analyses.ablation_plan import BATCH, AblationPlan
from headlab.analyses.prompt_set import AnyPositions
from headlab.models.language_model import LanguageModel
from headlab.records.ablation import Ablation, Mode
from headlab.records.head import Head

Progress = Callable[[int, int], None]


def ablate(
    model: LanguageModel,
    prompts: Sequence[str],
    heads: Sequence[Head | str] | Head | str | None = None,
    mode: Mode = "zero",
    positions: AnyPositions = "all",
    *,
    together: bool = False,
    reference: Sequence[str] | None = None,
    per_position: bool = False,
    seed: int = 0,
    answers: Sequence[str] | None = None,
    wrong: Sequence[str | Sequence[str]] | None = None,
    n_rows: int = 10,
    batch: int = BATCH,
    replicas: int | None = None,
    progress: Progress | None = None,
) -> Ablation:
    """Remove heads and measure what changes at every position that has a next token.

    `heads=None` takes every head, each by itself; `together=True` removes the given heads at once.

    `mode`: what z of a head is replaced by. "zero": 0. "mean": its mean over the `reference` texts
    (default: the prompts), over all their positions, or with `per_position` over the reference
    prompts at the same position from the start. "resample": its z in another text of the
    reference, drawn once for each prompt with `seed`; positions correspond by their distance from
    the end, a text at least as long is drawn where there is one, and a shorter one is read again
    from its end.

    `positions`: where heads are removed and the change is measured. "all"; "last", where the last
    token of each prompt is predicted; or numbers, negative from the end of the prompt, for every
    prompt or a list for each. Where each prompt has one position, only that position runs again,
    from the head's layer up (see `HeadSweep`).

    `answers` are the tokens that continue the prompts, one text each ("last" is then where the
    answer is predicted). The logit difference is the true next token's logit minus that of the clean
    run's most probable other token; with `wrong`, one text or several for each prompt, it is measured
    where the answers are predicted, against the mean of the wrong ones' logits.

    `n_rows` is the length of each list of affected positions and tokens. `replicas` heads are
    removed side by side in one batch (default: by device and size). Progress is called with (done,
    total) forward passes; an exception from it ends the work. A head whose removal gives numbers
    that are not finite is listed in `failures`.

    Raises HeadError, PromptError, ValueError, and ModelError when the clean run is not finite.
    """
    plan = AblationPlan(
        model,
        prompts,
        heads,
        mode,
        positions,
        together=together,
        reference=reference,
        per_position=per_position,
        seed=seed,
        answers=answers,
        wrong=wrong,
        n_rows=n_rows,
        batch=batch,
        replicas=replicas,
    )
    outcomes = list(plan.outcomes(progress))
    return plan.result(outcomes, "all" if heads is None else [str(head) for head in plan.heads])


def ablate_each(
    model: LanguageModel,
    prompts: Sequence[str],
    heads: Sequence[Head | str] | Head | str | None = None,
    mode: Mode = "zero",
    positions: AnyPositions = "all",
    *,
    reference: Sequence[str] | None = None,
    per_position: bool = False,
    seed: int = 0,
    answers: Sequence[str] | None = None,
    wrong: Sequence[str | Sequence[str]] | None = None,
    n_rows: int = 10,
    batch: int = BATCH,
    replicas: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Ablation]:
    """`ablate` head by head, layer by layer: every result is given as soon as it is there.

    Whoever stops, by leaving the iterator or by an exception from `progress`, keeps what was given.
    The last pass of a head is reported after its result.
    """
    plan = AblationPlan(
        model,
        prompts,
        heads,
        mode,
        positions,
        together=False,
        reference=reference,
        per_position=per_position,
        seed=seed,
        answers=answers,
        wrong=wrong,
        n_rows=n_rows,
        batch=batch,
        replicas=replicas,
    )
    for outcome in plan.outcomes(progress):
        yield plan.result([outcome], [str(head) for head in outcome.heads])
