"""One batch of prompts, run again and again with other values of single heads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from headlab.models.forward import Tokens, replacing, unembed
from headlab.models.head_sweep import HeadSweep
from headlab.models.language_model import LanguageModel

LAST_ROWS = 512
GPU_TOKENS = 1 << 14
"""How much runs side by side: last positions anywhere, whole prompts on a GPU (on a CPU, heads one
by one are as fast)."""


class Passes:
    """Prompts of one length, `ids` `[n, position]`, and which positions are patched.

    `marked` `[n, position]` bool; where that is the last position alone, only that one is run.
    Numbers are those of whole passes (see `HeadSweep`).
    """

    def __init__(self, model: LanguageModel, ids: Tensor, marked: Tensor):
        self.model = model
        last_only = not bool(marked[:, :-1].any())
        self._sweep = HeadSweep(model, Tokens(ids, torch.ones_like(ids)), last_only)
        self._marked = None if bool(marked[:, -1:].all()) and last_only else marked

    def z(self, layer: int) -> Tensor:
        """z `[n, position, n_heads, d_head]`, of the last position alone where only that is patched."""
        return self._sweep.z(layer)

    def logits(self) -> Tensor:
        """Logits at the decision position without edits, float32 `[n, d_vocab]`."""
        return unembed(self.model, self._sweep.resid[:, -1])

    def patched(
        self, layer: int, indices: Sequence[int], values: Tensor
    ) -> Iterator[tuple[int, Tensor]]:
        """Each head of a layer with the logits when its z is `values` at the marked positions.

        `values` is what `z` gives on the other side.
        """
        groups = [[self.model.head(f"L{layer}H{index}")] for index in indices]
        size = self._at_once()
        for start in range(0, len(groups), size):
            edited = groups[start : start + size]
            edits = replacing(edited, {layer: values}, self._marked)
            resid = self._sweep.run(edits, len(edited))
            for index, rows in zip(indices[start : start + size], resid, strict=True):
                yield index, unembed(self.model, rows[:, -1])

    def _at_once(self) -> int:
        rows, length = self._sweep.resid.shape[:2]
        if self._sweep.short:
            return max(1, LAST_ROWS // rows)
        if self.model.device.type == "cpu":
            return 1
        return max(1, GPU_TOKENS // (rows * length))
