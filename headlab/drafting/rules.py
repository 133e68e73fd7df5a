"""The rule-based drafter: a plain summary of a card by fixed thresholds, without a language model.

It says what stands out in the numbers and stays unclear where nothing does. Operations and token
patterns are read from the weights, attention patterns from prompts, and each is worded as such; only
ablation rows speak of effects. Stages: KR where an operation recalls a stored association (knowledge,
translation, linguistic), and those of the named heads whose attention pattern was found; none for
algorithmic operations and suppression by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from headlab.drafting.attention_patterns import (
    AttentionPattern,
    attention_patterns,
    highest,
    resting,
)
from headlab.drafting.evidence import mapping_rows, numbered, relation_rows
from headlab.drafting.phrases import Phrase, phrase
from headlab.drafting.plain_text import one_line, shortened, visible
from headlab.drafting.token_patterns import TokenPattern, source_class, token_patterns
from headlab.records.card import EvidenceCard, RelationEvidence
from headlab.records.categories import STAGES
from headlab.records.draft import Draft, Drafter, Stage
from headlab.records.mappings import Mapping

RULES_VERSION = "3"

MIN_SCORE, ABOVE_CONTROL = 0.15, 0.1
TOP_SHARE, TOP_RANKS = 0.1, 3
N_ROLES, N_NAMED, N_CITED = 4, 5, 10
CLEAR_CHANGE, CLEAR_P = -0.5, 0.05

_RECALLED = frozenset({"knowledge", "translation", "linguistic"})


@dataclass(frozen=True)
class Role:
    """An operation that stands out in a head, written or suppressed."""

    row_id: str
    row: RelationEvidence
    suppressed: bool

    @property
    def score(self) -> float:
        return self.row.suppression if self.suppressed else self.row.score

    @property
    def words(self) -> Phrase:
        return phrase(self.row.name)

    @property
    def pattern(self) -> str:
        way = "away from" if self.suppressed else "to"
        return f"{self.words.inputs} {way} {self.words.outputs}"

    @property
    def sentence(self) -> str:
        row = self.row
        does = self.words.suppresses if self.suppressed else self.words.maps
        kind = "suppression score" if self.suppressed else "score"
        rank = row.suppression_rank if self.suppressed else row.rank
        control = row.suppression_control if self.suppressed else row.control
        return (
            f"{does} ({visible(row.name)}: {kind} {self.score:.2f} of {row.n_pairs} pairs at "
            f"k={row.k}, rank {rank} of {row.n_heads}, shuffled control {control:.2f})."
        )


def draft_by_rules(card: EvidenceCard) -> Draft:
    """The summary of a card; the same card gives the same text."""
    roles = _roles(card)
    mappings = mapping_rows(card)
    tokens = tuple(row for _, row in mappings)
    patterns = token_patterns(tokens)
    looks = attention_patterns(card)
    clear = bool(roles or patterns or looks)
    sentences = [role.sentence for role in roles[:N_ROLES]]
    if len(roles) > N_ROLES:
        others = roles[N_ROLES:]
        named = ", ".join(visible(role.row.name) for role in others[:N_NAMED])
        more = f" and {len(others) - N_NAMED} more" if len(others) > N_NAMED else ""
        sentences.append(f"Further operations stand out: {named}{more}.")
    sentences += [pattern.sentence for pattern in patterns]
    sentences += [look.sentence for look in looks]
    if not clear:
        sentences += [_looked_at(card), highest(card)]
    if not looks:
        sentences.append(resting(card))
    # what a head reads is told, but is no role as long as nothing is known of what it writes
    read, read_sentence = source_class(tokens)
    if not roles:
        sentences.append(read_sentence)
    effect, effect_ids = _ablation(card)
    sentences.append(effect)
    if clear and not effect_ids:
        sentences.append(_no_effect(bool(roles or patterns), bool(looks)))
    return Draft(
        description=shortened(" ".join(sentence for sentence in sentences if sentence), 2000),
        input_kind=_joined([role.words.inputs for role in roles[:N_ROLES]])
        or (read if clear else ""),
        pattern=_joined(
            [
                *(role.pattern for role in roles[:N_ROLES]),
                *(pattern.pattern for pattern in patterns),
                *(look.pattern for look in looks),
            ]
        ),
        categories=_categories(roles, patterns, looks),
        stages=_stages(roles, looks),
        evidence=(
            *dict.fromkeys(role.row_id for role in roles),
            *_cited_mappings(mappings, patterns),
            *(look.row_id for look in looks),
            *effect_ids,
        ),
        unclear=not clear,
        drafter=Drafter(kind="rules", name=f"rules {RULES_VERSION}"),
        card_hash=card.content_hash(),
        held_out=card.held_out is not None,
    )


def _roles(card: EvidenceCard) -> list[Role]:
    """Operations, then suppressed ones, each with the highest score first."""
    rows = relation_rows(card)
    written = [
        Role(row_id, row, suppressed=False)
        for row_id, row in rows
        if _stands_out(row.score, row.control, row.rank, row.n_heads)
    ]
    suppressed = [
        Role(row_id, row, suppressed=True)
        for row_id, row in rows
        if _stands_out(row.suppression, row.suppression_control, row.suppression_rank, row.n_heads)
    ]
    return [
        *sorted(written, key=lambda role: -role.score),
        *sorted(suppressed, key=lambda role: -role.score),
    ]


def _stands_out(score: float, control: float, rank: int, n_heads: int) -> bool:
    """At least .15, more than .1 above the shuffled control, and in the top tenth of all heads."""
    high = rank <= max(TOP_RANKS, math.ceil(TOP_SHARE * n_heads))
    return score >= MIN_SCORE and score > control + ABOVE_CONTROL and high


def _looked_at(card: EvidenceCard) -> str:
    parts = []
    rows, mappings = relation_rows(card), mapping_rows(card)
    if rows:
        best = rows[0][1]
        parts.append(
            f"No operation stands out: the highest of {len(rows)} scores is "
            f"{visible(best.name)} with {best.score:.2f} at k={best.k} (rank {best.rank} of "
            f"{best.n_heads}, shuffled control {best.control:.2f})."
        )
    else:
        parts.append("No operation could be scored.")
    if mappings:
        parts.append(
            f"The strongest targets of {len(mappings)} salient tokens share no form that the rules "
            "know."
        )
    return " ".join(parts)


def _no_effect(from_weights: bool, looks: bool) -> str:
    if not looks:
        return "This is read from the weights and shows no effect on the output."
    where = "where it looks was measured on prompts"
    rest = f"The rest is read from the weights, {where}" if from_weights else where.capitalize()
    return f"{rest}; no effect on the output is shown."


def _ablation(card: EvidenceCard) -> tuple[str, tuple[str, ...]]:
    """What ablating the head does, in words, and the rows that show it."""
    effect = card.ablation
    if effect is None or effect.heads != (card.head,) or not math.isfinite(effect.loss_change):
        return "", ()
    said, ids = [_loss(effect.loss_change, card)], list[str]()
    for row_id, place in numbered(card, "hurt_position", effect.hurt_positions)[:1]:
        if place.change <= CLEAR_CHANGE and place.p_clean >= CLEAR_P:
            before = shortened(visible("".join(place.context.before[-6:])), 80)
            said.append(
                f'The most hurt next token is "{visible(place.context.next)}" after "{before}": '
                f"probability {place.p_clean:.2g} with the head, {place.p_ablated:.2g} without."
            )
            ids.append(row_id)
    hurt = [pair for pair in numbered(card, "hurt_token", effect.hurt_tokens) if pair[1].count][:3]
    if hurt:
        tokens = ", ".join(f'"{visible(token.text)}"' for _, token in hurt)
        said.append(f"The tokens that lose most without it, over all places: {tokens}.")
        ids += [row_id for row_id, _ in hurt]
    return " ".join(said), tuple(ids)


def _loss(change: float, card: EvidenceCard) -> str:
    rank = card.loss_change_rank
    of_all = "" if rank is None else f" (rank {rank} of {card.model.total_heads} heads)"
    if change == 0:
        return f"Without the head the mean loss on the prompts does not change{of_all}."
    direction = "rises" if change > 0 else "falls"
    return (
        f"Without the head the mean loss on the prompts {direction} by {abs(change):.2g}{of_all}."
    )


def _cited_mappings(
    mappings: Sequence[tuple[str, Mapping]], patterns: tuple[TokenPattern, ...]
) -> tuple[str, ...]:
    rows = dict.fromkeys(row for pattern in patterns for row in pattern.rows[:N_CITED])
    return tuple(mappings[row][0] for row in rows)


def _categories(
    roles: list[Role], patterns: Sequence[TokenPattern], looks: Sequence[AttentionPattern]
) -> tuple[str, ...]:
    names = [role.row.category for role in roles if not role.suppressed]
    copies = any(role.words.copies and not role.suppressed for role in roles)
    copies = copies or any(pattern.name == "copying" for pattern in patterns)
    letters = any(pattern.name == "single letters" for pattern in patterns)
    found = dict.fromkeys(str(name) for name in names if name != "custom")
    if copies:
        found["copying"] = None
    if letters:
        found["single letter"] = None
    if any(role.suppressed for role in roles):
        found["suppression"] = None
    return (*found, *(look.name for look in looks))


def _stages(roles: list[Role], looks: Sequence[AttentionPattern]) -> tuple[Stage, ...]:
    found = {look.stage for look in looks}
    if any(role.row.category in _RECALLED and not role.suppressed for role in roles):
        found.add("KR")
    return tuple(stage for stage in STAGES if stage in found)


def _joined(phrases: list[str]) -> str:
    return shortened(one_line("; ".join(dict.fromkeys(phrases))), 400)
