"""Activation patching: hand-made heads, a plain loop, symmetry, attribution, bad input."""

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

from plain_runs import (
    ANSWERS,
    CLEAN,
    CORRUPTED,
    WRONG,
    heads_of,
    ids_of,
    metric_of,
    private,
    run,
    word,
)

from headlab.analyses.patching import attribution_patching, patch
from headlab.models.gradients import head_gradients
from headlab.records.errors import HeadError, ModelError, PromptError, TaskError
from headlab.records.example import Example, TaskSet
from headlab.records.patching import Attribution, Patching

Load = Callable[[str], Any]
FAMILIES = ("llama-gqa", "gpt2", "neox", "gemma2", "jamba")


def only_head(model: Any, layer: int, index: int) -> Any:
    """Attention-only, with one head that writes anything."""
    mine = private(model)
    d = mine.facts.d_head
    with torch.no_grad():
        for number, block in enumerate(mine.blocks):
            block.mlp.down_proj.weight.zero_()
            mine.output_projection(number).bias.zero_() if mine.b_O(number) is not None else None
            weight = mine.output_projection(number).weight
            kept = weight[:, index * d : (index + 1) * d].clone()
            weight.zero_()
            if number == layer:
                weight[:, index * d : (index + 1) * d] = kept
    return mine


@pytest.mark.parametrize("positions", ["last", "all"])
@pytest.mark.parametrize("direction", ["denoise", "noise"])
def test_the_only_head_that_writes_carries_the_whole_difference(
    positions: str, direction: Any, tiny_model: Load
) -> None:
    model = only_head(tiny_model("llama"), 1, 2)
    clean, corrupted = (
        ["the cat sat on the", "one two three"],
        ["the dog sat on the", "up two three"],
    )
    found = patch(
        model, clean, corrupted, ANSWERS[:2], "logprob", positions=positions, direction=direction
    )
    difference = np.array(found.clean) - np.array(found.corrupted)
    assert (abs(difference) > 1e-3).all(), "the last positions must tell the prompts apart"
    np.testing.assert_allclose(found.of("L1H2"), difference, atol=2e-6)
    others = np.delete(found.effect.values.ravel(), 6)
    np.testing.assert_allclose(others, 0, atol=2e-6)
    assert str(found.top(1)[0]) == "L1H2"
    assert found.effect.of("L1H2") == pytest.approx(difference.mean(), abs=2e-6)


def plain_effects(
    model: Any, metric: str, direction: str, places: list[list[int]], prompts: range
) -> np.ndarray:
    """`[prompt, layer, head]` by one whole forward pass for each head."""
    facts = model.facts
    d = facts.d_head
    effects = np.full((len(prompts), facts.n_layers, facts.n_heads), np.nan)
    for row, number in enumerate(prompts):
        source, base = CLEAN[number], CORRUPTED[number]
        if direction == "noise":
            source, base = base, source
        answer, wrong = word(model, ANSWERS[number]), [word(model, w) for w in WRONG[number]]
        before, _ = run(model, base)
        _, values = run(model, source)
        for layer, index in heads_of(model):
            part = slice(index * d, (index + 1) * d)

            def change(z: torch.Tensor, layer: int = layer, part: slice = part) -> None:
                for place in places[row]:  # noqa: B023
                    z[place, part] = values[layer][place, part]  # noqa: B023

            after, _ = run(model, base, {layer: change})
            sign = 1 if direction == "denoise" else -1
            effects[row, layer, index] = sign * (
                metric_of(metric, after, answer, wrong) - metric_of(metric, before, answer, wrong)
            )
    return effects


CASES: list[tuple[str, str, Any]] = [
    ("prob", "noise", slice(-2, None)),
    ("prob", "denoise", "last"),
    ("logit_diff", "noise", "all"),
    ("logprob", "denoise", np.array([0, -2])),
    ("logit", "noise", [[1], [-1, 2], [3, 0, -1]]),
]


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(("metric", "direction", "positions"), CASES)
def test_effects_equal_those_of_plain_hooks(
    name: str, metric: Any, direction: Any, positions: Any, tiny_model: Load
) -> None:
    model = tiny_model(name)
    found = patch(model, CLEAN, CORRUPTED, ANSWERS, metric, positions, direction, WRONG, batch=2)
    places = []
    for number, text in enumerate(CLEAN):
        length = len(ids_of(model, text))
        named: dict[str, Any] = {"last": [-1], "all": range(length)}
        own = named[positions] if isinstance(positions, str) else positions
        own = own[number] if positions is CASES[-1][2] else own
        places.append(list(range(length)[own]) if isinstance(own, slice) else list(own))
    wanted = plain_effects(model, metric, direction, places, range(len(CLEAN)))
    scale = max(1.0, np.nanmax(abs(wanted)))
    np.testing.assert_allclose(found.effects, wanted.reshape(len(CLEAN), -1), atol=2e-5 * scale)
    np.testing.assert_allclose(found.effect.values, wanted.mean(0), atol=2e-5 * scale)
    for number in range(len(CLEAN)):
        answer, wrong = word(model, ANSWERS[number]), [word(model, w) for w in WRONG[number]]
        for ends, texts in ((found.clean, CLEAN), (found.corrupted, CORRUPTED)):
            own = metric_of(metric, run(model, texts[number])[0], answer, wrong)
            assert ends[number] == pytest.approx(own, abs=2e-5 * max(1, abs(own)))


