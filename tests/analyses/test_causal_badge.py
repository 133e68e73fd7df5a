"""The causal badge: effects by whole passes, ranks by hand, and what cannot be tested."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import false_discovery_control

from headlab.analyses.ablation import ablate
from headlab.analyses.causal_badge import causal_badge, causal_badges
from headlab.analyses.relation_scores import usable_for
from headlab.analyses.task_accuracy import few_shot_task
from headlab.records.causal_badge import CausalBadges
from headlab.records.errors import HeadError, RelationError
from headlab.records.head import Head
from headlab.records.relation import Relation
from headlab.relations.bundled import relation

HEADS = ("L1H6", "L1H1", "L2H9", "L0H3")
AMONG = ("country_to_capital", "copying", "noun_to_pronoun", "year_to_following")
PROMPTS = ("The capital of France is Paris", "red -> rouge; dog -> chien")


@pytest.fixture(scope="module")
def french() -> Relation:
    whole = relation("english_to_french")
    return whole.model_copy(update={"pairs": whole.pairs[:40]})


@pytest.fixture(scope="module")
def batch(demo_model: Any, french: Relation) -> CausalBadges:
    return causal_badges(demo_model, french, HEADS, among=AMONG)


@torch.no_grad()
def plain_effect(model: Any, french: Relation, name: str) -> float:
    """Fall of log p(target), from whole passes of the module."""
    task, head = few_shot_task(model, usable_for(model, french)), Head.parse(name)
    falls = []
    for ids, answer in zip(task.prompts, task.answers, strict=True):
        found = []
        for remove in (False, True):

            def hook(_module: Any, arguments: Any, remove: bool = remove) -> Any:
                z = arguments[0].clone()
                if remove:
                    z[:, -1, head.index * 16 : (head.index + 1) * 16] = 0
                return (z,)

            projection = model.module.model.layers[head.layer].self_attn.o_proj
            handle = projection.register_forward_pre_hook(hook)
            logits = model.module(torch.tensor([ids])).logits[0, -1]
            found.append(float(logits.log_softmax(-1)[answer]))
            handle.remove()
        falls.append(found[0] - found[1])
    return float(np.mean(falls))


def test_effects_are_those_of_whole_passes(
    demo_model: Any, french: Relation, batch: CausalBadges
) -> None:
    assert demo_model.facts.d_head == 16
    for name in HEADS[:3]:
        plain = plain_effect(demo_model, french, name)
        assert batch.of(name).effect == pytest.approx(plain, abs=2e-5)
    assert max(badge.effect or 0 for badge in batch.badges) > 0.01


def test_p_is_the_rank_among_all_other_heads(batch: CausalBadges) -> None:
    (effects,) = batch.effects
    for badge in batch.badges:
        others = [effects.of(head) for head in effects.ranked() if head != badge.head]
        assert badge.n_others == len(others) == 59
        assert badge.effect == effects.of(badge.head)
        assert badge.p == (1 + sum(one >= badge.effect for one in others)) / 60
        size = (badge.effect - np.mean(others)) / np.std(others, ddof=1)
        assert badge.effect_size == pytest.approx(size)
        assert badge.mean_others == pytest.approx(np.mean(others))


def test_q_is_adjusted_within_the_batch(batch: CausalBadges) -> None:
    assert batch.n_tests == 4
    q = false_discovery_control([badge.p or 0.0 for badge in batch.badges])
    assert [badge.q for badge in batch.badges] == pytest.approx(list(q))
    for badge in batch.badges:
        assert badge.state == ("passed" if (badge.q or 0) <= batch.alpha else "failed")


def test_a_control_relation_stands_beside_it(batch: CausalBadges) -> None:
    for badge in batch.badges:
        if badge.control is not None:
            assert badge.control.relation != "english_to_french"
            assert badge.control.base_accuracy >= 0.8
            assert badge.control.score < 0.5
    assert any(badge.control is not None for badge in batch.badges)


def test_the_table_and_the_record_come_back(batch: CausalBadges) -> None:
    rows = batch.table().dicts()
    assert [row["effect"] for row in rows] == [badge.effect for badge in batch.badges]
    assert CausalBadges.model_validate_json(batch.model_dump_json()) == batch
    assert batch.provenance.parameters["batch"] == 4
    with pytest.raises(HeadError, match="L2H0 has no badge"):
        batch.of("L2H0")


def test_one_head_is_a_batch_of_one(demo_model: Any, french: Relation, batch: CausalBadges) -> None:
    found = causal_badge(demo_model, "L1H6", french, among=AMONG)
    assert found.p == found.q == batch.of("L1H6").p
    assert found.state == ("passed" if (found.p or 1) <= 0.05 else "failed")


def test_what_the_model_cannot_do_is_not_testable(demo_model: Any) -> None:
    whole = relation("country_to_capital").pairs[:32]
    sources, targets = zip(*whole, strict=True)
    pairs = tuple(zip(sources, (*targets[5:], *targets[:5]), strict=True))
    found = causal_badge(demo_model, "L1H1", Relation(name="wrong_capitals", pairs=pairs), among=())
    assert found.state == "not testable"
    assert found.base_accuracy is not None
    assert found.base_accuracy < 0.3
    assert f"base accuracy {found.base_accuracy:.2f} < 0.3" in found.reason
    assert (found.p, found.q, found.effect) == (None, None, None)


def test_too_few_heads_are_not_testable(demo_model: Any, french: Relation) -> None:
    found = causal_badges(demo_model, french, ["L1H6"], among=(), alpha=0.01).badges[0]
    assert found.state == "not testable"
    assert found.reason == "59 other heads are too few for p <= 0.01"


def test_a_head_without_an_operation_gets_its_loss_change(demo_model: Any) -> None:
    found = causal_badge(demo_model, "L2H14", among=AMONG, prompts=PROMPTS)
    assert found.state == "no operation"
    assert "no operation was tested" in found.reason
    changes = ablate(demo_model, PROMPTS).loss_change
    assert found.effect == pytest.approx(changes[2, 14])
    assert found.p == (1 + int((changes >= changes[2, 14]).sum()) - 1) / 60
    assert found.q is None
    assert found.n_prompts == 2


def test_too_few_pairs_and_unknown_heads_are_errors(demo_model: Any, french: Relation) -> None:
    few = french.model_copy(update={"pairs": french.pairs[:12]})
    with pytest.raises(RelationError, match="only 12 pairs"):
        causal_badge(demo_model, "L1H6", few)
    with pytest.raises(HeadError, match="no head L9H0"):
        causal_badge(demo_model, "L9H0", french)


@pytest.mark.slow
def test_badges_of_all_heads(demo_model: Any) -> None:
    found = causal_badges(demo_model)
    assert [badge.head for badge in found.badges] == demo_model.heads()
    states = {badge.state for badge in found.badges}
    assert states <= {"passed", "failed", "no operation"}
    assert found.n_tests == sum(badge.relation is not None for badge in found.badges)
    assert found.of("L1H1").p <= 0.1
