"""The bundled demo model is what its card says, and loads without HeadLab."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

import headlab
from headlab.analyses.attention.repetition import (
    repeated_tokens,
    repetition_accuracy,
    repetition_scores,
)
from headlab.analyses.relation_scores import all_relation_scores, usable_for
from headlab.analyses.task_accuracy import TaskRun, few_shot_task
from headlab.relations.bundled import relation, relations
from headlab.workflow.demo_model.evaluation import DemoTable, as_text, evaluate, selection_key
from headlab.workflow.demo_model.training import Settings

FOLDER = headlab.demo_path()


@pytest.fixture(scope="module")
def shipped() -> DemoTable:
    return DemoTable.model_validate_json((FOLDER / "evaluation.json").read_text(encoding="utf-8"))


def test_it_fits_into_the_package() -> None:
    assert (FOLDER / "model.safetensors").stat().st_size <= 8_000_000
    settings = json.loads((FOLDER / "training.json").read_text())["settings"]
    assert settings.items() <= Settings(seed=settings["seed"]).as_dict().items(), "another recipe"


def test_it_was_trained_in_under_25_minutes() -> None:
    assert json.loads((FOLDER / "training.json").read_text())["seconds"] < 25 * 60


def test_its_training_needs_under_25_minutes_of_processor_time() -> None:
    """Of one thread's processor time, which other work beside it does not stretch."""
    assert json.loads((FOLDER / "training.json").read_text())["cpu_seconds"] < 25 * 60


def test_it_loads_with_plain_transformers() -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    module = AutoModelForCausalLM.from_pretrained(FOLDER)
    ids = tokenizer("France -> Paris; Japan -> Tokyo; Italy -> Rome; Spain ->", return_tensors="pt")
    with torch.no_grad():
        best = module(input_ids=ids["input_ids"]).logits[0, -1].argmax()
    assert tokenizer.decode(best) == " Madrid"


def test_every_pair_of_every_operation_is_usable(demo_model: Any) -> None:
    for name in relations():
        usable = usable_for(demo_model, relation(name))
        assert usable.dropped == (), name


def test_scores_are_those_of_the_card(demo_model: Any, shipped: DemoTable) -> None:
    found = all_relation_scores(demo_model)
    for row in shipped.rows:
        scores = found[row.name]
        assert (scores.best(), scores.of(scores.best())) == (
            row.best_head,
            pytest.approx(row.score),
        )
        assert scores.control == pytest.approx(row.control)


@pytest.mark.parametrize("name", ["country_to_capital", "verb_to_past_tense"])
def test_removing_its_heads_takes_an_operation_away(
    name: str, demo_model: Any, shipped: DemoTable
) -> None:
    row = next(row for row in shipped.rows if row.name == name)
    task = TaskRun(demo_model, few_shot_task(demo_model, usable_for(demo_model, relation(name))))
    assert task.accuracy() == pytest.approx(row.accuracy)
    assert task.accuracy(row.removed) == pytest.approx(row.removed_accuracy)


def test_induction_heads_work_on_unseen_repeats(demo_model: Any, shipped: DemoTable) -> None:
    words = [demo_model.vocabulary.word_id(s) for s, _ in relation("copying").pairs]
    prompts = repeated_tokens(words, 16, 12, seed=99, prefix=[0])
    looks = repetition_scores(demo_model, prompts, 12)
    head = shipped.induction_head
    assert looks["induction"][head.layer, head.index] > 0.6
    assert repetition_accuracy(demo_model, prompts, 12) > 0.8


def test_the_card_holds_the_table(shipped: DemoTable) -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert as_text(shipped) in card
    assert f"| lines met | {len(shipped.counts())} |" in card


@pytest.mark.slow
def test_the_whole_table_is_measured_again(demo_model: Any, shipped: DemoTable) -> None:
    again = evaluate(demo_model)
    assert selection_key(again) == pytest.approx(selection_key(shipped), abs=1e-3)
    for one, other in zip(again.rows, shipped.rows, strict=True):
        assert one.removed == other.removed
        assert one.accuracy == pytest.approx(other.accuracy, abs=0.01)
