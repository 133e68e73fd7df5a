"""The adapter's weights against what the models do with them, for every family."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import torch
from tiny_configs import TINY

from headlab.models.families.values import fused_conv1d_value
from headlab.models.forward import Tokens, head_values
from headlab.models.loading import load_model
from headlab.models.patterns import eager_attention
from headlab.models.self_check import self_check
from headlab.records.errors import ModelError

PROMPTS = [[0, 260, 270, 280, 263, 259, 258]]
SETTINGS = {"atol": 2e-5, "rtol": 1e-5}
LEARNED_POSITIONS = {"gpt2", "gpt-neo", "gpt-bigcode", "gpt-bigcode-all", "opt", "xglm"}
KV_HEADS = {
    **{"llama": 4, "llama-gqa": 2, "llama-tied": 1, "qwen3": 2, "gemma": 1, "phi3": 2},
    **{"falcon": 1, "falcon-new": 2, "falcon-serial": 4, "deepseek-v2": 4, "gpt2": 4, "mpt": 4},
    **{"gpt-bigcode": 1, "gpt-bigcode-all": 4, "codegen": 8, "bloom": 4, "jamba": 2},
}

Load = Callable[[str], Any]
every_family = pytest.mark.parametrize("name", TINY)


@contextmanager
def watching(module: torch.nn.Module, store: dict[str, Any], name: str) -> Any:
    """What a module reads and returns, kept under `name`."""

    def keep(_module: Any, arguments: Any, keywords: Any, output: Any) -> None:
        read = arguments[0] if arguments else keywords["hidden_states"]
        if isinstance(output, torch.Tensor):
            output = output.clone()  # Falcon adds the attention to its MLP's output in place
        store[name] = (read, output)

    handle = module.register_forward_hook(keep, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


@every_family
def test_z_is_the_pattern_times_the_values_of_the_heads_own_value_head(
    name: str, tiny_model: Load
) -> None:
    """At every position, from the model's own attention probabilities: grouped queries included."""
    model = tiny_model(name)
    tokens = Tokens.pad(PROMPTS, model.device)
    for layer in model.head_layers:
        kept: dict[str, Any] = {}
        with eager_attention(model), watching(model.attention(layer), kept, "attention"):
            z = head_values(model, tokens, [layer])[0][layer]
        read, (_, pattern, *_) = kept["attention"]
        values = model.values(layer, read, bias=True)
        own = [model.facts.kv_head(index) for index in range(model.facts.n_heads)]
        wanted = torch.einsum("bhts,bshd->bthd", pattern.float(), values[:, :, own])
        if name == "qwen3-next":  # a gate from the query stands after it
            _, gate = model.attention(layer).q_proj(read).view(*z.shape[:3], 16).chunk(2, -1)
            wanted = wanted * torch.sigmoid(gate)
        torch.testing.assert_close(z, wanted, **SETTINGS)
        rows = pattern.sum(-1)
        assert (
            (rows < 1).all() if name == "gpt-oss" else torch.allclose(rows, torch.ones_like(rows))
        )


def test_value_heads_are_counted(tiny_model: Load) -> None:
    assert {name: tiny_model(name).facts.n_kv_heads for name in KV_HEADS} == KV_HEADS
    facts = tiny_model("llama-gqa").facts
    assert [facts.kv_head(index) for index in range(4)] == [0, 0, 1, 1]


def test_head_sizes_are_those_of_z(tiny_model: Load) -> None:
    found = {name: tiny_model(name).facts.d_head for name in ("llama", "llama-gqa", "deepseek-v2")}
    assert found == {"llama": 8, "llama-gqa": 12, "deepseek-v2": 6}, "32 / 4, head_dim, v_head_dim"


