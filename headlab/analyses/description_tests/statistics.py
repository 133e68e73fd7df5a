"""AUROC, balanced accuracy and means of samples, with clustered percentile bootstrap intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from headlab.records.description_test import Interval

DRAWS = 2000
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of one test. `values` `[n]`, NaN where no valid answer came; rows of one cluster (one
    source, one head) are not independent.

    The statistic is the mean of the values; with `labels` `[n]` the AUROC of the values for them, or,
    with a `threshold` too, the balanced accuracy.
    """

    values: np.ndarray
    clusters: tuple[str, ...]
    labels: np.ndarray | None = None
    threshold: float | None = None

    def __post_init__(self) -> None:
        lengths = {len(self.values), len(self.clusters)}
        if self.labels is not None:
            lengths.add(len(self.labels))
        if len(lengths) != 1:
            raise ValueError(f"values, clusters and labels have different lengths: {lengths}")

    @cached_property
    def known(self) -> np.ndarray:
        return np.isfinite(self.values)

    @property
    def n_rows(self) -> int:
        return int(self.known.sum())

    def where(self, which: np.ndarray) -> Sample:
        """The same rows, those outside `which` without a value."""
        return replace(self, values=np.where(which, self.values, np.nan))

    def statistic(self, weights: np.ndarray | None = None) -> np.ndarray:
        """For each row of weights `[draw, n]` (default: ones) the statistic, `[draw]`.

        NaN where a draw has no rows, or only rows of one label.
        """
        if weights is None:
            weights = np.ones((1, len(self.values)))
        known, values = weights[:, self.known], self.values[self.known]
        if self.labels is None:
            return _ratio(known @ values, known.sum(1))
        positive = self.labels[self.known].astype(bool)
        if self.threshold is None:
            return _auroc(values, positive, known)
        return _balanced(values >= self.threshold, positive, known)

    @property
    def score(self) -> float:
        return float(self.statistic()[0])


def auroc(values: Sequence[float] | np.ndarray, labels: Sequence[bool] | np.ndarray) -> float:
    """The chance that a positive row has the larger value, ties counting one half (Mann-Whitney).

    NaN without rows of both labels.
    """
    found = np.asarray(values, dtype=float)
    return float(_auroc(found, np.asarray(labels, dtype=bool), np.ones((1, len(found))))[0])


def balanced_accuracy(
    values: Sequence[float] | np.ndarray, labels: Sequence[bool] | np.ndarray, threshold: float
) -> float:
    """Mean of the shares of positive rows at or above the threshold and of negative ones below it.

    NaN without rows of both labels.
    """
    said = np.asarray(values, dtype=float) >= threshold
    truth = np.asarray(labels, dtype=bool)
    return float(_balanced(said, truth, np.ones((1, len(said))))[0])


def cluster_weights(clusters: Sequence[str], seed: int, draws: int = DRAWS) -> np.ndarray:
    """How often each row is in each bootstrap draw of whole clusters, `[draw, n]`, read only."""
    return _weights(tuple(clusters), seed, draws)


@lru_cache(maxsize=4)  # one sample is compared with all its controls
def _weights(clusters: tuple[str, ...], seed: int, draws: int) -> np.ndarray:
    names = {name: place for place, name in enumerate(dict.fromkeys(clusters))}
    if not names:
        return np.zeros((draws, 0))
    random = np.random.default_rng(seed)
    counts = random.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    weights = counts[:, [names[name] for name in clusters]].astype(float)
    weights.setflags(write=False)
    return weights


def interval(sample: Sample, seed: int, draws: int = DRAWS) -> Interval:
    """Percentile bootstrap interval of the sample's statistic; NaN bounds where no draw has one."""
    return percentiles(sample.statistic(cluster_weights(sample.clusters, seed, draws)))


@dataclass(frozen=True)
class Difference:
    """Statistic of one sample minus another's: its interval, and p = (1 + draws at or below 0) /
    (1 + draws), one-sided."""

    value: float
    interval: Interval
    p: float


def difference(
    own: Sample, other: Sample, seed: int, *, paired: bool, draws: int = DRAWS
) -> Difference:
    """`own` minus `other`. Paired samples have the same rows in the same order; they are compared
    where both have a value, and drawn together."""
    if paired:
        if own.clusters != other.clusters:
            raise ValueError("paired samples must have the same rows")
        both = own.known & other.known
        own, other = own.where(both), other.where(both)
        weights = cluster_weights(own.clusters, seed, draws)
        drawn = own.statistic(weights) - other.statistic(weights)
    else:
        drawn = own.statistic(cluster_weights(own.clusters, seed, draws)) - other.statistic(
            cluster_weights(other.clusters, seed + 1, draws)
        )
    finite = drawn[np.isfinite(drawn)]
    p = float((1 + (finite <= 0).sum()) / (1 + len(finite)))
    return Difference(own.score - other.score, percentiles(drawn), p)


def percentiles(drawn: np.ndarray) -> Interval:
    """The middle 95 % of the finite draws."""
    finite = drawn[np.isfinite(drawn)]
    if not len(finite):
        return Interval(low=float("nan"), high=float("nan"))
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(finite, [tail, 100 - tail])
    return Interval(low=float(low), high=float(high))


def _auroc(values: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    above = values[positive, None] - values[None, ~positive]
    wins = (above > 0) + 0.5 * (above == 0)
    w_positive, w_negative = weights[:, positive], weights[:, ~positive]
    total = w_positive.sum(1) * w_negative.sum(1)
    return _ratio(((w_positive @ wins) * w_negative).sum(1), total)


def _balanced(said: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    right = [
        _ratio((weights[:, side] * correct[side]).sum(1), weights[:, side].sum(1))
        for side, correct in ((positive, said), (~positive, ~said))
    ]
    return (right[0] + right[1]) / 2


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.full(len(bottom), np.nan), where=bottom > 0)
