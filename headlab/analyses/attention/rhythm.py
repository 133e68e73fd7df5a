"""The rhythm of attention in a response: distances, WAAD and FAI of given attention matrices.

Li et al., arXiv 2510.13554. Matrices are probabilities `[..., destination, source]` of a whole text;
the response is what lies at position `start` and later, positions are counted from 0. Everything is
linear in the matrices, so that what holds for heads holds for means over heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from headlab.analyses.attention.looking import distances

WINDOW = 10
HORIZON: tuple[int, int | None] = (10, 50)
TOP = 0.4
GROUP = 0.3

Bos = Literal["keep", "drop", "renormalise"]
"""What is done with attention to the first token, which often takes what goes nowhere: `keep` it,
`drop` it (rows then sum to less than 1), or drop it and `renormalise` the rows."""


def without_bos(pattern: Tensor, how: Bos) -> Tensor:
    """The matrices with attention to the first token treated as said; rows that looked at nothing
    else are zero."""
    if how == "keep":
        return pattern
    if how not in ("drop", "renormalise"):
        raise ValueError(f"bos {how!r} is unknown; known: 'keep', 'drop', 'renormalise'")
    left = pattern.clone()
    left[..., 0] = 0
    if how == "renormalise":
        left = left / left.sum(-1, keepdim=True).clamp_min(1e-12)
    return left


def mean_distance(pattern: Tensor, start: int = 0) -> Tensor:
    """`d = mean over t in R of sum_s A[t,s] (t - s)`, in tokens; `[...]`."""
    far = distances(pattern.shape[-1], pattern.device)[start:]
    return torch.einsum("...ts,ts->...t", pattern[..., start:, :], far.to(pattern.dtype)).mean(-1)


def windowed_distance(pattern: Tensor, window: int = WINDOW) -> Tensor:
    """`WAAD_t = sum_s A[t,s] min(t - s, W)` of every position, in tokens; `[..., T]`."""
    if window < 1:
        raise ValueError(f"window is {window}; it is a number of tokens from 1")
    near = distances(pattern.shape[-1], pattern.device).clamp_max(window)
    return torch.einsum("...ts,ts->...t", pattern, near.to(pattern.dtype))


def future_influence(
    pattern: Tensor, start: int = 0, horizon: tuple[int, int | None] = HORIZON
) -> Tensor:
    """`FAI_s = mean over t in T(s) of A[t,s]` of every position, `[..., T]`.

    `T(s) = {t in R : s + horizon[0] <= t <= min(N, s + horizon[1])}`; an upper end of None goes to
    the end of the response. NaN where T(s) is empty.
    """
    low, high = horizon
    if low < 0 or (high is not None and high < low):
        raise ValueError(
            f"horizon is {horizon}; it is (from, to) in tokens, to None or at least from"
        )
    length = pattern.shape[-1]
    places = torch.arange(length, device=pattern.device)
    ahead = places[:, None] - places
    counted = (ahead >= low) & (places[:, None] >= start)
    if high is not None:
        counted &= ahead <= high
    mask = counted.to(pattern.dtype)
    return torch.einsum("...ts,ts->...s", pattern, mask) / mask.sum(0)


def changes(waad: Sequence[float] | np.ndarray) -> np.ndarray:
    """`|WAAD_t - WAAD_{t+1}|` of every position; NaN at the last, which has no next."""
    values = np.asarray(waad, dtype=np.float64)
    return np.append(np.abs(np.diff(values)), np.nan)


def top_share(
    values: Sequence[float] | np.ndarray,
    share: float = TOP,
    left_out: Sequence[int] = (),
) -> tuple[int, ...]:
    """Positions of the largest values, ascending: the `share` of those that are there, rounded down
    and at least one; of equals the earlier. NaN and positions `left_out` are not counted."""
    if not 0 < share <= 1:
        raise ValueError(f"a share is a number above 0 and up to 1, not {share}")
    numbers = np.asarray(values, dtype=np.float64).copy()
    numbers[list(left_out)] = np.nan
    there = int((~np.isnan(numbers)).sum())
    count = min(there, max(1, share_of(there, share)))
    order = np.argsort(-numbers, kind="stable")  # NaN comes last
    return tuple(sorted(int(place) for place in order[:count]))


def share_of(total: int, share: float) -> int:
    """`share` of `total` things, rounded down; .3 of 10 is 3 in spite of binary fractions."""
    return int(np.floor(share * total + 1e-9))
