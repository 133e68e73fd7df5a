"""Keys and values of a prefix, kept once and read by many passes over the token that follows."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import (
    Cache,
    DynamicCache,
    DynamicLayer,
    DynamicSlidingWindowLayer,
)

from headlab.models.forward import CleanRun, Tokens, clean_run
from headlab.models.language_model import LanguageModel

_PLAIN = (DynamicLayer, DynamicSlidingWindowLayer)
"""Layers that hold keys and values and nothing else: a pass leaves no other state behind."""


class KeptPrefix(Cache):
    """A cache that passes read and do not change, for `repeats` replicas of its prompts."""

    def __init__(self, layers: list[Any], repeats: int = 1):
        super().__init__(layers=layers)
        self._repeats = repeats

    def repeated(self, repeats: int) -> KeptPrefix:
        """The same prefix for a batch `[replica, prompt]`."""
        return KeptPrefix(self.layers, repeats)

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *_: Any, **__: Any
    ) -> tuple[Tensor, Tensor]:
        """The layer's keys and values with the new ones at their end; nothing is stored."""
        layer = self.layers[layer_idx]
        return self._joined(layer.keys, key_states), self._joined(layer.values, value_states)

    def _joined(self, kept: Tensor, new: Tensor) -> Tensor:
        rows, heads, length, width = kept.shape
        joined = new.new_empty(len(new), heads, length + new.shape[2], width)
        joined.view(self._repeats, rows, heads, -1, width)[..., :length, :] = kept
        joined[:, :, length:] = new
        return joined


def keep_prefix(model: LanguageModel, ids: Tensor) -> tuple[KeptPrefix, CleanRun] | None:
    """The prefix before the last token of `ids` `[prompt, position]`, and the clean pass over all.

    None for a model whose cache holds more than keys and values (recurrent or convolution states).
    """
    kept = DynamicCache(config=model.module.config)
    if any(type(layer) not in _PLAIN for layer in kept.layers):
        return None
    kept.activate_past_recording()  # a sliding window would drop what the last token still sees
    clean = clean_run(model, Tokens(ids, torch.ones_like(ids)), cache=kept)
    if any(type(layer) not in _PLAIN or layer.keys is None for layer in kept.layers):
        return None
    kept.crop(-1)
    return KeptPrefix(kept.layers), clean
