"""What an evidence card holds of the measures of the head map, so that heads can be ranked without a
model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NotRequired

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from headlab.catalogue import Catalogue, DamagedEntry
from headlab.catalogue.card_bodies import card_bodies
from headlab.records.attention_evidence import AttentionMeasure
from headlab.records.card import EvidenceCard
from headlab.records.errors import HeadLabError
from headlab.records.measure import Measure
from headlab.workflow.known_measures import (
    BEST,
    BEST_MEASURE,
    KL,
    KL_MEASURE,
    LOSS,
    LOSS_MEASURE,
    score_measure,
)

MAX_LOOKED_AT = 20
"""Models of which a card is looked at for what cards hold."""


class _Scores(TypedDict):
    name: str
    score: float
    suppression: float


class _Effect(TypedDict):
    loss_change: float
    kl: float


class _Looked(TypedDict):
    name: str
    value: float


class _Looks(TypedDict):
    measures: list[_Looked]


class CardNumbers(TypedDict):
    """The part of an evidence card that heads are ranked by; names as in `EvidenceCard`."""

    relations: list[_Scores]
    ablation: _Effect | None
    attention: NotRequired[_Looks | None]


_NUMBERS = TypeAdapter(CardNumbers)


def stored_values(
    catalogue: Catalogue, entry_ids: Sequence[int], key: str
) -> dict[int, float | None]:
    """The value of a measure, such as `relation/country_to_capital`, of each of these entries that has
    evidence; None where that has no such value.

    Only the numbers of a card are read, which takes a small part of the time that a whole card does.
    Raises HeadLabError for a key of another form, DamagedEntry for a card that cannot be read.
    """
    found = {}
    for entry_id, body in card_bodies(catalogue, entry_ids):
        try:
            numbers = _NUMBERS.validate_json(body)
        except ValidationError as error:
            message = f"The evidence of entry {entry_id} cannot be read; run verify."
            raise DamagedEntry(message) from error
        found[entry_id] = card_value(numbers, key)
    return found


def card_value(card: CardNumbers, key: str) -> float | None:
    """The head's value of a measure; None where its card has none. Raises HeadLabError as above."""
    group, _, name = key.partition("/")
    if key == BEST:
        return max((row["score"] for row in card["relations"]), default=None)
    if key in (LOSS, KL):
        effect = card["ablation"]
        if effect is None:
            return None
        return effect["loss_change"] if key == LOSS else effect["kl"]
    if group in ("relation", "suppression") and name:
        rows = [row for row in card["relations"] if row["name"] == name]
        values = [row["score"] if group == "relation" else row["suppression"] for row in rows]
        return values[0] if values else None
    if group == "attention" and name:
        looks = card.get("attention")
        measures = [] if looks is None else looks["measures"]
        return next((one["value"] for one in measures if one["name"] == name), None)
    raise HeadLabError(f"There is no measure {key!r}. Take one of the list.")


def stored_measures(catalogue: Catalogue) -> tuple[Measure, ...]:
    """What heads of a catalogue can be ranked by: their operations, and what else the card that was
    changed last of each of at most MAX_LOOKED_AT models holds."""
    cards = list(_newest_cards(catalogue))
    rows = {row.name: row.category for card in cards for row in card.relations}
    names = sorted(catalogue.facets().operations)
    found = [BEST_MEASURE] if names else []
    for group in ("relation", "suppression"):
        found += [score_measure(group, name, rows.get(name, "custom")) for name in names]
    if any(card.ablation is not None for card in cards):
        found += [LOSS_MEASURE, KL_MEASURE]
    attention = {
        one.name: one
        for card in cards
        if card.attention is not None
        for one in card.attention.measures
    }
    found += _of_attention(attention[name] for name in sorted(attention))
    return tuple(found)


def _newest_cards(catalogue: Catalogue) -> Iterator[EvidenceCard]:
    fingerprints = dict.fromkeys(one.fingerprint for one in catalogue.overview().models)
    for fingerprint in list(fingerprints)[:MAX_LOOKED_AT]:
        for row in catalogue.page(model=fingerprint, sort="updated", limit=1).entries:
            card = catalogue.get(row.id).card
            if card is not None:
                yield card


def _of_attention(found: Iterable[AttentionMeasure]) -> list[Measure]:
    return [
        Measure(
            key=f"attention/{one.name}",
            group="attention",
            title=one.title,
            explanation=one.meaning,
            unit=one.unit,
            scale="sequential",
            computed=True,
        )
        for one in found
    ]
