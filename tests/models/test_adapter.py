"""The adapter against the models themselves, for every family: passes with heads removed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from tiny_configs import TINY

from headlab.models.families import supported
from headlab.models.forward import Tokens, clean_run, head_values, resume, run, unembed, zeroing
from headlab.models.last_position import LastPosition
from headlab.records.errors import HeadError
from headlab.records.head import Head

PROMPTS = [[0, 260, 270, 280, 263, 259, 258], [0, 300, 301, 5, 9]]
SETTINGS = {"atol": 2e-5, "rtol": 1e-5}

Load = Callable[[str], Any]
every_family = pytest.mark.parametrize("name", TINY)


def test_every_supported_model_type_is_tested() -> None:
    assert {kind for kind, _ in TINY.values()} == set(supported())


def projection_by_name(model: Any, layer: int) -> torch.nn.Module:
    """The attention's output projection, found by its name in the module and nothing else."""
    pattern = re.compile(rf"(?<!vision)\.{layer}\.(\w*attn\w*|\w*attention)(\.attention)?\.")
    names = [
        name
        for name, _ in model.module.named_modules()
        if pattern.search(name)
        and name.rsplit(".")[-1] in ("o_proj", "out_proj", "dense", "c_proj")
        if "vision" not in name and "linear_attn" not in name
    ]
    assert len(names) == 1, names
    return model.module.get_submodule(names[0])


