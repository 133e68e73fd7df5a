"""What z of removed heads is replaced by: zero, a mean, or another prompt's z."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from pydantic import JsonValue
from torch import Tensor

from headlab.analyses.prompt_set import Chunk, PromptSet
from headlab.models.forward import Tokens
from headlab.models.head_sweep import HeadSweep
from headlab.models.language_model import LanguageModel
from headlab.records.errors import PromptError

Values = dict[int, Tensor]
"""By layer, z that broadcasts to `[prompt, position, n_heads, d_head]` of a chunk."""


class Zero:
    """Heads are set to zero."""

    parameters: ClassVar[dict[str, JsonValue]] = {}

    def of(self, _chunk: Chunk, _layers: Sequence[int]) -> Values | None:
        return None


class Mean:
    """Heads are set to their mean z over a reference set.

    The mean is over every position of the reference from which a known token is predicted, or, with
    `per_position`, over the reference prompts at the same position counted from the start.
    """

    def __init__(
        self,
        model: LanguageModel,
        prompts: PromptSet,
        reference: PromptSet,
        per_position: bool,
        batch: int,
    ):
        self.parameters: dict[str, JsonValue] = {
            "reference": reference.hash,
            "per_position": per_position,
        }
        self._model, self._per_position = model, per_position
        reaches = max(len(reference.inputs(number)) for number in range(len(reference)))
        for number in range(len(prompts)):
            length = len(prompts.inputs(number))
            if per_position and length > reaches:
                raise PromptError(
                    f"Prompt {number + 1} is measured up to position {length - 1}, the reference "
                    f"reaches position {reaches - 1}: there is no mean. Give longer reference "
                    "prompts, or take the mean over all positions."
                )
        self._chunks = reference.chunks(model.device, batch)
        self._sweeps = [HeadSweep(model, chunk.tokens) for chunk in self._chunks]
        self._reaches = reaches
        self._means: Values = {}

    def of(self, chunk: Chunk, layers: Sequence[int]) -> Values:
        if list(self._means) != list(layers):
            self._means = {layer: self._mean(layer) for layer in layers}
        if not self._per_position:
            return self._means
        end = chunk.tokens.ids.shape[1]
        start = end - 1 if chunk.last_only else 0
        return {layer: mean[start:end] for layer, mean in self._means.items()}

    def _mean(self, layer: int) -> Tensor:
        """`[position, n_heads, d_head]`, or one position that stands for all."""
        total, count = torch.zeros(()), torch.zeros(self._reaches, 1, 1)
        for chunk, sweep in zip(self._chunks, self._sweeps, strict=True):
            mask = chunk.tokens.mask[:, :, None, None]
            sums = (sweep.z(layer).float() * mask).sum(0).cpu().double()
            missing = (0, 0) * (sums.ndim - 1) + (0, self._reaches - len(sums))
            total = total + torch.nn.functional.pad(sums, missing)
            count[: len(sums)] += mask.sum(0).cpu()
        if not self._per_position:
            total, count = total.sum(0, keepdim=True), count.sum(0, keepdim=True)
        return (total / count).float().to(self._model.device)


class Resample:
    """Heads are set to their z in another prompt, drawn once for each prompt.

    Positions correspond by their distance from the last one with a known next token. A donor as long
    as the prompt is drawn where there is one; a shorter donor is read again from its end.
    """

    def __init__(self, model: LanguageModel, prompts: PromptSet, reference: PromptSet, seed: int):
        self.parameters: dict[str, JsonValue] = {
            "reference": reference.hash,
            "aligned": "from the end",
        }
        self._model, self._prompts, self._reference = model, prompts, reference
        self.donors = _donors(prompts, reference, seed)
        self._sweeps: dict[tuple[int, ...], tuple[HeadSweep, Tensor]] = {}
        self._latest: dict[tuple[int, ...], Values] = {}

    def of(self, chunk: Chunk, layers: Sequence[int]) -> Values:
        key = chunk.prompts
        if key not in self._sweeps:
            self._sweeps[key] = self._sweep(chunk)
        sweep, places = self._sweeps[key]
        if list(self._latest.get(key, ())) != list(layers):
            rows = torch.arange(len(places), device=places.device)[:, None]
            self._latest[key] = {layer: sweep.z(layer)[rows, places] for layer in layers}
        return self._latest[key]

    def _sweep(self, chunk: Chunk) -> tuple[HeadSweep, Tensor]:
        """The donors' clean pass, and for every position of the chunk the donor's position."""
        donors = [self._reference.ids[self.donors[prompt]][:-1] for prompt in chunk.prompts]
        first = chunk.tokens.ids.shape[1] - 1 if chunk.last_only else 0
        places = [
            [
                _corresponding(place, len(self._prompts.ids[prompt]) - 1, len(donor))
                for place in range(first, chunk.tokens.ids.shape[1])
            ]
            for prompt, donor in zip(chunk.prompts, donors, strict=True)
        ]
        device = self._model.device
        sweep = HeadSweep(self._model, Tokens.pad(donors, device))
        return sweep, torch.tensor(places, device=device)


def _corresponding(place: int, length: int, donor_length: int) -> int:
    """The donor's position at the same distance from the end; padding takes any."""
    return donor_length - 1 - (length - 1 - place) % donor_length


def _donors(prompts: PromptSet, reference: PromptSet, seed: int) -> list[int]:
    """For each prompt the number of a reference prompt of other tokens."""
    random = np.random.default_rng(seed)
    lengths = np.array([len(ids) for ids in reference.ids])
    found = []
    for number, ids in enumerate(prompts.ids):
        own = prompts.prompt_ids(number)
        for pool in (np.flatnonzero(lengths >= len(ids)), np.arange(len(lengths))):
            others = [other for other in pool.tolist() if reference.prompt_ids(other) != own]
            if others:
                break
        else:
            raise PromptError(
                f"Prompt {number + 1} ({prompts.texts[number][:40]!r}) has no other prompt to be "
                "resampled from. Give a second one, or a reference."
            )
        found.append(others[int(random.integers(len(others)))])
    return found
