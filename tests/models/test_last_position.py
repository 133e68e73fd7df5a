"""Removing heads at the last position: one kept prefix against whole passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from headlab.analyses.task_accuracy import Task, TaskRun
from headlab.models.forward import Tokens, run, zeroing
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
