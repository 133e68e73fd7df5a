"""Prompts as batches with measured positions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from numbers import Integral
from typing import TypeVar

import torch
from pydantic import JsonValue
from torch import Tensor

from headlab.analyses.provenance import texts_hash
from headlab.models.forward import Tokens
from headlab.models.language_model import LanguageModel
from headlab.models.last_position import by_length
from headlab.records.ablation import Context, Positions
from headlab.records.errors import PromptError

BEFORE, AFTER = 16, 6
Item = TypeVar("Item")
AnyPositions = Positions | Sequence[int] | Sequence[Sequence[int]]
"""Positions as a caller may write them."""


@dataclass(frozen=True)
class Chunk:
    """A batch and its measured positions: their numbers, rows and positions, `[n]` each.

    `prompts` are the numbers of the batch's prompts, `tokens` what the model reads of them: up to the
    last measured position. `ablated` `[prompt, position]` marks where heads are removed; None means
    everywhere. With `last_only` every prompt is measured at its last position alone, and the
    prompts are of one length.
    """

    prompts: tuple[int, ...]
    tokens: Tokens
    numbers: Tensor
    rows: Tensor
    places: Tensor
    ablated: Tensor | None
    last_only: bool


class PromptSet:
    """Tokenized prompts; a measured position is one whose next token is known.

    The next token of a prompt's end is known when `answers` has one for each prompt: the text, one
    token long, that continues it. Raises PromptError.
    """

    def __init__(
        self,
        model: LanguageModel,
        prompts: Sequence[str],
        positions: Positions = "all",
        answers: Sequence[str] | None = None,
    ):
        if isinstance(prompts, str):
            prompts = [prompts]
        if not prompts:
            raise PromptError("There are no prompts. Give at least one text of two tokens or more.")
        self.vocabulary, self.texts = model.vocabulary, tuple(prompts)
        self.positions = positions
        given = [] if answers is None else one_each("answers", answers, len(prompts))
        self.hash = texts_hash([*prompts, *given])
        self.ids = [_encode(model, *item, answered=bool(given)) for item in enumerate(prompts)]
        self.n_prompt_tokens = [len(ids) for ids in self.ids]
        for number, answer in enumerate(given):
            self.ids[number] = [*self.ids[number], self.continuation(number, answer)]
        self.places = [self._places(number) for number in range(len(prompts))]
        self.measured = [
            (prompt, place) for prompt, places in enumerate(self.places) for place in places
        ]
        self._contexts: dict[int, Context] = {}
        self._first = [0, *accumulate(len(places) for places in self.places)]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def single(self) -> bool:
        """Whether every prompt is measured at one position."""
        return self.positions != "all" and all(len(places) == 1 for places in self.places)

    @property
    def next_ids(self) -> list[int]:
        """The true next token of every measured position."""
        return [self.ids[prompt][place + 1] for prompt, place in self.measured]

    def prompt_ids(self, number: int) -> list[int]:
        """The tokens of a prompt without its answer."""
        return self.ids[number][: self.n_prompt_tokens[number]]

    def inputs(self, number: int) -> list[int]:
        """What the model reads of a prompt: up to its last measured position."""
        return self.ids[number][: self.places[number][-1] + 1]

    def continuation(self, number: int, text: str) -> int:
        """The one token that `text` adds to a prompt's end."""
        ids = self.prompt_ids(number)
        both = self.vocabulary.encode(self.texts[number] + text)
        if len(both) != len(ids) + 1 or both[:-1] != ids:
            raise PromptError(
                f"{text[:40]!r} is not one token at the end of prompt {number + 1} "
                f"({self.texts[number][-30:]!r}). Write one token, with the space before it if the "
                "text would have one."
            )
        return both[-1]

    def chunks(self, device: torch.device, size: int) -> list[Chunk]:
        """Batches of at most `size` prompts: in order, or by length where one position of each is
        measured."""
        inputs = [self.inputs(number) for number in range(len(self))]
        if self.single:
            return [self._chunk(rows, inputs, device) for rows in by_length(inputs, size)]
        numbers = list(range(len(self)))
        return [
            self._chunk(numbers[start : start + size], inputs, device)
            for start in range(0, len(numbers), size)
        ]

    def _chunk(self, prompts: list[int], inputs: list[list[int]], device: torch.device) -> Chunk:
        tokens = Tokens.pad([inputs[prompt] for prompt in prompts], device)
        inside = [
            (self._first[prompt] + offset, row, place)
            for row, prompt in enumerate(prompts)
            for offset, place in enumerate(self.places[prompt])
        ]
        numbers, rows, places = (
            torch.tensor(side, device=device) for side in zip(*inside, strict=True)
        )
        ablated = None
        if self.positions != "all" and not self.single:
            ablated = torch.zeros_like(tokens.ids, dtype=torch.bool)
            ablated[rows, places] = True
        if self.single:
            places = torch.zeros_like(places)  # the one position that is run
        return Chunk(tuple(prompts), tokens, numbers, rows, places, ablated, self.single)

    def context(self, number: int) -> Context:
        """The surroundings of measured position `number`, made once: most are listed often."""
        if number not in self._contexts:
            self._contexts[number] = self._context(number)
        return self._contexts[number]

    def _context(self, number: int) -> Context:
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

    def _places(self, number: int) -> list[int]:
        known = len(self.ids[number]) - 1
        if self.positions == "all":
            return list(range(known))
        if self.positions == "last":
            return [known - 1]
        wanted = _of_prompt(self.positions, number, len(self))
        length, found = self.n_prompt_tokens[number], set()
        for position in wanted:
            place = position + length if position < 0 else position
            if not 0 <= place < length:
                raise PromptError(
                    f"Position {position} is outside prompt {number + 1} "
                    f"({self.texts[number][:40]!r}), which has {length} tokens: 0 to {length - 1}, "
                    f"or -{length} to -1 from its end."
                )
            if place >= known:
                raise PromptError(
                    f"Position {position} is the last token of prompt {number + 1}: what follows is "
                    "not known, so nothing can be measured there. Give answers, or an earlier one."
                )
            found.add(place)
        return sorted(found)


