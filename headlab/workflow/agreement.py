"""How far reviewers agree, and how often they judge a description correct."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np

from headlab.analyses.description_tests.statistics import DRAWS, cluster_weights, percentiles
from headlab.records.agreement import (
    ALPHA,
    DECISION,
    KAPPA,
    RATING,
    Agreement,
    Coefficient,
    Grouping,
    Scale,
    ShareCorrect,
)
from headlab.records.description_test import Interval
from headlab.records.review_round import Case
from headlab.records.vote import Vote

DECISIONS = ("accepted", "edited", "rejected", "unclear")
_Z = 1.959963984540054  # of a two-sided level .95


@dataclass(frozen=True)
class Estimate:
    """A coefficient over `n_units` units with at least two values, `n_values` in all.

    `observed`: the share of pairs of values of one unit that are equal. None: not defined.
    """

    value: float | None
    interval: Interval | None
    observed: float | None
    n_units: int
    n_values: int


def krippendorff_alpha(
    values: np.ndarray,
    scale: Scale = "nominal",
    clusters: Sequence[str] | None = None,
    *,
    seed: int = 0,
    draws: int = DRAWS,
) -> Estimate:
    """Krippendorff's alpha of values `[n_units, n_raters]`, NaN where a rater gave none.

    `alpha = 1 - D_o / D_e` over the coincidences of values within units (Krippendorff 2011,
    "Computing Krippendorff's Alpha-Reliability", section E). Difference of two values: nominal 0 or
    1; ordinal by the number of values between them. The interval is a percentile bootstrap over
    clusters `[n_units]` (default: units), None with fewer than two.
    """
    found = np.asarray(values, dtype=float)
    kept = np.isfinite(found).sum(1) >= 2
    rated = found[kept]
    levels = np.unique(rated[np.isfinite(rated)])
    counts = (rated[:, :, None] == levels).sum(1).astype(float)
    return _estimate(counts, _clusters(clusters, kept), _alpha(scale), seed, draws)


def cohen_kappa(
    first: np.ndarray,
    second: np.ndarray,
    clusters: Sequence[str] | None = None,
    *,
    seed: int = 0,
    draws: int = DRAWS,
) -> Estimate:
    """Cohen's kappa of two raters' values `[n_units]`, over units where both are finite.

    `(p_o - p_e) / (1 - p_e)`, chance from each rater's own shares (Cohen 1960). The interval is a
    percentile bootstrap over clusters `[n_units]` (default: units), None with fewer than two.
    """
    pair = np.stack([np.asarray(first, dtype=float), np.asarray(second, dtype=float)], axis=1)
    kept = np.isfinite(pair).all(1)
    rated = pair[kept]
    levels = np.unique(rated)
    chosen = (rated[:, :, None] == levels).astype(float)

    def statistic(weights: np.ndarray, _counts: np.ndarray) -> np.ndarray:
        shares = np.einsum("du,urv->drv", weights, chosen) / weights.sum(1)[:, None, None]
        equal = weights @ (chosen[:, 0] * chosen[:, 1]).sum(1) / weights.sum(1)
        chance = (shares[:, 0] * shares[:, 1]).sum(1)
        return _ratio(equal - chance, 1 - chance)

    return _estimate(chosen.sum(1), _clusters(clusters, kept), statistic, seed, draws)


def wilson(n_successes: int, n: int) -> Interval | None:
    """Wilson's score interval of level .95 of a share (Wilson 1927); None for n = 0."""
    if n == 0:
        return None
    share, spread = n_successes / n, _Z**2 / n
    middle = share + spread / 2
    half = _Z * sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    return Interval(low=max(0.0, low), high=min(1.0, high))


def agreement(cases: Iterable[Case], *, with_open: bool = False, seed: int = 0) -> Agreement:
    """Agreement of reviewers, and the share of drafts judged correct, over cases of a catalogue.

    Counts are of drafts, each reviewer's newest vote on each; votes that were blind to the draft do
    not judge it and are left out. Open votes are counted only `with_open`: a figure over few entries
    would tell a reviewer how others voted. Cohen's kappa is for each pair of reviewers with two
    drafts in common, Krippendorff's alpha over all reviewers: nominal for decisions, ordinal for
    ratings; intervals by a bootstrap over entries.
    """
    units = [unit for case in cases for unit in _units(case, with_open)]
    voted = [unit for unit in units if unit.votes]
    return Agreement(
        n_entries=len({unit.case.entry_id for unit in voted}),
        n_votes=sum(len(unit.votes) for unit in voted),
        with_open=with_open,
        seed=seed,
        coefficients=tuple(_coefficients(voted, seed)),
        shares=tuple(_shares(units)),
    )


@dataclass(frozen=True)
class _Unit:
    """One draft of an entry with each reviewer's newest vote on it.

    `correct`: the last decision in force on it, else the majority of the votes; None: not judged.
    """

    case: Case
    drafter: str
    votes: tuple[Vote, ...]
    correct: bool | None


def _units(case: Case, with_open: bool) -> Iterator[_Unit]:
    votes = (*case.closed_votes, *(case.open_votes if with_open else ()))
    for draft_id, drafter in case.drafts.items():
        about = [vote for vote in votes if vote.draft_id == draft_id and "draft" not in vote.blind]
        newest = {vote.reviewer: vote for vote in sorted(about, key=lambda vote: vote.created_at)}
        decision = case.decisions.get(draft_id)
        if decision is None and not newest:
            continue
        if decision is None:
            said = [vote.decision for vote in newest.values() if vote.decision != "unclear"]
            correct = 2 * said.count("accepted") > len(said) if said else None
        else:
            correct = None if decision == "unclear" else decision == "accepted"
        yield _Unit(case, drafter, tuple(newest.values()), correct)


