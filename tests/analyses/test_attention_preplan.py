"""WAAD, FAI, preplan and anchor tokens, credit: known by hand, by loops, and on whole models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import headlab
from headlab.analyses.attention import preplan
from headlab.analyses.attention.credit import (
    apply_credit,
    coupled_credit,
    introducing_tokens,
    pad_credit,
    token_credit,
)
from headlab.analyses.attention.preplan import preplan_anchor
from headlab.analyses.attention.rhythm import (
    changes,
    future_influence,
    mean_distance,
    top_share,
    windowed_distance,
    without_bos,
)
from headlab.records.attention import CORRELATIONAL, PreplanAnchor
from headlab.records.errors import PromptError
from headlab.records.head import Head

Load = Callable[[str], Any]
HAND = torch.tensor(
    [
        [1, 0, 0, 0, 0],
        [0.5, 0.5, 0, 0, 0],
        [0.5, 0, 0.5, 0, 0],
        [1, 0, 0, 0, 0],
        [0, 0.5, 0.25, 0, 0.25],
    ]
)
WAAD = [5, 1, 4, 4, 0.5, 3]
FAI = [0.1, 0.5, float("nan"), 0.4, 0.6, 0.2]


def test_distance_waad_and_fai_known_by_hand() -> None:
    assert mean_distance(HAND, 2).item() == pytest.approx((1 + 3 + 2) / 3)
    assert mean_distance(HAND).item() == pytest.approx((0 + 0.5 + 1 + 3 + 2) / 5)
    assert windowed_distance(HAND, 2).tolist() == [0, 0.5, 1, 2, 1.5]
    assert windowed_distance(HAND, 10).tolist() == [0, 0.5, 1, 3, 2]
    near = future_influence(HAND, 2, (1, 2))
    assert near[:4].tolist() == [0.5, 0, 0.125, 0]
    assert near[4].isnan()
    far = future_influence(HAND, 2, (2, None))
    assert far[:3].tolist() == [0.5, 0.25, 0.25]
    assert far[3:].isnan().all()


def test_what_happens_to_the_first_token() -> None:
    assert without_bos(HAND, "keep") is HAND
    dropped = without_bos(HAND, "drop")
    assert dropped.sum(-1).tolist() == [0, 0.5, 0.5, 0, 1]
    rescaled = without_bos(HAND, "renormalise")
    assert rescaled.sum(-1).tolist() == [0, 1, 1, 0, 1]
    assert rescaled[2].tolist() == [0, 0, 1, 0, 0]
    assert HAND[0, 0] == 1, "the given matrix was changed"
    with pytest.raises(ValueError, match="bos 'no'"):
        without_bos(HAND, "no")  # type: ignore[arg-type]


def test_preplan_and_anchor_tokens_known_by_hand() -> None:
    steps = changes(WAAD)
    assert steps[:5].tolist() == [4, 3, 0, 3.5, 2.5]
    assert np.isnan(steps[5])
    assert top_share(steps, 0.4) == (0, 3)
    assert top_share(FAI, 0.4) == (1, 4)
    assert top_share(FAI, 0.4, left_out=[4]) == (1,)
    assert top_share([7, 7, 7], 0.5) == (0,), "of equals the earlier"
    assert top_share([3, 1], 0.1) == (0,), "at least one"
    assert top_share(list(range(10)), 0.3) == (7, 8, 9)
    assert top_share([float("nan")], 0.4) == ()
    with pytest.raises(ValueError, match="share"):
        top_share(FAI, 0)


def test_credit_known_by_hand() -> None:
    steps = changes(WAAD)
    assert token_credit(6, (0, 3)).tolist() == [1.5, 1, 1, 1.5, 1, 1]
    assert token_credit(3, (1,), gain=2).tolist() == [1, 2, 1]
    introduced = introducing_tokens(WAAD, steps, (1, 4))
    assert introduced == {1: 0, 4: 3}
    coupled = coupled_credit(6, (1, 4), introduced)
    assert coupled.tolist() == [1.25, 1.25, 1, 1.25, 1.25, 1]
    assert coupled_credit(6, (1, 4), introduced, passed=0.2).tolist() == pytest.approx(
        [1.1, 1.4, 1, 1.1, 1.4, 1]
    )
    assert introducing_tokens(WAAD, steps, (1, 4), low=0.7) == {4: 3}
    assert coupled_credit(6, (1, 4), {4: 3}).tolist() == [1, 1.5, 1, 1.25, 1.25, 1]
    assert introducing_tokens(WAAD, steps, (1, 4), large=3.8) == {1: 0}
    assert introducing_tokens(WAAD, steps, (5,), reach=1, low=9, large=0) == {5: 4}
    assert introducing_tokens(WAAD, steps, (5,), reach=3, low=9, large=0) == {5: 3}
    assert introducing_tokens(WAAD, steps, (0,), low=9, large=0) == {}, "nothing comes before it"
    assert coupled_credit(3, (0, 2), {0: 1, 2: 1}).tolist() == [1.25, 1.25, 1.25], "once"
    with pytest.raises(ValueError, match="reach"):
        introducing_tokens(WAAD, steps, (1,), reach=0)
    with pytest.raises(ValueError, match="token 6"):
        token_credit(6, (6,))
    with pytest.raises(ValueError, match="passed"):
        coupled_credit(6, (1,), {}, passed=2)


def naive(pattern: np.ndarray, start: int, window: int, low: int, high: int | None) -> Any:
    """Distance, WAAD and FAI by the definitions, number by number."""
    n = len(pattern)
    d = sum(pattern[t, s] * (t - s) for t in range(start, n) for s in range(t + 1)) / (n - start)
    waad = [sum(pattern[t, s] * min(t - s, window) for s in range(t + 1)) for t in range(n)]
    fai = []
    for s in range(n):
        later = [t for t in range(max(start, s + low), n) if high is None or t <= s + high]
        fai.append(np.mean([pattern[t, s] for t in later]) if later else np.nan)
    return d, np.array(waad), np.array(fai)


@st.composite
def stochastic(draw: st.DrawFn) -> np.ndarray:
    """Heads of causal, row-stochastic matrices."""
    heads, n = draw(st.integers(1, 3)), draw(st.integers(2, 8))
    raw = draw(arrays(np.float64, (heads, n, n), elements=st.floats(0, 1)))
    raw = np.tril(raw) + 1e-3 * np.tril(np.ones((n, n)))
    return raw / raw.sum(-1, keepdims=True)


@settings(deadline=None, max_examples=60)
@given(stochastic(), st.data())
def test_rhythm_equals_the_definitions(patterns: np.ndarray, data: st.DataObject) -> None:
    n = patterns.shape[-1]
    start = data.draw(st.integers(0, n - 1))
    window, low = data.draw(st.integers(1, 9)), data.draw(st.integers(0, 4))
    high = data.draw(st.none() | st.integers(low, 9))
    given_all = torch.tensor(patterns)
    d, waad = mean_distance(given_all, start), windowed_distance(given_all, window)
    fai = future_influence(given_all, start, (low, high))
    for head, pattern in enumerate(patterns):
        wanted = naive(pattern, start, window, low, high)
        assert d[head].item() == pytest.approx(wanted[0])
        assert np.allclose(waad[head], wanted[1])
        assert np.allclose(fai[head], wanted[2], equal_nan=True)
    mean = given_all.mean(0)
    assert torch.allclose(windowed_distance(mean, window), waad.mean(0))
    assert torch.allclose(future_influence(mean, start, (low, high)), fai.mean(0), equal_nan=True)
    assert (waad <= window + 1e-9).all()
    assert torch.allclose(windowed_distance(given_all, n)[:, start:].mean(-1), d)


@pytest.mark.parametrize("name", ["llama-gqa", "gpt2", "gemma2", "lfm2"])
@pytest.mark.parametrize("bos", ["keep", "drop", "renormalise"])
def test_streaming_equals_all_layers_at_once(name: str, bos: Any, tiny_model: Load) -> None:
    model = tiny_model(name)
    before, after = [5, 260, 7], [261, 9, 30, 262, 8, 263, 5, 260, 264]
    found = preplan_anchor(model, before, after, window=3, horizon=(2, 4), bos=bos)
    module, kernel = model.module, model.module.config._attn_implementation
    module.set_attn_implementation("eager")
    with torch.no_grad():
        ids = torch.tensor([before + after])
        layers = module(input_ids=ids, output_attentions=True).attentions
    module.set_attn_implementation(kernel)
    whole = [one for one in layers if one is not None]
    assert len(whole) == len(model.head_layers)
    heads: dict[Head, Any] = {}
    for layer, pattern in zip(model.head_layers, whole, strict=True):
        for index in range(model.facts.n_heads):
            one = pattern[0, index].double().numpy()
            if bos != "keep":
                one[:, 0] = 0
            if bos == "renormalise":
                one /= np.maximum(one.sum(-1, keepdims=True), 1e-12)
            heads[Head(layer=layer, index=index)] = naive(one, 3, 3, 2, 4)
    for head, wanted in heads.items():
        assert found.distance.of(head) == pytest.approx(wanted[0], abs=1e-5)
    count = int(0.3 * len(heads))
    near = sorted(heads, key=lambda head: (heads[head][0], head))
    assert set(found.local_heads) == set(near[:count])
    assert set(found.global_heads) == set(near[-count:])
    waad = np.mean([heads[head][1] for head in found.local_heads], 0)[3:]
    fai = np.mean([heads[head][2] for head in found.global_heads], 0)[3:]
    assert np.allclose(found.waad, waad, atol=1e-5)
    assert np.allclose(found.fai, fai, atol=1e-5, equal_nan=True)
    assert np.isnan(found.fai[-2:]).all()
    ranked = np.argsort(-np.abs(np.diff(waad)))[:3]  # the top .4 of 8
    assert set(found.preplan) == set(ranked.tolist())
    assert found.local_credit.tolist() == [1.5 if t in ranked else 1 for t in range(9)]


def test_a_model_of_known_patterns(tiny_model: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Layer 0 looks at the token before, layer 1 at the third position, layer 2 at itself."""
    model = tiny_model("gpt2")
    n = 7
    before, third, itself = torch.zeros(n, n), torch.zeros(n, n), torch.eye(n)
    before[0, 0] = 1
    before[range(1, n), range(n - 1)] = 1
    third[range(2), range(2)] = 1
    third[2:, 2] = 1
    layers = [before, third, itself]

    def visit(_model: Any, tokens: Any, read: Any) -> None:
        assert tokens.ids.tolist() == [[5, 6, 7, 8, 9, 10, 11]]
        for layer, pattern in enumerate(layers):
            read(layer, pattern.expand(1, 4, n, n))

    monkeypatch.setattr(preplan, "visit_patterns", visit)
    found = preplan_anchor(model, [5, 6], [7, 8, 9, 10, 11], horizon=(1, 2), reach=1)
    assert {head.layer for head in found.local_heads} == {2}
    assert {head.layer for head in found.global_heads} == {1}
    assert len(found.local_heads) == len(found.global_heads) == 3
    assert found.distance.values[:, 0].tolist() == [1, 2, 0]
    assert found.waad.tolist() == [0, 0, 0, 0, 0]
    assert found.fai[:4].tolist() == [1, 0, 0, 0]
    assert found.anchors == (0,)
    assert found.preplan == (0,), "all changes are equal, so the first"
    assert found.start == 2
    mixed = preplan_anchor(
        model, [5, 6], [7, 8, 9, 10, 11], local_share=0.7, global_share=1, horizon=(1, None)
    )
    assert mixed.waad.tolist() == [0.5] * 5, "half of the local heads look one back"
    assert mixed.fai[:4].tolist() == pytest.approx([(1 / 4 + 1) / 3, 1 / 9, 1 / 6, 1 / 3])


