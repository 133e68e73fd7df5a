"""Runs that change heads at the last position only: the rest is computed once and kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from headlab.models.forward import Edit, Tokens
from headlab.models.head_sweep import HeadSweep
from headlab.models.language_model import LanguageModel


def by_length(prompts: Sequence[Sequence[int]], batch: int) -> Iterator[list[int]]:
    """Numbers of prompts of equal length, shortest first, at most `batch` at a time."""
    groups: dict[int, list[int]] = defaultdict(list)
    for number, prompt in enumerate(prompts):
        groups[len(prompt)].append(number)
    for _, numbers in sorted(groups.items()):
        for start in range(0, len(numbers), batch):
            yield numbers[start : start + batch]


class LastPosition:
    """The last position of many prompts, with everything before it kept as keys and values.

    An edit at the last position changes no earlier one, so a pass needs that position alone, from
    the lowest edited layer up. See `HeadSweep` for exactness.
    """

    def __init__(self, model: LanguageModel, prompts: Sequence[Sequence[int]], batch: int = 256):
        self.model = model
        self.n_prompts = len(prompts)
        self._groups = [
            (
                torch.tensor(rows, device=model.device),
                HeadSweep(
                    model, Tokens.pad([prompts[row] for row in rows], model.device), last_only=True
                ),
            )
            for rows in by_length(prompts, batch)
        ]

    def resid(self, edits: Mapping[int, Edit] | None = None) -> Tensor:
        """Final residual stream at the last position of every prompt, `[prompt, d_model]`."""
        found = torch.empty(self.n_prompts, self.model.facts.d_model, device=self.model.device)
        for rows, sweep in self._groups:
            after = sweep.run(edits)[0] if edits else sweep.resid
            found[rows] = after[:, -1].to(found.dtype)
        return found
