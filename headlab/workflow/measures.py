"""What the head map can show of a model: one matrix of numbers by its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import get_args

import numpy as np

from headlab.catalogue import Catalogue
from headlab.models.language_model import LanguageModel
from headlab.records.base import Matrix
from headlab.records.entry import State
from headlab.records.errors import HeadLabError
from headlab.records.head import Head
from headlab.records.measure import Measure, MeasureValues
from headlab.records.scores import AllRelationScores, RelationScores
from headlab.relations.bundled import relations
from headlab.workflow.attention_measures import attention_measures, attention_values, is_attention
from headlab.workflow.bench import Bench
from headlab.workflow.estimates import ablation_seconds, score_seconds
from headlab.workflow.known_measures import (
    BEST,
    BEST_MEASURE,
    KL,
    KL_MEASURE,
    LOSS,
    LOSS_MEASURE,
    STATE,
    STATE_MEASURE,
    score_measure,
)

STATES: tuple[str, ...] = get_args(State)
PAGE = 1000

WORDS = {
    BEST: "relation scores of all operations",
    LOSS: "the loss change without each head",
    KL: "the divergence without each head",
    STATE: "the states in the catalogue",
}


def measure_words(key: str) -> str:
    """What a measure is called while it is computed, for any key."""
    if is_attention(key):
        return f"where heads look, {key.partition('/')[2].replace('_', ' ')}"
    return WORDS.get(key) or " scores, ".join(key.replace("_", " ").split("/", 1))


def measures(bench: Bench) -> tuple[Measure, ...]:
    """Everything that can be drawn for this model, with what it would take."""
    kept = bench.bundled_scores(compute=False)
    scored, ablated = kept is not None, bench.sweep(compute=False) is not None
    scoring = _state(scored, score_seconds, bench)
    reasons = {} if kept is None else {one.name: one.reason for one in kept.not_applicable}
    found = [BEST_MEASURE.model_copy(update=scoring)]
    for name in relations():
        state = {**scoring, "reason": reasons.get(name, "")}
        found.append(score_measure("relation", name).model_copy(update=state))
        found.append(score_measure("suppression", name).model_copy(update=state))
    ablating = _state(ablated, ablation_seconds, bench)
    found += [one.model_copy(update=ablating) for one in (LOSS_MEASURE, KL_MEASURE)]
    return (*found, *attention_measures(bench), STATE_MEASURE)


def _state(
    computed: bool, seconds: Callable[[LanguageModel], float], bench: Bench
) -> dict[str, object]:
    return {"computed": computed, "estimate_seconds": None if computed else seconds(bench.model)}


def measure_values(
    bench: Bench, key: str, open_catalogue: Callable[[], Catalogue]
) -> MeasureValues:
    """The values of a measure, computed where they are not kept yet.

    Raises HeadLabError for a key that does not exist and a relation that does not apply.
    """
    group, _, name = key.partition("/")
    if key == STATE:
        return _found(bench, key, _states(bench, open_catalogue()), labels=STATES)
    if key in (LOSS, KL):
        swept = bench.sweep()
        assert swept is not None
        matrix = np.full((bench.model.facts.n_layers, bench.model.facts.n_heads), np.nan)
        for head, ablated in swept.items():
            effect = ablated.of(head)
            matrix[head.layer, head.index] = effect.loss_change if key == LOSS else effect.kl
        return _found(bench, key, matrix, provenance=next(iter(swept.values())).provenance)
    if is_attention(key):
        return attention_values(bench, key)
    if key == BEST:
        scores = _scores(bench).scores
        if not scores:
            raise HeadLabError("No operation has enough pairs that are one token each here.")
        matrix = np.max([one.relation for one in scores], axis=0)
        return _found(bench, key, matrix, provenance=scores[0].provenance)
    if group in ("relation", "suppression") and name in relations():
        one = _score(bench, name)
        suppressed = group == "suppression"
        return _found(
            bench,
            key,
            one.suppression if suppressed else one.relation,
            control=one.suppression_control if suppressed else one.control,
            control_is="shuffled control",
            n_pairs=one.n_pairs,
            k=one.k,
            provenance=one.provenance,
        )
    raise HeadLabError(f"There is no measure {key!r}. Take one of the list.")


def _scores(bench: Bench) -> AllRelationScores:
    found = bench.bundled_scores()
    assert found is not None
    return found


def _score(bench: Bench, name: str) -> RelationScores:
    found = _scores(bench)
    for one in found.scores:
        if one.name == name:
            return one
    reasons = [skipped.reason for skipped in found.not_applicable if skipped.name == name]
    raise HeadLabError(f"{reasons[0] if reasons else name}. Choose another operation.")


def _found(bench: Bench, key: str, values: Matrix, **rest: object) -> MeasureValues:
    chosen = next(one for one in measures(bench) if one.key == key)
    best = None
    if chosen.scale != "state" and not np.isnan(values).all():
        layer, index = np.unravel_index(int(np.nanargmax(values)), values.shape)
        best = Head(layer=int(layer), index=int(index))
    return MeasureValues.model_validate({"measure": chosen, "values": values, "best": best, **rest})


def _states(bench: Bench, catalogue: Catalogue) -> Matrix:
    facts = bench.model.facts
    matrix = np.zeros((facts.n_layers, facts.n_heads))
    for row in _entries(catalogue, facts.fingerprint):
        matrix[row[0].layer, row[0].index] = STATES.index(row[1])
    return matrix


def _entries(catalogue: Catalogue, fingerprint: str) -> Iterable[tuple[Head, State]]:
    offset = 0
    while True:
        rows = catalogue.list(model=fingerprint, limit=PAGE, offset=offset)
        yield from ((row.head, row.state) for row in rows)
        if len(rows) < PAGE:
            return
        offset += PAGE
