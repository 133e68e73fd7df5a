"""How each layout stores the value weights: one reader per layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from headlab.records.errors import ModelError

Value = tuple[Tensor, Tensor | None]
ValueReader = Callable[[Any, int, int], Value]
"""(attention module, n_kv_heads, d_head) -> W_V `[n_kv_heads, d_model, d_head]`, b_V or None."""


def _by_head(weight: Tensor, bias: Tensor | None, n_kv_heads: int, d_head: int) -> Value:
    value = weight.reshape(n_kv_heads, d_head, -1).transpose(1, 2)
    return value, None if bias is None else bias.reshape(n_kv_heads, d_head)


def separate_value(attention: Any, n_kv_heads: int, d_head: int) -> Value:
    """A `v_proj` of its own (Llama, Mistral, Qwen, GPT-J, OPT)."""
    projection = attention.v_proj
    return _by_head(projection.weight, projection.bias, n_kv_heads, d_head)


def fused_conv1d_value(attention: Any, n_kv_heads: int, d_head: int) -> Value:
    """`c_attn`: queries, keys, values side by side, stored transposed (GPT-2)."""
    width = n_kv_heads * d_head
    weight, bias = attention.c_attn.weight[:, -width:], attention.c_attn.bias[-width:]
    return _by_head(weight.T, bias, n_kv_heads, d_head)


def fused_value(attention: Any, n_kv_heads: int, d_head: int, name: str) -> Value:
    """Queries, keys, values side by side in the linear map `name` (Phi-3, MPT)."""
    fused, width = getattr(attention, name), n_kv_heads * d_head
    bias = None if fused.bias is None else fused.bias[-width:]
    return _by_head(fused.weight[-width:], bias, n_kv_heads, d_head)


def interleaved_value(
    attention: Any, n_kv_heads: int, d_head: int, name: str = "query_key_value"
) -> Value:
    """For each value head in turn: its queries, its key, its value, in the linear map `name`.

    One query a head in GPT-NeoX, BLOOM and Persimmon, a group's queries in Falcon, all queries
    before the only key and value with multi-query attention (Falcon, GPT-BigCode).
    """
    fused = getattr(attention, name)
    weight = fused.weight.reshape(n_kv_heads, -1, d_head, fused.weight.shape[1])[:, -1]
    bias = None if fused.bias is None else fused.bias.reshape(n_kv_heads, -1, d_head)[:, -1]
    return _by_head(weight, bias, n_kv_heads, d_head)


def sharded_value(attention: Any, n_kv_heads: int, d_head: int) -> Value:
    """`qkv_proj` in four shards, each of queries, values, keys in that order (CodeGen)."""
    fused = attention.qkv_proj
    weight = fused.weight.reshape(4, 3, -1, fused.weight.shape[1])[:, 1]
    return _by_head(weight, None, n_kv_heads, d_head)


def no_value_matrix(attention: Any, _n_kv_heads: int, _d_head: int) -> Value:
    """Multi-head latent attention has no W_V; raises ModelError."""
    raise ModelError(
        f"{type(attention).__name__} has no W_V: latent attention normalises between two value "
        "matrices, so values are not linear in the residual stream. Use values(layer, x)."
    )


def latent_values(attention: Any, x: Tensor, n_heads: int, d_head: int, bias: bool) -> Tensor:
    """Values `[..., n_heads, d_head]` of rows `x` `[..., d_model]` in multi-head latent attention:
    down to the latent, its norm, up to every head (DeepSeek-V2, arXiv 2405.04434, section 2.1).
    """
    down, up = attention.kv_a_proj_with_mqa, attention.kv_b_proj.weight
    rank = up.shape[1]
    latent = x.float() @ down.weight[:rank].float().T
    if bias and down.bias is not None:
        latent = latent + down.bias[:rank].float()
    normed = attention.kv_a_layernorm(latent.to(up.dtype)).float()
    value = up.float().view(n_heads, -1, rank)[:, -d_head:]  # a head's key part comes first
    return torch.einsum("...r,hdr->...hd", normed, value)
