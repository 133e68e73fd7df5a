"""Replacing z by groups of heads, replicas side by side, and passes that start at a block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from headlab.models.forward import Tokens, clean_run, replacing, resume, run, through, zeroing
from headlab.records.head import Head

Load = Callable[[str], Any]
GROUPS = [
    [Head(layer=0, index=1)],
    [Head(layer=0, index=0), Head(layer=0, index=2), Head(layer=1, index=1)],
]


def test_each_group_is_replaced_in_its_own_replica() -> None:
    z = torch.arange(2 * 3 * 5 * 4 * 2, dtype=torch.float32).reshape(6, 5, 4, 2) + 1
    values = {0: torch.full((3, 5, 4, 2), -1.0), 1: torch.full((4, 2), -2.0)}
    where = torch.zeros(3, 5, dtype=torch.bool)
    where[1, 2] = where[2, 4] = True
    edits = replacing(GROUPS, values, where)
    wanted = z.clone()
    for prompt, place in ((1, 2), (2, 4)):
        wanted[prompt, place, 1] = -1
        wanted[3 + prompt, place, [0, 2]] = -1
    before = z.clone()
    assert torch.equal(edits[0](z), wanted)
    wanted = z.clone()
    wanted[4, 2, 1] = wanted[5, 4, 1] = -2
    assert torch.equal(edits[1](z), wanted)
    assert torch.equal(z, before), "what the model holds stays"


def test_values_of_zero_are_zeroing() -> None:
    z = torch.randn(4, 3, 4, 2, generator=torch.Generator().manual_seed(0))
    zeros = replacing(GROUPS, {0: torch.zeros(4, 2), 1: torch.zeros(1)})
    without = replacing(GROUPS)
    for layer in (0, 1):
        assert torch.equal(zeros[layer](z), without[layer](z))
    assert torch.equal(zeroing(GROUPS[0])[0](z)[:, :, 1], torch.zeros(4, 3, 2))


def test_not_finite_values_are_replaced_too() -> None:
    z = torch.full((1, 2, 4, 2), float("nan"))
    where = torch.tensor([[True, False]])
    changed = zeroing([Head(layer=0, index=3)], where)[0](z)
    assert torch.equal(changed[0, 0, 3], torch.zeros(2))
    assert changed[0, 1, 3].isnan().all()


@pytest.mark.parametrize("name", ["llama-gqa", "gpt2", "neox"])
def test_replicas_equal_runs_of_their_own(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    prompts = [[0, 260, 270, 280], [0, 300, 301]]
    tokens, both = Tokens.pad(prompts, model.device), Tokens.pad(prompts * 2, model.device)
    found = resume(model, clean_run(model, both), replacing(GROUPS)).unflatten(0, (2, 2))
    for replica, group in enumerate(GROUPS):
        wanted = run(model, tokens, zeroing(group))
        torch.testing.assert_close(found[replica], wanted, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ["llama-gqa", "gpt2", "gemma2"])
def test_a_pass_in_two_parts_is_the_same_pass(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    clean = clean_run(model, Tokens.pad([[0, 260, 270, 280], [0, 300, 301]], model.device))
    assert clean.resid is not None
    bare = clean.bare()
    half = through(model, bare, clean.hidden(0), 0, 2)
    assert torch.equal(half, clean.hidden(2))
    assert torch.equal(through(model, bare, half, 2), clean.resid)
    with pytest.raises((TypeError, AttributeError)):
        through(model, bare, bare.hidden(1), 1)
