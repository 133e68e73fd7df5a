"""Detectors that need more of a row of attention than what lies on linked positions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from headlab.analyses.attention.linked_detectors import SO_FAR
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
from headlab.analyses.attention.named_heads import UNIFORM, detection
from headlab.models.language_model import LanguageModel
from headlab.records.attention import HeadDetection
from headlab.records.errors import TaskError


def positional(
    model: LanguageModel,
    prompts: Prompts,
    *,
    max_offset: int = 8,
    first: int = 1,
    progress: Progress | None = None,
) -> HeadDetection:
    """Share of positions whose strongest source lies at one fixed offset; `detail` is the offset.

    Of the offsets from 0 (itself) to `max_offset` each head's best is taken (the smallest of
    equals). Raises PromptError.
    """
    started = time.monotonic()
    if max_offset < 0:
        raise ValueError(f"max_offset is {max_offset}; it is a number of tokens from 0")
    ids = token_ids(model, prompts)
    rows = rows_from(first, ids)

    def read(_prompt: int, pattern: Tensor) -> Tensor:
        places = torch.arange(first, pattern.shape[-1], device=pattern.device)
        offsets = places - pattern[:, first:].argmax(-1)
        wanted = torch.arange(max_offset + 1, device=pattern.device)
        return (offsets[:, :, None] == wanted).sum(1)

    shares = averages(model, ids, {"shares": Reading(read, rows)}, progress)["shares"]
    best = np.where(np.isnan(shares[..., 0]), np.nan, np.argmax(shares, -1))
    even = sum(1 / (place + 1) for one in ids for place in range(first, len(one))) / rows
    return detection(
        model,
        "positional",
        shares.max(-1),
        {"max_offset": max_offset, "first": first, "prompts": len(ids), "tokens": rows},
        control=even,
        control_is=f"a strongest source drawn evenly from {SO_FAR}",
        detail=best,
        detail_is="the best offset, in tokens back",
        prompts_hash=ids_hash(ids),
        seconds=time.monotonic() - started,
    )


def local_and_global(
    model: LanguageModel, prompts: Prompts, *, first: int = 1, progress: Progress | None = None
) -> tuple[HeadDetection, HeadDetection]:
    """Local and global heads by the mean attention distance at positions from `first` on.

    The distance is `sum_s A[t,s] (t - s)`, mean over t (Li et al., arXiv 2510.13554); local heads
    have its negative as their value, so that the largest come first. Raises PromptError.
    """
    started = time.monotonic()
    ids = token_ids(model, prompts)
    rows = rows_from(first, ids)

    def read(_prompt: int, pattern: Tensor) -> Tensor:
        far = distances(pattern.shape[-1], pattern.device)
        return torch.einsum("hts,ts->h", pattern[:, first:], far[first:])

    found = averages(model, ids, {"distance": Reading(read, rows)}, progress)["distance"]
    even = sum(place / 2 for one in ids for place in range(first, len(one))) / rows

    def made(name: str, sign: int) -> HeadDetection:
        return detection(
            model,
            name,
            sign * found,
            {"first": first, "prompts": len(ids), "tokens": rows},
            control=sign * even,
            control_is=UNIFORM,
            prompts_hash=ids_hash(ids),
            seconds=time.monotonic() - started,
        )

    return made("local", -1), made("global", 1)


def negative_attention(
    model: LanguageModel,
    prompts: Prompts,
    yes: Sequence[int],
    no: Sequence[int],
    *,
    epsilon: float = 1e-6,
    progress: Progress | None = None,
) -> HeadDetection:
    """Negative attention score, mean over prompts.

    `NAS = sum_i (A[i,yes] + A[i,no]) log(A[i,no] / A[i,yes])` over the positions i after both words
    (arXiv 2409.03752); `epsilon` is added to both probabilities in the logarithm. yes, no: the
    position of each word in each prompt. Raises TaskError for positions outside a prompt.
    """
    started = time.monotonic()
    ids = token_ids(model, prompts)
    if not len(ids) == len(yes) == len(no):
        raise TaskError(
            f"{len(ids)} prompts have {len(yes)} positions of yes and {len(no)} of no; each prompt "
            "needs one of both."
        )
    for number, (one, *places) in enumerate(zip(ids, yes, no, strict=True), 1):
        if yes[number - 1] == no[number - 1] or not 0 <= min(places) <= max(places) < len(one) - 1:
            raise TaskError(
                f"Prompt {number} has {len(one)} tokens; yes and no at {places[0]} and {places[1]} "
                "must be two positions in it with a token after both."
            )

    def read(prompt: int, pattern: Tensor) -> Tensor:
        after = pattern[:, max(yes[prompt], no[prompt]) + 1 :]
        positive, negative = after[..., yes[prompt]], after[..., no[prompt]]
        ratio = torch.log((negative + epsilon) / (positive + epsilon))
        return ((positive + negative) * ratio).sum(1)

    found = averages(model, ids, {"score": Reading(read, len(ids))}, progress)["score"]
    return detection(
        model,
        "negative_attention",
        found,
        {"epsilon": epsilon, "prompts": len(ids)},
        control=0.0,
        control_is="equal attention to yes and no",
        prompts_hash=ids_hash(ids),
        seconds=time.monotonic() - started,
    )


def constant(
    model: LanguageModel,
    prompts: Prompts,
    options: Sequence[Sequence[int]],
    *,
    progress: Progress | None = None,
) -> HeadDetection:
    """Attention from the last position to the options of a multiple choice, times its evenness.

    options: positions of the options' tokens, two or more for each prompt. Evenness is
    `1 - var / var_max` of the options' shares, so that a head that looks at none of them is not
    taken for constant. `detail`: the plain variance of attention over options. Raises TaskError.
    """
    started = time.monotonic()
    ids = token_ids(model, prompts)
    if len(options) != len(ids):
        raise TaskError(f"{len(ids)} prompts have {len(options)} lists of options.")
    for number, (one, places) in enumerate(zip(ids, options, strict=True), 1):
        if len(set(places)) < 2 or not 0 <= min(places) <= max(places) < len(one):
            raise TaskError(
                f"Prompt {number} has {len(one)} tokens; its options at {list(places)} must be two "
                "or more different positions in it."
            )
    read = _evenness(options)
    found = averages(model, ids, {"both": Reading(read, len(ids))}, progress)["both"]
    flat = sum(len(set(places)) / len(one) for one, places in zip(ids, options, strict=True))
    return detection(
        model,
        "constant",
        found[..., 0],
        {"prompts": len(ids)},
        control=flat / len(ids),
        control_is=UNIFORM,
        detail=found[..., 1],
        detail_is="variance of the attention over options",
        prompts_hash=ids_hash(ids),
        seconds=time.monotonic() - started,
    )


def _evenness(options: Sequence[Sequence[int]]) -> Callable[[int, Tensor], Tensor]:
    def read(prompt: int, pattern: Tensor) -> Tensor:
        places = sorted(set(options[prompt]))
        mass = pattern[:, -1, places]
        total = mass.sum(-1)
        shares = mass / total.clamp_min(1e-30)[:, None]
        n = len(places)
        evenness = 1 - shares.var(-1, correction=0) * n * n / (n - 1)
        return torch.stack([total * evenness, mass.var(-1, correction=0)], -1)

    return read
