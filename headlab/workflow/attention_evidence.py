"""Where the heads of a model look, measured once for all heads and kept: the card's third evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic import JsonValue

from headlab.analyses.attention.attended import ANALYSIS, N_PAIRS, VERSION, attended_texts
from headlab.analyses.provenance import texts_hash
from headlab.records.attention import HeadDetection
from headlab.records.attention_evidence import AttendedTexts, AttentionEvidence, AttentionMeasure
from headlab.records.errors import ModelError, PromptError
from headlab.records.head import Head
from headlab.records.provenance import Provenance
from headlab.relations.prompts import bundled_prompts
from headlab.workflow.attention_measures import detection_is_kept, kept_detection
from headlab.workflow.estimates import detection_seconds

if TYPE_CHECKING:
    from headlab.models.language_model import LanguageModel
    from headlab.workflow.bench import Bench

ON_CARDS = (
    "previous_token",
    "duplicate_token",
    "induction",
    "positional",
    "subword_merge",
    "label_attention",
    "name_mover",
)
"""Detectors that read patterns and have a control: those of the cards."""
_TITLES = {"label_attention": "Labels of examples"}
"""Where the name of the head does not say what it looks at."""
QUICK_SECONDS = 30.0
"""Attention that takes less is measured without being asked for."""
_PASSES = 2.5
"""Prompts of all these measures together, in those of one detector."""


@dataclass(frozen=True)
class ModelAttention:
    """What was measured on all heads of a model; `texts` is None where patterns cannot be read."""

    detections: tuple[HeadDetection, ...]
    texts: AttendedTexts | None
    skipped: tuple[str, ...]

    def of(self, head: Head) -> AttentionEvidence:
        """The part of one head."""
        measured = [_measure(one, head) for one in self._values()]
        found = [one for one in measured if one is not None]
        return AttentionEvidence(
            measures=tuple(sorted(found, key=lambda one: -one.above_control)),
            pairs=() if self.texts is None else self.texts.pairs_of(head),
            skipped=self.skipped,
        )

    def provenances(self) -> tuple[Provenance, ...]:
        return tuple({one.provenance: None for one in self._values()})

    def _values(self) -> Sequence[HeadDetection]:
        shares = () if self.texts is None else (self.texts.first_position, self.texts.itself)
        return (*self.detections, *shares)


def attention_seconds(model: LanguageModel) -> float:
    """What measuring the attention of all heads would take on this machine."""
    return _PASSES * detection_seconds(model)


def model_attention(bench: Bench, compute: bool) -> ModelAttention | None:
    """All of it, from the cache as far as it is kept; None where some is missing and `compute` is
    false. A measure that this model or its tokenizer cannot serve is skipped with the reason."""
    kept = all(detection_is_kept(bench, name) for name in ON_CARDS) and _texts_are_kept(bench)
    if not kept and not compute:
        return None
    detections, skipped = [], []
    for name in ON_CARDS:
        try:
            found = kept_detection(bench, name)
        except ModelError as error:  # a family whose attention gives no probabilities
            return ModelAttention((), None, (str(error),))
        if isinstance(found, HeadDetection):
            detections.append(found)
        else:
            skipped.append(f"{name.replace('_', ' ')}: {found.reason}")
    try:
        texts = _texts(bench)
    except PromptError as error:
        return ModelAttention(tuple(detections), None, (*skipped, f"prompts: {error}"))
    return ModelAttention(tuple(detections), texts, tuple(skipped))


def _texts(bench: Bench) -> AttendedTexts:
    facts, inputs = bench.model.facts, _inputs()
    kept = bench.cache.get(AttendedTexts, facts, f"{ANALYSIS}/{VERSION}", inputs)
    if kept is None:
        kept = attended_texts(
            bench.model,
            bundled_prompts(),
            progress=lambda done, total: bench.progress("where heads look", done, total),
        )
        bench.cache.put(kept, facts, f"{ANALYSIS}/{VERSION}", inputs)
    return kept


def _texts_are_kept(bench: Bench) -> bool:
    return bench.cache.has(bench.model.facts, f"{ANALYSIS}/{VERSION}", _inputs())


def _inputs() -> JsonValue:
    return {"prompts": texts_hash(bundled_prompts()), "pairs": N_PAIRS}


def _measure(found: HeadDetection, head: Head) -> AttentionMeasure | None:
    """One head's row; None for a head that was not measured."""
    value = found.of(head)
    if np.isnan(value) or found.control is None:
        return None
    named = found.head_name.removesuffix(" head").capitalize() or found.title
    return AttentionMeasure(
        name=found.measure,
        title=_TITLES.get(found.measure, named),
        meaning=found.meaning,
        unit=found.unit,
        value=value,
        control=found.control,
        control_is=found.control_is,
        rank=1 + int((found.values > value).sum()),
        n_heads=int((~np.isnan(found.values)).sum()),
        detail=found.detail_of(head),
        detail_is=found.detail_is,
        stages=found.stages,
    )
