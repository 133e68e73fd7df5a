"""The rows of a card that a drafter sees, as data: the card's own ids, the strongest rows first."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import JsonValue

from headlab.drafting.plain_text import visible
from headlab.records.ablation import AffectedPosition, AffectedToken, Context, HeadAblation
from headlab.records.attention_evidence import AttendedPair, AttentionMeasure
from headlab.records.card import PREFIX, EvidenceCard, RelationEvidence, RowKind
from headlab.records.mappings import Mapping

Row = dict[str, JsonValue]
Item = TypeVar("Item")

N_RELATIONS, ALWAYS_RELATIONS = 30, 8
N_MAPPINGS = 30
N_AFFECTED = 10
N_BEFORE = 12
ALWAYS_MEASURES = 4

_BRACKET = re.compile(r"\[(?=[A-Za-z/])")


def evidence_rows(card: EvidenceCard) -> tuple[Row, ...]:
    """Rows `{"id", "kind", ...}`: operations above their control or among the first 8 (at most
    30), 30 mappings, 10 of each list of affected positions and tokens, and, where attention was
    measured, its measures above their control or among the first 4, and its pairs.

    Rows that the card keeps for tests are not among them, and operations stand with their scores on
    the drafting side. Nothing in them tells the model's name or the head's place.
    """
    relations = [
        (row_id, row)
        for place, (row_id, row) in enumerate(relation_rows(card))
        if place < ALWAYS_RELATIONS or _above_control(row)
    ]
    rows = [_relation(row_id, row) for row_id, row in relations[:N_RELATIONS]]
    rows += _written(card, "mapping", card.mappings, _mapping, N_MAPPINGS)
    if card.ablation is not None:
        effect = card.ablation
        rows += _written(card, "hurt_position", effect.hurt_positions, _position, N_AFFECTED)
        rows += _written(card, "helped_position", effect.helped_positions, _position, N_AFFECTED)
        rows += _written(card, "hurt_token", effect.hurt_tokens, _token, N_AFFECTED)
        rows += _written(card, "helped_token", effect.helped_tokens, _token, N_AFFECTED)
    rows += [
        _look(row_id, look)
        for place, (row_id, look) in enumerate(attention_rows(card))
        if isinstance(look, AttendedPair) or place < ALWAYS_MEASURES or look.above_control > 0
    ]
    return tuple(rows)


def summary(card: EvidenceCard) -> Row:
    """What no row says: the ablation as a whole, and operations that could not be scored."""
    return {
        "ablation": _ablation(card.ablation, card.loss_change_rank),
        "operations_not_testable": [visible(name) for name in card.not_applicable],
    }


def numbered(
    card: EvidenceCard, kind: RowKind, items: Sequence[Item]
) -> tuple[tuple[str, Item], ...]:
    """The items of one list of the card that drafters get, each with its row id in the whole card."""
    kept = frozenset(card.held_out or ())
    ids = (f"{PREFIX[kind]}{number}" for number in range(1, len(items) + 1))
    return tuple(
        (row_id, item) for row_id, item in zip(ids, items, strict=True) if row_id not in kept
    )


def relation_rows(card: EvidenceCard) -> tuple[tuple[str, RelationEvidence], ...]:
    """Operations with their scores on the drafting side, where that was measured apart; the highest
    score first."""
    rows = [
        (row_id, row.for_drafters) for row_id, row in numbered(card, "relation", card.relations)
    ]
    return tuple(sorted(rows, key=lambda one: (-one[1].score, one[1].rank)))


def mapping_rows(card: EvidenceCard) -> tuple[tuple[str, Mapping], ...]:
    """The mappings that drafters get, at most 30, the most salient first."""
    return numbered(card, "mapping", card.mappings)[:N_MAPPINGS]


def attention_rows(
    card: EvidenceCard,
) -> tuple[tuple[str, AttentionMeasure | AttendedPair], ...]:
    """Measures, then pairs, each with its row id; none where attention was not measured."""
    found = card.attention
    return () if found is None else numbered(card, "attention", (*found.measures, *found.pairs))


def json_line(data: Row) -> str:
    """The data as one line of JSON that cannot end a delimiter or start a chat template's mark.

    `<` and `>` are written as JSON escapes, and so is `[` before a letter or a slash (`[INST]`).
    """
    line = json.dumps(data, ensure_ascii=False, allow_nan=False)
    line = line.replace("<", "\\u003c").replace(">", "\\u003e")
    return _BRACKET.sub("\\\\u005b", line)


def _above_control(row: RelationEvidence) -> bool:
    return row.score > row.control or row.suppression > row.suppression_control


def _written(
    card: EvidenceCard,
    kind: RowKind,
    items: Sequence[Item],
    write: Callable[[Item], Row],
    limit: int,
) -> list[Row]:
    some = numbered(card, kind, items)[:limit]
    return [{"id": row_id, "kind": kind, **write(item)} for row_id, item in some]


def _look(row_id: str, look: AttentionMeasure | AttendedPair) -> Row:
    data = _measure(look) if isinstance(look, AttentionMeasure) else _pair(look)
    return {"id": row_id, "kind": "attention", **data}


def _relation(row_id: str, row: RelationEvidence) -> Row:
    return {
        "id": row_id,
        "kind": "relation",
        "operation": visible(row.name),
        "category": row.category,
        "k": row.k,
        "pairs": row.n_pairs,
        "score": _number(row.score),
        "control": _number(row.control),
        "rank": row.rank,
        "suppression": _number(row.suppression),
        "suppression_control": _number(row.suppression_control),
        "suppression_rank": row.suppression_rank,
        "heads": row.n_heads,
    }


def _mapping(row: Mapping) -> Row:
    return {
        "source": visible(row.text),
        "targets": [visible(target.text) for target in row.targets],
        "saliency": _number(row.saliency),
    }


def _position(row: AffectedPosition) -> Row:
    return {
        **_context(row.context),
        "p_with_head": _number(row.p_clean),
        "p_without_head": _number(row.p_ablated),
        "log_change": _number(row.change),
    }


def _token(row: AffectedToken) -> Row:
    return {
        "token": visible(row.text),
        "effect": _number(row.effect),
        "positions": row.count,
        "p_with_head": _number(row.p_clean),
        "p_without_head": _number(row.p_ablated),
        "strongest_after": _before(row.contexts[0].context) if row.contexts else "",
    }


def _measure(row: AttentionMeasure) -> Row:
    data: Row = {
        "measure": visible(row.title),
        "means": visible(row.meaning),
        "value": _number(row.value),
        "unit": visible(row.unit),
        "control": _number(row.control),
        "rank": row.rank,
        "heads": row.n_heads,
    }
    if row.detail is not None:
        data |= {"detail": _number(row.detail), "detail_is": visible(row.detail_is)}
    return data


def _pair(row: AttendedPair) -> Row:
    return {
        "after": visible("".join(row.before[-N_BEFORE:])),
        "token": visible(row.query),
        "looks_at": visible(row.key),
        "tokens_back": row.query_position - row.key_position,
        "attention": _number(row.weight),
        "uniform": _number(row.uniform),
    }


def _context(context: Context) -> Row:
    return {"after": _before(context), "next": visible(context.next)}


def _before(context: Context) -> str:
    return visible("".join(context.before[-N_BEFORE:]))


def _ablation(effect: HeadAblation | None, rank: int | None) -> Row | None:
    if effect is None:
        return None
    return {
        "loss_change": _number(effect.loss_change),
        "kl": _number(effect.kl),
        "rank_by_loss_change": rank,
    }


def _number(value: float) -> float | None:
    """Three significant digits; None where the number is not finite, which JSON cannot say."""
    return float(f"{value:.3g}") if math.isfinite(value) else None
