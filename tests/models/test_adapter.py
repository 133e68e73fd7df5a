"""The adapter against the models themselves, for every family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from headlab.models.forward import Tokens, clean_run, head_values, resume, run, unembed, zeroing
from headlab.models.self_check import self_check
from headlab.records.errors import HeadError, ModelError
from headlab.records.head import Head

FAMILIES = (
    "llama",
    "llama-gqa",
    "llama-tied",
    "mistral",
    "qwen2",
    "qwen3",
    "gpt2",
    "neox",
    "neox-serial",
)
PROMPTS = [[0, 260, 270, 280, 263, 259, 258], [0, 300, 301, 5, 9]]

Load = Callable[[str], Any]


@pytest.mark.parametrize("name", FAMILIES)
def test_summed_head_outputs_are_the_attention_output(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    kept: dict[int, torch.Tensor] = {}
    handles = [
        model.attention(layer).register_forward_hook(
            lambda _m, _a, out, layer=layer: kept.__setitem__(layer, out[0])
        )
        for layer in range(3)
    ]
    values, _ = head_values(model, Tokens.pad(PROMPTS, model.device), range(3))
    for handle in handles:
        handle.remove()
    for layer in range(3):
        summed = torch.einsum("bthd,hdm->btm", values[layer], model.W_O(layer))
        bias = getattr(model.output_projection(layer), "bias", None)
        summed = summed if bias is None else summed + bias
        torch.testing.assert_close(summed, kept[layer], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_run_gives_the_models_own_logits(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    tokens = Tokens.pad(PROMPTS, model.device)
    with torch.no_grad():
        wanted = model.module(input_ids=tokens.ids, attention_mask=tokens.mask).logits
    found = unembed(model, run(model, tokens))
    real = tokens.mask.bool()
    torch.testing.assert_close(found[real], wanted[real].float(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_padding_changes_no_real_position(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    together = run(model, Tokens.pad(PROMPTS, model.device))
    alone = run(model, Tokens.pad(PROMPTS[1:], model.device))
    torch.testing.assert_close(together[1, : len(PROMPTS[1])], alone[0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_zeroing_a_head_equals_zeroing_its_rows_of_the_weight(name: str, tiny_model: Load) -> None:
    """Independent of any hook: the output weight itself loses the head's rows."""
    model = tiny_model(name)
    tokens = Tokens.pad(PROMPTS, model.device)
    d_head = model.facts.d_head
    for head in (Head(layer=0, index=1), Head(layer=2, index=3)):
        found = run(model, tokens, zeroing([head]))
        weight = model.output_projection(head.layer).weight
        before = weight.detach().clone()
        rows = slice(head.index * d_head, (head.index + 1) * d_head)
        with torch.no_grad():
            (weight if model.family.conv1d else weight.T)[rows] = 0
            wanted = run(model, tokens)
            weight.copy_(before)
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_resuming_equals_a_whole_pass_to_the_last_bit(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    tokens = Tokens.pad(PROMPTS, model.device)
    clean = clean_run(model, tokens)
    for layer in range(3):
        edits = zeroing([Head(layer=layer, index=2)])
        assert torch.equal(resume(model, clean, edits), run(model, tokens, edits))


@pytest.mark.parametrize("name", FAMILIES)
def test_zeroing_at_one_position_leaves_earlier_ones_alone(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    tokens = Tokens.pad(PROMPTS[:1], model.device)
    where = torch.zeros_like(tokens.ids, dtype=torch.bool)
    where[0, 4] = True
    clean, found = run(model, tokens), run(model, tokens, zeroing([Head(layer=1, index=0)], where))
    assert torch.equal(found[0, :4], clean[0, :4])
    assert not torch.allclose(found[0, 4], clean[0, 4])


def test_grouped_queries_read_their_own_value_head(tiny_model: Load) -> None:
    facts = tiny_model("llama-gqa").facts
    assert (facts.n_heads, facts.n_kv_heads) == (4, 2)
    assert [facts.kv_head(index) for index in range(4)] == [0, 0, 1, 1]


def test_the_self_check_refuses_a_wrong_reading(tiny_folder: Callable[[str], Any]) -> None:
    from dataclasses import replace

    from headlab.models.families import fused_conv1d_value
    from headlab.models.loading import load_model

    model = load_model(tiny_folder("gpt2"))

    def queries(attention: Any, n_kv_heads: int, d_head: int) -> Any:
        weight = torch.roll(attention.c_attn.weight.detach(), n_kv_heads * d_head, 1)
        wrong = type("Wrong", (), {"weight": weight, "bias": attention.c_attn.bias})
        return fused_conv1d_value(type("A", (), {"c_attn": wrong}), n_kv_heads, d_head)

    model.family = replace(model.family, read_value=queries)
    with pytest.raises(ModelError, match="values"):
        self_check(model)


def test_a_head_the_model_does_not_have_is_refused(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    assert model.head("L2H3") == Head(layer=2, index=3)
    for text in ("L3H0", "L0H4"):
        with pytest.raises(HeadError, match="L0 to L2"):
            model.head(text)


def test_the_first_mlp_is_the_blocks_own(tiny_model: Load) -> None:
    for name, norm in (("gpt2", "ln_2"), ("llama", "post_attention_layernorm")):
        model = tiny_model(name)
        block = model.blocks[0]
        embedding = model.W_E()
        wanted = block.mlp(getattr(block, norm)(embedding))
        torch.testing.assert_close(model.first_mlp(embedding, block=50), wanted)
        assert norm in model.facts.first_mlp
