"""A small Llama-family network that also reports how much each component writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Shape:
    """Sizes of the demo model."""

    d_vocab: int
    n_layers: int = 3
    n_heads: int = 20
    d_head: int = 16
    d_model: int = 160
    d_mlp: int = 128
    n_positions: int = 128
    rope_theta: float = 10_000.0
    norm_eps: float = 1e-5


@dataclass
class Trace:
    """What a forward pass leaves for the losses.

    `resid`: final normed residual `[batch, position, d_model]`. `norms`: norm of every component's
    output `[batch, position, 1 + n_layers * n_heads]`, the first MLP first, then heads by layer.
    `early`: squared norm of the layer-0 head outputs relative to the embedding `[batch, position]`.
    """

    resid: Tensor
    norms: Tensor
    early: Tensor


def rms_norm(x: Tensor, eps: float) -> Tensor:
    """Root-mean-square norm with its weight fixed to one."""
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)


class DemoNetwork(nn.Module):
    """Three layers of attention, one MLP in the first, tied embeddings, norm weights fixed to one.

    Queries and keys have biases, so that a head can look by position alone; values and outputs have
    none. Fixed norm weights leave nothing between a head and the vocabulary that a projection of its
    weights would miss; the scale of every norm stays.
    """

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        width = shape.n_heads * shape.d_head
        self.embed = nn.Parameter(torch.randn(shape.d_vocab, shape.d_model) * 0.08)
        scale = shape.d_model**-0.5

        def stack(rows: int, columns: int, spread: float) -> nn.ParameterList:
            return nn.ParameterList(
                nn.Parameter(torch.randn(rows, columns) * spread) for _ in range(shape.n_layers)
            )

        self.query = stack(shape.d_model, width, scale)
        self.key = stack(shape.d_model, width, scale)
        self.value = stack(shape.d_model, width, scale)
        self.output = stack(width, shape.d_model, width**-0.5 * 0.5)
        self.query_bias = nn.Parameter(torch.zeros(shape.n_layers, width))
        self.key_bias = nn.Parameter(torch.zeros(shape.n_layers, width))
        self.gate = nn.Parameter(torch.randn(shape.d_model, shape.d_mlp) * scale)
        self.up = nn.Parameter(torch.randn(shape.d_model, shape.d_mlp) * scale)
        self.down = nn.Parameter(torch.randn(shape.d_mlp, shape.d_model) * shape.d_mlp**-0.5 * 0.5)
        inverse = shape.rope_theta ** (-torch.arange(0, shape.d_head, 2).float() / shape.d_head)
        angles = torch.outer(torch.arange(shape.n_positions).float(), inverse)
        angles = torch.cat([angles, angles], -1)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, tokens: Tensor, head_dropout: float = 0.0) -> Trace:
        """tokens `[batch, position]`; see `Trace`."""
        shape = self.shape
        embedded = functional.embedding(tokens, self.embed)
        resid, norms = embedded, []
        early = torch.zeros(tokens.shape)
        for layer in range(shape.n_layers):
            z = self._attend(rms_norm(resid, shape.norm_eps), layer)
            if head_dropout > 0:
                kept = torch.rand(tokens.shape[0], 1, shape.n_heads, 1) >= head_dropout
                z = z * kept
            per_head = self.output[layer].view(shape.n_heads, shape.d_head, shape.d_model)
            gram = per_head @ per_head.transpose(1, 2)
            squared = torch.einsum("bthd,hde,bthe->bth", z, gram, z).clamp_min(1e-12)
            norms.append(squared.sqrt())
            resid = resid + z.flatten(2) @ self.output[layer]
            if layer == 0:
                early = squared.sum(-1) / embedded.pow(2).sum(-1)
                normed = rms_norm(resid, shape.norm_eps)
                written = self._first_mlp(normed)
                norms.insert(0, written.norm(dim=-1, keepdim=True))
                resid = resid + written
        return Trace(rms_norm(resid, shape.norm_eps), torch.cat(norms, -1), early)

    def late_inputs(self, tokens: Tensor) -> list[Tensor]:
        """What the heads of each later layer read at the last position, `[batch, d_model]` each."""
        resid, read = functional.embedding(tokens, self.embed), []
        for layer in range(self.shape.n_layers):
            normed = rms_norm(resid, self.shape.norm_eps)
            if layer > 0:
                read.append(normed[:, -1])
            resid = resid + self._attend(normed, layer).flatten(2) @ self.output[layer]
            if layer == 0:
                resid = resid + self._first_mlp(rms_norm(resid, self.shape.norm_eps))
        return read

    def after_first_mlp(self, tokens: Tensor) -> Tensor:
        """What the first MLP makes of single tokens alone, normed `[token, d_model]`."""
        eps = self.shape.norm_eps
        return rms_norm(
            self._first_mlp(rms_norm(functional.embedding(tokens, self.embed), eps)), eps
        )

    def values(self, read: Tensor, layer: int) -> Tensor:
        """What each head of a layer makes of an input `[n, d_model]`: `[n, head, d_head]`."""
        return (read @ self.value[layer]).view(-1, self.shape.n_heads, self.shape.d_head)

    def _first_mlp(self, normed: Tensor) -> Tensor:
        return (functional.silu(normed @ self.gate) * (normed @ self.up)) @ self.down

    def _attend(self, normed: Tensor, layer: int) -> Tensor:
        shape, (batch, length, _) = self.shape, normed.shape

        def split(projected: Tensor) -> Tensor:
            return projected.view(batch, length, shape.n_heads, shape.d_head).transpose(1, 2)

        query = self._rotate(split(normed @ self.query[layer] + self.query_bias[layer]))
        key = self._rotate(split(normed @ self.key[layer] + self.key_bias[layer]))
        value = split(normed @ self.value[layer])
        attended = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        return attended.transpose(1, 2)

    def _rotate(self, x: Tensor) -> Tensor:
        length, cos, sin = x.shape[2], self.cos, self.sin
        assert isinstance(cos, Tensor)
        assert isinstance(sin, Tensor)
        first, second = x.chunk(2, -1)
        return x * cos[:length] + torch.cat([-second, first], -1) * sin[:length]

    def to_llama(self) -> dict[str, Tensor]:
        """The weights under the names of `transformers`' `LlamaForCausalLM` (tied head left out)."""
        shape = self.shape
        ones = torch.ones(shape.d_model)
        tensors = {"model.embed_tokens.weight": self.embed, "model.norm.weight": ones}
        for layer in range(shape.n_layers):
            prefix = f"model.layers.{layer}."
            first = layer == 0
            width = shape.n_heads * shape.d_head
            tensors |= {
                prefix + "input_layernorm.weight": ones,
                prefix + "post_attention_layernorm.weight": ones,
                prefix + "self_attn.q_proj.weight": self.query[layer].T,
                prefix + "self_attn.k_proj.weight": self.key[layer].T,
                prefix + "self_attn.v_proj.weight": self.value[layer].T,
                prefix + "self_attn.o_proj.weight": self.output[layer].T,
                prefix + "self_attn.q_proj.bias": self.query_bias[layer],
                prefix + "self_attn.k_proj.bias": self.key_bias[layer],
                prefix + "self_attn.v_proj.bias": torch.zeros(width),
                prefix + "self_attn.o_proj.bias": torch.zeros(shape.d_model),
                prefix + "mlp.gate_proj.weight": self.gate.T
                if first
                else torch.zeros_like(self.gate.T),
                prefix + "mlp.up_proj.weight": self.up.T if first else torch.zeros_like(self.up.T),
                prefix + "mlp.down_proj.weight": (
                    self.down.T if first else torch.zeros_like(self.down.T)
                ),
            }
        return {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}

    @classmethod
    def from_llama(cls, shape: Shape, tensors: Mapping[str, Tensor]) -> DemoNetwork:
        """The network whose `to_llama` these tensors are."""
        network = cls(shape)
        with torch.no_grad():
            network.embed.copy_(tensors["model.embed_tokens.weight"])
            for layer in range(shape.n_layers):
                start = f"model.layers.{layer}.self_attn."
                for name, stack in {
                    "q_proj": network.query,
                    "k_proj": network.key,
                    "v_proj": network.value,
                    "o_proj": network.output,
                }.items():
                    stack[layer].copy_(tensors[f"{start}{name}.weight"].T)
                network.query_bias[layer].copy_(tensors[start + "q_proj.bias"])
                network.key_bias[layer].copy_(tensors[start + "k_proj.bias"])
            for name, matrix in {
                "gate_proj": network.gate,
                "up_proj": network.up,
                "down_proj": network.down,
            }.items():
                matrix.copy_(tensors[f"model.layers.0.mlp.{name}.weight"].T)
        return network


def llama_config(shape: Shape) -> dict[str, object]:
    """The `LlamaConfig` of a network of this shape."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": shape.d_vocab,
        "hidden_size": shape.d_model,
        "intermediate_size": shape.d_mlp,
        "num_hidden_layers": shape.n_layers,
        "num_attention_heads": shape.n_heads,
        "num_key_value_heads": shape.n_heads,
        "head_dim": shape.d_head,
        "hidden_act": "silu",
        "max_position_embeddings": shape.n_positions,
        "rms_norm_eps": shape.norm_eps,
        "rope_parameters": {"rope_type": "default", "rope_theta": shape.rope_theta},
        "attention_bias": True,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 1,
        "dtype": "float32",
    }
