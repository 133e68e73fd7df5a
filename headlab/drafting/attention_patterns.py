"""What a card's attention rows show by fixed thresholds: named patterns, and attention that rests."""

from __future__ import annotations

import math
from dataclasses import dataclass

from headlab.drafting.evidence import attention_rows
from headlab.records.attention_evidence import AttentionMeasure
from headlab.records.card import EvidenceCard
from headlab.records.categories import NAMED_HEADS
from headlab.records.draft import Stage

MIN_ATTENTION, ABOVE_CONTROL = 0.3, 0.2
MIN_PLACES, PLACES_ABOVE_CONTROL = 0.7, 0.3
HIGH_SHARE = 0.5
RESTING = 0.5


@dataclass(frozen=True)
class AttentionPattern:
    """One pattern in words, the row that shows it, and the name it has among heads."""

    name: str
    sentence: str
    pattern: str
    row_id: str

    @property
    def stage(self) -> Stage:
        return NAMED_HEADS[self.name]


_LOOKS = {
    "previous_token": ("previous token", "the token before", ""),
    "duplicate_token": ("duplicate token", "earlier occurrences of the same token", ""),
    "induction": (
        "induction",
        "what followed earlier occurrences of the same token",
        " on repeated random tokens",
    ),
}
"""By measure: the named head, what it looks at, and on which prompts, unless on any."""


def attention_patterns(card: EvidenceCard) -> tuple[AttentionPattern, ...]:
    """Previous token, duplicate token, induction and positional patterns, the strongest first.

    A mean attention counts from .3 and .2 above its control, a share of places (positional) from .7
    and .3 above, and each only in the upper half of the model's heads: what most heads do sets none
    apart. A head that looks one token back is not called positional beside that.
    """
    found = [
        (row.value, pattern)
        for row_id, row in _measures(card)
        if (pattern := _named(row_id, row)) is not None
    ]
    found.sort(key=lambda one: -one[0])
    names = {pattern.name for _, pattern in found}
    offset = next((row.detail for _, row in _measures(card) if row.name == "positional"), None)
    doubled = "previous token" in names and offset == 1
    return tuple(one for _, one in found if not (doubled and one.name == "positional"))


def resting(card: EvidenceCard) -> str:
    """A sentence where half of the attention or more falls on the first position; else empty. That
    many heads do so, whatever the text is: it makes no pattern."""
    for _, row in _measures(card):
        if row.name == "first_position" and row.value >= RESTING:
            return f"Most of its attention falls on the first position of a text ({_numbers(row)})."
    return ""


def highest(card: EvidenceCard) -> str:
    """What was looked at where no pattern was found; empty where attention was not measured."""
    rows = [row for _, row in _measures(card) if row.name in _LOOKS or row.name == "positional"]
    if not rows:
        return ""
    best = max(rows, key=lambda row: row.above_control)
    if best.above_control <= 0:
        return "No attention pattern stands out: none is above its control."
    return (
        "No attention pattern stands out: the furthest above its control is "
        f"{_words(best.name)} ({_numbers(best)})."
    )


def _measures(card: EvidenceCard) -> list[tuple[str, AttentionMeasure]]:
    return [
        (row_id, row) for row_id, row in attention_rows(card) if isinstance(row, AttentionMeasure)
    ]


def _named(row_id: str, row: AttentionMeasure) -> AttentionPattern | None:
    if row.rank > max(1, math.floor(HIGH_SHARE * row.n_heads)):
        return None
    if row.name in _LOOKS and _reaches(row, MIN_ATTENTION, ABOVE_CONTROL):
        name, at, where = _LOOKS[row.name]
        sentence = f"Looks at {at} (mean attention{where} {_numbers(row)})."
        return AttentionPattern(name, sentence, f"looks at {at}", row_id)
    if row.name == "positional" and _reaches(row, MIN_PLACES, PLACES_ABOVE_CONTROL):
        at = _at_offset(row.detail)
        sentence = f"Looks at {at} (its strongest source at a share of places of {_numbers(row)})."
        return AttentionPattern("positional", sentence, f"looks at {at}", row_id)
    return None


def _reaches(row: AttentionMeasure, least: float, above: float) -> bool:
    return row.value >= least and row.above_control >= above


def _at_offset(offset: float | None) -> str:
    if offset is None:
        return "one fixed offset"
    if offset == 0:
        return "the token itself"
    return "the token before" if offset == 1 else f"the token {offset:.0f} places back"


def _numbers(row: AttentionMeasure) -> str:
    return f"{row.value:.2f}, rank {row.rank} of {row.n_heads}, control {row.control:.2f}"


def _words(name: str) -> str:
    return name.replace("_", " ")
