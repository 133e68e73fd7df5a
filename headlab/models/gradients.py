"""Gradients of what a model answers with respect to its heads' values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from headlab.models.forward import Edit, editing
from headlab.models.language_model import LanguageModel

Score = Callable[[Tensor], Tensor]
"""Logits `[n, d_vocab]` at the last position -> a number for each row, `[n]`."""


@dataclass(frozen=True)
class HeadGradients:
    """`score` `[n]`; z and its gradient by layer, `[n, position, n_heads, d_head]` each."""

    score: Tensor
    z: dict[int, Tensor]
    gradient: dict[int, Tensor]


def head_gradients(
    model: LanguageModel, ids: Tensor, layers: Sequence[int], score: Score
) -> HeadGradients:
    """One forward and one backward pass over prompts of one length, `ids` `[n, position]`.

    The gradient of a layer's z counts every path to the score, also those through later heads.
    """
    values: dict[int, Tensor] = {}
    shifts: dict[int, Tensor] = {}

    def shift(layer: int) -> Edit:
        def add(z: Tensor) -> Tensor:
            values[layer] = z.detach()
            shifts[layer] = torch.zeros_like(z, requires_grad=True)
            return z + shifts[layer]

        return add

    with torch.enable_grad(), _frozen(model), editing(model, {one: shift(one) for one in layers}):
        output = model.module(input_ids=ids, use_cache=False, logits_to_keep=1)
        found = score(output.logits[:, -1])
        gradients = torch.autograd.grad(found.sum(), [shifts[layer] for layer in layers])
    return HeadGradients(found.detach(), values, dict(zip(layers, gradients, strict=True)))


@contextmanager
def _frozen(model: LanguageModel) -> Iterator[None]:
    """Parameters without gradients, so that a pass keeps no more than what z needs."""
    thawed = [one for one in model.module.parameters() if one.requires_grad]
    for parameter in thawed:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in thawed:
            parameter.requires_grad_(True)
