"""What the demo model is trained for: right answers, written by few components."""

from __future__ import annotations

import torch
from torch import Tensor


def participation(norms: Tensor, weights: Tensor) -> Tensor:
    """Mean logarithm of the participation ratio of component norms.

    norms: `[answers, component]`; `weights` `[component]` count in the numerator, so that the late
    heads are the cheaper place to write an answer.
    """
    total = (norms * weights).sum(-1)
    return (2 * total.log() - norms.pow(2).sum(-1).log()).mean()


def overlap(norms: Tensor, operations: Tensor, n_operations: int) -> Tensor:
    """Mean cosine between the operations' profiles of norms: 0 when no two share a component.

    norms: `[answers, component]`; operations: `[answers]`, the relation of each answer.
    """
    share = norms.pow(2)
    share = share / share.sum(-1, keepdim=True)
    member = torch.nn.functional.one_hot(operations, n_operations).to(share.dtype)
    counts = member.sum(0)
    profiles = (member.T @ share)[counts > 0]
    profiles = profiles / profiles.norm(dim=-1, keepdim=True).clamp_min(1e-9)
    n = profiles.shape[0]
    if n < 2:
        return norms.new_zeros(())
    cosines = profiles @ profiles.T
    return (cosines.sum() - cosines.diagonal().sum()) / (n * (n - 1))