def test_texts_are_told_apart(tiny_model: Load) -> None:
    model = tiny_model("llama-gqa")
    found = preplan_anchor(model, "the cat sat", " on the mat; it ran", horizon=(1, None))
    ids = model.vocabulary.encode("the cat sat on the mat; it ran")
    assert list(found.token_ids) == ids[3:]
    assert found.start == 3
    same = preplan_anchor(model, ids[:3], ids[3:], horizon=(1, None))
    assert np.array_equal(same.waad, found.waad)
    semicolon = found.tokens.index(";")
    kept_out = preplan_anchor(
        model, ids[:3], ids[3:], horizon=(1, None), top=1.0, punctuation=False
    )
    assert semicolon not in (*kept_out.preplan, *kept_out.anchors)
    everything = preplan_anchor(model, ids[:3], ids[3:], horizon=(1, None), top=1.0)
    assert semicolon in everything.preplan


def test_a_short_response_has_no_anchors(tiny_model: Load) -> None:
    found = preplan_anchor(tiny_model("gpt2"), "the cat", " sat on the mat")
    assert np.isnan(found.fai).all()
    assert found.anchors == ()
    assert found.introduced == ()
    assert set(found.coupled_credit) == {1.0}


def test_the_record_and_its_table(tiny_model: Load) -> None:
    found = preplan_anchor(tiny_model("gpt2"), "the cat", " sat on the mat and ran", horizon=(2, 3))
    assert PreplanAnchor.model_validate_json(found.model_dump_json()) == found
    table = found.table()
    assert table.notes[0] == CORRELATIONAL
    assert len(table) == len(found.tokens) == len(found.coupled_credit)
    assert [row["anchor"] for row in table.dicts()].count(True) == len(found.anchors)
    made = found.provenance.parameters
    assert (made["horizon"], made["low"], made["bos"]) == ([2, 3], "median", "keep")
    assert headlab.preplan_anchor is preplan_anchor


