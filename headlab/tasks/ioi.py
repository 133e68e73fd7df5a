"""Indirect object identification."""

from __future__ import annotations

from typing import Literal

import numpy as np

from headlab.records.errors import TaskError
from headlab.records.example import Example
from headlab.tasks.texts import filled
from headlab.tasks.words import NAMES, PLACES, THINGS

TEMPLATES = (
    "When {1} and {2} went to the {place}, {s2} gave a {thing} to",
    "Then {1} and {2} went to the {place}, and {s2} gave a {thing} to",
    "After {1} and {2} went to the {place}, {s2} handed a {thing} to",
    "While {1} and {2} were working at the {place}, {s2} gave a {thing} to",
    "Then {1} and {2} had a long talk at the {place}, and afterwards {s2} gave a {thing} to",
    "Friends {1} and {2} found a {thing} at the {place}, and {s2} gave it to",
)
Order = Literal["mixed", "abba", "baba"]
Corruption = Literal["swap", "abc"]


def ioi(
    random: np.random.Generator, *, order: Order = "mixed", corruption: Corruption = "swap"
) -> Example:
    """Two names, the subject said again: the answer is the other, the indirect object.

    order: `abba` names the indirect object first, `baba` the subject. corruption: `swap` says the
    other name the second time, so that the answer turns round; `abc` puts three other names in, so
    that there is no right answer. Spans: io, s1, s2, place, thing, end.
    """
    if order not in ("mixed", "abba", "baba") or corruption not in ("swap", "abc"):
        raise TaskError(
            f"ioi: order {order!r} must be mixed, abba or baba, corruption {corruption!r} swap or abc."
        )
    io, subject, *others = (NAMES[i] for i in random.choice(len(NAMES), 5, replace=False))
    io_first = order == "abba" or (order == "mixed" and random.random() < 0.5)
    template = TEMPLATES[random.integers(len(TEMPLATES))]
    template = template.replace("{1}", "{io}" if io_first else "{s1}")
    template = template.replace("{2}", "{s1}" if io_first else "{io}")
    same = {
        "place": PLACES[random.integers(len(PLACES))],
        "thing": THINGS[random.integers(len(THINGS))],
    }
    prompt, spans = filled(template, {"io": io, "s1": subject, "s2": subject, **same})
    names = (io, subject, io) if corruption == "swap" else others
    changed = dict(zip(("io", "s1", "s2"), names, strict=True))
    corrupted, corrupted_spans = filled(template, {**changed, **same})
    return Example(
        prompt=prompt,
        answer=f" {io}",
        wrong=(f" {subject}",),
        corrupted=corrupted,
        corrupted_answer=f" {subject}" if corruption == "swap" else None,
        spans=spans,
        corrupted_spans=corrupted_spans,
        facts={"order": "abba" if io_first else "baba"},
    )
