"""S4 and S5: pairs written from the text alone, on the head's weights and on its effect."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from headlab.analyses.description_tests.causal import badge_of, prompt_effects
from headlab.analyses.description_tests.pair_scores import (
    PairScores,
    balanced,
    first_role,
    score_pairs,
    score_shuffled,
)
from headlab.analyses.description_tests.split import lemma
from headlab.analyses.description_tests.statistics import Sample
from headlab.analyses.description_tests.verdict import MIN_CONTROL
from headlab.records.causal_badge import CausalBadge
from headlab.records.description_test import (
    CONTROL_RELATION,
    OTHER_HEADS,
    SHUFFLED,
    DescriptionTest,
    PairSet,
    Row,
)
from headlab.records.head import Head
from headlab.records.relation import Relation
from headlab.workflow.description_tests.trial import OWN, Trial

MOST = 240
"""Pairs of one text that are scored, its roles in equal shares."""
NO_PAIRS = "no usable pair was written"


def new_pairs(trial: Trial) -> DescriptionTest:
    """S4: the head's relation score on the text's pairs, and its place among all heads.

    Controls: pairs written without a description, pairs for another head's description, and the
    text's own sources with shuffled targets.
    """
    started = time.monotonic()
    chosen = {
        name: balanced(found.pairs.pairs, MOST, trial.seed) for name, found in trial.written.items()
    }
    chosen = {n: pairs for n, pairs in chosen.items() if n == OWN or len(pairs) >= MIN_CONTROL}
    scored = {
        name: score_pairs(trial.model, pairs, progress=trial.steps(f"S4 pairs of the {name}"))
        for name, pairs in chosen.items()
        if pairs
    }
    if len(chosen[OWN]) > 2:
        steps = trial.steps(f"S4 pairs of the {SHUFFLED}")
        scored[SHUFFLED] = score_shuffled(trial.model, chosen[OWN], trial.seed, progress=steps)
    samples = {name: sample_of(found, trial.head) for name, found in scored.items()}
    own = trial.written[OWN]
    rows: list[Row] = [
        {
            "text": name,
            "source": pair.source,
            "target": pair.target,
            "suppressed": pair.suppressed,
            "role": pair.role,
            "k": k,
            "hit": bool(hit),
        }
        for name, found in scored.items()
        for pair, k, hit in zip(found.pairs, found.ranks, found.of(trial.head), strict=True)
    ]
    return trial.result(
        "S4",
        "relation score",
        samples,
        paired=False,
        parameters={"most": MOST, "rounds": own.pairs.n_rounds},
        rows=rows,
        seconds=time.monotonic() - started,
        n_invalid=_n_invalid(trial),
        numbers=_place(trial, scored.get(OWN)),
        pairs=own.pairs,
        usage=trial.writing_usage(),
        impossible="" if own.pairs.pairs else own.pairs.reason or NO_PAIRS,
    )


def sample_of(scores: PairScores, head: Head) -> Sample:
    """Hits of a head on the pairs of one text; pairs of one source's lemma are not independent."""
    return Sample(scores.of(head), tuple(lemma(pair.source) for pair in scores.pairs))


def _n_invalid(trial: Trial) -> int:
    return sum(found.n_invalid for found in trial.written.values())


def _place(trial: Trial, scores: PairScores | None) -> dict[str, float | None]:
    if scores is None:
        return {}
    percentile = scores.percentile(trial.head)
    numbers: dict[str, float | None] = {
        "percentile": percentile if np.isfinite(percentile) else None,
        "n_tied_above": scores.tied_above(trial.head),
        "n_dropped": len(trial.written[OWN].pairs.dropped),
        "pairs the drafter may have seen": len(trial.written[OWN].pairs.seen),
    }
    hits = scores.of(trial.head)
    for role in dict.fromkeys(pair.role for pair in scores.pairs if pair.role):
        of_role = np.array([pair.role == role for pair in scores.pairs])
        numbers[f"score of {role}"] = float(hits[of_role].mean())
    return numbers


def causal_effect(trial: Trial, controls: Sequence[Relation]) -> DescriptionTest:
    """S5: the fall of log p(target) without the head, on prompts made from the text's pairs.

    The pairs of the text's first role make the prompts. p ranks the effect among those of all other
    heads; the score stands beside their mean, the control relation, and the head's effect on the
    prompts of the other texts.
    """
    started = time.monotonic()
    sets = {name: first_role(found.pairs) for name, found in trial.written.items()}
    heads = trial.steps("S5 heads removed")
    badge = badge_of(trial.model, trial.head, sets[OWN], controls, trial.seed, heads)
    why = badge if isinstance(badge, str) else badge.reason
    samples: dict[str, Sample] = {}
    rows: list[Row] = []
    numbers: dict[str, float | None] = {}
    if isinstance(badge, CausalBadge):
        numbers = _figures(badge)
        if badge.state != "not testable":
            samples, rows = _effects(trial, sets, badge)
    if not trial.written[OWN].pairs.pairs:
        why = trial.written[OWN].pairs.reason or NO_PAIRS
    return trial.result(
        "S5",
        "fall of log p(target), nats",
        samples,
        paired=False,
        parameters={
            "template": badge.template if isinstance(badge, CausalBadge) else None,
            "mode": "zero",
            "positions": "last",
            "control_relation": (
                badge.control.relation
                if isinstance(badge, CausalBadge) and badge.control is not None
                else None
            ),
        },
        rows=rows,
        seconds=time.monotonic() - started,
        n_invalid=_n_invalid(trial),
        numbers=numbers,
        pairs=sets[OWN],
        usage=trial.writing_usage(),
        impossible=why,
        p=badge.p if isinstance(badge, CausalBadge) else None,
    )


def _figures(badge: CausalBadge) -> dict[str, float | None]:
    control = badge.control
    return {
        "base_accuracy": badge.base_accuracy,
        "n_prompts": badge.n_prompts,
        "n_others": badge.n_others,
        "mean_others": badge.mean_others,
        "effect_size": badge.effect_size,
        "control_relation_effect": None if control is None else control.effect,
    }


def _effects(
    trial: Trial, sets: Mapping[str, PairSet], badge: CausalBadge
) -> tuple[dict[str, Sample], list[Row]]:
    """The head's effect on the prompts of each text, and the constants that it stands beside."""
    samples: dict[str, Sample] = {}
    rows: list[Row] = []
    for name, written in sets.items():
        found = prompt_effects(trial.model, trial.head, written, trial.seed)
        if found is None:
            continue
        samples[name] = Sample(found.effects, tuple(lemma(one) for one in found.sources))
        rows += [
            {"text": name, "source": source, "target": target, "effect": float(effect)}
            for source, target, effect in zip(
                found.sources, found.targets, found.effects, strict=True
            )
        ]
    own = samples[OWN]
    constants = {
        OTHER_HEADS: badge.mean_others,
        CONTROL_RELATION: None if badge.control is None else badge.control.effect,
    }
    for name, value in constants.items():
        if value is not None:
            samples[name] = Sample(np.full(len(own.values), value), own.clusters)
    return samples, rows
