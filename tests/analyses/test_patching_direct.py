"""Direct logit attribution: completeness in every family, parts by hand, bad input."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from plain_runs import ANSWERS, CLEAN, WRONG, ids_of, private, run, word

from headlab.analyses.patching import direct_logit_attribution
from headlab.analyses.patching.frozen_norm import FrozenNorm
from headlab.models.forward import Tokens, head_values
from headlab.records.errors import PromptError, TaskError
from headlab.records.example import Example, TaskSet
from headlab.records.patching import LogitAttribution

Load = Callable[[str], Any]


@pytest.mark.parametrize("name", ["llama-gqa", "gpt2", "neox", "gemma2", "olmo2", "granite"])
def test_what_is_left_for_the_mlp_is_what_it_writes(name: str, tiny_model: Load) -> None:
    """The heads' share is right, because the MLP's, found as the rest of the block, is its own."""
    model = tiny_model(name)
    written: dict[int, torch.Tensor] = {}

    def keep(layer: int) -> Any:
        def after(_m: Any, _a: Any, output: Any) -> None:
            written[layer] = (output[0] if isinstance(output, tuple) else output)[0, -1].clone()

        return after

    last = "post_feedforward_layernorm" if name in ("gemma2", "olmo2") else model.family.mlp
    modules = [dict(block.named_modules())[last] for block in model.blocks]
    run(model, CLEAN[0], hooks=tuple((m, keep(layer)) for layer, m in enumerate(modules)))
    _, clean = head_values(model, Tokens.pad([ids_of(model, CLEAN[0])], model.device), [])
    assert clean.resid is not None
    norm = FrozenNorm(model.final_norm, clean.resid[:, -1])
    row = model.W_U_rows()[word(model, ANSWERS[0])].float() * model.logit_multiplier
    read = norm.back(row[None])[0] * model.residual_multiplier
    found = direct_logit_attribution(model, CLEAN[:1], ANSWERS[:1])
    parts = {(row["part"], row["layer"]): row["value"] for row in found.rest.dicts()}
    for layer, vector in written.items():
        assert parts["mlp", layer] == pytest.approx(float(vector.float() @ read), abs=2e-4)


def test_a_layer_norm_by_hand(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    found = direct_logit_attribution(model, CLEAN[:1], ANSWERS[:1])
    _, values = run(model, CLEAN[0])
    _, clean = head_values(model, Tokens.pad([ids_of(model, CLEAN[0])], model.device), [])
    assert clean.resid is not None
    x, norm = clean.resid[0, -1].double(), model.final_norm
    scale = ((x - x.mean()).square().mean() + norm.eps).rsqrt()
    row = model.W_U_rows()[word(model, ANSWERS[0])].double()
    for layer, index in ((0, 1), (2, 3)):
        d = model.facts.d_head
        z = values[layer][-1, index * d : (index + 1) * d]
        c_proj = model.blocks[layer].attn.c_proj.weight.detach()
        out = (z @ c_proj[index * d : (index + 1) * d]).double()
        wanted = ((out - out.mean()) * scale * norm.weight.detach().double()) @ row
        assert found.of(f"L{layer}H{index}") == pytest.approx((float(wanted),), abs=1e-5)


@pytest.mark.parametrize("name", ["llama", "gemma", "olmo", "cohere", "nemotron", "gpt2", "phi"])
@pytest.mark.parametrize("scale", [0.05, 1.0, 300.0])
def test_a_frozen_norm_reads_what_the_norm_writes(
    name: str, scale: float, tiny_model: Load
) -> None:
    norm = tiny_model(name).final_norm
    random = torch.Generator().manual_seed(5)
    x, direction = (torch.randn(4, 32, generator=random) for _ in range(2))
    frozen = FrozenNorm(norm, x * scale + 0.3)
    with torch.no_grad():
        wanted = (norm(x * scale + 0.3).float() * direction).sum(-1)
    found = (frozen.back(direction) * (x * scale + 0.3)).sum(-1) + direction @ frozen.bias
    torch.testing.assert_close(found, wanted, atol=2e-4, rtol=1e-4)


def test_only_what_a_head_writes_counts(tiny_model: Load) -> None:
    model = private(tiny_model("llama"))
    d = model.facts.d_head
    with torch.no_grad():
        model.output_projection(1).weight[:, 2 * d : 3 * d] = 0
        answer = model.W_U_rows()[word(model, ANSWERS[0])]
        model.output_projection(2).weight[:, :d] = torch.outer(answer, torch.ones(d)) * 9
    found = direct_logit_attribution(model, CLEAN[:1], ANSWERS[:1])
    assert found.of("L1H2") == (0.0,)
    assert abs(found.effect.of("L2H0")) == np.nanmax(abs(found.effect.values))


def test_prompts_of_several_lengths_and_any_position(tiny_model: Load) -> None:
    model = tiny_model("qwen3")
    whole = direct_logit_attribution(model, CLEAN, ANSWERS, batch=2)
    for number in range(len(CLEAN)):
        alone = direct_logit_attribution(model, [CLEAN[number]], [ANSWERS[number]])
        np.testing.assert_allclose(whole.effects[number], alone.effects[0], atol=1e-5)
    start = " ".join(CLEAN[0].split(" ")[:4])
    early = direct_logit_attribution(model, CLEAN[:1], ANSWERS[:1], position=2)
    np.testing.assert_allclose(
        early.effects, direct_logit_attribution(model, [start], ANSWERS[:1]).effects, atol=1e-5
    )
    task = TaskSet(
        name="mine",
        description="by hand",
        examples=tuple(
            Example(prompt=p, answer=a, wrong=w)
            for p, a, w in zip(CLEAN, ANSWERS, WRONG, strict=True)
        ),
    )
    assert np.array_equal(direct_logit_attribution(model, task, batch=2).effects, whole.effects)
    assert LogitAttribution.model_validate_json(whole.model_dump_json()) == whole


def test_bad_input_is_named(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    with pytest.raises(TaskError, match="answers are missing"):
        direct_logit_attribution(model, ["the cat"])
    with pytest.raises(TaskError, match=r"Prompt 1 .*position 2 lies outside"):
        direct_logit_attribution(model, ["the cat"], [" mat"], position=2)
    with pytest.raises(TaskError, match="has no wrong answer"):
        direct_logit_attribution(model, ["the cat"], [" mat"], metric="logit_diff")
    with pytest.raises(ValueError, match="metric 'prob'"):
        direct_logit_attribution(model, ["the cat"], [" mat"], metric="prob")  # type: ignore[arg-type]
    with pytest.raises(PromptError, match="Prompt 1 .*at most 1024"):
        direct_logit_attribution(model, ["cat " * 1100], [" mat"])
