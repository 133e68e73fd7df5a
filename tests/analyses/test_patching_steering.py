"""Steering: vectors by hand, against plain hooks and edited weights, bad input."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from plain_runs import CLEAN, CORRUPTED, ids_of, private, run, word

from headlab.analyses.patching import mean_difference, steer, steering
from headlab.models.forward import Tokens, clean_run, head_values
from headlab.records.errors import HeadError, ModelError, PromptError, TaskError
from headlab.records.head import Head
from headlab.records.steering import Steering, SteeringVector

Load = Callable[[str], Any]
FAMILIES = ("llama-gqa", "gpt2", "neox", "gemma2", "jamba")
ANSWER = " dog"


def head_vector(model: Any, layer: int, index: int) -> SteeringVector:
    return mean_difference(model, CLEAN, CORRUPTED, Head(layer=layer, index=index))


def log_probabilities(model: Any, text: str) -> torch.Tensor:
    with torch.no_grad():
        logits = model.module(input_ids=torch.tensor([ids_of(model, text)])).logits[0].float()
    return torch.log_softmax(logits, -1)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_head_vector_is_the_difference_of_means(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    layer = model.head_layers[-1]
    part = slice(2 * model.facts.d_head, 3 * model.facts.d_head)
    sides = [[run(model, text)[1][layer][:, part] for text in side] for side in (CLEAN, CORRUPTED)]
    for positions, take in (("last", lambda z: z[-1]), ("all", lambda z: z.mean(0))):
        wanted = np.mean([take(z).numpy() for z in sides[0]], 0) - np.mean(
            [take(z).numpy() for z in sides[1]], 0
        )
        found = mean_difference(
            model,
            CLEAN,
            CORRUPTED,
            f"L{layer}H2",
            positions=positions,
            batch=2,  # type: ignore[arg-type]
        )
        np.testing.assert_allclose(found.vector, wanted, atol=1e-5)
    assert found.where() == f"z of L{layer}H2"
    assert found.norm == pytest.approx(np.linalg.norm(wanted), abs=1e-5)


@pytest.mark.parametrize("layer", [0, 2])
def test_a_layer_vector_is_what_the_block_writes(layer: int, tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    kept: list[torch.Tensor] = []
    hooks = ((model.blocks[layer], lambda _m, _a, out: kept.append(_first(out)[0, -1].clone())),)
    for text in (CLEAN[0], CORRUPTED[1]):
        run(model, text, hooks=hooks)
    found = mean_difference(model, CLEAN[:1], CORRUPTED[1:2], layer=layer)
    np.testing.assert_allclose(found.vector, (kept[0] - kept[1]).numpy(), atol=1e-5)
    assert found.where() == f"residual stream after L{layer}"


def _first(output: Any) -> torch.Tensor:
    return output[0] if isinstance(output, tuple) else output


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("positions", ["all", "last"])
def test_adding_to_a_head_equals_a_plain_hook(name: str, positions: Any, tiny_model: Load) -> None:
    model = tiny_model(name)
    layer, d = model.head_layers[-1], model.facts.d_head
    vector = head_vector(model, layer, 1)
    found = steer(model, CLEAN, vector, -2.5, positions=positions, answers=[ANSWER] * 3, batch=2)
    answer = word(model, ANSWER)

    def change(z: torch.Tensor) -> None:
        rows = slice(None) if positions == "all" else slice(-1, None)
        z[rows, d : 2 * d] += -2.5 * torch.tensor(vector.vector)

    for number, text in enumerate(CLEAN):
        before = torch.log_softmax(run(model, text)[0], 0)[answer]
        after = torch.log_softmax(run(model, text, {layer: change})[0], 0)[answer]
        assert found.answer_logprob[number] == pytest.approx(float(before), abs=2e-5)
        assert found.answer_logprob_change[number] == pytest.approx(float(after - before), abs=4e-5)
    assert max(map(abs, found.answer_logprob_change)) > 1e-4


@pytest.mark.parametrize("name", ["llama-gqa", "gpt2", "falcon-new"])
def test_steering_the_residual_stream_moves_the_loss(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    vector = mean_difference(model, CLEAN, CORRUPTED, layer=0)
    found = steer(model, CLEAN, vector, 3.0)
    for number, text in enumerate(CLEAN):
        ids = ids_of(model, text)
        losses = []
        for push in (0.0, 3.0):

            def add(_m: Any, _a: Any, output: Any, push: float = push) -> Any:
                changed = _first(output) + push * torch.tensor(vector.vector)
                return (changed, *output[1:]) if isinstance(output, tuple) else changed

            handle = model.blocks[0].register_forward_hook(add)
            rows = log_probabilities(model, text)
            handle.remove()
            losses.append(float(-rows[range(len(ids) - 1), ids[1:]].mean()))
        assert found.loss[number] == pytest.approx(losses[0], abs=2e-5)
        assert found.loss_change[number] == pytest.approx(losses[1] - losses[0], abs=4e-5)
    assert found.mean_loss_change == pytest.approx(np.mean(found.loss_change))  # type: ignore[arg-type]


@pytest.mark.parametrize("place", ["head", "layer"])
def test_nothing_is_left_along_a_direction_that_is_projected_out(
    place: str, tiny_model: Load
) -> None:
    model = tiny_model("llama-gqa")
    where: dict[str, Any] = {"head": Head.parse("L1H3")} if place == "head" else {"layer": 1}
    vector = mean_difference(model, CLEAN, CORRUPTED, **where)
    unit = torch.tensor(vector.vector) / vector.norm
    tokens = Tokens.pad([ids_of(model, CLEAN[0])], model.device)
    seen: list[torch.Tensor] = []

    def look() -> torch.Tensor:
        if place == "head":
            return head_values(model, tokens, [1])[0][1][0, :, 3]
        return clean_run(model, tokens).hidden(2)[0]

    seen.append(look())
    with steering(model, vector, mode="project_out"):
        if place == "head":  # what the projection reads, after the edit
            handle = model.output_projection(1).register_forward_pre_hook(
                lambda _m, a: seen.append(a[0][0, :, 36:48].clone())
            )
            look()
            handle.remove()
        else:
            seen.append(look())
    assert float((seen[0] @ unit).abs().max()) > 1e-2
    torch.testing.assert_close(seen[1] @ unit, torch.zeros(len(seen[1])), atol=1e-5, rtol=0)
    rest = seen[0] - (seen[0] @ unit)[:, None] * unit
    torch.testing.assert_close(seen[1], rest, atol=1e-5, rtol=1e-5)


SHARED: dict[str, Any] = {}


@pytest.fixture(autouse=True, scope="module")
def shared(tiny_model: Load) -> None:
    SHARED["model"] = tiny_model("llama-gqa")


@settings(max_examples=8, deadline=None)
@given(alpha=st.floats(-4, 4), layer=st.integers(0, 2), head=st.booleans())
def test_subtracting_undoes_adding(alpha: float, layer: int, head: bool) -> None:
    model = SHARED["model"]
    where = {"head": Head(layer=layer, index=0)} if head else {"layer": layer}
    size = model.facts.d_head if head else model.facts.d_model
    vector = SteeringVector(**where, vector=tuple(np.linspace(-1, 1, size)))
    before = run(model, CLEAN[0])[0]
    with steering(model, vector, alpha), steering(model, vector, -alpha):
        torch.testing.assert_close(run(model, CLEAN[0])[0], before, atol=1e-3, rtol=1e-3)
    assert torch.equal(run(model, CLEAN[0])[0], before), "something was left behind"
    with steering(model, vector, 0.0):
        torch.testing.assert_close(run(model, CLEAN[0])[0], before, atol=1e-5, rtol=1e-5)


def test_the_last_position_leaves_the_prompts_own_loss(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    found = steer(model, [*CLEAN, " cat"], head_vector(model, 1, 1), 5.0, positions="last")
    assert found.loss_change[:3] == (0.0, 0.0, 0.0)
    assert (found.loss[3], found.loss_change[3]) == (None, None), "one token has no next one"
    assert found.answers == ()
    assert np.isnan(found.mean_answer_logprob_change)
    assert Steering.model_validate_json(found.model_dump_json()) == found
    assert len(found.table()) == 4
    assert "answer" not in found.table().columns


def test_untrusted_prompts_are_kept_printable(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    found = steer(model, ["cat\x1b[2J"], head_vector(model, 1, 1))
    assert found.prompts == ("cat\\u001b[2J",)


def test_bad_input_is_named(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    vector = head_vector(model, 1, 1)
    with pytest.raises(HeadError, match="L7H0"):
        mean_difference(model, CLEAN, CORRUPTED, "L7H0")
    with pytest.raises(HeadError, match="no layer 3: layers go from 0 to 2"):
        mean_difference(model, CLEAN, CORRUPTED, layer=3)
    for where in ({}, {"head": "L0H0", "layer": 1}):
        with pytest.raises(ValueError, match="a head or a layer"):
            mean_difference(model, CLEAN, CORRUPTED, **where)  # type: ignore[arg-type]
    with pytest.raises(PromptError, match="no negative prompts"):
        mean_difference(model, CLEAN, [], "L0H0")
    with pytest.raises(ValueError, match="positions 'first'"):
        steer(model, CLEAN, vector, positions="first")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="mode 'turn'"):
        steer(model, CLEAN, vector, mode="turn")  # type: ignore[arg-type]
    with pytest.raises(PromptError, match="no prompts"):
        steer(model, [], vector)
    with pytest.raises(TaskError, match="3 prompts, but 1 answers"):
        steer(model, CLEAN, vector, answers=[" dog"])
    with pytest.raises(ValueError, match="3 numbers, z of L0H0 .* has 8"):
        steer(model, CLEAN, SteeringVector(head=Head.parse("L0H0"), vector=(1.0, 2.0, 3.0)))
    zero = SteeringVector(layer=0, vector=(0.0,) * 32)
    with pytest.raises(ValueError, match="no direction"):
        steer(model, CLEAN, zero, mode="project_out")
    with pytest.raises(ValueError, match="a head or to a layer"):
        SteeringVector(vector=(1.0,))
    with pytest.raises(ValueError, match="finite"):
        SteeringVector(layer=0, vector=(float("nan"),))
    with pytest.raises(ModelError, match="not finite"):
        steer(model, CLEAN, SteeringVector(layer=0, vector=(1e30,) * 32), 1e30)


def test_an_error_inside_leaves_the_model_as_it_was(tiny_model: Load, leaves_no_hooks: Any) -> None:
    model = private(tiny_model("llama"))
    before = run(model, CLEAN[0])[0]

    def stop(done: int, _total: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with leaves_no_hooks(model), pytest.raises(KeyboardInterrupt):
        steer(model, CLEAN, head_vector(model, 0, 0), batch=1, progress=stop)
    assert torch.equal(run(model, CLEAN[0])[0], before)
