"""What patching needs of a family, in every family: gradients, complete parts, heads' inputs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from plain_runs import ANSWERS, CLEAN, CORRUPTED, WRONG, ids_of, run, word
from tiny_configs import TINY

from headlab.analyses.patching import attribution_patching, direct_logit_attribution
from headlab.models.families.values import no_value_matrix
from headlab.models.forward import Tokens, head_values
from headlab.models.head_inputs import HeadInputs
from headlab.records.errors import ModelError

Load = Callable[[str], Any]
FAMILIES = tuple(name for name in TINY if name != "qwen2")  # its tokenizer spells words out


@pytest.mark.parametrize("name", FAMILIES)
def test_gradients_reach_every_head_of_every_family(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    found = attribution_patching(model, CLEAN[:1], CORRUPTED[:1], ANSWERS[:1], "logit", "all")
    values = found.estimate.effect.values
    assert np.isfinite(values[list(model.head_layers)]).all()
    assert (values[list(model.head_layers)] != 0).all()
    assert found.estimate.effect.estimate
    assert "estimate" in found.estimate.effect.title


def uncapped(model: Any, text: str) -> torch.Tensor:
    """The model's own logits, with a soft cap taken off again."""
    logits = run(model, text)[0].double()
    cap = getattr(model.module.config.get_text_config(), "final_logit_softcapping", None)
    return logits if cap is None else cap * torch.atanh(logits / cap)


@pytest.mark.parametrize("name", FAMILIES)
def test_all_parts_add_up_to_the_logit_in_every_family(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    found = direct_logit_attribution(model, CLEAN[:2], ANSWERS[:2], WRONG[:2], "logit_diff")
    for number in range(2):
        logits = uncapped(model, CLEAN[number])
        wrong = [word(model, text) for text in WRONG[number]]
        own = float(logits[word(model, ANSWERS[number])] - logits[wrong].mean())
        scale = max(1.0, float(logits.abs().max()))
        assert found.sums[number] == pytest.approx(own, abs=2e-4 * scale)
        assert found.logits[number] == pytest.approx(own, abs=2e-4 * scale)
    assert (found.soft_cap is not None) == (
        getattr(model.module.config.get_text_config(), "final_logit_softcapping", None) is not None
    )
    shown = found.table()
    assert np.nansum(shown.column("value")) == pytest.approx(np.mean(found.sums), abs=1e-3)


@pytest.mark.parametrize("name", FAMILIES)
def test_inputs_are_queries_keys_and_values_in_every_family(name: str, tiny_model: Load) -> None:
    """A changed query moves its own position only, a changed key later ones too; values held at
    zero leave nothing."""
    model = tiny_model(name)
    layer = model.head_layers[-1]
    if model.family.read_value is no_value_matrix:
        with pytest.raises(ModelError, match="via='z'"):
            HeadInputs(model, layer)
        return
    inputs = HeadInputs(model, layer)
    tokens = Tokens.pad([ids_of(model, CLEAN[1])], model.device)
    with inputs.keeping():
        before = head_values(model, tokens, [layer])[0][layer][0]
    columns_of = inputs._columns
    with inputs.holding_all_but("q"):
        assert torch.equal(head_values(model, tokens, [layer])[0][layer][0], before)
    moved = {}
    for one in ("q", "k", "v"):
        at, places = columns_of[one]  # type: ignore[index]
        kept = inputs._kept[at].clone()
        inputs._kept[at][0, 2, places] += 3 * torch.randn(
            len(places), generator=torch.Generator().manual_seed(3)
        )
        other: Any = "k" if one != "k" else "q"
        with inputs.holding_all_but(other):
            after = head_values(model, tokens, [layer])[0][layer][0]
        moved[one] = [bool((row != 0).any()) for row in after - before]
        inputs._kept[at] = kept
    length = len(before)
    assert moved["q"] == [place == 2 for place in range(length)]
    assert moved["k"][:2] == [False, False]
    assert all(moved["k"][place] for place in (2, 3))
    assert all(moved["v"][2:4])
    at, places = columns_of["v"]
    inputs._kept[at][..., places] = 0
    with inputs.holding_all_but("q"):
        assert not head_values(model, tokens, [layer])[0][layer][0].any()
