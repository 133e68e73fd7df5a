"""Numbers read from the attention patterns of many prompts, in one pass over the layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from headlab.analyses.provenance import texts_hash
from headlab.models.forward import Tokens
from headlab.models.language_model import LanguageModel
from headlab.models.patterns import visit_patterns
from headlab.records.errors import PromptError

Progress = Callable[[int, int], None]
Prompts = Sequence[str | Sequence[int]]
"""Texts, or token ids of texts."""

HELD = 1 << 25
"""Probabilities of one layer that a batch may hold: 128 MB in float32."""


@dataclass(frozen=True)
class Reading:
    """What is read from a pattern: `read(prompt, pattern)`, with the prompt's number and its
    probabilities `[head, destination, source]` in float32, gives `[head]` or `[head, n]`, or None
    for a prompt that does not count. The sum over prompts is divided by `count`."""

    read: Callable[[int, Tensor], Tensor | None]
    count: float = 1.0


def token_ids(model: LanguageModel, prompts: Prompts) -> list[list[int]]:
    """Ids of every prompt, checked. Raises PromptError."""
    if isinstance(prompts, str):
        raise PromptError("Prompts are a list of texts; put the one text into a list.")
    found = [
        model.vocabulary.encode(one) if isinstance(one, str) else [int(i) for i in one]
        for one in prompts
    ]
    if not found:
        raise PromptError("There are no prompts. Give at least one text of two tokens or more.")
    limit = context_length(model)
    for number, ids in enumerate(found, 1):
        if len(ids) < 2:
            raise PromptError(
                f"Prompt {number} is {len(ids)} token(s) long; a prompt needs two, because the first "
                "token can only look at itself."
            )
        if len(ids) > limit:
            raise PromptError(
                f"Prompt {number} has {len(ids)} tokens, {model.facts.name} reads at most {limit}. "
                "Split it into shorter ones."
            )
        if not all(0 <= i < model.facts.d_vocab for i in ids):
            raise PromptError(
                f"Prompt {number} has token ids outside 0 to {model.facts.d_vocab - 1}, the "
                f"vocabulary of {model.facts.name}."
            )
    return found


def context_length(model: LanguageModel, unlimited: int = 1 << 30) -> int:
    """How many tokens the model reads; `unlimited` where its configuration does not say."""
    found = getattr(model.config, "max_position_embeddings", None)
    return unlimited if found is None else int(found)


def ids_hash(prompts: Sequence[Sequence[int]]) -> str:
    """sha256 of prompts given as token ids."""
    return texts_hash([" ".join(map(str, ids)) for ids in prompts])


def averages(
    model: LanguageModel,
    prompts: Sequence[Sequence[int]],
    readings: Mapping[str, Reading],
    progress: Progress | None = None,
) -> dict[str, np.ndarray]:
    """Every reading of every head: `[n_layers, n_heads]` or `[n_layers, n_heads, n]`, float64.

    NaN for layers without heads. Progress is called with (done, total) after every layer of every
    batch; an exception from it ends the work. Raises ModelError.
    """
    facts = model.facts
    sums: dict[str, np.ndarray] = {}
    batches = list(_batches(prompts, facts.n_heads))
    done, total = 0, len(batches) * len(model.head_layers)
    for start, batch in batches:

        def add(
            layer: int, pattern: Tensor, start: int = start, batch: Sequence[Sequence[int]] = batch
        ) -> None:
            nonlocal done
            for row, ids in enumerate(batch):
                own = pattern[row, :, : len(ids), : len(ids)].float()
                for name, reading in readings.items():
                    read = reading.read(start + row, own)
                    if read is None:
                        continue
                    if name not in sums:
                        sums[name] = np.full((facts.n_layers, *read.shape), np.nan)
                        sums[name][list(model.head_layers)] = 0
                    sums[name][layer] += read.cpu().double().numpy()
            done += 1
            if progress is not None:
                progress(done, total)

        visit_patterns(model, Tokens.pad(batch, model.device), add)
    return {name: sums[name] / reading.count for name, reading in readings.items()}


def _batches(
    prompts: Sequence[Sequence[int]], n_heads: int
) -> Iterator[tuple[int, Sequence[Sequence[int]]]]:
    """Runs of prompts whose padded patterns fit `HELD`, with the number of their first."""
    start, longest = 0, 0
    for number, ids in enumerate(prompts):
        longest = max(longest, len(ids))
        if number > start and (number + 1 - start) * n_heads * longest**2 > HELD:
            yield start, prompts[start:number]
            start, longest = number, len(ids)
    yield start, prompts[start:]


def rows_from(first: int, prompts: Sequence[Sequence[int]]) -> int:
    """How many destinations of all prompts lie at position `first` or later. Raises PromptError."""
    count = sum(max(0, len(ids) - first) for ids in prompts)
    if not count:
        raise PromptError(f"No prompt has a token at position {first}; the longest is too short.")
    return count


def distances(length: int, device: torch.device) -> Tensor:
    """`[destination, source]`: how far back a source lies, 0 where it lies ahead."""
    places = torch.arange(length, device=device)
    return (places[:, None] - places).clamp_min(0).float()
