"""The named heads that detectors look for: their names, stages, measures and sources.

Names and stages follow the survey of Zheng et al., arXiv 2409.03752; what it does not name has no
stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pydantic import JsonValue

from headlab.analyses.provenance import provenance_of
from headlab.models.language_model import LanguageModel
from headlab.models.patterns import KERNEL
from headlab.records.attention import HeadDetection
from headlab.records.draft import Stage

ANALYSIS, VERSION = "head_detectors", 1
SURVEY = "Zheng et al., arXiv 2409.03752"


@dataclass(frozen=True)
class NamedHead:
    """What one detector measures."""

    name: str
    stages: tuple[Stage, ...]
    meaning: str
    unit: str
    source: str = SURVEY


NAMED: dict[str, NamedHead] = {
    "previous_token": NamedHead(
        "previous token head",
        ("ICI",),
        "Mean attention of a token to the one before it.",
        "probability",
    ),
    "duplicate_token": NamedHead(
        "duplicate token head",
        ("ICI",),
        "Mean attention of a token to earlier copies of it.",
        "probability",
    ),
    "induction": NamedHead(
        "induction head",
        ("LR",),
        "Mean attention of a token to what came after its earlier copies.",
        "probability",
        "Olsson et al., arXiv 2209.11895",
    ),
    "positional": NamedHead(
        "positional head",
        ("ICI",),
        "Share of tokens whose strongest source lies at the head's best fixed offset.",
        "share of tokens",
    ),
    "rare_words": NamedHead(
        "rare words head",
        ("ICI",),
        "Share of tokens whose strongest source is the rarest token so far.",
        "share of tokens",
    ),
    "subword_merge": NamedHead(
        "subword merge head",
        ("ICI",),
        "Mean attention, within words of several tokens, to the word's earlier tokens.",
        "probability",
    ),
    "local": NamedHead(
        "local head",
        (),
        "Minus the mean attention distance: the largest values look closest.",
        "tokens",
        "Li et al., arXiv 2510.13554",
    ),
    "global": NamedHead(
        "global head",
        (),
        "Mean attention distance: the largest values look farthest back.",
        "tokens",
        "Li et al., arXiv 2510.13554",
    ),
    "retrieval": NamedHead(
        "retrieval head",
        ("ICI",),
        "Retrieval score |D_right ∩ D_all| / |D_all|: how often the strongest source is the token "
        "that is to be retrieved, while the right answer is written.",
        "share of tokens",
    ),
    "negative_attention": NamedHead(
        "negative head",
        ("KR",),
        "Negative attention score, sum over tokens of (A_yes + A_no) log(A_no / A_yes), mean over "
        "prompts: positive where a head looks at the no more than at the yes.",
        "nats",
    ),
    "label_attention": NamedHead(
        "in-context head",
        ("LR",),
        "Mean attention from the end to the labels of the examples.",
        "probability",
    ),
    "constant": NamedHead(
        "constant head",
        ("KR",),
        "Attention from the end to the options of a multiple choice, times its evenness (1: equal "
        "shares, 0: all on one).",
        "probability",
    ),
    "name_mover": NamedHead(
        "name mover head",
        ("ICI",),
        "Mean attention from the end to the name, times the share of names that the head's weights "
        "copy.",
        "probability",
        "Wang et al., arXiv 2211.00593",
    ),
    "negative_name_mover": NamedHead(
        "negative name mover head",
        ("ICI",),
        "Attention from the end to the name, times what the head takes from the name's logit there.",
        "logits",
        "Wang et al., arXiv 2211.00593",
    ),
    "successor": NamedHead(
        "successor head",
        ("LR",),
        "Share of items of ordered sequences (numbers, days, ...) that the head's weights map to "
        "the next one before all others of the sequence; sequences count alike.",
        "share of items",
        "Gould et al., arXiv 2312.09230",
    ),
    "copy_suppression": NamedHead(
        "copy suppression head",
        (),
        "Share of tokens that are among the k most suppressed by the head's weights when the head "
        "looks at them.",
        "share of tokens",
        "McDougall et al., arXiv 2310.04625",
    ),
    "anti_induction": NamedHead(
        "anti-induction head",
        (),
        "Attention to what came after an earlier copy, times what the head takes from its logit "
        "there.",
        "logits",
        "McDougall et al., arXiv 2310.04625",
    ),
}

UNIFORM = "what uniform attention gives"


def detection(
    model: LanguageModel,
    name: str,
    values: np.ndarray,
    parameters: Mapping[str, JsonValue],
    *,
    control: float | None = None,
    control_is: str = "",
    detail: np.ndarray | None = None,
    detail_is: str = "",
    patterns: bool = True,
    prompts_hash: str | None = None,
    seconds: float = 0.0,
) -> HeadDetection:
    """The record of what detector `name` measured; `patterns`: attention was read."""
    head, facts = NAMED[name], model.facts
    if patterns:
        facts = facts.model_copy(update={"attention_kernel": KERNEL})
    return HeadDetection(
        measure=name,
        title=head.name.capitalize(),
        meaning=head.meaning,
        unit=head.unit,
        values=values,
        head_name=head.name,
        stages=head.stages,
        source=head.source,
        control=control,
        control_is=control_is,
        detail=detail,
        detail_is=detail_is,
        provenance=provenance_of(
            facts,
            f"{ANALYSIS}/{name}",
            VERSION,
            dict(parameters),
            prompts_hash=prompts_hash,
            seconds=seconds,
        ),
    )
