"""Random words said again, and a fact in a long text: what induction and retrieval heads do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headlab.records.errors import TaskError
from headlab.records.example import Example
from headlab.tasks.texts import Part, Spans, joined
from headlab.tasks.words import COLORS, NAMES, NOUNS, PLACES


def repeated_tokens(
    random: np.random.Generator, *, length: int = 12, words: Sequence[str] = NOUNS
) -> Example:
    """`length` different random words, then the first of them again; the answer goes on.

    How many are said again is drawn, from 1 to `length - 1`. In the corrupted prompt another word
    stood where the answer is copied from. Spans: first (all words), second (those said again),
    earlier (the first copy of the last word), next (the word after it, the answer), end.
    """
    if isinstance(words, str):
        raise TaskError("repeated_tokens: words is one text; give a list of words.")
    pool = list(dict.fromkeys(words))
    if not 2 <= length < len(pool):
        raise TaskError(
            f"repeated_tokens: length {length} must be from 2 to {len(pool) - 1}, one less than "
            "there are words."
        )
    *said, other = (pool[i] for i in random.choice(len(pool), length + 1, replace=False))
    again = int(random.integers(1, length))
    changed = [*said[:again], other, *said[again + 1 :]]
    prompt, corrupted = (" ".join([*first, *said[:again]]) for first in (said, changed))
    return Example(
        prompt=prompt,
        answer=f" {said[again]}",
        wrong=(f" {other}",),
        corrupted=corrupted,
        corrupted_answer=f" {other}",
        spans=_repeat_spans(said, again),
        corrupted_spans=_repeat_spans(changed, again),
    )


def _repeat_spans(first: list[str], again: int) -> Spans:
    _, every = joined([(word, str(place)) for place, word in enumerate([*first, *first[:again]])])
    start = len(" ".join(first)) + 1
    return {
        "first": ((0, start - 1),),
        "second": ((start, every["end"][0][1]),),
        "earlier": every[str(again - 1)],
        "next": every[str(again)],
        "end": every["end"],
    }


FILLERS = (
    "The {0} is near the {1}.",
    "People talk about the {0} and the {1}.",
    "There was a {0} by the {1} that day.",
    "Nobody looked at the {0} for long.",
    "The {0} stood still while the {1} was quiet.",
)


def needle(
    random: np.random.Generator, *, length: int = 120, depth: float | None = None
) -> Example:
    """One fact about a person in about `length` words of other text, then a question about it.

    depth: where the fact stands, from 0 (start) to 1 (end); None draws it. In the corrupted prompt
    the fact names another colour. Spans: needle (its sentence), value (what to retrieve), question, end.
    """
    if not 10 <= length <= 100_000 or not (depth is None or 0 <= depth <= 1):
        raise TaskError(
            f"needle: length {length} must be 10 to 100,000 words, and depth {depth} from 0 to 1."
        )
    name = NAMES[random.integers(len(NAMES))]
    place = PLACES[random.integers(len(PLACES))]
    value, other = (COLORS[i] for i in random.choice(len(COLORS), 2, replace=False))
    hay: list[str] = []
    while sum(sentence.count(" ") + 1 for sentence in hay) < length:
        nouns = [NOUNS[i] for i in random.choice(len(NOUNS), 2, replace=False)]
        hay.append(FILLERS[random.integers(len(FILLERS))].format(*nouns))
    at = round((random.random() if depth is None else depth) * len(hay))

    def written(color: str) -> tuple[str, Spans]:
        before = f"At the {place}, {name} wore a coat that was"
        sentence = f"{before} {color}."
        parts: list[Part] = [*hay[:at], (sentence, "needle"), *hay[at:]]
        question = f"Question: which color was the coat of {name}? Answer: It was"
        text, spans = joined([*parts, (question, "question")])
        start = spans["needle"][0][0] + len(before) + 1
        return text, {**spans, "value": ((start, start + len(color)),)}

    prompt, spans = written(value)
    corrupted, corrupted_spans = written(other)
    return Example(
        prompt=prompt,
        answer=f" {value}",
        wrong=(f" {other}",),
        corrupted=corrupted,
        corrupted_answer=f" {other}",
        spans=spans,
        corrupted_spans=corrupted_spans,
        facts={"depth": at / len(hay)},
    )