def checked_positions(positions: AnyPositions) -> Positions:
    """Positions as they are recorded; raises ValueError for anything that names none."""
    given = positions
    if isinstance(positions, str):
        if positions == "all" or positions == "last":
            return positions
        positions = ()
    places = [_whole_numbers(one) for one in positions]
    flat = tuple(one for one in places if isinstance(one, int))
    nested = tuple(one for one in places if isinstance(one, tuple) and one)
    if not places or len(places) not in (len(flat), len(nested)):
        raise ValueError(
            f"positions {given!r} are not usable; give 'all', 'last', whole numbers for every "
            "prompt, or a list of at least one number for each prompt"
        )
    return flat or nested


def recorded_positions(positions: Positions) -> JsonValue:
    """Positions as JSON has them."""
    if isinstance(positions, str):
        return positions
    return [list(one) if isinstance(one, tuple) else one for one in positions]


def _whole_numbers(given: object) -> int | tuple[int, ...] | None:
    if isinstance(given, Integral) and not isinstance(given, bool):
        return int(given)
    if isinstance(given, Iterable) and not isinstance(given, str):
        places = [_whole_numbers(place) for place in given]
        flat = tuple(place for place in places if isinstance(place, int))
        return flat if len(flat) == len(places) else None
    return None


def _of_prompt(
    positions: tuple[int, ...] | tuple[tuple[int, ...], ...], number: int, n_prompts: int
) -> Sequence[int]:
    every = [place for place in positions if isinstance(place, int)]
    if every:
        return every
    each = [places for places in positions if isinstance(places, tuple)]
    if len(each) != n_prompts:
        raise PromptError(
            f"There are {n_prompts} prompts and positions for {len(each)}. Give a list of "
            "positions for each prompt."
        )
    return each[number]


def one_each(what: str, given: Sequence[Item] | str, n_prompts: int) -> list[Item | str]:
    """What is given once for each prompt; raises PromptError where the numbers differ."""
    items: list[Item | str] = [given] if isinstance(given, str) else list(given)
    if len(items) != n_prompts:
        raise PromptError(f"There are {n_prompts} prompts and {len(items)} {what}. Give one each.")
    return items


def _encode(model: LanguageModel, number: int, text: str, answered: bool) -> list[int]:
    ids = model.vocabulary.encode(text)
    config = model.module.config
    limits = (getattr(config, name, None) for name in ("max_position_embeddings", "max_seq_len"))
    limit = next((found for found in limits if found is not None), None)
    if len(ids) < (1 if answered else 2):
        needed = "one" if answered else "two"
        raise PromptError(
            f"Prompt {number + 1} ({text[:40]!r}) is {len(ids)} token(s) long; a prompt needs "
            f"{needed}, because what is measured is the prediction of its next tokens."
        )
    if limit is not None and len(ids) > limit:
        raise PromptError(
            f"Prompt {number + 1} has {len(ids)} tokens, {model.facts.name} reads at most {limit}. "
            "Split it into shorter ones."
        )
    return ids
