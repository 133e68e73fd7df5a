"""Which tokens can be among the most salient: a product in bfloat16, and how far it can be off."""

from __future__ import annotations

import time
from functools import cache

import torch
from torch import Tensor

_UNIT = 2.0**-9  # relative rounding error of bfloat16
_SLACK = 1.05  # for products of such errors, and for rounding in float32


@cache
def bfloat16_pays() -> bool:
    """Whether this processor multiplies in bfloat16 at least twice as fast as in float32."""
    left, right = torch.ones(1024, 768), torch.ones(768, 768)
    times = []
    for dtype in (torch.float32, torch.bfloat16):
        one, other = left.to(dtype), right.to(dtype)
        one @ other
        start = time.perf_counter()
        one @ other
        times.append(time.perf_counter() - start)
    return times[0] > 2 * times[1]


def spectral_norm(matrices: Tensor) -> Tensor:
    """Largest singular values of `[..., d_model, rank]`, by their small Gram matrices."""
    tall = matrices.double()
    gram = tall.transpose(-1, -2) @ tall
    return torch.linalg.eigvalsh(gram)[..., -1].clamp_min(0).sqrt().float()


class SaliencyScreen:
    """Upper bounds of saliencies of the heads of a layer, from products in bfloat16.

    w_v: `[n_value_heads, d_model, rank]`; factor: `norm_factor(W_O)` `[n_heads, rank, rank]`; group:
    the value head of each head. With |dx| <= u |x|, u = 2^-9, for a rounded source x, dW for the
    rounding of W_V and |dv| <= u |v| for that of the values, the computed norm of a unit source is off
    by at most `u ||W_V R|| + ||dW R|| + u ||W_V|| ||R||` in spectral norms, and by products of these.
    """

    def __init__(self, w_v: Tensor, factor: Tensor, group: tuple[int, ...]):
        own = list(group)
        self._weights = w_v.bfloat16()
        self._factor = factor
        self._group = own
        lost = w_v - self._weights.float()
        self.error = _SLACK * (
            _UNIT * spectral_norm(w_v[own] @ factor)
            + spectral_norm(lost[own] @ factor)
            + _UNIT * spectral_norm(w_v)[own] * spectral_norm(factor)
        )

    def bounds(self, rounded: Tensor, source_norms: Tensor) -> Tensor:
        """No saliency is larger than this, `[n_heads, n]`, for sources rounded to bfloat16
        `[n, d_model]` and their norms before."""
        values = (rounded @ self._weights).float()
        norms = source_norms.clamp_min(1e-30)
        written = [
            torch.linalg.vector_norm(values[own] @ factor, dim=-1) / norms
            for own, factor in zip(self._group, self._factor, strict=True)
        ]
        return torch.stack(written) + self.error[:, None]
