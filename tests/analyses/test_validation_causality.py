"""Cumulative removal: whole passes with plain hooks, rules by hand, the demo model's known heads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from headlab.analyses.relation_scores import relation_scores, usable_for
from headlab.analyses.task_accuracy import Task, TaskRun, cloze_task, few_shot_task
from headlab.analyses.validation.causality import (
    Control,
    choose_controls,
    chosen_steps,
    head_limit,
    overlap,
    random_sets,
    relation_causality,
    relation_heads,
)
from headlab.records.errors import TaskError
from headlab.records.head import Head
from headlab.records.relation import Relation
from headlab.records.validation import RelationCausality
from headlab.relations.bundled import relation


def heads(*names: str) -> list[Head]:
    return [Head.parse(name) for name in names]


def french(model: Any, n: int = 32) -> Relation:
    whole = relation("english_to_french")
    return whole.model_copy(update={"pairs": whole.pairs[:n]})


@torch.no_grad()
def plain_log_probabilities(model: Any, task: Task, removed: list[Head]) -> np.ndarray:
    """log p(answer) from whole passes, the heads' z zeroed at the last position by a plain hook."""
    found = []
    for ids, answer in zip(task.prompts, task.answers, strict=True):
        handles = []
        for head in removed:

            def hook(_module: Any, arguments: Any, head: Head = head) -> Any:
                z = arguments[0].clone()
                d = model.facts.d_head
                z[:, -1, head.index * d : (head.index + 1) * d] = 0
                return (z,)

            projection = model.module.model.layers[head.layer].self_attn.o_proj
            handles.append(projection.register_forward_pre_hook(hook))
        logits = model.module(torch.tensor([ids])).logits[0, -1]
        found.append(float(logits.log_softmax(-1)[answer]))
        for handle in handles:
            handle.remove()
    return np.array(found)


def test_removal_is_that_of_whole_passes(demo_model: Any) -> None:
    usable = usable_for(demo_model, french(demo_model, 8))
    removed = heads("L1H6", "L1H15", "L2H3")
    for task in (
        few_shot_task(demo_model, usable),
        cloze_task(demo_model, usable, usable.relation.cloze[0]),
    ):
        plain = plain_log_probabilities(demo_model, task, removed)
        found = TaskRun(demo_model, task).log_probabilities(removed)
        np.testing.assert_allclose(found, plain, atol=1e-4)
        assert np.abs(plain - plain_log_probabilities(demo_model, task, [])).max() > 1e-3


def test_relation_heads_break_the_demos_task_and_random_ones_do_not(demo_model: Any) -> None:
    """English to French: 8 heads take it from 1 to 0 (the model's card)."""
    wanted = french(demo_model)
    scores = relation_scores(demo_model, relation("english_to_french"))
    task = few_shot_task(demo_model, usable_for(demo_model, wanted))
    capital = relation("country_to_capital").model_copy(
        update={"pairs": relation("country_to_capital").pairs[:31]}
    )
    other = few_shot_task(demo_model, usable_for(demo_model, capital))
    calls: list[tuple[int, int]] = []
    found = relation_causality(
        demo_model,
        scores,
        task,
        [Control(other, 0.5, 1.0)],
        (1, 8),
        progress=lambda done, total: calls.append((done, total)),
    )
    assert found.heads == tuple(scores.ranked()[:8])
    assert found.base_accuracy == 1.0
    assert found.accuracy_at(8) < 0.1
    assert min(found.random_at(8)) > 0.9
    assert found.verdict(8) == "below every random set"
    assert len(found.random) == 5
    assert found.controls[0].name == "country_to_capital"
    assert found.controls[0].accuracy == tuple(
        TaskRun(demo_model, other).accuracy(found.heads[:n]) for n in (1, 8)
    )
    assert calls[-1] == (15, 15)
    assert [done for done, _ in calls] == list(range(1, 16))


def test_limits_are_the_authors() -> None:
    sizes = (12, 299, 300, 499, 500, 999, 1000, 1499, 1500, 4096)
    assert [head_limit(n) for n in sizes] == [30, 30, 50, 50, 100, 100, 150, 150, 250, 250]


def test_steps_by_hand() -> None:
    assert chosen_steps(7, 30) == (1, 2, 3, 4, 6, 7)
    assert chosen_steps(100, 5, "all") == (1, 2, 3, 4, 5)
    assert chosen_steps(10, 30, (4, 2, 99)) == (2, 4, 10)
    assert chosen_steps(0, 30) == ()
    with pytest.raises(TaskError, match="numbers of heads from 1"):
        chosen_steps(10, 30, (0, 3))


def test_controls_by_hand() -> None:
    ranked = {
        "a": heads("L0H0", "L0H1", "L0H2", "L0H3", "L0H4", "L0H5", "L0H6", "L0H7"),
        "near": heads("L1H0", "L0H0"),  # 1 of 8 removed heads: 12.5 %
        "far": heads("L1H1"),
        "shared": heads("L0H0", "L0H1"),  # 25 %
        "hard": heads("L1H2"),
    }
    base = {"a": 0.9, "near": 0.7, "far": 0.8, "shared": 0.9, "hard": 0.69}
    assert overlap(ranked["a"], ranked["near"]) == 0.125
    assert choose_controls("a", ranked, base) == ["far", "near"]
    assert choose_controls("a", ranked, base, most=1) == ["far"]


def test_random_sets_are_seeded_and_without_repeats() -> None:
    pool = [Head(layer=layer, index=index) for layer in range(3) for index in range(4)]
    one, again, other = (random_sets(pool, 6, 5, seed) for seed in (0, 0, 1))
    assert one == again
    assert one != other
    assert all(len(set(draw)) == 6 for draw in one)


def test_heads_without_a_score_are_left_out(demo_model: Any) -> None:
    scores = relation_scores(demo_model, "english_to_french")
    chosen = relation_heads(scores)
    assert set(chosen) == {head for head in demo_model.heads() if scores.of(head) > 0}
    assert len(chosen) < len(demo_model.heads())
    assert [scores.of(head) for head in chosen] == sorted(map(scores.of, chosen), reverse=True)


def test_random_sets_come_from_the_other_heads_while_there_are_enough(
    demo_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 40 of 60 heads removed, only 20 others are left: larger random sets do not exist."""
    scores = relation_scores(demo_model, "english_to_french")
    every = scores.model_copy(update={"relation": scores.relation + 0.001})
    removed: list[tuple[Head, ...]] = []

    class Fake:
        def __init__(self, *_: Any) -> None: ...

        def accuracy(self, without: Any = ()) -> float:
            removed.append(tuple(without))
            return 0.5

    monkeypatch.setattr("headlab.analyses.validation.causality.TaskRun", Fake)
    task = Task("french", ((1, 2),), (3,))
    found = relation_causality(demo_model, every, task, (), (10, 40), n_random=2)
    assert [len(one) for one in removed] == [0, 10, 40, 10, 10]
    for draw in removed[3:]:
        assert not set(draw) & set(found.heads)
    assert found.random == ((0.5, None), (0.5, None))
    assert found.verdict(10) == "within the random sets"
    assert found.verdict(40) == "no random control: too few other heads"
    low = found.model_copy(update={"base_accuracy": 0.2})
    assert low.verdict(10) == "not testable: base accuracy 0.20 < 0.3"
    assert RelationCausality.model_validate_json(found.model_dump_json()) == found
