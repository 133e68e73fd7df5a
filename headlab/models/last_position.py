"""Runs that change heads at the last position only: the rest is computed once and kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from headlab.models.forward import Edit, editing
from headlab.models.language_model import LanguageModel


class LastPosition:
    """The last position of many prompts, with everything before it kept as keys and values.

    An edit at the last position changes no earlier one, so a pass needs that position alone. Equal
    to a whole pass up to the rounding of other matrix shapes.
    """

    @torch.no_grad()
    def __init__(self, model: LanguageModel, prompts: Sequence[Sequence[int]], batch: int = 256):
        self.model = model
        self.n_prompts = len(prompts)
        by_length: dict[int, list[int]] = defaultdict(list)
        for number, prompt in enumerate(prompts):
            by_length[len(prompt)].append(number)
        self._groups: list[tuple[Tensor, Tensor, Any]] = []
        for length, numbers in sorted(by_length.items()):
            for start in range(0, len(numbers), batch):
                rows = numbers[start : start + batch]
                ids = torch.tensor([list(prompts[row]) for row in rows], device=model.device)
                kept = None
                if length > 1:
                    kept = model.module.base_model(input_ids=ids[:, :-1], use_cache=True)
                    kept = kept.past_key_values
                self._groups.append((torch.tensor(rows), ids[:, -1:], kept))

    @torch.no_grad()
    def resid(self, edits: Mapping[int, Edit] | None = None) -> Tensor:
        """Final residual stream at the last position of every prompt, `[prompt, d_model]`."""
        model = self.model
        found = torch.empty(self.n_prompts, model.facts.d_model, device=model.device)
        last = model.blocks[-1]
        for rows, ids, kept in self._groups:
            output: list[Tensor] = []
            handle = last.register_forward_hook(
                lambda _m, _a, out, output=output: output.append(
                    out[0] if isinstance(out, tuple) else out
                )
            )
            try:
                with editing(model, edits or {}):
                    model.module.base_model(
                        input_ids=ids, past_key_values=kept, use_cache=kept is not None
                    )
            finally:
                handle.remove()
                if kept is not None:
                    kept.crop(-1)  # the last position leaves again
            found[rows.to(model.device)] = output[0][:, -1].to(found.dtype)
        return found
