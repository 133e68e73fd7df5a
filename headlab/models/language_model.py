"""A loaded causal LM in one vocabulary for all families."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from headlab.models.families import Family, latent_values, output_weight, part, setting
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

    @property
    def dtype(self) -> torch.dtype:
        """What the model computes in."""
        found: torch.dtype = getattr(torch, self.facts.dtype)
        return found

    @property
    def config(self) -> Any:
        """The configuration of the language model, without that of other parts."""
        return self.module.config.get_text_config()

    # The parts of the network

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
        """What stands between the residual stream and the attention; Identity where nothing does."""
        return self._norm(layer, self.family.attention_norm)

    def post_attention_norm(self, layer: int) -> nn.Module:
        """What stands between the attention and the residual stream; Identity where nothing does."""
        return self._norm(layer, self.family.post_norm)

    def _norm(self, layer: int, path: str | None) -> nn.Module:
        return nn.Identity() if path is None else part(self.blocks[layer], path)

    def output_projection(self, layer: int) -> nn.Module:
        """The module whose INPUT is z, the concatenated head values."""
        return part(self.attention(layer), self.family.output)

    # The embedding and the unembedding

    def embedding(self, ids: Tensor | slice) -> Tensor:
        """Rows of the embedding, float32 `[n, d_model]`: what an analysis needs, no more.

        As block 0 receives them, without positions: times the embedding multiplier (Gemma,
        Granite), after the embedding's own norm (BLOOM).
        """
        rows = self._embedding_rows(ids)
        if self.family.embedding_norm is not None:
            rows = part(self.module, self.family.embedding_norm)(rows).detach()
        return rows.float() * self.embedding_multiplier

    def _embedding_rows(self, ids: Tensor | slice) -> Tensor:
        """Rows as they are stored, in the model's own dtype."""
        rows: Tensor = self.module.get_input_embeddings().weight.detach()[ids]
        return rows

    @property
    def embedding_multiplier(self) -> float:
        """What the stored embedding is multiplied by; 1 in most families."""
        module = self.module.get_input_embeddings()
        own = torch.as_tensor(getattr(module, "embed_scale", 1.0)).to(self.dtype)
        return float(own) * self._setting(self.family.embedding_multiplier)

    @property
    def residual_multiplier(self) -> float:
        """What the attention's output is multiplied by when it joins the residual stream."""
        return self._setting(self.family.residual_multiplier)

    @property
    def logit_multiplier(self) -> float:
        """What the unembedding's output is multiplied by; 1 in most families."""
        family = self.family
        return self._setting(family.logit_multiplier) / self._setting(family.logit_divisor)

    @property
    def logit_cap(self) -> float | None:
        """The logits' soft cap c, `c tanh(logit / c)`; None in most families."""
        return setting(self.config, "final_logit_softcapping")

    def _setting(self, path: str | None) -> float:
        found = setting(self.config, path, 1.0)
        assert found is not None
        return found

    def W_E(self) -> Tensor:
        """Embedding `[d_vocab, d_model]`; see `embedding`."""
        return self.embedding(slice(None))

    def W_U(self) -> Tensor:
        """Unembedding `[d_model, d_vocab]`, without multiplier, bias or cap."""
        return self.module.get_output_embeddings().weight.detach().float().T

    def W_U_rows(self) -> Tensor:
        """Unembedding by token, `[d_vocab, d_model]`, in the model's own dtype (no copy)."""
        return self.module.get_output_embeddings().weight.detach()

    @torch.no_grad()
    def logits(self, resid: Tensor) -> Tensor:
        """The model's logits of final residual rows `[..., d_model]`, float32 `[..., d_vocab]`.

        With all that the family does there: final norm, bias, multiplier, soft cap.
        """
        found: Tensor = self.module.get_output_embeddings()(self.final_norm(resid)).float()
        found = found * self.logit_multiplier
        cap = self.logit_cap
        return found if cap is None else cap * torch.tanh(found / cap)

    # The weights of heads

    def W_V(self, layer: int) -> Tensor:
        """Value weights `[n_kv_heads, d_model, d_head]`.

        Raises ModelError in families with latent attention, which have none: see `values`.
        """
        return self._value(layer)[0].detach().float()

    def b_V(self, layer: int) -> Tensor | None:
        """Value bias `[n_kv_heads, d_head]`, None where the family has none."""
        if self.family.latent:
            return None
        bias = self._value(layer)[1]
        return None if bias is None else bias.detach().float()

    @torch.no_grad()
    def values(self, layer: int, x: Tensor, bias: bool = False) -> Tensor:
        """Values of rows `x` `[..., d_model]`, float32 `[..., n_kv_heads, d_head]`.

        `x @ W_V`; in families with latent attention the latent's norm stands between two matrices
        (`facts.value_path` says so). With `bias`, all that the model does to what its attention
        reads: the bias is added and values are clamped where the family clamps them.
        """
        facts = self.facts
        if self.family.latent:
            return latent_values(self.attention(layer), x, facts.n_kv_heads, facts.d_head, bias)
        found = torch.einsum("...m,gmd->...gd", x.float(), self.W_V(layer))
        if not bias:
            return found
        offset = self.b_V(layer)
        clip = setting(self.config, self.family.value_clip)
        found = found if offset is None else found + offset
        return found if clip is None else found.clamp(-clip, clip)

    def W_O(self, layer: int, post_norm: bool = False) -> Tensor:
        """Output weights `[n_heads, d_head, d_model]`.

        `post_norm` multiplies the columns by the weight of the norm that follows the attention, in
        families that have one; its scale, which depends on all heads, is left out.
        """
        facts = self.facts
        weight = output_weight(
            self.family, self.output_projection(layer), facts.n_heads, facts.d_head
        )
        weight = weight.detach().float()
        if not post_norm or self.family.post_norm is None:
            return weight
        norm: Any = self.post_attention_norm(layer)
        return weight * (norm.weight.detach().float() + self.family.post_norm_offset)

    def b_O(self, layer: int) -> Tensor | None:
        """Output bias `[d_model]`, shared by all heads; None where the family has none."""
        bias: Any = getattr(self.output_projection(layer), "bias", None)
        return None if bias is None else bias.detach().float()

    def _value(self, layer: int) -> tuple[Tensor, Tensor | None]:
        return self.family.read_value(
            self.attention(layer), self.facts.n_kv_heads, self.facts.d_head
        )

    # The first MLP

    @torch.no_grad()
    def first_mlp(self, embedding: Tensor, block: int = 8192) -> Tensor:
        """`MLP_0(ln2_0(x))`: the output of the first MLP alone, no residual added.

        embedding: `[n, d_model]`; returns `[n, d_model]` float32. MAPS (arXiv 2412.11965) replaces
        the embedding by it. `facts.first_mlp` says which norm feeds it. Raises ModelError where
        layer 0 has no MLP.
        """
        if self.facts.first_mlp is None:
            raise ModelError(
                f"Layer 0 of {self.facts.name} has no MLP, so there is no first-MLP embedding. "
                "Use first_mlp=False."
            )
        norm = self._norm(0, self.family.mlp_norm)
        mapped = [self._first_mlp(norm(x.to(self.dtype))[None])[0] for x in embedding.split(block)]
        return torch.cat(mapped).float()

    def _first_mlp(self, x: Tensor) -> Tensor:
        """The MLP of block 0 on `[1, n, d_model]`: mixtures of experts want a batch."""
        family, found = self.family, x
        for name in (*family.mlp_before, family.mlp):
            output = part(self.blocks[0], name)(found)
            found = output[0] if isinstance(output, tuple) else output  # gpt-oss: with its routing
        if family.mlp_beside is not None:
            found = found + part(self.blocks[0], family.mlp_beside)(x)
        return found

    def source_embedding(self, first_mlp: bool) -> Tensor:
        """The embedding of every token, `[d_vocab, d_model]`: raw, or after the first MLP."""
        return self._first_mlp_embedding if first_mlp else self.W_E()

    @cached_property
    def _first_mlp_embedding(self) -> Tensor:
        facts, block = self.facts, 8192
        rows = torch.empty(facts.d_vocab, facts.d_model, device=self.device)
        for start in range(0, facts.d_vocab, block):  # the raw embedding never stands beside it
            rows[start : start + block] = self.first_mlp(
                self.embedding(slice(start, start + block))
            )
        return rows

    # Heads by name

    @property
    def head_layers(self) -> tuple[int, ...]:
        """The layers that have attention heads, lowest first."""
        without = self.facts.layers_without_heads
        return tuple(layer for layer in range(self.facts.n_layers) if layer not in without)

    def head(self, head: Head | str) -> Head:
        """Read and check a head; raises HeadError when the model has no such head."""
        found = Head.parse(head)
        facts = self.facts
        if found.layer >= facts.n_layers or found.index >= facts.n_heads:
            raise HeadError(
                f"{facts.name} has no head {found}: layers go from L0 to L{facts.n_layers - 1}, "
                f"heads from H0 to H{facts.n_heads - 1}."
            )
        if found.layer in facts.layers_without_heads:
            there = ", ".join(f"L{layer}" for layer in self.head_layers)
            raise HeadError(
                f"{facts.name} has no head {found}: layer {found.layer} of this hybrid model has no "
                f"attention heads. Layers with heads: {there}."
            )
        return found

    def heads(self) -> list[Head]:
        """All heads, layer by layer."""
        return [
            Head(layer=layer, index=index)
            for layer in self.head_layers
            for index in range(self.facts.n_heads)
        ]
