"""A norm as the linear map that it is once its scale is held."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class FrozenNorm:
    """`norm` at the rows `x` `[n, d_model]` with their scales held.

    `norm(x) = scale * gain * Cx + bias`: C takes the mean off in a LayerNorm and is the identity in
    an RMS norm. Gain and bias are found by asking the norm, so that every family's way of storing
    them is right; both float32 `[d_model]`.
    """

    @torch.no_grad()
    def __init__(self, norm: nn.Module | Any, x: Tensor):
        # Mean 0 and mean square 1, so that every kind of norm leaves it as it is but for the gain
        # and a factor of epsilon's size, which the scale takes up. (d_model is even.)
        probe = torch.ones_like(x[:1])
        probe[:, 1::2] = -1
        up, down = norm(probe).float(), norm(-probe).float()
        self.bias = ((up + down) / 2)[0]
        self._gain = ((up - down) / 2 * probe.float())[0]
        constant = norm(torch.ones_like(probe)).float()[0] - self.bias
        self._centred = bool(constant.norm() < (constant - self._gain).norm())
        wanted, raw = norm(x).float() - self.bias, self._centre(x.float()) * self._gain
        self._scale = (wanted * raw).sum(-1, keepdim=True) / raw.square().sum(-1, keepdim=True)

    def back(self, direction: Tensor) -> Tensor:
        """The direction `[n, d_model]` to read before the norm for what `direction` reads after it."""
        return self._centre(direction * self._gain * self._scale)

    def _centre(self, rows: Tensor) -> Tensor:
        return rows - rows.mean(-1, keepdim=True) if self._centred else rows
