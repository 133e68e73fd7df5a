"""Activation patching: the average indirect effect of every head."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pydantic import JsonValue

from headlab.analyses.patching.clean_corrupted import (
    PairSet,
    Wrong,
    examples_of,
    read_pairs,
)
from headlab.analyses.patching.metric import checked, finite, measured
from headlab.analyses.patching.passes import Passes
from headlab.analyses.patching.prompts import AnswerTokens, Positions
from headlab.analyses.patching.results import Effects
from headlab.models.language_model import LanguageModel
from headlab.records.example import TaskSet
from headlab.records.head import Head
from headlab.records.patching import Direction, Metric, Patching

BATCH = 16
Progress = Callable[[int, int], None]
Heads = Sequence[Head | str] | Head | str | None


def patch(
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
    heads: Heads = None,
    answer_tokens: AnswerTokens = "one",
    batch: int = BATCH,
) -> Patching:
    """Average indirect effect of each head, by itself, on the answer.

    `AIE(l, h) = mean_i [f(corrupt_i | z_{l,h,s} := z_{l,h,s}(clean_i))[t_i] - f(corrupt_i)[t_i]]`
    (arXiv 2605.27824) for denoise, with t_i the clean answer and s the positions; for noise the
    corrupted value goes into the clean run and the loss of the metric counts. `clean` is a task, or
    texts beside `corrupted` and `answers` (which continue the clean prompt, leading space
    included). `positions`: "last" (where the answer is predicted), "all", a span's name (of a task),
    a slice or numbers for every prompt, or a list of numbers for each.

    metric: prob, logprob (nats), logit, or logit_diff against the mean logit of `wrong`, one or more
    texts for each pair (of a task without them: the corrupted answer). An answer of several tokens is
    refused, or measured by its first with `answer_tokens="first"`. Progress is called with (done,
    total) passes; an exception from it ends the work.

    Raises TaskError (pairs of different lengths, answers or positions that do not fit), PromptError,
    HeadError, ModelError, ValueError.
    """
    started = time.monotonic()
    pairs = read_task_pairs(
        model, clean, corrupted, answers, wrong, positions, answer_tokens, metric
    )
    wanted = chosen_heads(model, heads)
    effects = activation_effects(model, pairs, metric, direction, wanted, batch, progress)
    parameters: dict[str, JsonValue] = {
        "heads": "all" if heads is None else names(wanted),
        "answer_tokens": answer_tokens,
        "batch": batch,
    }
    seconds = time.monotonic() - started
    return effects.record("activation", metric, direction, parameters, seconds)


def read_task_pairs(
    model: LanguageModel,
    clean: TaskSet | Sequence[str],
    corrupted: Sequence[str] | None,
    answers: Sequence[str] | None,
    wrong: Wrong | None,
    positions: Positions,
    answer_tokens: AnswerTokens,
    metric: Metric,
) -> PairSet:
    """The pairs that the arguments of `patch` name, checked."""
    examples = examples_of(clean, corrupted, answers, wrong)
    needs_wrong = checked(metric) == "logit_diff"
    return read_pairs(model, examples, positions, answer_tokens, needs_wrong)


def chosen_heads(model: LanguageModel, heads: Heads) -> list[Head]:
    """All heads, or the given ones, checked; raises HeadError, ValueError."""
    if heads is None:
        return model.heads()
    given = [heads] if isinstance(heads, Head | str) else heads
    found = list(dict.fromkeys(model.head(head) for head in given))
    if not found:
        raise ValueError("no heads were given; heads=None takes all of them")
    return found


def names(heads: Sequence[Head]) -> list[JsonValue]:
    """Heads as a result's parameters write them."""
    return [str(head) for head in heads]


def sides(direction: Direction) -> tuple[str, str]:
    """The runs that values come from and go into; raises ValueError for an unknown direction."""
    if direction not in ("denoise", "noise"):
        raise ValueError(f"direction {direction!r} is unknown; known: 'denoise', 'noise'")
    return ("clean", "corrupted") if direction == "denoise" else ("corrupted", "clean")


def activation_effects(
    model: LanguageModel,
    pairs: PairSet,
    metric: Metric,
    direction: Direction,
    heads: Sequence[Head],
    batch: int,
    progress: Progress | None,
) -> Effects:
    """Exact effects of the given heads; others stay NaN."""
    effects = Effects(model, pairs)
    batches = pairs.batches(model.device, batch)
    done, total = 0, len(batches) * len(heads)
    if progress is not None:
        progress(done, total)
    by_layer: dict[int, list[int]] = {}
    for head in sorted(heads):
        by_layer.setdefault(head.layer, []).append(head.index)
    for part in batches:
        source, base = (
            Passes(model, getattr(part, side), part.marked) for side in sides(direction)
        )
        before = finite(model, measured(metric, base.logits(), part.targets))
        other = finite(model, measured(metric, source.logits(), part.targets))
        effects.keep_ends(part, direction, other, before)
        for layer, indices in by_layer.items():
            for index, logits in base.patched(layer, indices, source.z(layer)):
                after = finite(model, measured(metric, logits, part.targets))
                effects.keep(part, layer, index, direction, after - before)
                done += 1
                if progress is not None:
                    progress(done, total)
    return effects
