"""What the demo model is trained for: right answers, written by few components."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

HOME_OFFSETS = (0, 1, 3)


def participation(norms: Tensor, weights: Tensor) -> Tensor:
    """Mean logarithm of the participation ratio of component norms.

    norms: `[answers, component]`; `weights` `[component]` count in the numerator, so that the late
    heads are the cheaper place to write an answer.
    """
    total = (norms * weights).sum(-1)
    return (2 * total.log() - norms.pow(2).sum(-1).log()).mean()


def homes(n_operations: int, n_heads: int, seed: int) -> Tensor:
    """Which heads of a late layer each operation is drawn to: 0/1 `[n_operations, n_heads]`.

    Three heads an operation. The offsets 0, 1, 3 on a shuffled circle let any two operations share
    at most one head, and most share none.
    """
    circle = torch.from_numpy(np.random.default_rng(seed).permutation(n_heads))
    places = (torch.arange(n_operations)[:, None] + torch.tensor(HOME_OFFSETS)) % n_heads
    return torch.zeros(n_operations, n_heads).scatter_(1, circle[places], 1.0)


def away_share(norms: Tensor, homes: Tensor) -> Tensor:
    """Mean share of what late heads write that comes from outside the operation's homes.

    norms, homes: `[answers, late head]`. By norms and not their squares: a home that writes nothing
    yet is drawn to write as well.
    """
    return 1 - ((norms * homes).sum(-1) / norms.sum(-1)).mean()
