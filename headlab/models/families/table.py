"""One row per architecture; rows that differ in a detail are made from each other."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from headlab.models.families.family import Family, as_it_is
from headlab.models.families.fitting import (
    all_heads,
    falcon_kv_heads,
    fit_falcon,
    fit_granite_hybrid,
    fit_opt,
    one_norm_if_parallel,
    one_or_all_heads,
    two_norms_if_parallel,
)
from headlab.models.families.values import (
    fused_conv1d_value,
    fused_value,
    interleaved_value,
    no_value_matrix,
    separate_value,
    sharded_value,
)
from headlab.records.errors import ModelError

_LLAMA = Family(
    model_types=(
        *("llama", "mistral", "ministral", "mixtral", "smollm3", "starcoder2", "nemotron", "glm"),
        *("qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "gemma", "phimoe", "seed_oss", "ernie4_5"),
        *("arcee", "helium", "hunyuan_v1_dense", "cwm"),
    ),
    layers="model.layers",
    final_norm="model.norm",
    attention="self_attn",
    attention_norm="input_layernorm",
    output="o_proj",
    mlp="mlp",
    mlp_norm="post_attention_layernorm",
    read_value=separate_value,
)
_OLMO2 = replace(
    _LLAMA,
    model_types=("olmo2", "olmo3", "exaone4"),
    attention_norm=None,
    mlp_norm=None,
    post_norm="post_attention_layernorm",
)
_GEMMA2 = replace(
    _LLAMA,
    model_types=("gemma2", "gemma3_text"),
    mlp_norm="pre_feedforward_layernorm",
    post_norm="post_attention_layernorm",
    post_norm_offset=1.0,
)
_GRANITE = replace(
    _LLAMA,
    model_types=("granite",),
    embedding_multiplier="embedding_multiplier",
    residual_multiplier="residual_multiplier",
    logit_divisor="logits_scaling",
)
_COHERE = replace(
    _LLAMA,
    model_types=("cohere", "cohere2"),
    mlp_norm="input_layernorm",
    parallel=True,
    logit_multiplier="logit_scale",
)
_JAMBA = replace(
    _LLAMA,
    model_types=("jamba", "bamba"),
    final_norm="model.final_layernorm",
    mlp="feed_forward",
    mlp_norm="pre_ff_layernorm",
)
_GPT2 = Family(
    model_types=("gpt2",),
    layers="transformer.h",
    final_norm="transformer.ln_f",
    attention="attn",
    attention_norm="ln_1",
    output="c_proj",
    mlp="mlp",
    mlp_norm="ln_2",
    read_value=fused_conv1d_value,
    conv1d=True,
)
_GPTJ = replace(
    _GPT2,
    model_types=("gptj",),
    output="out_proj",
    mlp_norm="ln_1",
    parallel=True,
    read_value=separate_value,
    conv1d=False,
)
_NEOX = Family(
    model_types=("gpt_neox",),
    layers="gpt_neox.layers",
    final_norm="gpt_neox.final_layer_norm",
    attention="attention",
    attention_norm="input_layernorm",
    output="dense",
    mlp="mlp",
    mlp_norm="post_attention_layernorm",
    read_value=interleaved_value,
    fit=two_norms_if_parallel,
)
_BLOOM = replace(
    _NEOX,
    model_types=("bloom",),
    layers="transformer.h",
    embedding_norm="transformer.word_embeddings_layernorm",
    final_norm="transformer.ln_f",
    attention="self_attention",
    attention_adds_residual=True,
    mlp="mlp.dense_4h_to_h",  # the MLP as a whole adds the residual stream
    mlp_before=("mlp.dense_h_to_4h", "mlp.gelu_impl"),
    fit=as_it_is,
)
_XGLM = replace(
    _LLAMA,
    model_types=("xglm",),
    final_norm="model.layer_norm",
    attention_norm="self_attn_layer_norm",
    output="out_proj",
    mlp="fc2",
    mlp_before=("fc1", "activation_fn"),
    mlp_norm="final_layer_norm",
)

FAMILIES: tuple[Family, ...] = (
    _LLAMA,
    _GPT2,
    _NEOX,
    _OLMO2,
    _GEMMA2,
    _GRANITE,
    _COHERE,
    _JAMBA,
    _GPTJ,
    _BLOOM,
    _XGLM,
    replace(_LLAMA, model_types=("olmo", "olmoe"), value_clip="clip_qkv"),
    replace(_LLAMA, model_types=("stablelm",), fit=one_norm_if_parallel),
    replace(_LLAMA, model_types=("gpt_oss",), z_shrinks="the share that the attention sink leaves"),
    replace(_LLAMA, model_types=("phi3",), read_value=partial(fused_value, name="qkv_proj")),
    replace(
        _LLAMA,
        model_types=("phi",),
        final_norm="model.final_layernorm",
        output="dense",
        mlp_norm="input_layernorm",
        parallel=True,
    ),
    replace(
        _LLAMA,
        model_types=("persimmon",),
        final_norm="model.final_layernorm",
        output="dense",
        read_value=interleaved_value,
    ),
    replace(
        _LLAMA,
        model_types=("apertus",),
        attention_norm="attention_layernorm",
        mlp_norm="feedforward_layernorm",
    ),
    replace(
        _LLAMA,
        model_types=("deepseek_v2", "deepseek_v3"),
        read_value=no_value_matrix,
        latent=True,
        kv_heads=all_heads,
    ),
    replace(_LLAMA, model_types=("glm4",), post_norm="post_self_attn_layernorm"),
    replace(
        _GEMMA2,
        model_types=("gemma3",),  # with a part that reads pictures
        layers="model.language_model.layers",
        final_norm="model.language_model.norm",
    ),
    replace(_GRANITE, model_types=("granitemoe",), mlp="block_sparse_moe"),
    replace(_GRANITE, model_types=("granitemoehybrid",), mlp="shared_mlp", fit=fit_granite_hybrid),
    replace(_LLAMA, model_types=("qwen3_next",), z_shrinks="a gate that depends on the query"),
    replace(
        _LLAMA,
        model_types=("lfm2",),
        final_norm="model.embedding_norm",
        attention_norm="operator_norm",
        output="out_proj",
        mlp="feed_forward",
        mlp_norm="ffn_norm",
    ),
    replace(
        _GPT2,
        model_types=("gpt_neo",),
        attention="attn.attention",
        output="out_proj",
        read_value=separate_value,
        conv1d=False,
    ),
    replace(_GPTJ, model_types=("codegen",), read_value=sharded_value),
    replace(
        _GPT2,
        model_types=("gpt_bigcode",),
        kv_heads=one_or_all_heads,
        read_value=partial(interleaved_value, name="c_attn"),
        conv1d=False,
    ),
    replace(
        _BLOOM,
        model_types=("falcon",),
        embedding_norm=None,
        attention_adds_residual=False,
        mlp="mlp",
        mlp_before=(),
        kv_heads=falcon_kv_heads,
        fit=fit_falcon,
    ),
    replace(
        _GPT2,
        model_types=("mpt",),
        layers="transformer.blocks",
        final_norm="transformer.norm_f",
        attention_norm="norm_1",
        output="out_proj",
        mlp="ffn.down_proj",  # the MLP as a whole adds the residual stream
        mlp_before=("ffn.up_proj", "ffn.act"),
        mlp_norm="norm_2",
        value_clip="attn_config.clip_qkv",
        read_value=partial(fused_value, name="Wqkv"),
        conv1d=False,
    ),
    replace(
        _XGLM,
        model_types=("opt",),
        layers="model.decoder.layers",
        final_norm="model.decoder.final_layer_norm",
        fit=fit_opt,
    ),
)


def supported() -> tuple[str, ...]:
    """The `model_type` names that can be loaded."""
    return tuple(sorted(name for family in FAMILIES for name in family.model_types))


def family_of(model_type: str, architecture: str) -> Family:
    """The row for `model_type`; raises ModelError with the supported ones."""
    for family in FAMILIES:
        if model_type in family.model_types:
            return family
    raise ModelError(
        f"The architecture {architecture or model_type!r} (model_type {model_type!r}) is not supported: "
        f"HeadLab does not know where it keeps its heads. Supported: {', '.join(supported())}."
    )
