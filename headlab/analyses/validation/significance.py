"""Ranks as probabilities, and the false discovery rate of many tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def tail_probability(value: float, reference: np.ndarray) -> float:
    """`(1 + number of the reference at least as large) / (1 + N)`, N finite reference values."""
    known = reference[np.isfinite(reference)]
    return float((1 + (known >= value).sum()) / (1 + len(known)))


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Adjusted p values (Benjamini & Hochberg 1995): a test passes at rate a when its own is <= a.

    `q_(i) = min over j >= i of p_(j) n / j`, with p sorted ascending.
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(values, kind="stable")
    scaled = values[order] * len(values) / np.arange(1, len(values) + 1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum.accumulate(scaled[::-1])[::-1].clip(max=1)
    return [float(one) for one in adjusted]


def standard_size(value: float, reference: np.ndarray) -> float | None:
    """Distance from the reference's mean in its standard deviations; None where it is constant.

    Not in median absolute deviations: most heads do nothing on a task, so theirs are rounding.
    """
    known = reference[np.isfinite(reference)]
    if len(known) < 2 or np.ptp(known) == 0:
        return None
    return float((value - known.mean()) / known.std(ddof=1))
