"""Ablation: an independent computation on edited weights, known answers, both kinds of lists."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from headlab.analyses import ablation_effects
from headlab.analyses.ablation import ablate, ablate_each
from headlab.records.ablation import Ablation
from headlab.records.errors import HeadError, PromptError
from headlab.records.head import Head

Load = Callable[[str], Any]
FAMILIES = ("llama-gqa", "qwen2", "gpt2", "neox")
PROMPTS = (
    "the cat sat on the mat and then it ran",
    "one two three four one two three four",
    "hot day",
)


def private(model: Any) -> Any:
    """A copy whose weights can be changed."""
    mine = copy.copy(model)
    mine.module = copy.deepcopy(model.module)
    for cached in ("blocks", "final_norm", "_first_mlp_embedding"):
        mine.__dict__.pop(cached, None)
    return mine


def without_rows(model: Any, head: Head) -> Any:
    """The model with the head's rows of the output weight set to zero: ablation without hooks."""
    mine = private(model)
    weight, d = mine.output_projection(head.layer).weight, mine.facts.d_head
    with torch.no_grad():
        rows = weight if mine.family.conv1d else weight.T
        rows[head.index * d : (head.index + 1) * d] = 0
    return mine


def log_probabilities(model: Any, text: str) -> tuple[list[int], torch.Tensor]:
    ids = model.vocabulary.encode(text)
    with torch.no_grad():
        logits = model.module(input_ids=torch.tensor([ids])).logits[0].float()
    return ids, torch.log_softmax(logits, -1)


