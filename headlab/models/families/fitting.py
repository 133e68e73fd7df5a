"""What only a model's own configuration says about its family."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from headlab.models.families.family import Family
from headlab.records.errors import ModelError


def one_norm_if_parallel(family: Family, config: Any) -> Family:
    """Parallel blocks feed attention and MLP by one norm (StableLM)."""
    if not config.use_parallel_residual:
        return family
    return replace(family, parallel=True, mlp_norm=family.attention_norm)


def two_norms_if_parallel(family: Family, config: Any) -> Family:
    """Parallel blocks have a norm for the attention and one for the MLP (GPT-NeoX)."""
    return replace(family, parallel=bool(config.use_parallel_residual))


def fit_falcon(family: Family, config: Any) -> Family:
    """Old and new decoder layers, parallel or not, with one norm or two."""
    if config.new_decoder_architecture and config.num_ln_in_parallel_attn in (None, 2):
        return replace(family, parallel=True, attention_norm="ln_attn", mlp_norm="ln_mlp")
    if config.new_decoder_architecture or config.parallel_attn:
        return replace(family, parallel=True, mlp_norm=family.attention_norm)
    return family


def all_heads(config: Any) -> int:
    """A value head for each query head."""
    return int(config.num_attention_heads)


def one_or_all_heads(config: Any) -> int:
    """One value head with multi-query attention, else one for each query head."""
    return 1 if config.multi_query else all_heads(config)


def falcon_kv_heads(config: Any) -> int:
    """Groups in the new decoder, else as `one_or_all_heads`."""
    return int(config.num_kv_heads) if config.new_decoder_architecture else one_or_all_heads(config)


def fit_opt(family: Family, config: Any) -> Family:
    """All sizes but one; raises ModelError for that."""
    if config.do_layer_norm_before and config.word_embed_proj_dim == config.hidden_size:
        return family
    raise ModelError(
        "OPT of 350M projects its embedding and normalises the residual stream after each layer, so "
        "heads do not add to a stream that the unembedding reads. Load another size of OPT."
    )


def fit_granite_hybrid(family: Family, config: Any) -> Family:
    """With or without experts beside the shared MLP."""
    return replace(family, mlp_beside="block_sparse_moe") if config.num_local_experts else family
