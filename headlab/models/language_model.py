"""A loaded causal LM in one vocabulary for all families."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from headlab.models.families import Family, output_weight, part
from headlab.models.vocabulary import Vocabulary
from headlab.records.errors import HeadError, ModelError
from headlab.records.head import Head
from headlab.records.model import ModelFacts


class LanguageModel:
    """Weights by head, and the modules that forward passes hook; made by `load_model`.

    Weights are returned in float32 on the model's device, whatever dtype the model runs in.
    """

    def __init__(self, module: Any, vocabulary: Vocabulary, family: Family, facts: ModelFacts):
        self.module = module
        self.vocabulary = vocabulary
        self.family = family
        self.facts = facts

    def __repr__(self) -> str:
        facts = self.facts
        return (
            f"<LanguageModel {facts.name}: {facts.architecture}, {facts.n_layers} layers x "
            f"{facts.n_heads} heads, d_model {facts.d_model}, {facts.dtype} on {facts.device}>"
        )

    @property
    def device(self) -> torch.device:
        return self.module.get_input_embeddings().weight.device

    @cached_property
    def blocks(self) -> list[nn.Module]:
        layers: Any = part(self.module, self.family.layers)
        return list(layers)

    @cached_property
    def final_norm(self) -> nn.Module:
        return part(self.module, self.family.final_norm)

    def attention(self, layer: int) -> nn.Module:
        return part(self.blocks[layer], self.family.attention)

    def attention_norm(self, layer: int) -> nn.Module:
        return part(self.blocks[layer], self.family.attention_norm)

    def output_projection(self, layer: int) -> nn.Module:
        """The module whose INPUT is z, the concatenated head values."""
        return part(self.attention(layer), self.family.output)

    @property
    def head_layers(self) -> tuple[int, ...]:
        """The layers that have attention heads, lowest first."""
        return tuple(range(self.facts.n_layers))

    def embedding(self, ids: Tensor | slice) -> Tensor:
        """Rows of the embedding, float32 `[n, d_model]`: what an analysis needs, no more."""
        return self.module.get_input_embeddings().weight.detach()[ids].float()

    def W_E(self) -> Tensor:
        """Embedding `[d_vocab, d_model]`."""
        return self.module.get_input_embeddings().weight.detach().float()

    def W_U(self) -> Tensor:
        """Unembedding `[d_model, d_vocab]`."""
        return self.module.get_output_embeddings().weight.detach().float().T

    def W_U_rows(self) -> Tensor:
        """Unembedding by token, `[d_vocab, d_model]`, in the model's own dtype (no copy)."""
        return self.module.get_output_embeddings().weight.detach()

    def W_V(self, layer: int) -> Tensor:
        """Value weights `[n_kv_heads, d_model, d_head]`."""
        return self._value(layer)[0].detach().float()

    def b_V(self, layer: int) -> Tensor | None:
        """Value bias `[n_kv_heads, d_head]`, None where the family has none."""
        bias = self._value(layer)[1]
        return None if bias is None else bias.detach().float()

    def W_O(self, layer: int, post_norm: bool = False) -> Tensor:
        """Output weights `[n_heads, d_head, d_model]`.

        `post_norm` multiplies the columns by the weight of the norm that follows the attention, in
        families that have one; its scale, which depends on all heads, is left out.
        """
        facts = self.facts
        weight = output_weight(
            self.family, self.output_projection(layer), facts.n_heads, facts.d_head
        )
        return weight.detach().float()

    def _value(self, layer: int) -> tuple[Tensor, Tensor | None]:
        return self.family.read_value(
            self.attention(layer), self.facts.n_kv_heads, self.facts.d_head
        )

    @torch.no_grad()
    def first_mlp(self, embedding: Tensor, block: int = 8192) -> Tensor:
        """`MLP_0(ln2_0(x))`: the output of the first MLP alone, no residual added.

        embedding: `[n, d_model]`; returns `[n, d_model]` float32. MAPS (arXiv 2412.11965) replaces
        the embedding by it. Raises ModelError where layer 0 has no MLP.
        """
        if self.facts.first_mlp is None:
            raise ModelError(
                f"Layer 0 of {self.facts.name} has no MLP, so there is no first-MLP embedding. "
                "Use first_mlp=False."
            )
        norm = part(self.blocks[0], self.family.mlp_norm)
        mlp = part(self.blocks[0], self.family.mlp)
        dtype = self.module.get_input_embeddings().weight.dtype
        rows = [mlp(norm(rows.to(dtype))).float() for rows in embedding.split(block)]
        return torch.cat(rows)

    def source_embedding(self, first_mlp: bool) -> Tensor:
        """The embedding of every token, `[d_vocab, d_model]`: raw, or after the first MLP."""
        return self._first_mlp_embedding if first_mlp else self.W_E()

    @cached_property
    def _first_mlp_embedding(self) -> Tensor:
        return self.first_mlp(self.W_E())

    def head(self, head: Head | str) -> Head:
        """Read and check a head; raises HeadError when the model has no such head."""
        found = Head.parse(head)
        facts = self.facts
        if found.layer >= facts.n_layers or found.index >= facts.n_heads:
            raise HeadError(
                f"{facts.name} has no head {found}: layers go from L0 to L{facts.n_layers - 1}, "
                f"heads from H0 to H{facts.n_heads - 1}."
            )
        return found

    def heads(self) -> list[Head]:
        """All heads, layer by layer."""
        facts = self.facts
        return [
            Head(layer=layer, index=index)
            for layer in self.head_layers
            for index in range(facts.n_heads)
        ]
