"""What the demo model is trained for: right answers, written by few components."""

from __future__ import annotations

import torch
from torch import Tensor


def participation(contributions: Tensor, n_early: int, early_weight: float) -> Tensor:
    """Mean logarithm of the participation ratio of the components' contributions to an answer.

    contributions: `[answers, component]`; the first `n_early` components count `early_weight` times
    in the numerator, so that the late heads are the cheaper place to write an answer.
    """
    sizes = contributions.abs() + 1e-4
    weights = torch.ones(sizes.shape[1])
    weights[:n_early] = early_weight
    total = (sizes * weights).sum(-1)
    return (2 * total.log() - sizes.pow(2).sum(-1).log()).mean()


def overlap(contributions: Tensor, operations: Tensor, n_operations: int) -> Tensor:
    """Mean cosine between the operations' profiles of components: 0 when no two share one.

    contributions: `[answers, component]`; operations: `[answers]`, the relation of each answer.
    """
    share = contributions.pow(2) + 1e-8
    share = share / share.sum(-1, keepdim=True)
    member = torch.nn.functional.one_hot(operations, n_operations).to(share.dtype)
    counts = member.sum(0)
    profiles = (member.T @ share)[counts > 0]
    profiles = profiles / profiles.norm(dim=-1, keepdim=True).clamp_min(1e-9)
    n = profiles.shape[0]
    if n < 2:
        return share.new_zeros(())
    cosines = profiles @ profiles.T
    return (cosines.sum() - cosines.diagonal().sum()) / (n * (n - 1))
