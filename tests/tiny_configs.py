"""One small configuration for each family and for each way it can differ."""

from __future__ import annotations

from typing import Any

D_VOCAB = 352
ENDS = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": None}
SIZES = {
    "vocab_size": D_VOCAB,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    **ENDS,
}
GQA = {**SIZES, "num_key_value_heads": 2}
EXPERTS = {"num_experts_per_tok": 2, "moe_intermediate_size": 24}
GPT = {"vocab_size": D_VOCAB, "n_embd": 32, "n_layer": 3, "n_head": 4, **ENDS}
LATENT = {
    **SIZES,
    "num_key_value_heads": 4,
    "q_lora_rank": 16,
    "kv_lora_rank": 12,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 4,
    "v_head_dim": 6,
    "n_routed_experts": 4,
    "n_group": 1,
    "topk_group": 1,
    "n_shared_experts": 1,
    "first_k_dense_replace": 1,
    **EXPERTS,
}
MAMBA = {"mamba_d_state": 8, "mamba_d_conv": 4, "mamba_expand": 2}
MAMBA2 = {**MAMBA, "mamba_n_heads": 4, "mamba_d_head": 16, "mamba_n_groups": 1}

# name: (model type, settings)
TINY: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama", {**SIZES, "num_key_value_heads": 4, "attention_bias": True}),
    "llama-gqa": ("llama", {**GQA, "head_dim": 12}),
    "llama-tied": ("llama", {**SIZES, "num_key_value_heads": 1, "tie_word_embeddings": True}),
    "mistral": ("mistral", GQA),
    "ministral": ("ministral", {**GQA, "head_dim": 8}),
    "mixtral": ("mixtral", {**GQA, "num_local_experts": 4, "num_experts_per_tok": 2}),
    "qwen2": ("qwen2", GQA),
    "qwen2-moe": ("qwen2_moe", {**GQA, **EXPERTS, "num_experts": 4}),
    "qwen3": ("qwen3", {**GQA, "head_dim": 16}),
    "qwen3-moe": ("qwen3_moe", {**GQA, **EXPERTS, "num_experts": 4, "head_dim": 16}),
    "gemma": ("gemma", {**SIZES, "num_key_value_heads": 1, "head_dim": 16}),
    "gemma2": ("gemma2", {**GQA, "head_dim": 12, "sliding_window": 4}),
    "gemma3": (
        "gemma3_text",
        {**GQA, "head_dim": 12, "sliding_window": 4, "final_logit_softcapping": 20.0},
    ),
    "gemma3-pictures": (
        "gemma3",
        {
            "text_config": {**GQA, "head_dim": 12, "sliding_window": 4},
            "vision_config": {
                "hidden_size": 16,
                "intermediate_size": 16,
                "num_hidden_layers": 1,
                "num_attention_heads": 2,
                "image_size": 28,
                "patch_size": 14,
            },
            "mm_tokens_per_image": 4,
            "image_token_id": D_VOCAB - 1,
        },
    ),
    "olmo": ("olmo", {**GQA, "clip_qkv": 1.5}),
    "olmo2": ("olmo2", GQA),
    "olmo3": ("olmo3", {**GQA, "sliding_window": 4}),
    "olmoe": ("olmoe", {**GQA, "num_experts": 4, "num_experts_per_tok": 2}),
    "exaone4": ("exaone4", {**GQA, "layer_types": ["full_attention"] * 3}),
    "stablelm": ("stablelm", {**GQA, "use_qkv_bias": True}),
    "stablelm-parallel": ("stablelm", {**GQA, "use_parallel_residual": True}),
    "granite": (
        "granite",
        {
            **GQA,
            "embedding_multiplier": 3.0,
            "residual_multiplier": 0.4,
            "attention_multiplier": 0.1,
            "logits_scaling": 5.0,
        },
    ),
    "granitemoe": (
        "granitemoe",
        {
            **GQA,
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "embedding_multiplier": 3.0,
            "residual_multiplier": 0.4,
            "logits_scaling": 5.0,
        },
    ),
    "granite-hybrid": (
        "granitemoehybrid",
        {
            **GQA,
            **MAMBA2,
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "shared_intermediate_size": 40,
            "layer_types": ["mamba", "attention", "mamba"],
            "residual_multiplier": 0.4,
        },
    ),
    "smollm3": ("smollm3", GQA),
    "starcoder2": ("starcoder2", {**GQA, "use_bias": True}),
    "nemotron": ("nemotron", GQA),
    "glm": ("glm", {**GQA, "head_dim": 8}),
    "glm4": ("glm4", {**GQA, "head_dim": 8}),
    "phimoe": ("phimoe", {**GQA, "num_local_experts": 4, "lm_head_bias": True}),
    "seed-oss": ("seed_oss", {**GQA, "head_dim": 8}),
    "ernie4-5": ("ernie4_5", {**GQA, "head_dim": 8, "use_bias": True}),
    "arcee": ("arcee", GQA),
    "apertus": ("apertus", GQA),
    "helium": ("helium", {**GQA, "head_dim": 8}),
    "hunyuan": ("hunyuan_v1_dense", {**GQA, "head_dim": 8}),
    "cwm": ("cwm", {**GQA, "head_dim": 8}),
    "gpt-oss": (
        "gpt_oss",
        {**GQA, "head_dim": 8, "num_local_experts": 4, "num_experts_per_tok": 2},
    ),
    "phi": ("phi", GQA),
    "phi3": ("phi3", GQA),
    "persimmon": ("persimmon", SIZES),
    "cohere": ("cohere", {**GQA, "logit_scale": 0.25}),
    "cohere2": ("cohere2", {**GQA, "logit_scale": 0.25, "sliding_window": 4}),
    "deepseek-v2": ("deepseek_v2", LATENT),
    "deepseek-v3": ("deepseek_v3", {**LATENT, "q_lora_rank": None, "attention_bias": True}),
    "gpt2": ("gpt2", GPT),
    "gpt-neo": (
        "gpt_neo",
        {
            "vocab_size": D_VOCAB,
            "hidden_size": 32,
            "num_layers": 3,
            "num_heads": 4,
            "attention_types": [[["global", "local", "global"], 1]],
            "window_size": 4,
            "max_position_embeddings": 256,
            **ENDS,
        },
    ),
    "gptj": ("gptj", {**GPT, "rotary_dim": 4}),
    "codegen": ("codegen", {**GPT, "n_head": 8, "n_embd": 32, "rotary_dim": 4}),
    "gpt-bigcode": ("gpt_bigcode", {**GPT, "multi_query": True}),
    "gpt-bigcode-all": ("gpt_bigcode", {**GPT, "multi_query": False}),
    "neox": ("gpt_neox", {**SIZES, "use_parallel_residual": True}),
    "neox-serial": ("gpt_neox", {**SIZES, "use_parallel_residual": False}),
    "opt": (
        "opt",
        {
            "vocab_size": D_VOCAB,
            "hidden_size": 32,
            "word_embed_proj_dim": 32,
            "ffn_dim": 48,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "max_position_embeddings": 256,
            **ENDS,
            "pad_token_id": 1,
        },
    ),
    "xglm": (
        "xglm",
        {
            "vocab_size": D_VOCAB,
            "d_model": 32,
            "ffn_dim": 48,
            "num_layers": 3,
            "attention_heads": 4,
            "max_position_embeddings": 256,
            **ENDS,
            "pad_token_id": 1,
        },
    ),
    "bloom": (
        "bloom",
        {"vocab_size": D_VOCAB, "hidden_size": 32, "n_layer": 3, "n_head": 4, **ENDS},
    ),
    "mpt": (
        "mpt",
        {
            "vocab_size": D_VOCAB,
            "d_model": 32,
            "n_layers": 3,
            "n_heads": 4,
            "attn_config": {"clip_qkv": 1.5},
            **ENDS,
        },
    ),
    "falcon": ("falcon", {**SIZES, "multi_query": True, "parallel_attn": True}),
    "falcon-new": ("falcon", {**SIZES, "new_decoder_architecture": True, "num_kv_heads": 2}),
    "falcon-one-norm": (
        "falcon",
        {
            **SIZES,
            "new_decoder_architecture": True,
            "num_kv_heads": 2,
            "num_ln_in_parallel_attn": 1,
        },
    ),
    "falcon-serial": (
        "falcon",
        {**SIZES, "multi_query": False, "parallel_attn": False, "bias": True, "alibi": True},
    ),
    "jamba": (
        "jamba",
        {
            **GQA,
            **MAMBA,
            "mamba_dt_rank": 4,
            "attn_layer_period": 2,
            "attn_layer_offset": 1,
            "num_experts": 2,
            "num_experts_per_tok": 1,
            "use_mamba_kernels": False,
        },
    ),
    "bamba": ("bamba", {**GQA, **MAMBA2, "attn_layer_indices": [1]}),
    "qwen3-next": (
        "qwen3_next",
        {
            **GQA,
            **EXPERTS,
            "head_dim": 8,
            "num_experts": 4,
            "shared_expert_intermediate_size": 24,
            "linear_num_value_heads": 4,
            "linear_num_key_heads": 2,
            "linear_key_head_dim": 8,
            "linear_value_head_dim": 8,
            "layer_types": ["linear_attention", "full_attention", "full_attention"],
        },
    ),
    "lfm2": ("lfm2", {**GQA, "layer_types": ["conv", "full_attention", "conv"]}),
}


def tiny_config(name: str) -> Any:
    """The configuration of that name."""
    from transformers import AutoConfig

    kind, settings = TINY[name]
    return AutoConfig.for_model(kind, **settings)
