"""Which tokens heads write most about, and what they write: all heads in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from headlab.analyses.head_factors import LayerFactors, Projection, layer_factors
from headlab.analyses.saliency_screen import SaliencyScreen, bfloat16_pays
from headlab.analyses.source_embedding import n_sources, source_blocks
from headlab.models.language_model import LanguageModel
from headlab.records.head import Head

WEIGHT_BYTES = 1 << 29
"""Value weights of as many layers as fit are held together, for one pass over the source tokens."""

_BLOCK = 2048
_CELLS = 1 << 21  # logits held at a time


@dataclass(frozen=True)
class Salient:
    """The most salient tokens of a head, most salient first, and the head's values there.

    `saliency` and `ids`: `[n_tokens]`; `values`: `[n_tokens, rank]`; with a dimension of heads before
    them after `stack`.
    """

    saliency: Tensor
    ids: Tensor
    values: Tensor

    def merge(self, other: Salient, count: int) -> Salient:
        """The `count` best of both."""
        saliency = torch.cat([self.saliency, other.saliency])
        best = saliency.topk(min(count, len(saliency)))
        ids, values = torch.cat([self.ids, other.ids]), torch.cat([self.values, other.values])
        return Salient(best.values, ids[best.indices], values[best.indices])

    @classmethod
    def stack(cls, heads: Sequence[Salient]) -> Salient:
        return cls(
            torch.stack([one.saliency for one in heads]),
            torch.stack([one.ids for one in heads]),
            torch.stack([one.values for one in heads]),
        )


def norm_factor(w_o: Tensor) -> Tensor:
    """R `[..., rank, rank]` with `||v R|| = ||v W_O||` for every v: no output has to be written.

    From the QR decomposition of the transposed W_O `[..., rank, d_model]`.
    """
    return torch.linalg.qr(w_o.transpose(-1, -2), mode="r").R.transpose(-1, -2)


def saliency(values: Tensor, factor: Tensor, source_norms: Tensor) -> Tensor:
    """`||x W_V W_O|| / ||x||` from values `x W_V` `[n, rank]`, `norm_factor(W_O)` and `||x||` `[n]`.

    Sources of norm zero (padding) have saliency 0.
    """
    written = torch.linalg.vector_norm(values @ factor, dim=-1)
    shares = written / source_norms.clamp_min(1e-30)
    return torch.where(source_norms > 0, shares, torch.zeros_like(shares))


@torch.no_grad()
def most_salient(
    model: LanguageModel,
    heads: Sequence[Head],
    projection: Projection,
    n_tokens: int,
) -> Iterator[tuple[int, LayerFactors, Salient]]:
    """The `n_tokens` most salient source tokens of each head, layer by layer.

    One pass over the source tokens serves as many layers as `WEIGHT_BYTES` allows; neither the
    source embedding nor a head's output is held for the whole vocabulary.
    """
    chosen: dict[int, list[int]] = {}
    for head in heads:
        chosen.setdefault(head.layer, []).append(head.index)
    facts = model.facts
    each = 4 * facts.d_model * facts.n_kv_heads * facts.d_head
    layers, together = sorted(chosen), max(1, WEIGHT_BYTES // each)
    count = min(n_tokens, n_sources(model, projection.source))
    for start in range(0, len(layers), together):
        group = layers[start : start + together]
        readers = {
            layer: _Reader(layer_factors(model, layer, projection, chosen[layer]), count)
            for layer in group
        }
        for block in source_blocks(
            model, projection.source, projection.first_mlp_at_layer_0, _BLOCK
        ):
            above = _Sources(block.above, block.ids)
            first = above if block.first is block.above else _Sources(block.first, block.ids)
            for layer, reader in readers.items():
                reader.read(first if layer == 0 else above)
        for layer in group:
            best = Salient.stack(readers.pop(layer).best)
            yield layer, layer_factors(model, layer, projection, chosen[layer]), best


class _Sources:
    """A block of source embeddings `[n, d_model]`, their norms and token ids."""

    def __init__(self, x: Tensor, ids: Tensor, norms: Tensor | None = None):
        self.x = x
        self.ids = ids
        self.norms = x.norm(dim=-1) if norms is None else norms

    @cached_property
    def rounded(self) -> Tensor:
        return self.x.bfloat16()

    def select(self, rows: Tensor) -> _Sources:
        return _Sources(self.x[rows], self.ids[rows], self.norms[rows])


class _Reader:
    """Reads blocks of sources and keeps the most salient tokens of a layer's heads.

    Where that is fast, a product in bfloat16 bounds all saliencies first, and only those of tokens
    that can be among the best are computed.
    """

    def __init__(self, factors: LayerFactors, count: int):
        self.best: list[Salient] = []
        self._count = count
        self._values = factors.values
        self._w_v = factors.w_v
        self._group = factors.group
        self._factor = norm_factor(factors.w_o)
        self._screen = None
        if self._w_v is not None and self._w_v.device.type == "cpu" and bfloat16_pays():
            self._screen = SaliencyScreen(self._w_v, self._factor, self._group)

    def read(self, block: _Sources) -> None:
        full = bool(self.best) and len(self.best[0].ids) == self._count
        if full and self._screen is not None and self._w_v is not None:
            bounds = self._screen.bounds(block.rounded, block.norms)
            for head, own in enumerate(self._group):
                rows = (bounds[head] >= self.best[head].saliency[-1]).nonzero().squeeze(1)
                if len(rows):
                    some = block.select(rows)
                    self._keep(head, some.x @ self._w_v[own], some)
        else:
            values = self._values(block.x)
            for head, own in enumerate(self._group):
                self._keep(head, values[own], block)

    def _keep(self, head: int, values: Tensor, sources: _Sources) -> None:
        shares = saliency(values, self._factor[head], sources.norms)
        top = shares.topk(min(self._count, len(shares)))
        found = Salient(top.values, sources.ids[top.indices], values[top.indices])
        if head < len(self.best):
            self.best[head] = self.best[head].merge(found, self._count)
        else:
            self.best.append(found)


@torch.no_grad()
def top_targets(model: LanguageModel, outputs: Tensor, n_targets: int) -> tuple[Tensor, Tensor]:
    """Largest logits of head outputs `[n, d_model]` and their token ids, `[n, n_targets]` each."""
    rows = model.W_U_rows()
    n_targets = min(n_targets, len(rows))
    size = max(_BLOCK, n_targets)
    best = outputs.new_empty(len(outputs), 0)
    ids = torch.empty(len(outputs), 0, dtype=torch.long, device=outputs.device)
    for start in range(0, len(rows), size):
        block = rows[start : start + size].float()
        found = [
            (part @ block.T).topk(min(n_targets, len(block)), dim=1)
            for part in outputs.split(max(1, _CELLS // len(block)))
        ]
        best = torch.cat([best, torch.cat([one.values for one in found])], 1)
        ids = torch.cat([ids, start + torch.cat([one.indices for one in found])], 1)
        order = best.topk(min(n_targets, best.shape[1]), dim=1)
        best, ids = order.values, ids.gather(1, order.indices)
    return best, ids
