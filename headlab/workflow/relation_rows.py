"""Rows of an evidence card about operations."""

from __future__ import annotations

from headlab.records.card import RelationEvidence, SideScores
from headlab.records.head import Head
from headlab.records.scores import RelationScores


def relation_evidence(
    found: RelationScores, head: Head, n_heads: int, drafting: RelationScores | None = None
) -> RelationEvidence:
    """One operation's row of a card; `drafting` are its scores over the pairs that drafters get."""
    return RelationEvidence(
        name=found.name,
        category=found.category,
        k=found.k,
        **dict(_numbers(found, head)),
        n_heads=n_heads,
        drafting=None if drafting is None else _numbers(drafting, head),
    )


def _numbers(found: RelationScores, head: Head) -> SideScores:
    return SideScores(
        n_pairs=found.n_pairs,
        score=found.of(head),
        rank=found.rank(head),
        control=found.control or 0.0,
        suppression=found.suppression_of(head),
        suppression_rank=found.suppression_rank(head),
        suppression_control=found.suppression_control or 0.0,
    )
