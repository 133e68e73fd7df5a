"""The pass rule, fixed for all tests: above the best control, surely, and after the batch correction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from headlab.analyses.description_tests.statistics import Sample, difference, interval
from headlab.analyses.validation.significance import benjamini_hochberg
from headlab.records.description_test import ControlScore, DescriptionTest, Interval, Kind

ALPHA = 0.05
"""False discovery rate of a batch."""

MIN_ROWS: dict[Kind, int] = {"S1": 20, "S2": 20, "S3": 10, "S4": 20, "S5": 30}
"""Usable rows below which a test is not made."""
MIN_SIDE = 8
"""Usable rows of each label below which an AUROC is not taken."""
MIN_CONTROL = 10
"""Usable rows below which a control is not taken: a few, drawn again and again, look alike."""
MIN_SOURCES = 6
"""Different sources below which an interval over them says nothing: were there no difference, five
would all lie on one side more often than in one of forty cases."""


@dataclass(frozen=True)
class Comparison:
    """A description's score beside its controls; without a `best` there was nothing to compare."""

    score: float
    interval: Interval
    n_rows: int
    controls: tuple[ControlScore, ...]
    best: ControlScore | None
    p: float | None

    def fields(self) -> dict[str, object]:
        """What of it stands in a `DescriptionTest`."""
        return {
            "score": self.score,
            "interval": self.interval,
            "n_rows": self.n_rows,
            "controls": self.controls,
            "best_control": self.best and self.best.name,
            "difference": self.best and self.best.difference,
            "difference_interval": self.best and self.best.interval,
            "p": self.p,
        }


def compare(own: Sample, controls: Mapping[str, Sample], seed: int, *, paired: bool) -> Comparison:
    """The score and every control that has rows enough, each with its difference; the best control is
    the one with the highest score (the first of equals)."""
    found, p_of = [], {}
    for name, sample in controls.items():
        usable = sample.where(own.known) if paired else sample
        if usable.n_rows < MIN_CONTROL or _side(usable) < MIN_SIDE:
            continue
        one = difference(own, sample, seed, paired=paired)
        if not math.isfinite(one.value) or not math.isfinite(one.interval.low):
            continue
        found.append(
            ControlScore(
                name=name,
                score=sample.score,
                n_rows=sample.n_rows,
                difference=one.value,
                interval=one.interval,
            )
        )
        p_of[name] = one.p
    best = max(found, key=lambda control: control.score, default=None)
    return Comparison(
        score=own.score,
        interval=interval(own, seed),
        n_rows=own.n_rows,
        controls=tuple(found),
        best=best,
        p=None if best is None else p_of[best.name],
    )


def shortage(kind: Kind, own: Sample, n_invalid: int = 0) -> str:
    """In words why too few rows are left for a verdict; empty when there are enough."""
    invalid = f", {n_invalid} answers were invalid" if n_invalid else ""
    if own.n_rows < MIN_ROWS[kind]:
        return f"only {own.n_rows} usable rows, {MIN_ROWS[kind]} are needed{invalid}"
    side = _side(own)
    if side < MIN_SIDE:
        return f"only {side} usable rows of one kind, {MIN_SIDE} are needed{invalid}"
    sources = len({own.clusters[place] for place in np.flatnonzero(own.known)})
    if sources < MIN_SOURCES:
        return f"only {sources} different sources, {MIN_SOURCES} are needed{invalid}"
    return ""


def _side(sample: Sample) -> float:
    """Usable rows of the rarer label, infinity where rows have none."""
    if sample.labels is None:
        return math.inf
    true = int((sample.known & sample.labels.astype(bool)).sum())
    return min(true, sample.n_rows - true)


def decided(test: DescriptionTest, q: float, alpha: float = ALPHA) -> DescriptionTest:
    """The test with its verdict by the pass rule; `test` has a difference and its interval."""
    bounds = test.difference_interval
    assert bounds is not None
    assert test.score is not None
    assert test.difference is not None
    reasons = []
    if not bounds.low > 0:
        control = next(one for one in test.controls if one.name == test.best_control)
        reasons.append(
            f"the score {test.score:.2f} is not surely above the best control, {control.name}, "
            f"with {control.score:.2f}: difference {test.difference:+.2f}, 95 % interval "
            f"{bounds.low:+.2f} to {bounds.high:+.2f}"
        )
    if not q <= alpha:
        reasons.append(f"q = {q:.3f} is above {alpha:g}")
    return test.model_copy(
        update={
            "q": q,
            "verdict": "fails" if reasons else "passes",
            "reason": "; ".join(reasons),
        }
    )


def corrected(tests: Sequence[DescriptionTest], alpha: float = ALPHA) -> list[DescriptionTest]:
    """All tests of a batch with q over the testable ones (Benjamini-Hochberg) and verdicts."""
    ranked = [test.p for test in tests if test.verdict != "not testable" and test.p is not None]
    adjusted = iter(benjamini_hochberg(ranked) if ranked else [])
    return [
        test
        if test.verdict == "not testable" or test.p is None
        else decided(test, next(adjusted), alpha)
        for test in tests
    ]
