"""Patterns layer by layer and the six metrics: the model's own z, a plain computation, known rows."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch

import headlab
from headlab.analyses.attention import looking
from headlab.analyses.attention.looking import Reading, averages
from headlab.analyses.attention.metrics import METRICS, attention_metrics, attention_pattern
from headlab.models import patterns
from headlab.models.forward import Tokens, head_values
from headlab.models.patterns import visit_patterns
from headlab.records.attention import AttentionMetrics, AttentionPattern
from headlab.records.errors import HeadError, ModelError, PromptError

Load = Callable[[str], Any]
FAMILIES = ("llama-gqa", "gpt2", "neox", "gemma2", "falcon-new", "bloom", "deepseek-v2", "lfm2")
PROMPTS = ("the cat sat on the mat", "one two three four one two", "hot day")


def own_patterns(model: Any, ids: list[int]) -> list[np.ndarray]:
    """What the model itself returns for `output_attentions`, `[head, destination, source]` each."""
    before = model.module.config._attn_implementation
    model.module.set_attn_implementation("eager")
    with torch.no_grad():
        found = model.module(input_ids=torch.tensor([ids]), output_attentions=True).attentions
    model.module.set_attn_implementation(before)
    return [one[0].double().numpy() for one in found]


@pytest.mark.parametrize("name", FAMILIES)
def test_patterns_times_values_are_the_models_z(name: str, tiny_model: Load) -> None:
    """With the fast kernel's z: another kernel, and values made of the weights."""
    model = tiny_model(name)
    tokens = Tokens.pad([[5, 260, 7, 261, 9, 30], [4, 262]], model.device)
    seen: dict[int, torch.Tensor] = {}
    visit_patterns(model, tokens, lambda layer, pattern: seen.__setitem__(layer, pattern))
    normed: dict[int, torch.Tensor] = {}
    handles = [
        model.attention_norm(layer).register_forward_hook(
            lambda _m, _a, output, layer=layer: normed.__setitem__(layer, output)
        )
        for layer in model.head_layers
    ]
    z, _ = head_values(model, tokens, model.head_layers)
    for handle in handles:
        handle.remove()
    group = model.facts.n_heads // model.facts.n_kv_heads
    assert tuple(seen) == model.head_layers
    for layer, pattern in seen.items():
        values = model.values(layer, normed[layer], bias=True).repeat_interleave(group, 2)
        made = torch.einsum("bhts,bshd->bthd", pattern, values)
        assert torch.allclose(made[0], z[layer][0], atol=1e-4)
        assert torch.allclose(made[1, :2], z[layer][1, :2], atol=1e-4)


def test_no_two_layers_are_held_at_once(tiny_model: Load) -> None:
    alive: list[weakref.ref[torch.Tensor]] = []
    held = []

    def visit(_layer: int, pattern: torch.Tensor) -> None:
        held.append(sum(one() is not None for one in alive))
        alive.append(weakref.ref(pattern))

    model = tiny_model("llama-gqa")
    visit_patterns(model, Tokens.pad([[5, 6, 7]], model.device), visit)
    assert held == [0, 0, 0]


class Stop(Exception):
    pass


@pytest.mark.parametrize("name", ["llama-gqa", "gpt2"])
def test_an_exception_leaves_kernel_and_hooks_as_they_were(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)

    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise Stop

    hooks = [len(one._forward_hooks) for one in model.module.modules()]
    with pytest.raises(Stop):
        attention_metrics(model, PROMPTS, progress=stop)
    assert model.module.config._attn_implementation == "sdpa"
    assert [len(one._forward_hooks) for one in model.module.modules()] == hooks


