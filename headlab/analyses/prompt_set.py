"""Prompts as the measured positions of padded batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from headlab.analyses.provenance import texts_hash
from headlab.models.forward import Tokens
from headlab.models.language_model import LanguageModel
from headlab.records.ablation import Context, Positions
from headlab.records.errors import PromptError

BEFORE, AFTER = 16, 6


@dataclass(frozen=True)
class Chunk:
    """A batch and its measured positions: row, position and true next token, `[n]` each.

    `ablated` `[batch, position]` marks where heads are removed; None means everywhere.
    """

    tokens: Tokens
    rows: Tensor
    places: Tensor
    next_ids: Tensor
    ablated: Tensor | None


class PromptSet:
    """Tokenized prompts; a measured position is one whose next token is in the prompt."""

    def __init__(self, model: LanguageModel, prompts: Sequence[str], positions: Positions):
        self.vocabulary = model.vocabulary
        self.positions = positions
        self.hash = texts_hash(prompts)
        self.ids = [_encode(model, number, text) for number, text in enumerate(prompts)]
        if not self.ids:
            raise PromptError("There are no prompts. Give at least one text of two tokens or more.")
        self.measured = [
            (prompt, place)
            for prompt, ids in enumerate(self.ids)
            for place in (range(len(ids) - 1) if positions == "all" else [len(ids) - 2])
        ]

    def __len__(self) -> int:
        return len(self.ids)

    def chunks(self, device: torch.device, size: int) -> list[Chunk]:
        """Batches of `size` prompts, in order."""
        found = []
        for start in range(0, len(self.ids), size):
            batch = self.ids[start : start + size]
            tokens = Tokens.pad(batch, device)
            inside = [
                (prompt - start, place)
                for prompt, place in self.measured
                if start <= prompt < start + len(batch)
            ]
            rows, places = (torch.tensor(side, device=device) for side in zip(*inside, strict=True))
            ablated = None
            if self.positions == "last":
                ablated = torch.zeros_like(tokens.ids, dtype=torch.bool)
                ablated[rows, places] = True
            found.append(Chunk(tokens, rows, places, tokens.ids[rows, places + 1], ablated))
        return found

    def context(self, number: int) -> Context:
        """The surroundings of measured position `number`."""
        prompt, place = self.measured[number]
        ids = self.ids[prompt]
        text = self.vocabulary.texts
        return Context(
            prompt=prompt,
            position=place,
            before=text(ids[max(0, place + 1 - BEFORE) : place + 1]),
            next_id=ids[place + 1],
            next=self.vocabulary.text_of(ids[place + 1]),
            after=text(ids[place + 2 : place + 2 + AFTER]),
        )


def _encode(model: LanguageModel, number: int, text: str) -> list[int]:
    ids = model.vocabulary.encode(text)
    limit = getattr(model.module.config, "max_position_embeddings", None)
    if len(ids) < 2:
        raise PromptError(
            f"Prompt {number + 1} ({text[:40]!r}) is {len(ids)} token(s) long; a prompt needs two, "
            "because what is measured is the prediction of its next tokens."
        )
    if limit is not None and len(ids) > limit:
        raise PromptError(
            f"Prompt {number + 1} has {len(ids)} tokens, {model.facts.name} reads at most {limit}. "
            "Split it into shorter ones."
        )
    return ids
