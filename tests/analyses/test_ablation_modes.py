"""Every mode and choice of positions, against whole passes with a hook of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from headlab.analyses.ablation import ablate
from headlab.records.ablation import Ablation
from headlab.records.head import Head

Load = Callable[[str], Any]
FAMILIES = ("llama-gqa", "gpt2", "neox", "gemma2", "olmo2")
PROMPTS = ("the cat sat on the mat and then", "one two three four one", "hot day left")
HEADS = (Head(layer=0, index=1), Head(layer=2, index=3))
EFFECTS = ("loss_change", "logit_change", "logit_difference_change", "kl")
Values = list[Tensor]
"""For each prompt z of one head that takes the place of its own, `[position, d_head]`."""


@contextmanager
def hooked(model: Any, layer: int, edit: Callable[[Tensor], Any]) -> Any:
    def hook(_module: Any, arguments: tuple[Tensor, ...]) -> Any:
        z = arguments[0].clone()
        edit(z)
        return (z, *arguments[1:])

    handle = model.output_projection(layer).register_forward_pre_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def logits_of(model: Any, ids: Sequence[int]) -> Tensor:
    with torch.no_grad():
        found: Tensor = model.module(input_ids=torch.tensor([list(ids)])).logits[0].double()
    return found


def columns(model: Any, head: Head) -> slice:
    width = model.facts.d_head
    return slice(head.index * width, (head.index + 1) * width)


def z_of(model: Any, ids: Sequence[int], head: Head) -> Tensor:
    kept: list[Tensor] = []
    with hooked(model, head.layer, lambda z: kept.append(z[0, :, columns(model, head)].clone())):
        logits_of(model, ids)
    return kept[0]


@dataclass
class Straightforward:
    """One whole pass for every prompt and head, and the effects written out."""

    model: Any
    texts: Sequence[str]
    places: list[list[int]]
    answers: Sequence[str] = ()
    wrong: Sequence[Sequence[str]] = ()
    ids: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        texts = self.texts
        if self.answers:
            texts = [text + answer for text, answer in zip(texts, self.answers, strict=True)]
        self.ids = [self.model.vocabulary.encode(text) for text in texts]

    def effects(self, head: Head, values: Values) -> dict[str, float]:
        found: dict[str, list[float]] = {name: [] for name in EFFECTS}
        for number, ids in enumerate(self.ids):
            places, new = self.places[number], values[number]

            def edit(z: Tensor, places: list[int] = places, new: Tensor = new) -> None:
                for place in places:
                    z[0, place, columns(self.model, head)] = new[place]

            clean = logits_of(self.model, ids)
            with hooked(self.model, head.layer, edit):
                ablated = logits_of(self.model, ids)
            for place in places:
                true, before, after = ids[place + 1], clean[place], ablated[place]
                p, q = before.log_softmax(-1), after.log_softmax(-1)
                found["loss_change"].append(float(p[true] - q[true]))
                found["logit_change"].append(float(after[true] - before[true]))
                found["kl"].append(float((p.exp() * (p - q)).sum()))
                others = self.others(number, place, before)
                if others:
                    margins = [float(side[true] - side[others].mean()) for side in (before, after)]
                    found["logit_difference_change"].append(margins[1] - margins[0])
        return {name: float(np.mean(each)) for name, each in found.items()}

    def others(self, number: int, place: int, clean: Tensor) -> list[int]:
        if not self.wrong:
            best = clean.topk(2).indices.tolist()
            return [token for token in best if token != self.ids[number][place + 1]][:1]
        if place != len(self.ids[number]) - 2:
            return []
        encode = self.model.vocabulary.encode
        return [encode(self.texts[number] + text)[-1] for text in self.wrong[number]]


def compare(found: Ablation, wanted: Straightforward, values: Callable[[Head], Values]) -> None:
    for head in HEADS:
        for name, value in wanted.effects(head, values(head)).items():
            matrix = getattr(found, name)
            assert matrix[head.layer, head.index] == pytest.approx(value, abs=2e-5, rel=2e-5), name
            assert getattr(found.of(head), name) == matrix[head.layer, head.index]
    assert np.isnan(found.kl).sum() == found.kl.size - len(HEADS)


WHERE: dict[str, tuple[Any, Callable[[int, int], list[int]]]] = {
    "all": ("all", lambda _number, n: list(range(n - 1))),
    "last": ("last", lambda _number, n: [n - 2]),
    "numbers": ((0, -2), lambda _number, n: sorted({0, n - 2})),
    "one each": ([[2], [3], [0]], lambda number, _n: [[2], [3], [0]][number]),
    "lists": ([[4, 1], [-3], [0, 1]], lambda number, _n: [[1, 4], [2], [0, 1]][number]),
}


def straightforward(model: Any, where: str) -> Straightforward:
    lengths = [len(model.vocabulary.encode(text)) for text in PROMPTS]
    place = WHERE[where][1]
    return Straightforward(model, PROMPTS, [place(i, n) for i, n in enumerate(lengths)])


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("where", WHERE)
def test_zero_equals_whole_passes(name: str, where: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    found = ablate(model, PROMPTS, HEADS, positions=WHERE[where][0], n_rows=3)
    wanted = straightforward(model, where)

    def zeros(head: Head) -> Values:
        return [torch.zeros_like(z_of(model, ids, head)) for ids in wanted.ids]

    compare(found, wanted, zeros)
    assert found.n_positions == sum(map(len, wanted.places))
    np.testing.assert_array_equal(found.log_probability_change, -found.loss_change)


@pytest.mark.parametrize("per_position", [False, True])
@pytest.mark.parametrize("where", ["all", "last", "lists"])
@pytest.mark.parametrize("name", ["llama-gqa", "gpt2", "gemma2"])
def test_mean_equals_whole_passes(
    name: str, where: str, per_position: bool, tiny_model: Load
) -> None:
    model = tiny_model(name)
    wanted = straightforward(model, where)

    def means(head: Head) -> Values:
        known = [z_of(model, ids, head)[:-1] for ids in wanted.ids]
        if not per_position:
            mean = torch.cat(known).mean(0)
            return [mean.expand(len(ids), -1) for ids in wanted.ids]
        longest = max(len(z) for z in known)
        at = [torch.stack([z[t] for z in known if t < len(z)]).mean(0) for t in range(longest)]
        return [torch.stack(at) for _ in wanted.ids]

    found = ablate(
        model, PROMPTS, HEADS, "mean", WHERE[where][0], per_position=per_position, batch=2
    )
    compare(found, wanted, means)


@pytest.mark.parametrize("where", ["all", "last", "lists"])
@pytest.mark.parametrize("name", ["llama-gqa", "gpt2", "gemma2"])
def test_resample_equals_whole_passes(name: str, where: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    wanted, reference = straightforward(model, where), "red blue big small up"
    donor = model.vocabulary.encode(reference)

    def resampled(head: Head) -> Values:
        z = z_of(model, donor, head)[:-1]
        values = []
        for ids in wanted.ids:
            last = len(ids) - 2  # the donor's last known position corresponds to it
            rows = [z[(len(z) - 1 - (last - t)) % len(z)] for t in range(last + 1)]
            values.append(torch.stack(rows))
        return values

    found = ablate(model, PROMPTS, HEADS, "resample", WHERE[where][0], reference=[reference])
    compare(found, wanted, resampled)


@pytest.mark.parametrize("positions", ["all", "last", [-1]])
@pytest.mark.parametrize("name", ["llama-gqa", "gpt2"])
def test_answers_are_next_tokens_and_wrong_ones_distractors(
    name: str, positions: Any, tiny_model: Load
) -> None:
    model = tiny_model(name)
    answers, wrong = (" mat", " two", " right"), ((" dog",), (" five", " six"), (" up",))
    lengths = [len(model.vocabulary.encode(text)) for text in PROMPTS]
    every = positions == "all"
    places = [list(range(n)) if every else [n - 1] for n in lengths]
    wanted = Straightforward(model, PROMPTS, places, answers, wrong)
    found = ablate(
        model, PROMPTS, HEADS, positions=positions, answers=answers, wrong=[" dog", *wrong[1:]]
    )
    assert found.distractor == "given"

    def zeros(head: Head) -> Values:
        return [torch.zeros_like(z_of(model, ids, head)) for ids in wanted.ids]

    compare(found, wanted, zeros)
    last = found.effects[0].hurt_positions + found.effects[0].helped_positions
    if not every:
        texts = {row.context.next for row in last}
        assert texts <= set(answers)


def test_the_mean_of_two_prompts_by_hand(tiny_model: Load) -> None:
    """Prompts of one token and its answer: z is the token's value, the mean that of two."""
    model, head = tiny_model("llama-gqa"), Head(layer=2, index=2)
    ids = [model.vocabulary.encode(text) for text in ("cat", "dog")]
    assert [len(one) for one in ids] == [1, 1]
    z = [z_of(model, one, head)[0] for one in ids]
    found = ablate(model, ["cat", "dog"], head, "mean", "last", answers=[" sat", " ran"])
    wanted = Straightforward(model, ["cat", "dog"], [[0], [0]], [" sat", " ran"])
    value = wanted.effects(head, [(z[0] + z[1])[None] / 2] * 2)
    assert found.of(head).loss_change == pytest.approx(value["loss_change"], abs=1e-5)
    assert abs(value["loss_change"]) > 1e-3


