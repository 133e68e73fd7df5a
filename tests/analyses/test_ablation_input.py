"""Ablation: what is refused and why, numbers that are not finite, stopping, and which passes run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from headlab.analyses import ablation_plan
from headlab.analyses.ablation import ablate, ablate_each
from headlab.records.ablation import Ablation, HeadAblation
from headlab.records.errors import ModelError, PromptError
from headlab.records.head import Head

Load = Callable[[str], Any]
PROMPTS = ("the cat sat on the mat", "one two three four one", "red blue big small up")


@pytest.mark.parametrize(
    ("positions", "says"),
    [
        ([[1], [5], [1]], r"Position 5 is outside prompt 2 .* has 5 tokens: 0 to 4"),
        ([0, -6], r"Position -6 is outside prompt 2 .* -5 to -1"),
        ([[1], [2], [9]], "Position 9 is outside prompt 3"),
        ([[1], [2]], "3 prompts and positions for 2"),
        ([-1], "last token of prompt 1.*Give answers"),
    ],
)
def test_positions_outside_a_prompt_are_named(positions: Any, says: str, tiny_model: Load) -> None:
    with pytest.raises(PromptError, match=says):
        ablate(tiny_model("gpt2"), PROMPTS, "L0H0", positions=positions)


@pytest.mark.parametrize(
    "positions", ["first", "", [], [[], [1], [1]], [1, [2]], [1.5], [True], ["1"], [["1"]]]
)
def test_what_names_no_position_is_refused(positions: Any, tiny_model: Load) -> None:
    with pytest.raises(ValueError, match="not usable"):
        ablate(tiny_model("gpt2"), PROMPTS, "L0H0", positions=positions)


def test_positions_may_be_numbers_of_numpy(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    found = ablate(model, PROMPTS, "L0H0", positions=np.array([1, -2]))  # type: ignore[arg-type]
    assert found.positions == (1, -2)
    assert found.provenance.parameters["positions"] == [1, -2]
    assert Ablation.model_validate_json(found.model_dump_json()) == found
    each = ablate(model, PROMPTS, "L0H0", positions=np.array([[1], [2], [0]]))  # type: ignore[arg-type]
    assert Ablation.model_validate_json(each.model_dump_json()).positions == ((1,), (2,), (0,))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"mode": "resample"}, "no other prompt"),
        ({"mode": "resample", "reference": [PROMPTS[0]] * 2}, "no other prompt"),
        ({"mode": "mean", "per_position": True, "reference": ["one two three"]}, "reaches pos"),
        ({"mode": "mean", "reference": []}, "no prompts"),
        ({"mode": "mean", "reference": [""]}, r"Prompt 1 \(''\)"),
        ({"answers": [" cat", " dog"]}, "1 prompts and 2 answers"),
        ({"answers": [" nonsense"]}, "not one token at the end of prompt 1"),
        ({"answers": ["cat"]}, "not one token"),
        ({"wrong": [" cat"]}, "Give answers too"),
        ({"answers": [" cat"], "wrong": [" dog", " cat"]}, "2 wrong answers"),
        ({"answers": [" cat"], "wrong": [" dog"], "positions": [1]}, "No measured position"),
    ],
)
def test_texts_that_do_not_fit_are_named(
    given: dict[str, Any], says: str, tiny_model: Load
) -> None:
    with pytest.raises(PromptError, match=says):
        ablate(tiny_model("gpt2"), PROMPTS[:1], "L0H0", **given)


def test_a_reference_without_a_use_is_refused(tiny_model: Load) -> None:
    with pytest.raises(ValueError, match="takes no reference"):
        ablate(tiny_model("gpt2"), PROMPTS, "L0H0", reference=PROMPTS)
    with pytest.raises(ValueError, match="replicas must be 1"):
        ablate(tiny_model("gpt2"), PROMPTS, "L0H0", replicas=0)


@pytest.mark.parametrize("positions", ["all", "last"])
def test_a_clean_run_that_is_not_finite_is_an_error(positions: Any, tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    weight, kept = model.final_norm.weight, model.final_norm.weight.detach().clone()
    try:
        with torch.no_grad():
            weight[0] = float("nan")
        with pytest.raises(ModelError, match="no finite probabilities at position . of prompt 1"):
            ablate(model, PROMPTS, "L0H0", positions=positions)
    finally:
        with torch.no_grad():
            weight.copy_(kept)


@pytest.mark.parametrize("positions", ["all", "last"])
def test_a_head_without_finite_numbers_is_recorded_and_the_others_go_on(
    positions: Any, tiny_model: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, bad, real = tiny_model("gpt2"), Head(layer=1, index=2), ablation_plan.replacing

    def spoilt(groups: Any, values: Any, ablated: Any) -> Any:
        edits = real(groups, values, ablated)
        for replica, group in enumerate(groups):
            if bad in group:

                def edit(z: Any, good: Any = edits[1], replica: int = replica) -> Any:
                    changed = good(z)
                    changed.unflatten(0, (len(groups), -1))[replica] = float("nan")
                    return changed

                edits[1] = edit
        return edits

    monkeypatch.setattr(ablation_plan, "replacing", spoilt)
    found = ablate(model, PROMPTS, positions=positions)
    assert [failure.heads for failure in found.failures] == [(bad,)]
    assert found.failures[0].reason.startswith("Without L1H2")
    assert np.argwhere(np.isnan(found.loss_change)).tolist() == [[1, 2]]
    assert len(found.effects) == 11
    with pytest.raises(ModelError, match="Without L1H2"):
        found.of(bad)
    assert Ablation.model_validate_json(found.model_dump_json()) == found
    each = list(ablate_each(model, PROMPTS, positions=positions))
    assert [bool(one.failures) for one in each].index(True) == 6
    assert each[6].effects == ()


class Stop(Exception):
    pass


@pytest.mark.parametrize("last", [0, 3, 7, 12])
def test_stopping_at_the_last_position_keeps_what_was_given(
    last: int, tiny_model: Load, leaves_no_hooks: Any
) -> None:
    model, found = tiny_model("llama-gqa"), []

    def stop(done: int, total: int) -> None:
        assert total == 12
        if done == last:
            raise Stop

    with leaves_no_hooks(model), pytest.raises(Stop):
        for one in ablate_each(model, PROMPTS[1:], positions="last", progress=stop):
            found.append(one)
    assert len(found) == last
    assert [one.effects[0].heads[0] for one in found] == model.heads()[:last]


@pytest.mark.parametrize("positions", ["last", [[2], [2], [1]]])
def test_one_position_a_prompt_runs_alone(positions: Any, tiny_model: Load) -> None:
    """Only the clean pass reads whole prompts, whatever the number of heads."""
    model, lengths = tiny_model("llama-gqa"), []
    handle = model.blocks[-1].register_forward_hook(
        lambda _m, _a, output: lengths.append(
            (output[0] if isinstance(output, tuple) else output).shape[1]
        )
    )
    try:
        found = ablate(model, PROMPTS, positions=positions)
    finally:
        handle.remove()
    assert sum(length > 1 for length in lengths) == 2, "two lengths, each read once"
    assert found.provenance.parameters["passes"] == "last position"
    assert not np.isnan(found.kl).any()


def test_every_effect_is_a_value_of_each_head(tiny_model: Load) -> None:
    found = ablate(tiny_model("gpt2"), PROMPTS, ["L0H1", "L2H2"], positions="last")
    for effect in ("loss_change", "log_probability_change", "logit_change", "kl"):
        values = found.values(effect)  # type: ignore[arg-type]
        assert (values.measure, len(values.ranked())) == (effect, 2)
        assert values.of("L2H2") == getattr(found.of(Head(layer=2, index=2)), effect)
    assert found.values("logit_difference_change").unit == "logits"


def test_results_of_the_version_before_are_read(tiny_model: Load) -> None:
    found = ablate(tiny_model("gpt2"), PROMPTS, "L0H1")
    effect = found.effects[0].model_dump(mode="json")
    old = {name: effect[name] for name in effect if not name.startswith("logit")}
    read = HeadAblation.model_validate(old)
    assert read.logit_change is None
    assert read.model_dump(mode="json") == old, "a stored card would have another hash"
    whole = found.model_dump(mode="json")
    for name in ("logit_change", "logit_difference_change", "distractor", "failures"):
        del whole[name]
    assert np.isnan(Ablation.model_validate(whole).values("logit_change").values).all()
