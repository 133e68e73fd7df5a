"""What the head map can show of a model: one matrix of numbers by its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import get_args

import numpy as np

from headlab.catalogue import Catalogue
from headlab.records.base import Matrix
from headlab.records.entry import State
from headlab.records.errors import HeadLabError
from headlab.records.head import Head
from headlab.records.measure import Measure, MeasureValues
from headlab.records.scores import AllRelationScores, RelationScores
from headlab.relations.bundled import relation, relations
from headlab.workflow.attention_measures import attention_measures, attention_values, is_attention
from headlab.workflow.bench import Bench
from headlab.workflow.estimates import ablation_seconds, score_seconds

STATES: tuple[str, ...] = get_args(State)
BEST, LOSS, KL, STATE = "overview/relation", "ablation/loss", "ablation/kl", "catalogue/state"
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
    scores, ablated = kept is not None, bench.sweep(compute=False) is not None
    cost = None if scores else score_seconds(bench.model)
    reasons = {} if kept is None else {one.name: one.reason for one in kept.not_applicable}
    found = [
        Measure(
            key=BEST,
            group="overview",
            title="Largest relation score",
            explanation=(
                "For each head, its highest relation score over all operations that this "
                "tokenizer can serve. Weights only, no prompts."
            ),
            unit="share of pairs",
            scale="sequential",
            computed=scores,
            estimate_seconds=cost,
        )
    ]
    for name in relations():
        one = relation(name)
        shared = {
            "category": one.category,
            "unit": "share of pairs",
            "scale": "sequential",
            "computed": scores,
            "estimate_seconds": cost,
            "reason": reasons.get(name, ""),
        }
        title = name.replace("_", " ")
        found.append(
            Measure(
                key=f"relation/{name}",
                group="relation",
                title=title,
                explanation=(
                    f"Share of the pairs whose target is among the {one.k} highest logits that the "
                    f"head's weights give for the source. {one.description}"
                ),
                **shared,
            )
        )
        found.append(
            Measure(
                key=f"suppression/{name}",
                group="suppression",
                title=title,
                explanation=(
                    f"Share of the pairs whose target is among the {one.k} lowest logits that the "
                    f"head's weights give for the source. {one.description}"
                ),
                **shared,
            )
        )
    cost = None if ablated else ablation_seconds(bench.model)
    found.append(
        Measure(
            key=LOSS,
            group="ablation",
            title="Loss change without the head",
            explanation=(
                "Mean change of the loss of the next token on the bundled prompts when the head's "
                "output is set to zero. Positive: the head helps."
            ),
            unit="nats",
            scale="diverging",
            computed=ablated,
            estimate_seconds=cost,
        )
    )
    found.append(
        Measure(
            key=KL,
            group="ablation",
            title="Divergence without the head",
            explanation=(
                "Mean KL(clean || ablated) of the next-token distribution on the bundled prompts "
                "when the head's output is set to zero."
            ),
            unit="nats",
            scale="sequential",
            computed=ablated,
            estimate_seconds=cost,
        )
    )
    found += attention_measures(bench)
    found.append(
        Measure(
            key=STATE,
            group="catalogue",
            title="State in the catalogue",
            explanation="Where the description of each head stands.",
            unit="",
            scale="state",
            computed=True,
        )
    )
    return tuple(found)


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