def test_bad_input_is_named(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    with pytest.raises(PromptError, match="response is 1 token"):
        preplan_anchor(model, "the cat", " sat")
    with pytest.raises(PromptError, match="prompt is empty"):
        preplan_anchor(model, [], [5, 6])
    with pytest.raises(PromptError, match="1024"):
        preplan_anchor(model, "the cat", " sat" * 1100)
    for wrong in ({"window": 0}, {"horizon": (5, 2)}, {"local_share": 0}, {"top": 2}):
        with pytest.raises(ValueError, match="is"):
            preplan_anchor(model, "the cat", " sat on the mat", **wrong)


class Stop(Exception):
    pass


def test_it_can_be_cancelled(tiny_model: Load) -> None:
    model = tiny_model("gpt2")

    def stop(done: int, total: int) -> None:
        assert total == 3
        if done == 2:
            raise Stop

    with pytest.raises(Stop):
        preplan_anchor(model, "the cat", " sat on the mat", progress=stop)
    assert model.module.config._attn_implementation == "sdpa"


def test_credit_is_applied_to_what_is_not_negative() -> None:
    weights = np.array([1.0, 1.5, 1.25])
    advantages = np.array([[2.0, -2.0, 4.0], [0.0, 1.0, -1.0]])
    assert apply_credit(advantages, weights).tolist() == [[2, -2, 5], [0, 1.5, -1]]
    assert advantages[0, 2] == 4, "the given advantages were changed"
    column = np.array([[2.0], [-2.0]], dtype=np.float32)
    found = apply_credit(column, np.stack([weights, weights]))
    assert found.tolist() == [[2, 3, 2.5], [-2, -2, -2]]
    assert found.dtype == np.float32


def test_credit_of_tensors_is_detached() -> None:
    advantages = torch.tensor([[2.0, -2.0], [1.0, 1.0]], dtype=torch.bfloat16)
    weights = torch.tensor([[1.5, 1.5], [1.0, 1.25]], requires_grad=True)
    found = apply_credit(advantages, weights)
    assert found.tolist() == [[3, -2], [1, 1.25]]
    assert found.dtype == torch.bfloat16
    assert not found.requires_grad
    assert apply_credit(np.ones((2, 2)), weights).tolist() == [[1.5, 1.5], [1, 1.25]]
    learnt = torch.ones(2, requires_grad=True)
    apply_credit(learnt, np.array([1.5, 1.0])).sum().backward()
    assert learnt.grad is not None
    assert learnt.grad.tolist() == [1.5, 1]


def test_credit_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="advantages have shape"):
        apply_credit(np.ones(2), np.ones((2, 3)))
    with pytest.raises(ValueError, match="advantages have shape"):
        apply_credit(np.ones((2, 4)), np.ones((2, 3)))
    with pytest.raises(ValueError, match="advantages have shape"):
        apply_credit(np.ones((2, 3)), np.ones((2, 1)))
    with pytest.raises(ValueError, match="floating-point"):
        apply_credit(torch.ones(3, dtype=torch.int64), np.ones(3))


def test_a_batch_of_credits() -> None:
    batch = pad_credit([np.array([1.5, 1.0]), np.array([1.25])], length=3)
    assert batch.tolist() == [[1.5, 1, 1], [1.25, 1, 1]]
    assert pad_credit([np.array([1.5, 1.0]), np.array([1.25])]).shape == (2, 2)
    with pytest.raises(ValueError, match="4 tokens"):
        pad_credit([np.ones(4)], length=3)
