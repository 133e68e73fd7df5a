"""The evidence card of a head: everything a description may rest on, row by row."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from headlab.records.ablation import AffectedPosition, AffectedToken, HeadAblation
from headlab.records.attention_evidence import AttendedPair, AttentionEvidence, AttentionMeasure
from headlab.records.base import Record
from headlab.records.head import Head
from headlab.records.mappings import Mapping
from headlab.records.model import ModelFacts
from headlab.records.provenance import Provenance, now
from headlab.records.relation import Category

RowKind = Literal[
    "relation",
    "mapping",
    "hurt_position",
    "helped_position",
    "hurt_token",
    "helped_token",
    "attention",
]

PREFIX: dict[RowKind, str] = {
    "relation": "R",
    "mapping": "M",
    "hurt_position": "P",
    "helped_position": "Q",
    "hurt_token": "T",
    "helped_token": "U",
    "attention": "A",
}


def _is_none(value: object) -> bool:
    return value is None


class SideScores(Record):
    """An operation's scores over the pairs of one side; fields as in `RelationEvidence`."""

    n_pairs: int
    score: float
    rank: int
    control: float
    suppression: float
    suppression_rank: int
    suppression_control: float


class RelationEvidence(Record):
    """One operation's scores for this head, beside their controls and ranks.

    `score` and `suppression` are shares of `n_pairs`; ranks count from 1 among `n_heads` heads;
    controls are the highest score of any head with shuffled targets. `drafting`: the same over the
    pairs of the drafting side alone, which is what a drafter gets.
    """

    name: str
    category: Category
    k: int
    n_pairs: int
    score: float
    rank: int
    control: float
    suppression: float
    suppression_rank: int
    suppression_control: float
    n_heads: int
    drafting: SideScores | None = Field(default=None, exclude_if=_is_none)

    @property
    def for_drafters(self) -> RelationEvidence:
        """The row with the numbers of the drafting side, where they were measured apart."""
        if self.drafting is None:
            return self
        return self.model_copy(update={**dict(self.drafting), "drafting": None})


class EvidenceRow(Record):
    """A numbered row of a card, in words: what a description cites."""

    id: str
    kind: RowKind
    text: str


class EvidenceCard(Record):
    """All evidence about one head; relations are sorted by score, mappings by saliency.

    `attention` is None, and left out of JSON, where it was not measured; so a card without it keeps
    its hash. `held_out` are ids of rows that tests of a description use and that drafters do not get;
    None, left out as well, where nothing was kept from them.
    """

    model: ModelFacts
    head: Head
    relations: tuple[RelationEvidence, ...]
    not_applicable: tuple[str, ...] = ()
    mappings: tuple[Mapping, ...]
    ablation: HeadAblation | None
    loss_change_rank: int | None = None
    attention: AttentionEvidence | None = Field(default=None, exclude_if=_is_none)
    held_out: tuple[str, ...] | None = Field(default=None, exclude_if=_is_none)
    provenances: tuple[Provenance, ...]
    created_at: datetime = Field(default_factory=now)

    def content_hash(self) -> str:
        """sha256 of the evidence itself: times and durations do not change it, nor does the order of
        parameters, which a catalogue keeps sorted."""
        volatile = {"provenances": {"__all__": {"created_at", "seconds", "headlab_version"}}}
        provenances = tuple(
            made.model_copy(update={"parameters": _sorted(made.parameters)})
            for made in self.provenances
        )
        content = self.model_copy(update={"provenances": provenances})
        data = content.model_dump_json(exclude={"created_at": True, **volatile})
        return hashlib.sha256(data.encode("utf-8")).hexdigest()

    def rows(self) -> tuple[EvidenceRow, ...]:
        """Every row with its id: R relations, M mappings, P and Q hurt and helped positions, T and
        U hurt and helped vocabulary tokens, A attention (measures, then pairs), each counted from 1."""
        found: list[EvidenceRow] = []
        self._number(found, "relation", [_relation_text(row) for row in self.relations])
        self._number(found, "mapping", [_mapping_text(row) for row in self.mappings])
        if self.ablation is not None:
            effect = self.ablation
            hurt, helped = effect.hurt_positions, effect.helped_positions
            self._number(found, "hurt_position", [_position_text(row) for row in hurt])
            self._number(found, "helped_position", [_position_text(row) for row in helped])
            self._number(found, "hurt_token", [_token_text(row) for row in effect.hurt_tokens])
            self._number(found, "helped_token", [_token_text(row) for row in effect.helped_tokens])
        if self.attention is not None:
            looks = [*map(_measure_text, self.attention.measures)]
            looks += map(_pair_text, self.attention.pairs)
            self._number(found, "attention", looks)
        kept = frozenset(self.held_out or ())
        return tuple(_marked(row) if row.id in kept else row for row in found)

    def row_ids(self) -> frozenset[str]:
        return frozenset(row.id for row in self.rows())

    @staticmethod
    def _number(found: list[EvidenceRow], kind: RowKind, texts: list[str]) -> None:
        for number, text in enumerate(texts, 1):
            found.append(EvidenceRow(id=f"{PREFIX[kind]}{number}", kind=kind, text=text))


def _sorted(value: Any) -> Any:
    """A plain value with the keys of all its mappings in order."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def _marked(row: EvidenceRow) -> EvidenceRow:
    return row.model_copy(update={"text": f"{row.text}; kept from drafters, for tests"})


def _relation_text(row: RelationEvidence) -> str:
    side = row.drafting
    drafters = (
        ""
        if side is None
        else f"; drafters get {side.n_pairs} of the pairs: score {side.score:.2f}, rank {side.rank}, "
        f"control {side.control:.2f}, suppression {side.suppression:.2f}, rank "
        f"{side.suppression_rank}, control {side.suppression_control:.2f}"
    )
    return (
        f"{row.name} ({row.category}): score {row.score:.2f} at k={row.k} over {row.n_pairs} pairs, "
        f"rank {row.rank} of {row.n_heads}, shuffled control {row.control:.2f}; "
        f"suppression {row.suppression:.2f}, rank {row.suppression_rank}, "
        f"control {row.suppression_control:.2f}{drafters}"
    )


def _mapping_text(row: Mapping) -> str:
    targets = ", ".join(f'"{target.text}"' for target in row.targets)
    return f'"{row.text}" -> {targets} (saliency {row.saliency:.3g})'


def _position_text(row: AffectedPosition) -> str:
    before = "".join(row.context.before[-12:])
    return (
        f'after "{before}" the next token "{row.context.next}": probability {row.p_clean:.3g} with '
        f"the head, {row.p_ablated:.3g} without (log change {row.change:+.2f})"
    )


def _token_text(row: AffectedToken) -> str:
    return (
        f'"{row.text}": effect {row.effect:.3g}, {row.count} positions, strongest '
        f"{row.p_clean:.3g} with the head, {row.p_ablated:.3g} without"
    )


def _measure_text(row: AttentionMeasure) -> str:
    detail = "" if row.detail is None else f", {row.detail_is} {row.detail:.3g}"
    return (
        f"attention, {row.title.lower()}: {row.value:.3g} ({row.unit}), rank {row.rank} of "
        f"{row.n_heads}, control {row.control:.3g} ({row.control_is}){detail}"
    )


def _pair_text(row: AttendedPair) -> str:
    return (
        f'"{row.query}" at position {row.query_position} looks at "{row.key}" at position '
        f"{row.key_position}: attention {row.weight:.3g}, uniform {row.uniform:.3g}"
    )
