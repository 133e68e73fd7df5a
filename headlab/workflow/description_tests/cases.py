"""Which texts an evaluation of the tests holds against which heads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from headlab.records.head import Head
from headlab.workflow.description_tests.operations import SplitOperations, plain_description

HARD = (
    ("adjective_to_comparative", "adjective_to_superlative"),
    ("english_to_french", "english_to_spanish"),
)
HARD_GAP = 0.2
"""By so much a head's score on one of two near operations exceeds that on the other at least, for the
other's text to be a hard swap: more than two standard errors at the number of pairs of these files."""
MAX_SWAPS = 5
"""Swapped descriptions for one head."""

TRUE, SWAPPED, EMPTY = "true", "swapped", "empty"
HARD_TRUE, HARD_SWAPPED = "hard: own operation", "hard: its counterpart"
ONE_TRUE, ONE_LACKING = "one operation it has", "one operation it lacks"
COMPARISONS = (
    ("swapped", TRUE, SWAPPED),
    ("empty", TRUE, EMPTY),
    ("hard swaps", HARD_TRUE, HARD_SWAPPED),
    ("single operations", ONE_TRUE, ONE_LACKING),
)
TESTED = (TRUE, SWAPPED, HARD_TRUE, HARD_SWAPPED, EMPTY)
"""Kinds of texts that go through the whole test, with its controls and its pass rule."""


@dataclass(frozen=True)
class Case:
    """A text held against a head: `kind` says how the two belong together. `control`: the description
    of a head without an operation in common, None where there is none."""

    head: Head
    kind: str
    text: str
    of: str
    control: str | None = None


def make_cases(
    known: SplitOperations, texts: dict[Head, str], random: np.random.Generator
) -> list[Case]:
    """Which texts are held against which heads: each head's own, swapped and empty ones, and single
    sentences. The control of a text is never that text."""
    sets = known.of_heads
    cases = []
    for head, text in texts.items():
        own = set(sets[head])
        apart = [other for other in texts if not own & set(sets[other])]
        drawn = [apart[place] for place in random.permutation(len(apart))]

        def add(
            kind: str, text: str, of: str, head: Head = head, drawn: list[Head] = drawn
        ) -> None:
            control = next((texts[one] for one in drawn if texts[one] != text), None)
            cases.append(Case(head, kind, text, of, control))

        add(TRUE, text, str(head))
        add(EMPTY, "", "")
        for swapped in drawn[:MAX_SWAPS]:
            add(SWAPPED, texts[swapped], str(swapped))
        for one, other in hard_swaps(known, head):
            add(HARD_TRUE, plain_description([one]), one)
            add(HARD_SWAPPED, plain_description([other]), other)
        for name in known.scores.names():
            kind = ONE_TRUE if name in own else ONE_LACKING
            cases.append(Case(head, kind, plain_description([name]), name))
    return cases


def hard_swaps(known: SplitOperations, head: Head) -> list[tuple[str, str]]:
    """Near operations of which the head has the first, and lacks the other or is clearly weaker on
    it, by the drafting halves. Where it does both about as well, the swapped text is true as well."""
    own, scores = known.of_heads[head], {one.name: one for one in known.scores.scores}
    return [
        (one, other)
        for pair in HARD
        for one, other in (pair, pair[::-1])
        if one in own and other in scores
        if other not in own or scores[one].of(head) - scores[other].of(head) >= HARD_GAP
    ]


def both_alike(known: SplitOperations, texts: Iterable[Head]) -> int:
    """Cases where a head has both of two near operations, neither clearly better."""
    return sum(
        set(pair) <= set(known.of_heads[head])
        and not any(swap in (pair, pair[::-1]) for swap in hard_swaps(known, head))
        for head in texts
        for pair in HARD
    )
