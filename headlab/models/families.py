"""Where each architecture keeps the parts of a head: one row per family, one reader per layout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from headlab.records.errors import ModelError

Value = tuple[Tensor, Tensor | None]
ValueReader = Callable[[Any, int, int], Value]
"""(attention module, n_kv_heads, d_head) -> W_V `[n_kv_heads, d_model, d_head]`, b_V or None."""


def _split_linear(weight: Tensor, bias: Tensor | None, n_kv_heads: int, d_head: int) -> Value:
    value = weight.view(n_kv_heads, d_head, -1).transpose(1, 2)
    return value, None if bias is None else bias.view(n_kv_heads, d_head)


def separate_value(attention: Any, n_kv_heads: int, d_head: int) -> Value:
    """A `v_proj` of its own (Llama, Mistral, Qwen)."""
    projection = attention.v_proj
    return _split_linear(projection.weight, projection.bias, n_kv_heads, d_head)


def fused_conv1d_value(attention: Any, n_kv_heads: int, d_head: int) -> Value:
    """`c_attn`: queries, keys, values side by side, stored transposed (GPT-2)."""
    width = n_kv_heads * d_head
    weight, bias = attention.c_attn.weight[:, -width:], attention.c_attn.bias[-width:]
    return _split_linear(weight.T.contiguous(), bias, n_kv_heads, d_head)


def interleaved_value(attention: Any, n_kv_heads: int, d_head: int) -> Value:
    """`query_key_value`: each head's query, key, value in turn (GPT-NeoX)."""
    fused = attention.query_key_value
    weight = fused.weight.view(n_kv_heads, 3, d_head, -1)[:, 2].reshape(n_kv_heads * d_head, -1)
    bias = fused.bias
    if bias is not None:
        bias = bias.view(n_kv_heads, 3, d_head)[:, 2].reshape(-1)
    return _split_linear(weight, bias, n_kv_heads, d_head)


@dataclass(frozen=True)
class Family:
    """Names of the parts, as attribute paths; `conv1d` marks a transposed output projection."""

    model_types: tuple[str, ...]
    layers: str
    embedding: str
    final_norm: str
    attention: str
    attention_norm: str
    output: str
    mlp: str
    mlp_norm: str
    read_value: ValueReader
    conv1d: bool = False
    parallel_option: str | None = None


FAMILIES: tuple[Family, ...] = (
    Family(
        model_types=("llama", "mistral", "qwen2", "qwen3"),
        layers="model.layers",
        embedding="model.embed_tokens",
        final_norm="model.norm",
        attention="self_attn",
        attention_norm="input_layernorm",
        output="o_proj",
        mlp="mlp",
        mlp_norm="post_attention_layernorm",
        read_value=separate_value,
    ),
    Family(
        model_types=("gpt2",),
        layers="transformer.h",
        embedding="transformer.wte",
        final_norm="transformer.ln_f",
        attention="attn",
        attention_norm="ln_1",
        output="c_proj",
        mlp="mlp",
        mlp_norm="ln_2",
        read_value=fused_conv1d_value,
        conv1d=True,
    ),
    Family(
        model_types=("gpt_neox",),
        layers="gpt_neox.layers",
        embedding="gpt_neox.embed_in",
        final_norm="gpt_neox.final_layer_norm",
        attention="attention",
        attention_norm="input_layernorm",
        output="dense",
        mlp="mlp",
        mlp_norm="post_attention_layernorm",
        read_value=interleaved_value,
        parallel_option="use_parallel_residual",
    ),
)


def supported() -> tuple[str, ...]:
    """The `model_type` names that can be loaded."""
    return tuple(name for family in FAMILIES for name in family.model_types)


def family_of(model_type: str, architecture: str) -> Family:
    """The row for `model_type`; raises ModelError with the supported ones."""
    for family in FAMILIES:
        if model_type in family.model_types:
            return family
    raise ModelError(
        f"The architecture {architecture or model_type!r} (model_type {model_type!r}) is not supported: "
        f"HeadLab does not know where it keeps its heads. Supported: {', '.join(supported())}."
    )


def part(module: nn.Module, path: str) -> nn.Module:
    """The submodule at a dotted path; raises ModelError naming the missing piece."""
    for name in path.split("."):
        found = getattr(module, name, None)
        if found is None:
            raise ModelError(f"{type(module).__name__} has no part {name!r} (of {path!r}).")
        module = found
    return module


def output_weight(family: Family, projection: nn.Module, n_heads: int, d_head: int) -> Tensor:
    """W_O of every head, `[n_heads, d_head, d_model]`."""
    weight = projection.weight if family.conv1d else projection.weight.T
    assert isinstance(weight, torch.Tensor)
    return weight.reshape(n_heads, d_head, -1)