WORDS = st.sampled_from("the cat dog mat red blue one two Paris Rome hot cold".split())


@settings(max_examples=8, deadline=None)
@given(words=st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4), last=st.booleans())
def test_noise_turns_denoise_round(words: list[tuple[str, str]], last: bool) -> None:
    model = SHARED["model"]
    texts = [" ".join(side) for side in zip(*words, strict=True)]
    positions = "last" if last else "all"
    there = patch(model, texts[:1], texts[1:], [" dog"], "logprob", positions)
    back = patch(model, texts[1:], texts[:1], [" dog"], "logprob", positions, "noise")
    np.testing.assert_allclose(back.effects, -there.effects, atol=1e-6)
    assert (back.clean, back.corrupted) == (there.corrupted, there.clean)
    same = patch(model, texts[:1], texts[:1], [" dog"], "logprob", positions)
    np.testing.assert_allclose(same.effects, 0, atol=5e-6)


SHARED: dict[str, Any] = {}


@pytest.fixture(autouse=True, scope="module")
def shared(tiny_model: Load) -> None:
    SHARED["model"] = tiny_model("llama-gqa")


def test_heads_can_be_chosen(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    every = patch(model, CLEAN, CORRUPTED, ANSWERS)
    some = patch(model, CLEAN, CORRUPTED, ANSWERS, heads=["L2H1", "L0H3"])
    assert [str(head) for head in some.effect.ranked()] == sorted(
        ["L2H1", "L0H3"], key=lambda head: -every.effect.of(head)
    )
    assert some.effect.of("L0H3") == pytest.approx(every.effect.of("L0H3"), abs=1e-6)
    assert np.isnan(some.effects).sum() == 10 * len(CLEAN)


def test_curve_top_and_table_by_hand(tiny_model: Load) -> None:
    found = patch(tiny_model("gpt2"), CLEAN, CORRUPTED, ANSWERS)
    values = np.array([[4.0, 3.0, 2.0, 1.0], [0.0, -1.0, 9.0, 8.0], [np.nan] * 4])
    effect = found.effect.model_copy(update={"values": values})
    made = found.model_copy(update={"effect": effect})
    assert made.layer_curve()[:2] == (4.0, 9.0), "15 % of four heads is one"
    assert np.isnan(made.layer_curve()[2])
    assert made.layer_curve(0.5)[:2] == (3.5, 8.5)
    assert [str(head) for head in made.top()] == ["L1H2", "L1H3", "L0H0", "L0H1", "L0H2"]
    table = made.table()
    assert table.column("top") == (True, True, True, False, False, False, True, True)
    own = found.of("L0H1")
    assert table.dicts()[1]["standard_error"] == pytest.approx(np.std(own, ddof=1) / 3**0.5)


def task(*examples: Example) -> TaskSet:
    return TaskSet(name="mine", description="by hand", examples=examples)


def test_a_task_brings_its_texts_and_spans(tiny_model: Load) -> None:
    model = tiny_model("llama-gqa")
    example = Example(
        prompt="the cat sat on",
        corrupted="the dog sat on",
        answer=" mat",
        corrupted_answer=" dog",
        spans={"animal": ((4, 7),), "both": ((4, 7), (12, 14))},
        corrupted_spans={"animal": ((4, 7),)},
    )
    texts = (["the cat sat on"], ["the dog sat on"], [" mat"], "logit_diff")
    wrong = [" dog"]
    for span, places in (("animal", [1]), ("both", [1, 3]), ("last", [-1])):
        found = patch(model, task(example), metric="logit_diff", positions=span)
        wanted = patch(model, *texts, positions=places, wrong=wrong)
        assert np.array_equal(found.effects, wanted.effects)
        assert found.positions == span
    assert found.answers == (" mat",)
    moved = example.model_copy(update={"corrupted_spans": {"animal": ((0, 3),)}})
    with pytest.raises(TaskError, match=r"span 'animal' is positions \[1\].*\[0\]"):
        patch(model, task(moved), positions="animal")
    with pytest.raises(TaskError, match=r"no span 'verb'.*animal, both"):
        patch(model, task(example), positions="verb")
    with pytest.raises(TaskError, match=r"brings its corrupted prompts"):
        patch(model, task(example), ["the dog sat on"])
    with pytest.raises(TaskError, match=r"Pair 1 .* has no corrupted prompt"):
        patch(model, task(Example(prompt="the cat", answer=" mat")))


def test_bad_input_is_named(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    one = (["the cat sat"], ["the dog sat"], [" mat"])
    with pytest.raises(TaskError, match=r"Pair 1: .*'the cat sat'\) has 3 tokens.*'the dog'\) 2"):
        patch(model, ["the cat sat"], ["the dog"], [" mat"])
    with pytest.raises(TaskError, match=r"Pair 2: the answer \(' xyz'\) is 4 tokens .*first"):
        patch(model, ["the cat"] * 2, ["the dog"] * 2, [" mat", " xyz"])
    first = patch(model, ["the cat"], ["the dog"], [" xyz"], answer_tokens="first")
    assert first.answers == (" ",)
    with pytest.raises(TaskError, match=r"'mat'\) does not continue.*leading space"):
        patch(model, ["the cat"], ["the dog"], ["mat"])
    with pytest.raises(TaskError, match="has no wrong answer"):
        patch(model, *one, "logit_diff")
    with pytest.raises(TaskError, match="begin with the same token"):
        patch(model, *one, "logit_diff", wrong=[" mat"])
    with pytest.raises(TaskError, match=r"position 3 lies outside.*0 to 2"):
        patch(model, *one, positions=[3])
    with pytest.raises(TaskError, match="2 lists for 1 prompts"):
        patch(model, *one, positions=[[0], [1]])
    with pytest.raises(TaskError, match="no positions"):
        patch(model, *one, positions=slice(5, 9))
    with pytest.raises(TaskError, match="1 clean prompts, but 2 answers"):
        patch(model, ["the cat"], ["the dog"], [" mat", " mat"])
    with pytest.raises(TaskError, match="no prompts"):
        patch(model, [], [], [])
    with pytest.raises(TaskError, match="Pair 1: its clean prompt is empty"):
        patch(model, [""], ["the dog"], [" mat"])
    with pytest.raises(TaskError, match="lists of texts"):
        patch(model, "the cat", ["the dog"], [" mat"])
    with pytest.raises(PromptError, match=r"clean prompt .* reads at most 1024"):
        patch(model, ["cat " * 1100], ["cat " * 1100], [" mat"])
    with pytest.raises(HeadError, match="L9H9"):
        patch(model, *one, heads="L9H9")
    for wrong in ({"metric": "loss"}, {"direction": "up"}, {"heads": []}, {"answer_tokens": "two"}):
        with pytest.raises(ValueError, match=r"unknown|no heads"):
            patch(model, *one, **wrong)


def test_answers_that_are_not_numbers_are_an_error(tiny_model: Load) -> None:
    model = private(tiny_model("llama"))
    with torch.no_grad():
        model.blocks[1].mlp.down_proj.weight[0, 0] = float("nan")
    with pytest.raises(ModelError, match="not finite"):
        patch(model, CLEAN, CORRUPTED, ANSWERS)


class Stop(Exception):
    pass


@pytest.mark.parametrize("call", [patch, attribution_patching])
def test_progress_counts_to_its_total_and_stops_the_work(
    call: Any, tiny_model: Load, leaves_no_hooks: Any
) -> None:
    model = tiny_model("gpt2")
    seen: list[tuple[int, int]] = []
    options = {"verify": 2} if call is attribution_patching else {}
    call(model, CLEAN, CORRUPTED, ANSWERS, progress=lambda *at: seen.append(at), **options)
    total = 2 * (1 + 2) if options else 2 * 12
    assert [done for done, _ in seen] == list(range(total + 1)) or seen[-1] == (total, total)
    assert {whole for _, whole in seen} == {total}
    before = run(model, CLEAN[0])[0]

    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise Stop

    with leaves_no_hooks(model), pytest.raises(Stop):
        call(model, CLEAN, CORRUPTED, ANSWERS, positions="all", progress=stop, **options)
    assert torch.equal(run(model, CLEAN[0])[0], before)
    assert all(parameter.requires_grad for parameter in model.module.parameters())


def linear_above_the_heads(model: Any) -> Any:
    """No final norm and no last MLP: logits are linear in z of the last layer."""
    mine = private(model)
    mine.module.model.norm = torch.nn.Identity()
    with torch.no_grad():
        mine.blocks[-1].mlp.down_proj.weight.zero_()
    return mine


@pytest.mark.parametrize("metric", ["logit", "logit_diff"])
@pytest.mark.parametrize("direction", ["denoise", "noise"])
def test_the_estimate_is_exact_where_the_model_is_linear(
    metric: Any, direction: Any, tiny_model: Load
) -> None:
    model = linear_above_the_heads(tiny_model("llama-gqa"))
    found = attribution_patching(
        model, CLEAN, CORRUPTED, ANSWERS, metric, "all", direction, WRONG, verify=12
    )
    assert found.exact is not None
    last = found.exact.effect.values[2]
    assert abs(last).max() > 0.1
    np.testing.assert_allclose(found.estimate.effect.values[2], last, atol=1e-4)
    assert abs(found.estimate.effect.values[0] - found.exact.effect.values[0]).max() > 1e-2
    assert found.estimate.clean == pytest.approx(found.exact.clean, abs=1e-5)
    assert found.estimate.corrupted == pytest.approx(found.exact.corrupted, abs=1e-5)


@pytest.mark.parametrize("name", ["gpt2", "neox", "gemma2", "olmo2", "falcon-new"])
def test_the_gradient_is_that_of_small_steps(name: str, tiny_model: Load) -> None:
    model = private(tiny_model(name))
    model.module = model.module.double()
    text, d = CLEAN[0], model.facts.d_head
    answer = word(model, ANSWERS[0])
    ids = torch.tensor([ids_of(model, text)])
    found = head_gradients(model, ids, model.head_layers, lambda logits: logits[:, answer])
    random = torch.Generator().manual_seed(1)
    for layer, index in [(model.head_layers[0], 1), (model.head_layers[-1], 3)]:
        step = torch.randn(ids.shape[1], d, generator=random, dtype=torch.float64) * 1e-4
        part = slice(index * d, (index + 1) * d)
        ends = []
        for sign in (1, -1):

            def change(z: torch.Tensor, sign: int = sign, part: slice = part, step=step) -> None:
                z[:, part] += sign * step

            ends.append(run(model, text, {layer: change})[0][answer])
        slope = float((found.gradient[layer][0, :, index] * step).sum())
        assert float(ends[0] - ends[1]) / 2 == pytest.approx(slope, rel=2e-2, abs=3e-6)


def test_verified_heads_are_exact_and_the_largest_estimates(tiny_model: Load) -> None:
    model = tiny_model("llama-gqa")
    found = attribution_patching(model, CLEAN, CORRUPTED, ANSWERS, "logit", "all", verify=4)
    exact = patch(model, CLEAN, CORRUPTED, ANSWERS, "logit", "all")
    sizes = abs(found.estimate.effect.values)
    heads = found.verified()
    assert len(heads) == 4
    assert min(sizes[h.layer, h.index] for h in heads) == np.sort(sizes.ravel())[-4]
    both = [(found.estimate.effect.of(h), exact.effect.of(h)) for h in heads]
    for head, (_, value) in zip(heads, both, strict=True):
        assert found.exact.effect.of(head) == pytest.approx(value, abs=1e-5)  # type: ignore[union-attr]
    assert found.correlation == pytest.approx(np.corrcoef(np.array(both).T)[0, 1], abs=1e-4)
    assert attribution_patching(model, CLEAN, CORRUPTED, ANSWERS, verify=2).correlation is None
    assert attribution_patching(model, CLEAN, CORRUPTED, ANSWERS).exact is None
    with pytest.raises(ValueError, match="verify is -1"):
        attribution_patching(model, CLEAN, CORRUPTED, ANSWERS, verify=-1)


def test_results_survive_json(tiny_model: Load) -> None:
    found = attribution_patching(tiny_model("jamba"), CLEAN, CORRUPTED, ANSWERS, verify=3)
    assert Attribution.model_validate_json(found.model_dump_json()) == found
    assert found.exact is not None
    assert Patching.model_validate_json(found.exact.model_dump_json()) == found.exact
    assert found.exact.effect.provenance.parameters["heads"] == [
        str(head)
        for head in sorted(found.verified(), key=lambda head: -abs(found.estimate.effect.of(head)))
    ]
    assert len(found.table()) == len(found.estimate.effect.ranked())
