"""Credit weights for reinforcement learning: more credit for tokens that plan and anchor a response.

Li et al., arXiv 2510.13554. The weights multiply the advantage of each response token. They rest on
correlations between attention and what a response does; they are no causal effects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

GAIN = 1.5
PASSED = 0.5
REACH = 3

Advantages = TypeVar("Advantages", np.ndarray, "Tensor")


def token_credit(length: int, tokens: Sequence[int], gain: float = GAIN) -> np.ndarray:
    """`1 + (gain - 1) [t in tokens]`, `[length]`: the local credit of preplan tokens, or the global
    credit of anchor tokens."""
    return coupled_credit(length, tokens, {}, gain)


def introducing_tokens(
    waad: Sequence[float] | np.ndarray,
    change: Sequence[float] | np.ndarray,
    anchors: Sequence[int],
    reach: int = REACH,
    low: float | None = None,
    large: float | None = None,
) -> dict[int, int]:
    """The anchors that another token introduces, each with that token.

    An anchor t is introduced when `WAAD_t <= low` and one of the `reach` changes before it, those of
    t - reach to t - 1, is at least `large`; the token of the largest of them introduces it (the
    first of equals). `low` and `large` default to the medians. waad, change: `[length]`.
    """
    if reach < 1:
        raise ValueError(f"reach is {reach}; it is a number of tokens from 1")
    level, steps = np.asarray(waad, dtype=np.float64), np.asarray(change, dtype=np.float64)
    below = float(np.nanmedian(level)) if low is None else low
    above = float(np.nanmedian(steps)) if large is None else large
    found = {}
    for anchor in anchors:
        window = steps[max(0, anchor - reach) : anchor]
        if level[anchor] <= below and len(window) and window.max() >= above:
            found[anchor] = max(0, anchor - reach) + int(window.argmax())
    return found


def coupled_credit(
    length: int,
    anchors: Sequence[int],
    introduced: Mapping[int, int],
    gain: float = GAIN,
    passed: float = PASSED,
) -> np.ndarray:
    """`1 + (g-1) [anchor without D] + (1-a)(g-1) [D] + a(g-1) [I(D)]`, `[length]`.

    D are the anchors that another token introduces (`introduced`: anchor to introducing token), I(D)
    those tokens, g is `gain` and a is `passed`, the share of the bonus that is passed on. A token
    that introduces several anchors gets it once.
    """
    if not 0 <= passed <= 1:
        raise ValueError(f"passed is {passed}; it is a share from 0 to 1")
    outside = [token for token in (*anchors, *introduced.values()) if not 0 <= token < length]
    if outside:
        raise ValueError(f"token {outside[0]} lies outside a response of {length} tokens")
    weights = np.ones(length)
    weights[sorted(set(anchors) - set(introduced))] += gain - 1
    weights[sorted(introduced)] += (1 - passed) * (gain - 1)
    weights[sorted(set(introduced.values()))] += passed * (gain - 1)
    return weights


def pad_credit(weights: Sequence[np.ndarray], length: int | None = None) -> np.ndarray:
    """Weights of several responses as one batch `[batch, length]`, padded on the right with 1.

    `length=None` takes the longest response. Raises ValueError when one is longer.
    """
    longest = max(len(one) for one in weights)
    width = longest if length is None else length
    if longest > width:
        raise ValueError(f"a response has {longest} tokens, the batch has room for {width}")
    batch = np.ones((len(weights), width))
    for row, one in enumerate(weights):
        batch[row, : len(one)] = one
    return batch


def apply_credit(advantages: Advantages, weights: np.ndarray | Tensor) -> Advantages:
    """Advantages times weights where they are not negative; negative ones stay as they are.

    advantages: `[length]`, `[batch, length]` or `[batch, 1]`, an array or a tensor; weights: `[length]`
    or `[batch, length]`. Returns their common shape, of the kind, dtype and device of the
    advantages; no gradient flows into the weights. Raises ValueError for shapes that do not fit.

    In a GRPO trainer, between the advantages and the loss. Advantages of one number for each
    completion, `[batch]`, first get a column, `advantages[:, None]`:

        credit = [preplan_anchor(model, prompt, text).coupled_credit for prompt, text in batch]
        weights = pad_credit(credit, length=completion_mask.shape[1])
        advantages = apply_credit(advantages, weights)          # [batch, length]
        loss = -(ratio * advantages * completion_mask).sum() / completion_mask.sum()
    """
    shape, given = tuple(advantages.shape), tuple(weights.shape)
    try:
        common = np.broadcast_shapes(shape, given)
    except ValueError:
        common = ()
    if not given or len(common) > len(shape) or common[-1:] != given[-1:]:
        raise ValueError(
            f"advantages have shape {list(shape)} and weights {list(given)}; wanted are advantages "
            "[batch, length] or [batch, 1] and weights [batch, length] or [length]"
        )
    if not str(advantages.dtype).removeprefix("torch.").startswith(("float", "bfloat")):
        raise ValueError(f"advantages are floating-point numbers, not {advantages.dtype}")
    if isinstance(advantages, np.ndarray):
        factors = weights if isinstance(weights, np.ndarray) else weights.detach().cpu().numpy()
        return np.where(advantages >= 0, advantages * factors, advantages).astype(advantages.dtype)
    import torch

    scale = torch.as_tensor(weights).detach().to(advantages)
    return torch.where(advantages >= 0, advantages * scale, advantages)
