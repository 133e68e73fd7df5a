"""What Python answers about the demo model, in the tests' own process, apart from server and kernel."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import headlab
from headlab.records.attention_evidence import AttentionEvidence

if TYPE_CHECKING:  # torch is imported where an answer is wanted
    from headlab.models.language_model import LanguageModel


@functools.cache
def demo_model() -> LanguageModel:
    return headlab.load_model("demo")


def best_head(operation: str) -> tuple[str, float]:
    """The head with the highest score of an operation, and the score."""
    scores = headlab.relation_scores(demo_model(), operation)
    best = scores.best()
    return str(best), scores.of(best)


def strongest_mapping(head: str) -> tuple[str, str]:
    """Source and first target of the head's most salient token."""
    row = headlab.salient_mappings(demo_model(), head).rows[0]
    return row.text, row.targets[0].text


def attention(head: str) -> AttentionEvidence:
    found = headlab.evidence_card(demo_model(), head).attention
    assert found is not None
    return found


def loss_change(head: str) -> float:
    """By the ablation of the head on the bundled prompts."""
    effect = headlab.ablate(demo_model(), list(headlab.bundled_prompts()), [head])
    return effect.effects[0].loss_change