def _coefficients(units: Sequence[_Unit], seed: int) -> Iterator[Coefficient]:
    names = sorted({vote.reviewer for unit in units for vote in unit.votes})
    clusters = [str(unit.case.entry_id) for unit in units]
    decisions = _matrix(units, names, lambda vote: DECISIONS.index(vote.decision))
    ratings = _matrix(units, names, lambda vote: vote.rating)
    both: tuple[tuple[str, np.ndarray, Scale], ...] = (
        (DECISION, decisions, "nominal"),
        (RATING, ratings, "ordinal"),
    )
    for about, values, scale in both:
        found = krippendorff_alpha(values, scale, clusters, seed=seed)
        yield _coefficient(ALPHA, about, scale, tuple(names), found)
    for first, second in combinations(range(len(names)), 2):
        found = cohen_kappa(decisions[:, first], decisions[:, second], clusters, seed=seed)
        if found.n_units >= 2:
            pair = (names[first], names[second])
            yield _coefficient(KAPPA, DECISION, "nominal", pair, found)


def _matrix(
    units: Sequence[_Unit], names: Sequence[str], value: Callable[[Vote], float | None]
) -> np.ndarray:
    """`[n_units, n_reviewers]`, NaN where there is no vote or no value."""
    places = {name: place for place, name in enumerate(names)}
    values = np.full((len(units), len(names)), np.nan)
    for row, unit in enumerate(units):
        for vote in unit.votes:
            found = value(vote)
            values[row, places[vote.reviewer]] = np.nan if found is None else found
    return values


def _coefficient(
    name: str, about: str, scale: Scale, reviewers: tuple[str, ...], found: Estimate
) -> Coefficient:
    return Coefficient(
        name=name,
        about=about,
        scale=scale,
        reviewers=reviewers,
        n_units=found.n_units,
        n_values=found.n_values,
        observed=found.observed,
        value=found.value,
        interval=found.interval,
    )


def _shares(units: Sequence[_Unit]) -> Iterator[ShareCorrect]:
    """Over everything, then each model, each of its layers, each drafter."""
    groups: dict[tuple[Grouping, str | None, str | None, int | None, str | None], list[_Unit]] = {}
    for unit in units:
        name, model, layer = (
            unit.case.model_name,
            unit.case.model_fingerprint,
            unit.case.head.layer,
        )
        groups.setdefault(("all", None, None, None, None), []).append(unit)
        groups.setdefault(("model", model, name, None, None), []).append(unit)
        groups.setdefault(("layer", model, name, layer, None), []).append(unit)
        groups.setdefault(("drafter", None, None, None, unit.drafter), []).append(unit)
    by: Grouping
    for by in ("all", "model", "layer", "drafter"):
        for key, found in groups.items():
            if key[0] != by:
                continue
            judged = [unit.correct for unit in found if unit.correct is not None]
            yield ShareCorrect(
                by=by,
                fingerprint=key[1],
                model=key[2],
                layer=key[3],
                drafter=key[4],
                n_judged=len(judged),
                n_correct=sum(judged),
                n_unclear=len(found) - len(judged),
                share=sum(judged) / len(judged) if judged else None,
                interval=wilson(sum(judged), len(judged)),
            )


def _alpha(scale: Scale) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Alpha for each row of weights `[draw, n_units]`, from counts `[n_units, n_levels]`."""

    def statistic(weights: np.ndarray, counts: np.ndarray) -> np.ndarray:
        n_levels = counts.shape[1]
        own = np.eye(n_levels) * counts[:, None, :]
        within = counts[:, :, None] * counts[:, None, :] - own
        within /= counts.sum(1)[:, None, None] - 1
        together = (weights @ within.reshape(len(counts), -1)).reshape(-1, n_levels, n_levels)
        totals = together.sum(2)
        if scale == "nominal":
            distance = np.broadcast_to(1 - np.eye(n_levels), together.shape)
        else:
            middle = totals.cumsum(1) - totals / 2
            distance = (middle[:, :, None] - middle[:, None, :]) ** 2
        observed = (together * distance).sum((1, 2)) * (totals.sum(1) - 1)
        expected = (totals[:, :, None] * totals[:, None, :] * distance).sum((1, 2))
        return 1 - _ratio(observed, expected)

    return statistic


def _estimate(
    counts: np.ndarray,
    clusters: Sequence[str],
    statistic: Callable[..., np.ndarray],
    seed: int,
    draws: int,
) -> Estimate:
    """The statistic of all units, and of draws of whole clusters; counts `[n_units, n_levels]`."""
    n_units, sizes = len(counts), counts.sum(1)
    if n_units == 0:
        return Estimate(None, None, None, 0, 0)
    with np.errstate(invalid="ignore"):
        value = float(statistic(np.ones((1, n_units)), counts)[0])
        interval = None
        if np.isfinite(value) and len(set(clusters)) >= 2:
            interval = percentiles(statistic(cluster_weights(clusters, seed, draws), counts))
    equal = (counts * (counts - 1)).sum() / (sizes * (sizes - 1)).sum()
    return Estimate(
        value if np.isfinite(value) else None, interval, float(equal), n_units, int(sizes.sum())
    )


def _clusters(clusters: Sequence[str] | None, kept: np.ndarray) -> list[str]:
    names = [str(place) for place in range(len(kept))] if clusters is None else clusters
    if len(names) != len(kept):
        raise ValueError(f"{len(names)} clusters were given for {len(kept)} units")
    return [name for name, keep in zip(names, kept, strict=True) if keep]


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """NaN where nothing varies: neither agreement nor chance is defined."""
    return np.divide(top, bottom, out=np.full(len(bottom), np.nan), where=bottom > 1e-12)
