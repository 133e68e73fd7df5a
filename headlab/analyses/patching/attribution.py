"""Attribution patching: the patching effect of all heads from one backward pass, an estimate."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from pydantic import JsonValue
from torch import Tensor

from headlab.analyses.patching.activation import (
    BATCH,
    Progress,
    activation_effects,
    names,
    read_task_pairs,
    sides,
)
from headlab.analyses.patching.clean_corrupted import PairSet, Targets, Wrong
from headlab.analyses.patching.metric import finite, measured
from headlab.analyses.patching.passes import Passes
from headlab.analyses.patching.prompts import AnswerTokens, Positions
from headlab.analyses.patching.results import Effects
from headlab.models.gradients import head_gradients
from headlab.models.language_model import LanguageModel
from headlab.records.example import TaskSet
from headlab.records.head import Head
from headlab.records.patching import Attribution, Direction, Metric


def attribution_patching(
    model: LanguageModel,
    clean: TaskSet | Sequence[str],
    corrupted: Sequence[str] | None = None,
    answers: Sequence[str] | None = None,
    metric: Metric = "prob",
    positions: Positions = "last",
    direction: Direction = "denoise",
    wrong: Wrong | None = None,
    progress: Progress | None = None,
    *,
    verify: int = 0,
    answer_tokens: AnswerTokens = "one",
    batch: int = BATCH,
) -> Attribution:
    """First-order estimate of `patch` for all heads; the arguments are those of `patch`.

    `sum_s (z_source - z_base) . df/dz_base` over the patched positions s: one forward pass over the
    side that values come from, one forward and backward over the other (Nanda 2023; Syed et al.,
    arXiv 2310.10348). It ignores how the metric bends; where the metric saturates it can be far off.
    `verify=n` computes the n heads of the largest absolute estimate exactly, beside their
    correlation with it. Progress counts batches, then exact passes. Raises what `patch` raises.
    """
    started = time.monotonic()
    if verify < 0:
        raise ValueError(f"verify is {verify}; it is a number of heads, from 0")
    pairs = read_task_pairs(
        model, clean, corrupted, answers, wrong, positions, answer_tokens, metric
    )
    n_batches = len(pairs.batches(model.device, batch))
    n_exact = min(verify, len(model.heads()))
    total = n_batches * (1 + n_exact)

    def report(done: int, _total: int = 0) -> None:
        if progress is not None:
            progress(done, total)

    report(0)
    effects = _estimate(model, pairs, metric, direction, batch, report)
    parameters: dict[str, JsonValue] = {"answer_tokens": answer_tokens, "batch": batch}
    estimate = effects.record(
        "attribution", metric, direction, parameters, time.monotonic() - started
    )
    if not n_exact:
        return Attribution(estimate=estimate)
    started = time.monotonic()
    strongest = _strongest(model, estimate.effect.values, n_exact)
    found = activation_effects(
        model,
        pairs,
        metric,
        direction,
        strongest,
        batch,
        lambda done, _total: report(n_batches + done),
    )
    exact = found.record(
        "activation",
        metric,
        direction,
        {"heads": names(strongest), **parameters},
        time.monotonic() - started,
    )
    both = np.array([[estimate.effect.of(head), exact.effect.of(head)] for head in strongest])
    return Attribution(estimate=estimate, exact=exact, correlation=_correlation(both))


def _estimate(
    model: LanguageModel,
    pairs: PairSet,
    metric: Metric,
    direction: Direction,
    batch: int,
    report: Progress,
) -> Effects:
    effects = Effects(model, pairs)
    layers = model.head_layers
    for done, part in enumerate(pairs.batches(model.device, batch), 1):
        source_side, base_side = sides(direction)
        source = Passes(model, getattr(part, source_side), torch.ones_like(part.marked))
        base = head_gradients(
            model,
            getattr(part, base_side),
            layers,
            partial(_score, metric, part.targets),
        )
        before = finite(model, base.score)
        other = finite(model, measured(metric, source.logits(), part.targets))
        effects.keep_ends(part, direction, other, before)
        for layer in layers:
            step = source.z(layer).float() - base.z[layer].float()
            slope = base.gradient[layer].float() * part.marked[:, :, None, None]
            effects.keep(part, layer, slice(None), direction, (step * slope).sum((1, 3)))
        report(done, 0)
    return effects


def _score(metric: Metric, targets: Targets, logits: Tensor) -> Tensor:
    return measured(metric, logits, targets)


def _strongest(model: LanguageModel, values: np.ndarray, n: int) -> list[Head]:
    return sorted(model.heads(), key=lambda head: -abs(values[head.layer, head.index]))[:n]


def _correlation(both: np.ndarray) -> float | None:
    if len(both) < 3 or (both.std(0) == 0).any():
        return None
    return float(np.corrcoef(both.T)[0, 1])