@every_family
def test_what_enters_the_first_block_is_the_embedding(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    kept: dict[str, Any] = {}
    ids = torch.tensor([[0, 260, 270], [5, 280, 263]])
    with torch.no_grad(), watching(model.blocks[0], kept, "block"):
        model.module(input_ids=ids)
    read, _ = kept["block"]
    embedding = torch.stack([model.embedding(row) for row in ids])
    rest = read - embedding
    if name not in LEARNED_POSITIONS:
        torch.testing.assert_close(rest, torch.zeros_like(rest), **SETTINGS)
    torch.testing.assert_close(rest[0], rest[1], **SETTINGS)
    torch.testing.assert_close(model.W_E()[260], embedding[0, 1])


def test_embeddings_are_told_in_words(tiny_model: Load) -> None:
    words = {"llama": "E", "gemma": "5.65685 E", "granite": "3 E"}
    words["bloom"] = "word_embeddings_layernorm(E)"
    assert {name: tiny_model(name).facts.embedding for name in words} == words
    stored = tiny_model("granite").module.get_input_embeddings().weight
    assert torch.equal(tiny_model("granite").W_E(), 3 * stored)


@contextmanager
def silent_first_mixer(model: Any) -> Any:
    """Block 0 without what its attention (or what stands for it) adds to the residual stream."""
    block = model.blocks[0]
    if 0 in model.head_layers:
        module = model.output_projection(0)
    else:
        names = ("mamba", "conv", "linear_attn")
        module = next(getattr(block, name) for name in names if hasattr(block, name))
    handle = module.register_forward_hook(lambda _m, _a, output: torch.zeros_like(output))
    try:
        yield
    finally:
        handle.remove()


@every_family
def test_the_first_mlp_is_what_block_0_adds_without_attention(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    kept: dict[str, Any] = {}
    with torch.no_grad(), silent_first_mixer(model), watching(model.blocks[0], kept, "block"):
        model.module(input_ids=torch.tensor(PROMPTS))
    read, written = kept["block"]
    written = written[0] if isinstance(written, tuple) else written
    found = model.first_mlp(read[0], block=4)
    block = model.blocks[0]
    for after in ("post_feedforward_layernorm", "post_mlp_layernorm"):  # not part of the transform
        if hasattr(block, after):
            found = getattr(block, after)(found)
    wanted = (written - read)[0] / model.residual_multiplier
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gpt2", "mlp_0(ln_2_0(E))"),
        ("olmo2", "mlp_0(E)"),
        ("gemma2", "mlp_0(pre_feedforward_layernorm_0(E))"),
        ("opt", "fc2_0(activation_fn_0(fc1_0(final_layer_norm_0(E))))"),
        ("gptj", "mlp_0(ln_1_0(E)), beside the attention (parallel block)"),
        ("neox", "mlp_0(post_attention_layernorm_0(E)), beside the attention (parallel block)"),
        ("neox-serial", "mlp_0(post_attention_layernorm_0(E))"),
        ("stablelm", "mlp_0(post_attention_layernorm_0(E))"),
        ("stablelm-parallel", "mlp_0(input_layernorm_0(E)), beside the attention (parallel block)"),
        ("falcon", "mlp_0(input_layernorm_0(E)), beside the attention (parallel block)"),
        ("falcon-new", "mlp_0(ln_mlp_0(E)), beside the attention (parallel block)"),
        ("falcon-serial", "mlp_0(post_attention_layernorm_0(E))"),
    ],
)
def test_the_norm_before_the_first_mlp_is_recorded(name: str, words: str, tiny_model: Load) -> None:
    assert tiny_model(name).facts.first_mlp == words


@every_family
def test_what_the_attention_adds_to_the_residual_stream(name: str, tiny_model: Load) -> None:
    """The sum over heads, after the norm that follows it, times the residual multiplier."""
    model = tiny_model(name)
    layer = model.head_layers[-1]
    block, family = model.blocks[layer], model.family
    tokens = Tokens.pad(PROMPTS, model.device)
    kept: dict[str, Any] = {}
    after = family.mlp_norm or (*family.mlp_before, family.mlp)[0]
    with watching(block, kept, "block"), watching(block.get_submodule(after), kept, "after"):
        z = head_values(model, tokens, [layer])[0][layer]
    read, written = kept["block"]
    if family.parallel:
        with watching(block.get_submodule(family.mlp), kept, "mlp"):
            head_values(model, tokens, [layer])
        added = written[0] - read if isinstance(written, tuple) else written - read
        added = added - kept["mlp"][1]
    else:
        added = kept["after"][0] - read
    summed = torch.einsum("bthd,hdm->btm", z, model.W_O(layer))
    bias = model.b_O(layer)
    summed = summed if bias is None else summed + bias
    wanted = model.residual_multiplier * model.post_attention_norm(layer)(summed)
    torch.testing.assert_close(added, wanted, atol=5e-5, rtol=1e-4)
    through = torch.einsum("bthd,hdm->btm", z, model.W_O(layer, post_norm=True))
    through = through if bias is None else through + bias
    cosine = torch.nn.functional.cosine_similarity(through, added, -1)
    torch.testing.assert_close(cosine, torch.ones_like(cosine), atol=1e-5, rtol=0)