@every_family
def test_summed_head_outputs_are_the_attention_output(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    kept: dict[int, torch.Tensor] = {}

    def keep(layer: int) -> Any:
        def read(_module: Any, arguments: Any, output: Any) -> None:
            kept[layer] = output[0] - arguments[1] if name == "bloom" else output[0]

        return read

    handles = [
        model.attention(layer).register_forward_hook(keep(layer)) for layer in model.head_layers
    ]
    tokens = Tokens.pad(PROMPTS, model.device)
    values, _ = head_values(model, tokens, model.head_layers)
    for handle in handles:
        handle.remove()
    real = tokens.mask.bool()
    for layer in model.head_layers:
        summed = torch.einsum("bthd,hdm->btm", values[layer], model.W_O(layer))
        bias = model.b_O(layer)
        summed = summed if bias is None else summed + bias
        torch.testing.assert_close(summed[real], kept[layer][real], **SETTINGS)


@every_family
def test_a_run_gives_the_models_own_logits(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    tokens = Tokens.pad(PROMPTS, model.device)
    with torch.no_grad():
        wanted = model.module(input_ids=tokens.ids, attention_mask=tokens.mask).logits
    found = unembed(model, run(model, tokens))
    real = tokens.mask.bool()
    torch.testing.assert_close(found[real], wanted[real].float(), **SETTINGS)


@every_family
def test_padding_changes_no_real_position(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    together = run(model, Tokens.pad(PROMPTS, model.device))
    alone = run(model, Tokens.pad(PROMPTS[1:], model.device))
    torch.testing.assert_close(together[1, : len(PROMPTS[1])], alone[0], **SETTINGS)


@every_family
def test_zeroing_a_head_equals_zeroing_its_rows_of_the_weight(name: str, tiny_model: Load) -> None:
    """Independent of any hook: the output weight itself loses the head's rows."""
    model = tiny_model(name)
    tokens = Tokens.pad(PROMPTS, model.device)
    real, d_head = tokens.mask.bool(), model.facts.d_head
    for layer, index in ((model.head_layers[0], 1), (model.head_layers[-1], 3)):
        found = run(model, tokens, zeroing([Head(layer=layer, index=index)]))
        weight = projection_by_name(model, layer).weight
        before = weight.detach().clone()
        rows = slice(index * d_head, (index + 1) * d_head)
        with torch.no_grad():
            (weight if name == "gpt2" else weight.T)[rows] = 0
            wanted = run(model, tokens)
            weight.copy_(before)
        torch.testing.assert_close(found[real], wanted[real], **SETTINGS)
        assert not torch.allclose(found[real], run(model, tokens)[real], atol=1e-4)


@every_family
def test_zeroing_a_head_equals_zeroing_its_slice_of_z(name: str, tiny_model: Load) -> None:
    """A hook of the test's own, and the whole model with its own unembedding."""
    model = tiny_model(name)
    tokens = Tokens.pad(PROMPTS[:1], model.device)
    head = Head(layer=model.head_layers[0], index=2)
    d_head = model.facts.d_head

    def silence(_module: Any, arguments: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        z = arguments[0].clone()
        z[..., 2 * d_head : 3 * d_head] = 0
        return (z,)

    handle = projection_by_name(model, head.layer).register_forward_pre_hook(silence)
    with torch.no_grad():
        wanted = model.module(input_ids=tokens.ids).logits.float()
    handle.remove()
    found = unembed(model, run(model, tokens, zeroing([head])))
    torch.testing.assert_close(found, wanted, **SETTINGS)


@every_family
def test_resuming_equals_a_whole_pass_to_the_last_bit(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    tokens = Tokens.pad(PROMPTS, model.device)
    clean = clean_run(model, tokens)
    for layer in model.head_layers:
        edits = zeroing([Head(layer=layer, index=2)])
        assert torch.equal(resume(model, clean, edits), run(model, tokens, edits))


@every_family
def test_zeroing_at_one_position_leaves_earlier_ones_alone(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    tokens = Tokens.pad(PROMPTS[:1], model.device)
    where = torch.zeros_like(tokens.ids, dtype=torch.bool)
    where[0, 4] = True
    head = Head(layer=model.head_layers[-1], index=0)
    clean, found = run(model, tokens), run(model, tokens, zeroing([head], where))
    torch.testing.assert_close(found[0, :4], clean[0, :4], **SETTINGS)
    assert not torch.allclose(found[0, 4], clean[0, 4])


@every_family
def test_runs_of_the_last_position_agree_with_whole_passes(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    edits = zeroing([Head(layer=layer, index=1) for layer in model.head_layers])
    last = LastPosition(model, PROMPTS)
    wanted_clean, wanted = [], []
    for prompt in PROMPTS:
        tokens = Tokens.pad([prompt], model.device)
        where = torch.zeros_like(tokens.ids, dtype=torch.bool)
        where[0, -1] = True
        wanted_clean.append(run(model, tokens)[0, -1])
        wanted.append(
            run(model, tokens, zeroing([Head(layer=i, index=1) for i in model.head_layers], where))[
                0, -1
            ]
        )
    torch.testing.assert_close(last.resid(), torch.stack(wanted_clean), **SETTINGS)
    torch.testing.assert_close(last.resid(edits), torch.stack(wanted), **SETTINGS)
    torch.testing.assert_close(last.resid(), torch.stack(wanted_clean), **SETTINGS)


def test_a_head_the_model_does_not_have_is_refused(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    assert model.head("L2H3") == Head(layer=2, index=3)
    for text in ("L3H0", "L0H4"):
        with pytest.raises(HeadError, match="L0 to L2"):
            model.head(text)


HYBRIDS = {
    "jamba": (0, 2),
    "bamba": (0, 2),
    "granite-hybrid": (0, 2),
    "lfm2": (0, 2),
    "qwen3-next": (0,),
}


@pytest.mark.parametrize(("name", "without"), HYBRIDS.items())
def test_hybrid_models_have_heads_in_their_attention_layers_only(
    name: str, without: tuple[int, ...], tiny_model: Load
) -> None:
    model = tiny_model(name)
    assert model.facts.layers_without_heads == without
    assert model.head_layers == tuple(layer for layer in range(3) if layer not in without)
    assert model.facts.total_heads == 4 * len(model.head_layers) == len(model.heads())
    assert {head.layer for head in model.heads()} == set(model.head_layers)
    assert model.head("L1H3") == Head(layer=1, index=3)
    with pytest.raises(HeadError, match=r"no head L0H1: layer 0 .*hybrid.* Layers with heads: L1"):
        model.head("L0H1")


def test_other_models_have_heads_everywhere(tiny_model: Load) -> None:
    for name in set(TINY) - set(HYBRIDS):
        facts = tiny_model(name).facts
        assert facts.layers_without_heads == ()
        assert facts.total_heads == 3 * facts.n_heads