def test_a_family_without_probabilities_is_named(
    tiny_model: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_model("gpt2")
    monkeypatch.setattr(patterns, "KERNEL", "sdpa")
    with pytest.raises(ModelError, match=r"GPT2Attention \(layer 0 of .*no attention"):
        visit_patterns(model, Tokens.pad([[5, 6]], model.device), lambda _layer, _pattern: None)


@pytest.mark.parametrize("name", ["llama-gqa", "gpt2", "qwen3"])
def test_a_pattern_is_the_models_own(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    found = attention_pattern(model, PROMPTS[0], "L1H2")
    ids = model.vocabulary.encode(PROMPTS[0])
    assert found.token_ids == tuple(ids)
    assert found.tokens == model.vocabulary.texts(ids)
    assert np.allclose(found.pattern, own_patterns(model, ids)[1][2], atol=1e-6)
    assert np.allclose(found.pattern.sum(1), 1, atol=1e-6)
    assert found.provenance.attention_kernel == "eager"
    assert AttentionPattern.model_validate_json(found.model_dump_json()) == found
    assert headlab.attention_pattern is attention_pattern


def straightforward(model: Any, prompts: list[list[int]], first: int) -> dict[str, np.ndarray]:
    """The metrics by loops over single probabilities."""
    facts = model.facts
    names = [name for name in METRICS if name != "induction"]
    sums = {name: np.zeros((facts.n_layers, facts.n_heads)) for name in names}
    rows = previous = 0
    for ids in prompts:
        rows += len(ids) - first
        previous += len(ids) - max(first, 1)
        for layer, pattern in enumerate(own_patterns(model, ids)):
            for head in range(facts.n_heads):
                for t in range(first, len(ids)):
                    row = pattern[head, t]
                    mean = sum(row[s] * (t - s) for s in range(t + 1))
                    spread = sum(row[s] * (t - s - mean) ** 2 for s in range(t + 1))
                    entropy = -sum(p * math.log(p) for p in row[: t + 1] if p > 0)
                    sums["self_attention"][layer, head] += row[t]
                    sums["previous_token"][layer, head] += row[t - 1] if t else 0
                    sums["entropy"][layer, head] += entropy
                    sums["query_key_distance"][layer, head] += mean
                    sums["query_key_distance_variance"][layer, head] += spread
    return {
        name: total / (previous if name == "previous_token" else rows)
        for name, total in sums.items()
    }


@pytest.mark.parametrize("name", ["llama-gqa", "gpt2", "neox"])
@pytest.mark.parametrize("first", [0, 1, 2])
def test_metrics_equal_loops_over_the_models_patterns(
    name: str, first: int, tiny_model: Load
) -> None:
    model = tiny_model(name)
    found = attention_metrics(model, PROMPTS, first=first)
    ids = [model.vocabulary.encode(text) for text in PROMPTS]
    for metric, wanted in straightforward(model, ids, first).items():
        assert np.allclose(found[metric].values, wanted, atol=1e-5), metric
    assert found.names() == tuple(METRICS)
    assert found["induction"].provenance.parameters["first"] == first


@contextmanager
def given(monkeypatch: pytest.MonkeyPatch, *patterns: Any) -> Iterator[None]:
    """Within the context every pass reads these patterns, one a layer, in place of the model's."""

    def visit(model: Any, tokens: Tokens, read: Any) -> None:
        length = tokens.ids.shape[1]
        for layer in model.head_layers:
            one = torch.tensor(patterns[layer % len(patterns)], dtype=torch.float32)
            padded = torch.zeros(model.facts.n_heads, length, length)
            padded[:, : one.shape[-1], : one.shape[-1]] = one[..., :length, :length]
            read(layer, padded[None].expand(len(tokens.ids), -1, -1, -1))

    with monkeypatch.context() as patched:
        patched.setattr(looking, "visit_patterns", visit)
        yield


def test_metrics_of_rows_known_by_hand(tiny_model: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("gpt2")
    rows = [[1, 0, 0, 0], [0.5, 0.5, 0, 0], [1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]]
    with given(monkeypatch, rows):
        found = attention_metrics(model, [[5, 6, 7, 8]])
    known = {
        "self_attention": (0.5 + 0 + 0.25) / 3,
        "previous_token": (0.5 + 0 + 0.25) / 3,
        "entropy": (math.log(2) + 0 + math.log(4)) / 3,
        "query_key_distance": (0.5 + 2 + 1.5) / 3,
        "query_key_distance_variance": (0.25 + 0 + 1.25) / 3,
    }
    for name, value in known.items():
        assert np.allclose(found[name].values, value), name


def test_layers_without_heads_are_not_measured(tiny_model: Load) -> None:
    model = tiny_model("lfm2")
    found = attention_metrics(model, PROMPTS)
    without = sorted(set(range(model.facts.n_layers)) - set(model.head_layers))
    assert without
    for metric in found.metrics:
        assert np.isnan(metric.values[without]).all()
        assert not np.isnan(metric.values[list(model.head_layers)]).any()
    assert {row["layer"] for row in found.table().dicts()} == set(model.head_layers)


def test_batches_do_not_change_the_numbers(
    tiny_model: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_model("llama-gqa")
    whole = attention_metrics(model, PROMPTS)
    monkeypatch.setattr(looking, "HELD", 1)
    seen: list[tuple[int, int]] = []
    single = attention_metrics(
        model, PROMPTS, progress=lambda done, total: seen.append((done, total))
    )
    for one, other in zip(whole.metrics, single.metrics, strict=True):
        assert np.allclose(one.values, other.values, atol=1e-6)
    passes = (len(PROMPTS) + 16) * 3
    assert seen == [(done, passes) for done in range(1, passes + 1)]


def test_the_induction_heads_of_the_demo_model_are_found(demo_model: Any) -> None:
    found = attention_metrics(demo_model, PROMPTS)
    assert found["induction"].best().layer == 1
    assert found["induction"].of(found["induction"].best()) > 0.97
    again = AttentionMetrics.model_validate_json(found.model_dump_json())
    assert again == found


def test_results_say_how_they_were_made(tiny_model: Load) -> None:
    found = attention_metrics(tiny_model("gpt2"), PROMPTS, seed=3)
    made = found.metrics[0].provenance
    assert (made.analysis, made.attention_kernel, made.seed) == ("attention_metrics", "eager", 3)
    table = found.table()
    assert table.columns[:3] == ("layer", "head", "self_attention")
    assert len(table) == 12
    assert any("nats" in note for note in table.notes)


def test_bad_input_is_named(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    with pytest.raises(PromptError, match="no prompts"):
        attention_metrics(model, [])
    with pytest.raises(PromptError, match="Prompt 2 is 0 token"):
        attention_metrics(model, ["one two", ""])
    with pytest.raises(PromptError, match="reads at most 1024"):
        attention_metrics(model, ["cat " * 1100])
    with pytest.raises(PromptError, match="0 to 351"):
        attention_metrics(model, [[5, 352]])
    with pytest.raises(PromptError, match="position 9"):
        attention_metrics(model, PROMPTS[2:], first=9)
    with pytest.raises(PromptError, match="put the one text into a list"):
        attention_metrics(model, "one two")
    with pytest.raises(ValueError, match="first"):
        attention_metrics(model, PROMPTS, first=-1)
    with pytest.raises(HeadError, match="L9H9"):
        attention_pattern(model, "one two", "L9H9")
    with pytest.raises(PromptError, match="1 token"):
        attention_pattern(model, [5], "L0H0")


def test_a_reading_may_leave_prompts_out(tiny_model: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(prompt: int, pattern: torch.Tensor) -> torch.Tensor | None:
        return pattern[:, 0, 0] if prompt == 1 else None

    found = averages(tiny_model("gpt2"), [[5, 6], [7, 8]], {"one": Reading(read, 2)})
    assert np.allclose(found["one"], 0.5)