@pytest.mark.parametrize("name", FAMILIES)
def test_effects_equal_those_of_edited_weights(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    head = Head(layer=1, index=2)
    found = ablate(model, PROMPTS, head, n_rows=400).of(head)
    changes, divergences, places = [], [], []
    hurt, helped = torch.zeros(352), torch.zeros(352)
    edited = without_rows(model, head)
    for prompt, text in enumerate(PROMPTS):
        ids, clean = log_probabilities(model, text)
        _, ablated = log_probabilities(edited, text)
        for place in range(len(ids) - 1):
            difference = clean[place] - ablated[place]
            changes.append(float(-difference[ids[place + 1]]))
            places.append((prompt, place))
            hurt += clean[place].exp() * difference
            helped -= ablated[place].exp() * difference
            divergences.append(float((clean[place].exp() * difference).sum()))
    assert found.loss_change == pytest.approx(-np.mean(changes), abs=1e-5)
    assert found.kl == pytest.approx(np.mean(divergences), abs=1e-5)
    listed = {
        (r.context.prompt, r.context.position): r.change
        for r in (*found.hurt_positions, *found.helped_positions)
    }
    assert listed.keys() == set(places)
    for place, change in zip(places, changes, strict=True):
        assert listed[place] == pytest.approx(change, abs=1e-4)
    assert all(row.change < 0 for row in found.hurt_positions)
    assert all(row.change > 0 for row in found.helped_positions)
    for rows, wanted in ((found.hurt_tokens, hurt), (found.helped_tokens, helped)):
        assert [row.effect for row in rows] == sorted((row.effect for row in rows), reverse=True)
        for row in rows[:40]:
            assert row.effect == pytest.approx(float(wanted[row.token_id]), abs=1e-4)
        best = wanted.argmax()
        assert rows[0].token_id == int(best)


def test_contexts_and_probabilities_are_those_of_the_model(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    head = Head(layer=2, index=1)
    found = ablate(model, PROMPTS, head).of(head)
    edited = without_rows(model, head)
    for row in found.hurt_positions:
        ids, clean = log_probabilities(model, PROMPTS[row.context.prompt])
        _, ablated = log_probabilities(edited, PROMPTS[row.context.prompt])
        place = row.context.position
        assert row.context.next_id == ids[place + 1]
        assert row.context.before[-1] == model.vocabulary.text_of(ids[place])
        assert row.p_clean == pytest.approx(float(clean[place, ids[place + 1]].exp()), abs=1e-5)
        assert row.top_ablated[0].token_id == int(ablated[place].argmax())
    token = found.hurt_tokens[0]
    context = token.contexts[0].context
    _, clean = log_probabilities(model, PROMPTS[context.prompt])
    assert token.p_clean == pytest.approx(
        float(clean[context.position, token.token_id].exp()), abs=1e-5
    )


@pytest.mark.parametrize("name", FAMILIES)
def test_a_head_whose_output_weight_is_zero_affects_nothing(name: str, tiny_model: Load) -> None:
    head = Head(layer=1, index=0)
    model = without_rows(tiny_model(name), head)
    bias = getattr(model.output_projection(1), "bias", None)
    assert bias is None or bias.abs().sum() > 0, "the bias is nobody's and must stay"
    effect = ablate(model, PROMPTS, head).of(head)
    assert (effect.loss_change, effect.kl) == (0.0, 0.0)
    assert effect.hurt_positions == effect.helped_positions == ()
    assert effect.hurt_tokens == effect.helped_tokens == ()


def test_all_heads_equal_each_alone(tiny_model: Load) -> None:
    model = tiny_model("llama-gqa")
    sweep = ablate(model, PROMPTS)
    assert sweep.loss_change.shape == (3, 4)
    assert not np.isnan(sweep.loss_change).any()
    for text in ("L0H0", "L1H3", "L2H1"):
        head = Head.parse(text)
        alone = ablate(model, PROMPTS, text)
        assert alone.of(head) == sweep.of(head)
        assert np.isnan(alone.loss_change).sum() == 11
        assert alone.loss_change[head.layer, head.index] == alone.of(head).loss_change


def test_batching_does_not_change_the_ranking(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    one, other = ablate(model, PROMPTS, batch=1), ablate(model, PROMPTS, batch=3)
    assert np.allclose(one.loss_change, other.loss_change, atol=1e-5)
    assert ablate(model, PROMPTS).effects == ablate(model, PROMPTS).effects, "not deterministic"


def test_heads_together_are_removed_at_once(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    pair = [Head(layer=0, index=1), Head(layer=2, index=3)]
    found = ablate(model, PROMPTS, pair, together=True)
    both = without_rows(without_rows(model, pair[0]), pair[1])
    losses = []
    for text in PROMPTS:
        ids, ablated = log_probabilities(both, text)
        losses += [-float(ablated[place, ids[place + 1]]) for place in range(len(ids) - 1)]
    assert found.effects[0].heads == tuple(pair)
    assert found.clean_loss + found.effects[0].loss_change == pytest.approx(
        np.mean(losses), abs=1e-4
    )


def test_the_last_position_is_where_the_last_token_is_predicted(tiny_model: Load) -> None:
    model = tiny_model("llama-gqa")
    found = ablate(model, PROMPTS[:2], "L2H0", positions="last")
    assert found.n_positions == 2
    places = [
        row.context
        for row in (*found.effects[0].hurt_positions, *found.effects[0].helped_positions)
    ]
    for context in places:
        ids = model.vocabulary.encode(PROMPTS[context.prompt])
        assert (context.position, context.next_id) == (len(ids) - 2, ids[-1])
    everywhere = ablate(model, PROMPTS[:2], "L0H0")
    assert everywhere.n_positions > 2


def test_bad_input_is_named(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    with pytest.raises(PromptError, match="no prompts"):
        ablate(model, [])
    with pytest.raises(PromptError, match=r"Prompt 2 \(''\)"):
        ablate(model, ["one two", ""])
    with pytest.raises(PromptError, match="at most"):
        ablate(model, ["cat " * 1100])
    with pytest.raises(HeadError, match="L9H9"):
        ablate(model, PROMPTS, "L9H9")
    with pytest.raises(ValueError, match="mode 'median' is unknown"):
        ablate(model, PROMPTS, mode="median")  # type: ignore[arg-type]


def test_progress_reaches_its_total(tiny_model: Load) -> None:
    seen: list[tuple[int, int]] = []
    ablate(
        tiny_model("gpt2"),
        PROMPTS,
        batch=2,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[-1] == (24, 24)
    assert [done for done, _ in seen] == list(range(25))


def test_each_head_is_given_as_soon_as_it_is_done(tiny_model: Load) -> None:
    model = tiny_model("llama-gqa")
    told: list[str | int] = []
    found = []
    for one in ablate_each(model, PROMPTS, batch=2, progress=lambda done, _: told.append(done)):
        found.append(one)
        told.append(str(one.effects[0].heads[0]))
    assert told[:7] == [0, 1, "L0H0", 2, 3, "L0H1", 4]
    assert told[-1] == 24
    whole = ablate(model, PROMPTS, batch=2)
    assert [one.effects[0] for one in found] == list(whole.effects)
    for head, one in zip(model.heads(), found, strict=True):
        assert one.loss_change[head.layer, head.index] == one.of(head).loss_change
        assert np.isnan(one.loss_change).sum() == 11
        assert one.clean_loss == whole.clean_loss
        assert one.provenance.parameters["heads"] == [str(head)]


def test_effects_keep_the_order_in_which_heads_were_given(tiny_model: Load) -> None:
    names = ["L2H1", "L0H3", "L1H0"]
    found = ablate(tiny_model("gpt2"), PROMPTS, names)
    assert [str(effect.heads[0]) for effect in found.effects] == names


@pytest.mark.parametrize("name", FAMILIES)
def test_distributions_that_are_not_held_are_computed_again(
    name: str, tiny_model: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_model(name)
    held = ablate(model, PROMPTS, batch=2)
    monkeypatch.setattr(ablation_effects, "HELD", 0)
    found = ablate(model, PROMPTS, batch=2)
    np.testing.assert_allclose(found.loss_change, held.loss_change, atol=1e-6)
    for effect, wanted in zip(found.effects, held.effects, strict=True):
        assert [row.token_id for row in effect.hurt_tokens] == [
            row.token_id for row in wanted.hurt_tokens
        ]
        for row, same in zip(effect.hurt_positions, wanted.hurt_positions, strict=True):
            assert row.context == same.context
            assert (row.p_clean, row.p_ablated) == pytest.approx((same.p_clean, same.p_ablated))
        for row, same in zip(effect.helped_tokens, wanted.helped_tokens, strict=True):
            assert (row.effect, row.count) == pytest.approx((same.effect, same.count))
            assert [one.context for one in row.contexts] == [one.context for one in same.contexts]


class Stop(Exception):
    pass


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("last", [0, 1, 7, 24])
def test_stopping_leaves_the_model_as_it_was(
    name: str, last: int, tiny_model: Load, leaves_no_hooks: Any
) -> None:
    model = tiny_model(name)
    _, before = log_probabilities(model, PROMPTS[0])

    def stop(done: int, _total: int) -> None:
        if done == last:
            raise Stop

    found = []
    with leaves_no_hooks(model), pytest.raises(Stop):
        found.extend(ablate_each(model, PROMPTS, batch=2, progress=stop))
    assert torch.equal(log_probabilities(model, PROMPTS[0])[1], before)


def test_results_survive_json(tiny_model: Load) -> None:
    found = ablate(tiny_model("gpt2"), PROMPTS, "L1H1")
    assert Ablation.model_validate_json(found.model_dump_json()) == found
