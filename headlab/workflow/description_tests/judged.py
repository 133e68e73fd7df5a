"""S1 to S3: what a judge makes of held-out evidence when it knows the description alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
from pydantic import JsonValue

from headlab.analyses.description_tests.sampling import Item
from headlab.analyses.description_tests.simulation import (
    HIT_AT,
    best_ranks,
    hits_at,
    random_heads,
    reciprocal,
)
from headlab.analyses.description_tests.split import lemma
from headlab.analyses.description_tests.statistics import Sample, interval
from headlab.drafting.evidence import Row as Question
from headlab.drafting.judging.judge import Answers
from headlab.records.description_test import RANDOM_HEADS, DescriptionTest, Kind, Row, total_usage
from headlab.workflow.description_tests.questions import questions_of
from headlab.workflow.description_tests.trial import OWN, Trial

THRESHOLD = 0.5
NO_JUDGE = "no language model was named to judge it"

Ask = Callable[[str, Sequence[Question]], Answers]


def mapping_detection(trial: Trial) -> DescriptionTest:
    """S1: AUROC of the judge's ratings of 20 held-out rows against 20 false ones."""
    started = time.monotonic()
    ask = None if trial.judge is None else trial.judge.rate_rows
    return _rated(trial, "S1", trial.rows, ask, started)


def input_side(trial: Trial) -> DescriptionTest:
    """S2: AUROC of the judge's ratings of held-out salient tokens against median ones."""
    started = time.monotonic()
    ask = None if trial.judge is None else trial.judge.rate_tokens
    return _rated(trial, "S2", trial.tokens, ask, started)


def _rated(
    trial: Trial,
    kind: Kind,
    items: Sequence[Item],
    ask: Ask | None,
    started: float,
) -> DescriptionTest:
    questions = questions_of(trial, kind)
    answers = {} if ask is None else {n: ask(text, questions) for n, text in trial.texts.items()}
    labels = np.array([one.label for one in items], dtype=bool)
    clusters = tuple(lemma(one.source) for one in items)
    samples = {
        name: Sample(
            np.array([float(cast(float, found.values.get(one.id, np.nan))) for one in items]),
            clusters,
            labels,
        )
        for name, found in answers.items()
    }
    numbers: dict[str, float | None] = {}
    if OWN in samples:
        own = replace(samples[OWN], threshold=THRESHOLD)
        bounds = interval(own, trial.seed)
        numbers = {
            "balanced_accuracy": _finite(own.score),
            "balanced_accuracy_low": _finite(bounds.low),
            "balanced_accuracy_high": _finite(bounds.high),
        }
    rows: list[Row] = [
        {
            "id": one.id,
            "kind": one.kind,
            "label": one.label,
            "source": one.source,
            "targets": list(one.targets),
            "ratings": _ratings(answers, one.id),
            "invalid": _invalid(answers, one.id),
        }
        for one in items
    ]
    return trial.result(
        kind,
        "AUROC",
        samples,
        paired=True,
        parameters={
            "frequency": "token id" if trial.counts is None else "counts",
            "threshold": THRESHOLD,
        }
        if kind == "S2"
        else {"threshold": THRESHOLD},
        rows=rows,
        seconds=time.monotonic() - started,
        n_invalid=sum(len(found.invalid) for found in answers.values()),
        numbers=numbers,
        usage=total_usage([found.usage for found in answers.values()]),
        impossible=NO_JUDGE if ask is None else "",
    )


def output_simulation(trial: Trial) -> DescriptionTest:
    """S3: hit@10 of named targets in the head's own rows, against the rows of random heads.

    A row counts where at least one named word is one token of the model.
    """
    started = time.monotonic()
    chosen, questions = trial.sources, questions_of(trial, "S3")
    answers = (
        {}
        if trial.judge is None
        else {n: trial.judge.name_targets(text, questions) for n, text in trial.texts.items()}
    )
    sources = [row.token_id for row in chosen]
    clusters = tuple(lemma(row.text) for row in chosen)
    ids = {
        name: [_word_ids(trial, found, str(question["id"])) for question in questions]
        for name, found in answers.items()
    }
    ranks = {
        name: best_ranks(trial.model, trial.head, sources, named) for name, named in ids.items()
    }
    samples, numbers = {}, dict[str, float | None]()
    for name, named in ids.items():
        usable = np.array([bool(one) for one in named], dtype=bool)
        samples[name] = Sample(hits_at(ranks[name]), clusters).where(usable)
        if name == OWN:
            heads = random_heads(trial.model, trial.head, trial.seed)
            others = [best_ranks(trial.model, head, sources, named) for head in heads]
            if others:
                mean = np.mean([hits_at(one) for one in others], axis=0)
                samples[RANDOM_HEADS] = Sample(mean, clusters).where(usable)
            numbers = _mrr(ranks[name], others, usable)
    rows: list[Row] = [
        {
            "id": str(number),
            "source": row.text,
            "named": {name: [*_named(found, str(number))] for name, found in answers.items()},
            "rank": {
                name: int(found[number - 1]) if np.isfinite(found[number - 1]) else None
                for name, found in ranks.items()
            },
            "invalid": _invalid(answers, str(number)),
        }
        for number, row in enumerate(chosen, 1)
    ]
    return trial.result(
        "S3",
        f"hit@{HIT_AT}",
        samples,
        paired=True,
        parameters={"k": HIT_AT, "n_sources": len(chosen)},
        rows=rows,
        seconds=time.monotonic() - started,
        n_invalid=sum(len(found.invalid) for found in answers.values()),
        numbers=numbers,
        usage=total_usage([found.usage for found in answers.values()]),
        impossible=NO_JUDGE if trial.judge is None else "",
    )


def _word_ids(trial: Trial, found: Answers, key: str) -> list[int]:
    words = _named(found, key)
    ids = [trial.model.vocabulary.word_id(word) for word in words]
    return [token for token in ids if token is not None]


def _named(found: Answers, key: str) -> list[str]:
    value = found.values.get(key, ())
    return list(value) if isinstance(value, tuple) else []


def _mrr(
    own: np.ndarray, others: Sequence[np.ndarray], usable: np.ndarray
) -> dict[str, float | None]:
    if not usable.any():
        return {"mrr": None, "mrr_random_heads": None}
    random = [float(reciprocal(one)[usable].mean()) for one in others]
    return {
        "mrr": float(reciprocal(own)[usable].mean()),
        "mrr_random_heads": float(np.mean(random)) if random else None,
    }


def _ratings(answers: dict[str, Answers], key: str) -> JsonValue:
    values = {name: found.values.get(key) for name, found in answers.items()}
    return {n: value if isinstance(value, float) else None for n, value in values.items()}


def _invalid(answers: dict[str, Answers], key: str) -> JsonValue:
    return {name: found.invalid[key] for name, found in answers.items() if key in found.invalid}


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