def test_the_norm_after_attention_multiplies_the_columns(tiny_model: Load) -> None:
    """(1 + weight) in Gemma 2, weight in OLMo 2, nothing in Llama."""
    for name, offset in (("gemma2", 1), ("olmo2", 0)):
        model = tiny_model(name)
        weight = model.blocks[1].post_attention_layernorm.weight
        assert torch.equal(model.W_O(1, post_norm=True), model.W_O(1) * (weight + offset))
    assert torch.equal(tiny_model("llama").W_O(1, post_norm=True), tiny_model("llama").W_O(1))


@pytest.mark.parametrize(
    ("name", "multiplier", "cap"),
    [("llama", 1, None), ("granite", 1 / 5, None), ("cohere", 1 / 4, None), ("gemma2", 1, 30.0)],
)
def test_logits_are_scaled_and_capped(
    name: str, multiplier: float, cap: float | None, tiny_model: Load
) -> None:
    model = tiny_model(name)
    resid = torch.randn(5, 32, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        wanted = multiplier * (model.final_norm(resid) @ model.W_U())
    if cap is not None:
        wanted = cap * torch.tanh(wanted / cap)
    torch.testing.assert_close(model.logits(resid), wanted, **SETTINGS)


@pytest.mark.parametrize("name", ["deepseek-v2", "deepseek-v3"])
def test_latent_attention_has_values_but_no_value_matrix(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    with pytest.raises(ModelError, match=r"not linear.*values\(layer, x\)"):
        model.W_V(1)
    assert "latent" in model.facts.value_path
    attention = model.attention(1)
    x = torch.randn(5, 32, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        down = attention.kv_a_proj_with_mqa(x)[:, :12]
        latent = down / down.pow(2).mean(-1, keepdim=True).add(1e-6).sqrt()
        up = attention.kv_b_proj(latent * attention.kv_a_layernorm.weight)
    wanted = torch.stack([up[:, 14 * head + 8 : 14 * head + 14] for head in range(4)], 1)
    torch.testing.assert_close(model.values(1, x, bias=True), wanted, **SETTINGS)
    doubled = model.values(1, 2 * x)
    torch.testing.assert_close(doubled, model.values(1, x), atol=1e-4, rtol=1e-4)


def test_values_are_linear_without_bias_and_clamp(tiny_model: Load) -> None:
    model = tiny_model("olmo")
    x = 10 * torch.randn(6, 32, generator=torch.Generator().manual_seed(1))
    plain = torch.stack([x @ weight for weight in model.W_V(1)], 1)
    torch.testing.assert_close(model.values(1, x), plain)
    assert plain.abs().max() > 1.5
    torch.testing.assert_close(model.values(1, x, bias=True), plain.clamp(-1.5, 1.5))
    assert "clamps it to ±1.5" in model.facts.value_path
    model = tiny_model("llama")
    both = model.values(1, x, bias=True) - model.values(1, x)
    torch.testing.assert_close(both, model.b_V(1).expand(both.shape), atol=1e-4, rtol=1e-4)


def test_the_self_check_refuses_a_wrong_reading(tiny_folder: Callable[[str], Any]) -> None:
    model = load_model(tiny_folder("gpt2"))

    def queries(attention: Any, n_kv_heads: int, d_head: int) -> Any:
        weight = torch.roll(attention.c_attn.weight.detach(), n_kv_heads * d_head, 1)
        wrong = type("Wrong", (), {"weight": weight, "bias": attention.c_attn.bias})
        return fused_conv1d_value(type("A", (), {"c_attn": wrong}), n_kv_heads, d_head)

    model.family = replace(model.family, read_value=queries)
    with pytest.raises(ModelError, match="values"):
        self_check(model)


@pytest.mark.parametrize(
    ("name", "wrong", "says"),
    [
        ("granite", {"logit_divisor": None}, "logits"),
        ("granite", {"embedding_multiplier": None}, "the embedding"),
        ("bloom", {"embedding_norm": None}, "the embedding"),
        ("bloom", {"attention_adds_residual": False}, "summed head outputs"),
        ("falcon-new", {"attention_norm": "ln_mlp"}, "what the attention reads"),
        ("olmo", {"value_clip": None}, "values"),
        ("qwen3-next", {"z_shrinks": None}, "values"),
    ],
)
def test_the_self_check_finds_what_a_row_forgets(
    name: str, wrong: dict[str, Any], says: str, tiny_folder: Callable[[str], Any]
) -> None:
    model = load_model(tiny_folder(name))
    self_check(model)
    model.family = replace(model.family, **wrong)
    with pytest.raises(ModelError, match=says):
        self_check(model)
