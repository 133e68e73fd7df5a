"""Measures of the head map that say where heads look: one for each detector of named heads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import JsonValue

from headlab.analyses.attention.detectors import detect_heads, detectors
from headlab.analyses.attention.named_heads import ANALYSIS, NAMED, VERSION
from headlab.analyses.provenance import texts_hash
from headlab.records.attention import HeadDetection, SkippedDetector
from headlab.records.errors import HeadLabError
from headlab.records.measure import Measure, MeasureScale, MeasureValues
from headlab.relations.prompts import bundled_prompts
from headlab.workflow.estimates import detection_seconds

if TYPE_CHECKING:
    from headlab.workflow.bench import Bench

GROUP = "attention"
SEED = 0
SIGNED = frozenset({"negative_attention", "negative_name_mover", "anti_induction"})
"""Detectors whose values have two sides."""


def attention_measures(bench: Bench) -> tuple[Measure, ...]:
    """A measure for each detector, with what it would take."""
    cost = detection_seconds(bench.model)
    found = []
    for name in detectors():
        computed = bench.cache.has(bench.model.facts, _analysis(name), _inputs())
        found.append(_measure(name, computed, None if computed else cost))
    return tuple(found)


def is_attention(key: str) -> bool:
    group, _, name = key.partition("/")
    return group == GROUP and name in NAMED


def attention_values(bench: Bench, key: str) -> MeasureValues:
    """What a detector measured, computed where it is not kept yet.

    Raises HeadLabError, with the reason, where the detector does not apply to the model.
    """
    name = key.partition("/")[2]
    found = kept_detection(bench, name)
    if isinstance(found, SkippedDetector):
        raise HeadLabError(f"{_words(name)}: {found.reason}")
    measure = _measure(name, True, None)
    if found.control_is:
        words = f"{measure.explanation} Control: {found.control_is}."
        measure = measure.model_copy(update={"explanation": words})
    return MeasureValues(
        measure=measure,
        values=found.values,
        control=found.control,
        control_is="control" if found.control is not None else "",
        best=found.best() if found.ranked() else None,
        provenance=found.provenance,
    )


def detection_is_kept(bench: Bench, name: str) -> bool:
    """Whether `kept_detection` would run nothing."""
    facts, inputs = bench.model.facts, _inputs()
    return any(bench.cache.has(facts, known, inputs) for known in (_analysis(name), _skipped(name)))


def kept_detection(bench: Bench, name: str) -> HeadDetection | SkippedDetector:
    """What a detector found, or why it does not apply to the model; computed where it is not kept yet.

    Raises ModelError where the model's attention gives no probabilities.
    """
    facts, inputs = bench.model.facts, _inputs()
    kept = bench.cache.get(HeadDetection, facts, _analysis(name), inputs)
    if kept is not None:
        return kept
    skipped = bench.cache.get(SkippedDetector, facts, _skipped(name), inputs)
    if skipped is not None:
        return skipped
    made = detect_heads(
        bench.model,
        [name],
        seed=SEED,
        progress=lambda done, total: bench.progress(_words(name), done, total),
    )
    if made.skipped:
        bench.cache.put(made.skipped[0], facts, _skipped(name), inputs)
        return made.skipped[0]
    bench.cache.put(made.found[0], facts, _analysis(name), inputs)
    return made.found[0]


def _measure(name: str, computed: bool, cost: float | None) -> Measure:
    scale: MeasureScale = "diverging" if name in SIGNED else "sequential"
    return Measure(
        key=f"{GROUP}/{name}",
        group=GROUP,
        title=_words(name),
        explanation=f"{NAMED[name].meaning} ({NAMED[name].source})",
        unit=NAMED[name].unit,
        scale=scale,
        computed=computed,
        estimate_seconds=cost,
    )


def _words(name: str) -> str:
    return NAMED[name].name.capitalize()


def _analysis(name: str) -> str:
    return f"{ANALYSIS}/{name}/{VERSION}"


def _skipped(name: str) -> str:
    return f"{ANALYSIS}/{name}/skipped/{VERSION}"


def _inputs() -> JsonValue:
    return {"seed": SEED, "prompts": texts_hash(bundled_prompts())}
