"""Evidence cards made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headlab.records.ablation import (
    AffectedPosition,
    AffectedToken,
    Context,
    HeadAblation,
    TokenContext,
)
from headlab.records.attention_evidence import AttendedPair, AttentionEvidence, AttentionMeasure
from headlab.records.card import EvidenceCard, RelationEvidence
from headlab.records.head import Head
from headlab.records.mappings import Mapping, TokenScore
from headlab.records.model import ModelFacts

CANARY = "canary-7f3a9c51e2d84b60"

MODEL = ModelFacts(
    name="secret-org/Secret-Model-72h",
    family="llama",
    architecture="LlamaForCausalLM",
    n_layers=6,
    n_heads=12,
    n_kv_heads=12,
    d_model=96,
    d_head=8,
    d_vocab=1000,
    n_tokens=1000,
    n_parameters=1_000_000,
    dtype="float32",
    device="cpu",
    attention_kernel="sdpa",
    fingerprint="f" * 64,
    tokenizer_hash="e" * 64,
    first_mlp=None,
)


def relation(name: str, category: Any = "knowledge", **values: Any) -> RelationEvidence:
    """An operation that stands out in nothing, but for the values given."""
    plain = {
        "k": 10,
        "n_pairs": 100,
        "score": 0.0,
        "rank": 40,
        "control": 0.02,
        "suppression": 0.0,
        "suppression_rank": 40,
        "suppression_control": 0.02,
        "n_heads": 72,
    }
    return RelationEvidence.model_validate({**plain, **values, "name": name, "category": category})


def mapping(source: str, targets: Sequence[str], saliency: float = 2.0) -> Mapping:
    scores = tuple(
        TokenScore(token_id=100 + place, text=text, score=5.0 - place)
        for place, text in enumerate(targets)
    )
    return Mapping(token_id=1, text=source, saliency=saliency, targets=scores)


def position(before: Sequence[str], following: str, p: float, q: float) -> AffectedPosition:
    context = Context(
        prompt=0, position=3, before=tuple(before), next_id=7, next=following, after=(".",)
    )
    return AffectedPosition(
        context=context, change=-1.5, p_clean=p, p_ablated=q, top_clean=(), top_ablated=()
    )


def token(text: str, effect: float = 0.5, count: int = 3) -> AffectedToken:
    place = position([" The", " capital", " of", " France", " is"], text, 0.8, 0.1)
    context = TokenContext(context=place.context, p_clean=0.8, p_ablated=0.1)
    return AffectedToken(
        token_id=7,
        text=text,
        effect=effect,
        count=count,
        p_clean=0.8,
        p_ablated=0.1,
        contexts=(context,),
    )


def ablation(change: float = 0.012) -> HeadAblation:
    return HeadAblation(
        heads=(Head(layer=4, index=7),),
        loss_change=change,
        kl=0.02,
        hurt_positions=(
            position([" The", " capital", " of", " France", " is"], " Paris", 0.8, 0.1),
        ),
        helped_positions=(),
        hurt_tokens=(token(" Paris"), token(" Rome", 0.2)),
        helped_tokens=(token(" the", 0.1),),
    )


def measure(name: str, value: float = 0.0, **values: Any) -> AttentionMeasure:
    """A measure that stands out in nothing, but for the values given."""
    plain = {
        "title": name.replace("_", " ").capitalize(),
        "meaning": "Mean attention to it.",
        "unit": "probability",
        "control": 0.05,
        "control_is": "what uniform attention gives",
        "rank": 1,
        "n_heads": 72,
    }
    return AttentionMeasure.model_validate({**plain, **values, "name": name, "value": value})


def pair(query: str, key: str, weight: float = 0.9) -> AttendedPair:
    return AttendedPair(
        prompt=2,
        query_position=5,
        query_id=8,
        query=query,
        key_position=3,
        key_id=9,
        key=key,
        weight=weight,
        uniform=1 / 6,
        before=(" The", " capital", " of", key, " is"),
    )


ATTENTION = AttentionEvidence(
    measures=(
        measure("previous_token", 0.62, rank=2, control=0.1, stages=("ICI",)),
        measure(
            "positional", 0.4, control=0.16, unit="share of tokens", detail=1.0, detail_is="tokens"
        ),
    ),
    pairs=(pair(" Paris", " France"),),
)


def make_card(
    relations: Sequence[RelationEvidence] = (),
    mappings: Sequence[Mapping] = (),
    effect: HeadAblation | None = None,
    rank: int | None = None,
    not_applicable: Sequence[str] = (),
    attention: AttentionEvidence | None = None,
) -> EvidenceCard:
    return EvidenceCard(
        model=MODEL,
        head=Head(layer=4, index=7),
        relations=tuple(relations),
        mappings=tuple(mappings),
        ablation=effect,
        loss_change_rank=rank,
        not_applicable=tuple(not_applicable),
        attention=attention,
        provenances=(),
    )


CAPITAL = relation("country_to_capital", n_pairs=126, score=0.94, rank=1)
MAPPINGS = (
    mapping(" France", [" Paris", " Lyon", " Seine"], 3.21),
    mapping(" Italy", [" Rome", " Milan", "\\n"], 3.02),
)
