"""Succession: the next item of a series that everyone knows."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from headlab.records.errors import TaskError
from headlab.records.example import Example
from headlab.tasks.texts import joined
from headlab.tasks.words import DAYS, LETTERS, MONTHS, NUMBERS, ORDINALS

Series = Literal["numbers", "days", "months", "letters", "ordinals"]
SERIES: dict[str, tuple[str, ...]] = {
    "numbers": NUMBERS,
    "days": DAYS,
    "months": MONTHS,
    "letters": LETTERS,
    "ordinals": ORDINALS,
}


def succession(
    random: np.random.Generator, *, series: Series | Literal["mixed"] = "mixed", length: int = 3
) -> Example:
    """`length` neighbours of a series in order; the answer is the one that follows.

    The corrupted prompt starts elsewhere in the same series. The wrong answers are the last item
    again and the one before the first (before the series' first: its last). Spans: item (each one), end.
    """
    if series not in (*get_args(Series), "mixed") or not 1 <= length <= 5:
        raise TaskError(
            f"succession: series {series!r} must be one of {', '.join(SERIES)} or mixed, "
            f"length {length} from 1 to 5."
        )
    names = list(SERIES) if series == "mixed" else [series]
    name = names[random.integers(len(names))]
    items = SERIES[name]
    start, other = random.choice(len(items) - length, 2, replace=False)
    prompt, spans = joined([(item, "item") for item in items[start : start + length]])
    corrupted, corrupted_spans = joined([(item, "item") for item in items[other : other + length]])
    answer = items[start + length]
    return Example(
        prompt=prompt,
        answer=f" {answer}",
        wrong=tuple(f" {items[place]}" for place in (start + length - 1, start - 1)),
        corrupted=corrupted,
        corrupted_answer=f" {items[other + length]}",
        spans=spans,
        corrupted_spans=corrupted_spans,
        facts={"series": name},
    )