def test_resampling_is_seeded_and_from_other_prompts(tiny_model: Load) -> None:
    from headlab.analyses.ablation_values import Resample
    from headlab.analyses.prompt_set import PromptSet

    model = tiny_model("gpt2")
    texts = [f"the {word} sat on {word}" for word in "cat dog mat red blue cat".split()]
    prompts = PromptSet(model, texts)
    draws = [Resample(model, prompts, prompts, seed).donors for seed in range(20)]
    assert Resample(model, prompts, prompts, 3).donors == draws[3]
    assert len({tuple(draw) for draw in draws}) > 1
    for draw in draws:
        assert all(texts[donor] != text for donor, text in zip(draw, texts, strict=True))
    one, same, other = (
        ablate(model, texts, "L1H1", "resample", seed=seed).loss_change[1, 1] for seed in (3, 3, 4)
    )
    assert one == same != other


def test_a_donor_is_as_long_as_the_prompt_where_there_is_one(tiny_model: Load) -> None:
    from headlab.analyses.ablation_values import Resample
    from headlab.analyses.prompt_set import PromptSet

    model = tiny_model("gpt2")
    prompts = PromptSet(model, ["one two", "one two three four", "red blue big small up"])
    for seed in range(10):
        donors = Resample(model, prompts, prompts, seed).donors
        assert donors[0] in (1, 2)
        assert donors[1] == 2
        assert donors[2] in (0, 1), "no other is as long: a shorter one"


