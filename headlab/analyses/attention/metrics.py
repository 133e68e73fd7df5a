"""The six metrics of HeadVis, and the pattern of one head."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from pydantic import JsonValue
from torch import Tensor

from headlab.analyses.attention.links import after_earlier_copies, mean_mass, previous_tokens
from headlab.analyses.attention.looking import (
    Progress,
    Prompts,
    Reading,
    averages,
    distances,
    ids_hash,
    rows_from,
    token_ids,
)
from headlab.analyses.attention.repetition import repeated_prompts
from headlab.analyses.provenance import provenance_of
from headlab.models.forward import Tokens
from headlab.models.language_model import LanguageModel
from headlab.models.patterns import KERNEL, visit_patterns
from headlab.records.attention import AttentionMetrics, AttentionPattern
from headlab.records.head import Head
from headlab.records.head_values import HeadValues
from headlab.records.provenance import Provenance
from headlab.relations.prompts import bundled_prompts

ANALYSIS, VERSION = "attention_metrics", 1
HEADS_AT_ONCE = 4
"""Heads whose squared distances are held together, so that they cost less than the pattern."""

METRICS: dict[str, tuple[str, str, str]] = {
    "self_attention": ("Self-attention", "Mean attention of a token to itself.", "probability"),
    "previous_token": (
        "Previous token",
        "Mean attention of a token to the one before it.",
        "probability",
    ),
    "entropy": (
        "Entropy",
        "Mean entropy of a token's attention: low where a head looks at few tokens.",
        "nats",
    ),
    "query_key_distance": (
        "Query-key distance",
        "Mean distance back to what a token looks at, weighted by attention.",
        "tokens",
    ),
    "query_key_distance_variance": (
        "Query-key distance variance",
        "Variance of that distance within a token's attention, mean over tokens.",
        "tokens²",
    ),
    "induction": (
        "Induction",
        "Mean attention, in repeated random tokens, to what came after the earlier copy.",
        "probability",
    ),
}
"""Title, meaning and unit of each metric; the names are those of HeadVis."""


def attention_metrics(
    model: LanguageModel,
    prompts: Prompts | None = None,
    *,
    first: int = 1,
    seed: int = 0,
    progress: Progress | None = None,
) -> AttentionMetrics:
    """Self-attention, previous token, entropy, query-key distance and its variance, induction.

    Means over the destinations at position `first` and later of all `prompts` (None: the bundled
    ones), each destination counting alike; `first=1` leaves out the first token, which can only
    look at itself, `first=0` counts it. As sources all positions count. Induction is measured on
    repeated random tokens drawn with `seed`. Progress is called with (done, total); an exception
    from it ends the work. Raises PromptError, ModelError.
    """
    started = time.monotonic()
    if first < 0:
        raise ValueError(f"first is {first}; positions are counted from 0")
    texts = token_ids(model, bundled_prompts() if prompts is None else prompts)
    repeated = repeated_prompts(model, seed)
    every = [*texts, *repeated]
    rows = rows_from(first, texts)
    links = [previous_tokens(ids, first) for ids in texts]
    again = [after_earlier_copies(ids) for ids in repeated]
    previous, induction = (
        mean_mass(links, "No prompt has a token with one before it."),
        mean_mass(again, "The repeated prompts repeat nothing."),
    )
    found = averages(
        model,
        every,
        {
            "rows": _within(range(len(texts)), Reading(_Rows(first), rows)),
            "previous_token": _within(range(len(texts)), previous),
            "induction": _within(range(len(texts), len(every)), induction),
        },
        progress,
    )
    self_attention, entropy, distance, variance = np.moveaxis(found["rows"], -1, 0)
    matrices = {
        "self_attention": self_attention,
        "previous_token": found["previous_token"],
        "entropy": entropy,
        "query_key_distance": distance,
        "query_key_distance_variance": variance,
        "induction": found["induction"],
    }
    made = _stamp(
        model,
        {"first": first, "repeated_prompts": len(repeated)},
        ids_hash(every),
        seed,
        time.monotonic() - started,
    )
    return AttentionMetrics(metrics=tuple(_metric(name, matrices, made) for name in METRICS))


def attention_pattern(
    model: LanguageModel, prompt: str | Sequence[int], head: Head | str
) -> AttentionPattern:
    """Attention probabilities of one head on a text or on token ids, `[destination, source]`.

    Raises HeadError, PromptError, ModelError.
    """
    started = time.monotonic()
    found = model.head(head)
    (ids,) = token_ids(model, [prompt])
    kept: dict[int, Tensor] = {}

    def keep(layer: int, pattern: Tensor) -> None:
        if layer == found.layer:
            kept[layer] = pattern[0, found.index].float().cpu()

    visit_patterns(model, Tokens.pad([ids], model.device), keep)
    return AttentionPattern(
        head=found,
        token_ids=tuple(ids),
        tokens=model.vocabulary.texts(ids),
        pattern=kept[found.layer].numpy(),
        provenance=_stamp(
            model, {"head": str(found)}, ids_hash([ids]), None, time.monotonic() - started
        ),
    )


class _Rows:
    """Self-attention, entropy, distance and its variance, summed over destinations: `[head, 4]`."""

    def __init__(self, first: int):
        self.first = first

    def __call__(self, _prompt: int, pattern: Tensor) -> Tensor:
        return torch.cat([self._sums(heads) for heads in pattern.split(HEADS_AT_ONCE)])

    def _sums(self, pattern: Tensor) -> Tensor:
        far = distances(pattern.shape[-1], pattern.device)[self.first :]
        rows = pattern[:, self.first :]
        mean = (rows * far).sum(-1)
        around = (far - mean[..., None]).square()  # not E[x²] - E[x]²: that cancels far back
        read = (
            pattern.diagonal(dim1=-2, dim2=-1)[:, self.first :],
            torch.special.entr(rows).sum(-1),
            mean,
            (rows * around).sum(-1),
        )
        return torch.stack([one.sum(-1) for one in read], -1)


def _within(numbers: range, reading: Reading) -> Reading:
    """The reading on the prompts of these numbers only, counted from their first."""

    def read(prompt: int, pattern: Tensor) -> Tensor | None:
        return reading.read(prompt - numbers.start, pattern) if prompt in numbers else None

    return Reading(read, reading.count)


def _metric(name: str, matrices: Mapping[str, np.ndarray], made: Provenance) -> HeadValues:
    title, meaning, unit = METRICS[name]
    return HeadValues(
        measure=name,
        title=title,
        meaning=meaning,
        unit=unit,
        values=matrices[name],
        provenance=made,
    )


def _stamp(
    model: LanguageModel,
    parameters: dict[str, JsonValue],
    prompts_hash: str,
    seed: int | None,
    seconds: float,
) -> Provenance:
    facts = model.facts.model_copy(update={"attention_kernel": KERNEL})
    return provenance_of(
        facts, ANALYSIS, VERSION, parameters, prompts_hash=prompts_hash, seed=seed, seconds=seconds
    )
