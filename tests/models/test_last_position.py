"""Removing heads at the last position: one kept prefix against whole passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from tiny_configs import TINY

from headlab.analyses.task_accuracy import Task, TaskRun
from headlab.models import head_sweep
from headlab.models.forward import Tokens, replacing, run, zeroing
from headlab.models.head_sweep import HeadSweep
from headlab.models.last_position import LastPosition
from headlab.records.head import Head

PROMPTS = [[0, 260, 270, 280, 263], [0, 300, 301, 5], [0, 261, 262, 290, 291], [7]]
HEADS = [Head(layer=0, index=1), Head(layer=2, index=3)]


@pytest.mark.parametrize("name", ["llama-gqa", "qwen3", "mistral", "gpt2", "neox"])
def test_it_equals_a_whole_pass(name: str, tiny_model: Callable[[str], Any]) -> None:
    model = tiny_model(name)
    tokens = Tokens.pad(PROMPTS, model.device)
    rows, last = torch.arange(len(PROMPTS)), tokens.mask.sum(1) - 1
    where = torch.zeros_like(tokens.ids, dtype=torch.bool)
    where[rows, last] = True
    found = LastPosition(model, PROMPTS, batch=1)
    for heads in ([], HEADS, HEADS[:1], []):  # in any order: nothing is left behind
        wanted = run(model, tokens, zeroing(heads, where))[rows, last]
        torch.testing.assert_close(found.resid(zeroing(heads)), wanted, atol=2e-5, rtol=1e-4)


def test_accuracy_counts_right_answers(tiny_model: Callable[[str], Any]) -> None:
    model = tiny_model("gpt2")
    tokens = Tokens.pad(PROMPTS, model.device)
    with torch.no_grad():
        logits = model.module(input_ids=tokens.ids, attention_mask=tokens.mask).logits
    best = logits[torch.arange(4), tokens.mask.sum(1) - 1].argmax(-1).tolist()
    prompts = tuple(tuple(prompt) for prompt in PROMPTS)
    assert TaskRun(model, Task("t", prompts, tuple(best))).accuracy() == 1.0
    wrong = (best[0] + 1, *best[1:])
    assert TaskRun(model, Task("t", prompts, wrong)).accuracy() == 0.75


IDS = [[3, 260, 270, 280, 263, 281, 5, 9], [4, 300, 301, 5, 261, 262, 290, 291]]


@pytest.mark.parametrize("name", TINY)
def test_it_equals_whole_passes_in_every_family(
    name: str, tiny_model: Callable[[str], Any]
) -> None:
    """With sliding windows shorter than the prompt, latent attention, experts, ALiBi, hybrids."""
    model = tiny_model(name)
    tokens = Tokens.pad(IDS, model.device)
    where = torch.zeros_like(tokens.ids, dtype=torch.bool)
    where[:, -1] = True
    sweep = HeadSweep(model, tokens, last_only=True)
    assert sweep.short == (len(model.head_layers) == model.facts.n_layers)
    for layer in (model.head_layers[-1], model.head_layers[0]):  # down again, too
        groups = [[Head(layer=layer, index=0)], [Head(layer=layer, index=1)]]
        found = sweep.run(replacing(groups), len(groups))
        for group, replica in zip(groups, found, strict=True):
            wanted = run(model, tokens, zeroing(group, where))[:, -1:]
            torch.testing.assert_close(replica, wanted, atol=3e-5, rtol=1e-4)
    torch.testing.assert_close(sweep.resid, run(model, tokens)[:, -1:], atol=3e-5, rtol=1e-4)


def test_a_cache_that_does_not_give_the_clean_pass_is_not_used(
    tiny_model: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_model("llama-gqa")
    tokens = Tokens.pad(IDS, model.device)
    real = head_sweep.keep_prefix

    def wrong(*arguments: Any) -> Any:
        kept = real(*arguments)
        assert kept is not None
        kept[0].layers[1].values = kept[0].layers[1].values * 1.01
        return kept

    right = HeadSweep(model, tokens, last_only=True)
    monkeypatch.setattr(head_sweep, "keep_prefix", wrong)
    sweep = HeadSweep(model, tokens, last_only=True)
    assert (right.short, sweep.short) == (True, False)
    edits = replacing([HEADS[:1], HEADS[1:]])
    torch.testing.assert_close(sweep.run(edits, 2), right.run(edits, 2), atol=2e-5, rtol=1e-4)
    torch.testing.assert_close(sweep.z(1), right.z(1), atol=2e-5, rtol=1e-4)


def test_prompts_of_two_lengths_are_refused(tiny_model: Callable[[str], Any]) -> None:
    model = tiny_model("gpt2")
    with pytest.raises(ValueError, match="one length"):
        HeadSweep(model, Tokens.pad(PROMPTS, model.device), last_only=True)