@pytest.mark.parametrize("positions", ["all", "last"])
def test_heads_of_z_zero_change_nothing_in_any_mode(positions: Any, tiny_model: Load) -> None:
    """Values of weight zero: zero, mean and resample all put in what is there already."""
    model = tiny_model("llama-gqa")
    weight = model.attention(1).v_proj.weight
    kept = weight.detach().clone()
    try:
        with torch.no_grad():
            weight.zero_()
        for mode in ("zero", "mean", "resample"):
            found = ablate(model, PROMPTS, ["L1H0", "L1H3"], mode, positions)
            for effect in found.effects:
                assert effect.loss_change == pytest.approx(0, abs=1e-6)
                assert effect.kl == pytest.approx(0, abs=1e-6)
    finally:
        with torch.no_grad():
            weight.copy_(kept)


words = st.sampled_from("the cat dog mat sat red blue one two three up down".split())
texts = st.lists(words, min_size=3, max_size=7).map(" ".join)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    prompts=st.lists(texts, min_size=2, max_size=4, unique=True),
    mode=st.sampled_from(["zero", "mean"]),
    last=st.booleans(),
    replicas=st.integers(1, 4),
    batch=st.integers(1, 4),
)
def test_how_passes_are_batched_does_not_matter(
    prompts: list[str], mode: Any, last: bool, replicas: int, batch: int, tiny_model: Load
) -> None:
    model, positions = tiny_model("llama-gqa"), "last" if last else "all"
    heads = ["L1H0", "L1H1", "L1H3"]
    one = ablate(model, prompts, heads, mode, positions, replicas=replicas, batch=batch, n_rows=0)
    other = ablate(model, prompts[::-1], heads, mode, positions, n_rows=0)
    for name in EFFECTS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=2e-5)
    assert (one.kl[1, [0, 1, 3]] >= -1e-6).all()
    assert np.isfinite(one.loss_change[1, [0, 1, 3]]).all()


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(prompt=texts, last=st.booleans())
def test_a_prompts_own_mean_changes_nothing(prompt: str, last: bool, tiny_model: Load) -> None:
    model, positions = tiny_model("gpt2"), "last" if last else "all"
    found = ablate(model, [prompt], "L0H2", "mean", positions, per_position=True, n_rows=0)
    assert abs(found.of(Head(layer=0, index=2)).loss_change) < 1e-5
    assert found.of(Head(layer=0, index=2)).kl < 1e-5
