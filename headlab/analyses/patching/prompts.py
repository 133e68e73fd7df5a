"""Texts as token ids: prompts, the token that answers one, and named positions in it."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Literal

from headlab.models.language_model import LanguageModel
from headlab.models.vocabulary import Vocabulary
from headlab.records.errors import PromptError, TaskError
from headlab.records.example import Span
from headlab.records.text import escape

AnswerTokens = Literal["one", "first"]
"""Whether an answer has to be one token, or is measured by its first."""

Positions = str | slice | Sequence[int] | Sequence[Sequence[int]]
"""`"last"`, `"all"`, a span's name, a slice or positions for every prompt, or a list for each."""


def shown(text: str) -> str:
    """The beginning of a text, for a message."""
    written = escape(text[:40])
    return f"'{written}{'…' if len(text) > 40 else ''}'"


def encode(model: LanguageModel, text: str, what: str) -> tuple[int, ...]:
    """Ids of a prompt. Raises PromptError, naming it as `what`, for one the model cannot read."""
    ids = tuple(model.vocabulary.encode(text))
    if not ids:
        raise PromptError(f"{what} ({shown(text)}) has no tokens. Give a text of at least one.")
    limit = getattr(model.config, "max_position_embeddings", None)
    if limit is not None and len(ids) > limit:
        raise PromptError(
            f"{what} ({shown(text)}) has {len(ids)} tokens, {model.facts.name} reads at most "
            f"{limit}. Shorten it."
        )
    return ids


def answer_id(
    vocabulary: Vocabulary, prompt: str, answer: str, rule: AnswerTokens, what: str
) -> int:
    """The token that `answer` begins with where it continues `prompt`.

    The answer is written as the text goes on, its leading space included. Raises TaskError, naming
    it as `what`, where it has several tokens and the rule is "one", or where it changes the
    prompt's own.
    """
    if rule not in ("one", "first"):
        raise ValueError(f"answer_tokens {rule!r} is unknown; known: 'one', 'first'")
    added = answer_ids(vocabulary, prompt, answer, what)
    if rule == "one" and len(added) > 1:
        pieces = ", ".join(repr(text) for text in vocabulary.texts(added))
        raise TaskError(
            f"{what} ({shown(answer)}) is {len(added)} tokens after its prompt ({pieces}); one is "
            "needed. Choose another answer, or measure its first token with answer_tokens='first'."
        )
    return added[0]


def answer_ids(vocabulary: Vocabulary, prompt: str, answer: str, what: str) -> tuple[int, ...]:
    """The tokens that `answer` adds where it continues `prompt`.

    Raises TaskError, naming it as `what`, where it changes the prompt's own tokens.
    """
    before = vocabulary.encode(prompt)
    after = vocabulary.encode(prompt + answer)
    if after[: len(before)] != before or len(after) == len(before) or _glued(prompt, answer):
        raise TaskError(
            f"{what} ({shown(answer)}) does not continue its prompt (it ends with "
            f"{shown(prompt[-20:])}): together they are other tokens. Write the answer with its "
            "leading space and end the prompt without one."
        )
    return tuple(after[len(before) :])


def _glued(prompt: str, answer: str) -> bool:
    ends = prompt[-1:] + answer[:1]
    return len(ends) == 2 and ends.isascii() and ends.isalpha()


def places(
    vocabulary: Vocabulary,
    text: str,
    length: int,
    positions: str | slice | Sequence[int],
    spans: dict[str, tuple[Span, ...]],
    what: str,
) -> tuple[int, ...]:
    """Positions `[0, length)` of one prompt, ascending; negative ones count from its end.

    Raises TaskError, naming the prompt as `what`, for one outside it or a name it does not have.
    """
    if isinstance(positions, str):
        named = {"all": tuple(range(length)), "last": (length - 1,)}
        return named.get(positions) or _span_places(vocabulary, text, positions, spans, what)
    found = range(length)[positions] if isinstance(positions, slice) else positions
    for place in found:
        if not -length <= place < length:
            raise TaskError(
                f"{what} ({shown(text)}) has {length} tokens: position {place} lies outside. "
                f"Positions go from 0 to {length - 1}, or from -1 back to {-length}."
            )
    if not len(found):
        raise TaskError(f"{what} ({shown(text)}): no positions were given. Name at least one.")
    return tuple(sorted({int(place) % length for place in found}))


def _span_places(
    vocabulary: Vocabulary, text: str, name: str, spans: dict[str, tuple[Span, ...]], what: str
) -> tuple[int, ...]:
    if name not in spans:
        known = ", ".join(sorted(spans)) or "none"
        raise TaskError(
            f"{what} ({shown(text)}) has no span {name!r}. Its spans: {known}. Positions are also "
            "'last', 'all' or numbers."
        )
    offsets = vocabulary.tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    found = tuple(
        place
        for place, (start, end) in enumerate(offsets)
        if any(start < stop and end > begin for begin, stop in spans[name])
    )
    if not found:
        raise TaskError(f"{what} ({shown(text)}): no token covers its span {name!r}.")
    return found


def positions_for(positions: Positions, n: int) -> list[str | slice | Sequence[int]]:
    """The positions of each of `n` prompts, from one answer for all or one for each.

    Raises TaskError where there are lists for another number of prompts.
    """
    if isinstance(positions, str | slice) or all(isinstance(one, Integral) for one in positions):
        return [positions] * n  # type: ignore[list-item]
    if len(positions) != n:
        raise TaskError(
            f"positions holds {len(positions)} lists for {n} prompts. Give one list for each, or "
            "one list of numbers for all."
        )
    return list(positions)  # type: ignore[arg-type]


def positions_text(positions: Positions) -> str:
    """Positions as they are written into a result."""
    if isinstance(positions, str):
        return positions
    if isinstance(positions, slice):
        ends = ("" if end is None else str(end) for end in (positions.start, positions.stop))
        return ":".join(ends) + ("" if positions.step is None else f":{positions.step}")
    lists: list[int | list[int]] = [
        int(one) if isinstance(one, Integral) else [int(place) for place in one]  # type: ignore[union-attr]
        for one in positions
    ]
    return str(lists)
