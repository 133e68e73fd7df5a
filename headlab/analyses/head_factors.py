"""How the weights of a head are read as a map: its parameters, and the two factors of the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from pydantic import JsonValue
from torch import Tensor

from headlab.analyses.source_embedding import Source, SourceMatrix
from headlab.models.language_model import LanguageModel
from headlab.records.errors import ModelError

Biases = Literal["none", "value", "all"]
"""none: `x W_V W_O`; value: `(x W_V + b_V) W_O`; all: the output projection's bias on top."""


@dataclass(frozen=True)
class Projection:
    """Parameters of the map `x W_V W_O W_U` of a head; the defaults are those of MAPS.

    source: what stands for a token, see `source_embedding`. `first_mlp_at_layer_0`: whether heads of
    layer 0 read the first MLP's output too. `post_norm`: multiply by the weight of the norm that
    follows the attention, in families that have one. The unembedding's bias is never added.
    """

    source: Source = "first_mlp"
    first_mlp_at_layer_0: bool = False
    biases: Biases = "none"
    post_norm: bool = True

    @classmethod
    def of(
        cls,
        first_mlp: bool,
        first_mlp_at_layer_0: bool,
        source: Any = None,
        biases: Biases = "none",
        post_norm: bool = True,
    ) -> Projection:
        """From the options of the public functions; `source` is a matrix that takes the place of the
        model's embedding. Raises ModelError."""
        if biases not in ("none", "value", "all"):
            raise ModelError(f"biases {biases!r} is unknown. Known: none, value, all.")
        chosen: Source = "first_mlp" if first_mlp else "raw"
        if source is not None:
            chosen = SourceMatrix.of(source)
        return cls(chosen, first_mlp_at_layer_0, biases, post_norm)

    def parameters(self, model: LanguageModel) -> dict[str, JsonValue]:
        """What decides the numbers, for provenance."""
        common: dict[str, JsonValue] = {"biases": self.biases, "post_norm": self.post_norm}
        if isinstance(self.source, SourceMatrix):
            return {"source": "given", **self.source.parameters(), **common}
        return {
            "source": self.source,
            "first_mlp": self.source == "first_mlp",
            "first_mlp_at_layer_0": self.first_mlp_at_layer_0,
            "first_mlp_is": model.facts.first_mlp,
            **common,
        }


MAPS = Projection()
"""The authors' choice for relation scores."""


@dataclass(frozen=True)
class LayerFactors:
    """Heads of a layer as maps: head `indices[i]` writes `values(x)[group[i]] @ w_o[i]`.

    `values(x)`: `[n_value_heads, n, rank]` for x `[n, d_model]`, biases included; `w_o`: `[n_heads,
    rank, d_model]`. The rank is d_head, or one more where a bias of the output is carried along.
    `w_v` `[n_value_heads, d_model, rank]` where `values(x)` is just `x @ w_v`.
    """

    indices: tuple[int, ...]
    group: tuple[int, ...]
    values: Callable[[Tensor], Tensor]
    w_o: Tensor
    w_v: Tensor | None = None


@torch.no_grad()
def layer_factors(
    model: LanguageModel,
    layer: int,
    projection: Projection,
    indices: Sequence[int] | None = None,
) -> LayerFactors:
    """The factors of a layer's heads, None: all; raises ModelError where weights are not finite."""
    facts = model.facts
    chosen = tuple(range(facts.n_heads) if indices is None else indices)
    value_heads = sorted({facts.kv_head(index) for index in chosen})
    w_o = model.W_O(layer, post_norm=projection.post_norm)[list(chosen)]
    b_o = _output_bias(model, layer, projection.post_norm) if projection.biases == "all" else None
    if b_o is not None:
        w_o = torch.cat([w_o, b_o.expand(len(w_o), 1, -1)], 1)
    with_bias = projection.biases != "none"
    w_v = None if model.family.latent else model.W_V(layer)[value_heads]
    b_v = model.b_V(layer) if with_bias else None
    for part in (w_o, w_v, b_v):
        if part is not None and not torch.isfinite(part).all():
            raise ModelError(
                f"{facts.name} has weights that are not finite in the heads of layer {layer}."
            )
    offset = None if b_v is None else b_v[value_heads][:, None]

    def values(x: Tensor) -> Tensor:
        if w_v is None:
            found = model.values(layer, x, with_bias).transpose(0, 1)[value_heads]
        else:
            found = x @ w_v if offset is None else x @ w_v + offset
        if b_o is None:
            return found
        return torch.cat([found, found.new_ones(*found.shape[:-1], 1)], -1)

    group = tuple(value_heads.index(facts.kv_head(index)) for index in chosen)
    return LayerFactors(chosen, group, values, w_o, w_v if offset is None and b_o is None else None)


def _output_bias(model: LanguageModel, layer: int, post_norm: bool) -> Tensor | None:
    bias = model.b_O(layer)
    if bias is None or not post_norm or model.family.post_norm is None:
        return bias
    norm: Any = model.post_attention_norm(layer)
    return bias * (norm.weight.detach().float() + model.family.post_norm_offset)
