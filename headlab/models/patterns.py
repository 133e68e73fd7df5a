"""Attention probabilities, one layer at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from headlab.models.forward import Tokens
from headlab.models.language_model import LanguageModel
from headlab.records.errors import ModelError

Visit = Callable[[int, Tensor], None]
"""Takes a layer and its probabilities `[batch, head, destination, source]`."""

KERNEL = "eager"
"""The attention kernel that returns probabilities; the others never make them."""


@contextmanager
def eager_attention(model: LanguageModel) -> Iterator[None]:
    """Within the context the model runs the kernel that can return attention probabilities."""
    before = model.module.config._attn_implementation
    _use_kernel(model, KERNEL)
    try:
        yield
    finally:
        _use_kernel(model, before)


def _use_kernel(model: LanguageModel, kernel: str) -> None:
    model.module.config._attn_implementation = (
        kernel  # Falcon refuses the call below, but reads this
    )
    model.module.set_attn_implementation(kernel)


@torch.no_grad()
def visit_patterns(model: LanguageModel, tokens: Tokens, visit: Visit) -> None:
    """Run the model once and give `visit` every layer that has heads, lowest first.

    Each layer's probabilities are freed before the next layer makes its own, so the peak is one
    layer, `batch x n_heads x position²` numbers. Rows of padding mean nothing. An exception from
    `visit` ends the pass; hooks and kernel are put back. Raises ModelError where a family's
    attention gives no probabilities.
    """

    def reader(layer: int) -> Callable[..., None]:
        def read(module: Any, _arguments: Any, output: Any) -> None:
            visit(layer, _probabilities(model, layer, module, output))

        return read

    handles = []
    try:
        for layer in model.head_layers:
            handles.append(model.attention(layer).register_forward_hook(reader(layer)))
        with eager_attention(model):
            model.module.base_model(
                input_ids=tokens.ids, attention_mask=tokens.mask, use_cache=False
            )
    finally:
        for handle in handles:
            handle.remove()


def _probabilities(model: LanguageModel, layer: int, module: Any, output: Any) -> Tensor:
    found = output[1] if isinstance(output, tuple) and len(output) > 1 else None
    if not isinstance(found, Tensor) or found.dim() != 4 or found.shape[1] != model.facts.n_heads:
        raise ModelError(
            f"{type(module).__name__} (layer {layer} of {model.facts.name}) gives no attention "
            f"probabilities of {model.facts.n_heads} heads, so patterns cannot be read."
        )
    return found
