"""`headlab patch` as a person and a script use it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from headlab.cli import main
from headlab.records.patching import Attribution, Patching

Folder = Callable[[str], Path]
Read = pytest.CaptureFixture[str]
EXAMPLES = [
    {
        "prompt": "the cat sat on",
        "corrupted": "the dog sat on",
        "answer": " mat",
        "wrong": [" dog"],
        "spans": {"animal": [[4, 7]]},
    },
    {
        "prompt": "a red mat and",
        "corrupted": "a big mat and",
        "answer": " red",
        "wrong": [" big"],
        "spans": {"animal": [[2, 5]]},
    },
]


@pytest.fixture
def model(tiny_folder: Folder) -> str:
    return str(tiny_folder("llama-gqa"))


@pytest.fixture
def task(tmp_path: Path) -> str:
    file = tmp_path / "animals.json"
    file.write_text(json.dumps(EXAMPLES))
    return str(file)


def test_patch_lists_heads_and_both_ends(model: str, task: str, capsys: Read) -> None:
    assert main(["patch", model, "--task", task, "--metric", "logit_diff", "--rows", "3"]) == 0
    shown = capsys.readouterr().out
    assert "Activation patching, denoise, logit_diff, positions: last" in shown
    assert shown.count("L2H") + shown.count("L1H") + shown.count("L0H") == 3
    assert "Without patching: clean" in " ".join(shown.split())
    assert "top 15 % of heads: L0" in " ".join(shown.split())
    assert "activation_patching v1" in shown


def test_json_is_the_record(model: str, task: str, capsys: Read) -> None:
    assert main(["patch", model, "--task", task, "--json", "--positions=0,-1"]) == 0
    found = Patching.model_validate_json(capsys.readouterr().out)
    assert found.positions == "[0, -1]"
    assert len(found.effect.ranked()) == 12
    words = ["patch", model, "--task", task, "--json", "--estimate", "--verify", "4"]
    assert main([*words, "--direction", "noise", "--positions", "animal"]) == 0
    estimated = Attribution.model_validate_json(capsys.readouterr().out)
    assert len(estimated.verified()) == 4
    assert (estimated.estimate.direction, estimated.estimate.positions) == ("noise", "animal")


def test_an_estimate_says_so(model: str, task: str, capsys: Read) -> None:
    assert main(["patch", model, "--task", task, "--estimate", "--verify", "3"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "(estimate)" in shown
    assert "a first-order estimate" in shown
    assert "Correlation of estimate and exact effect" in shown
    assert shown.count("–") == 7, "three of the ten listed heads are exact"
    assert main(["patch", model, "--task", task, "--estimate", "--rows", "2"]) == 0


def test_all_heads_go_into_a_file(model: str, task: str, tmp_path: Path, capsys: Read) -> None:
    out = tmp_path / "effects" / "all.csv"
    assert main(["patch", model, "--task", task, "--out", str(out)]) == 0
    rows = list(csv.DictReader(out.open()))
    assert len(rows) == 12
    assert sum(row["top"] == "True" for row in rows) == 5
    assert "all.csv" in capsys.readouterr().err


def test_a_table_beside_its_task_leaves_the_task_alone(model: str, task: str) -> None:
    before = Path(task).read_text()
    out = Path(task).with_suffix(".csv")
    assert main(["patch", model, "--task", task, "--out", str(out)]) == 0
    assert Path(task).read_text() == before
    assert out.with_name(out.name + ".json").is_file()


def test_bad_input_is_one_message(model: str, task: str, tmp_path: Path, capsys: Read) -> None:
    short = tmp_path / "short.json"
    short.write_text(json.dumps([{**EXAMPLES[0], "corrupted": "the dog", "spans": {}}]))
    wanted = {
        ("--task", str(short)): "Pair 1: the clean prompt",
        ("--task", str(tmp_path / "none.json")): "none.json",
        ("--task", "no_such_task"): "no_such_task",
        ("--task", task, "--positions", "verb"): "has no span 'verb'",
        ("--task", task, "--positions", "99"): "position 99 lies outside",
        ("--task", task, "--verify", "3"): "--verify needs --estimate",
    }
    for words, message in wanted.items():
        assert main(["patch", model, *words]) == 1
        assert message in " ".join(capsys.readouterr().err.split())


def test_a_tasks_name_makes_its_examples(demo_model: object, capsys: Read) -> None:
    assert main(["patch", "demo", "--task", "ioi", "--n", "2"]) == 1
    assert "have to match" in " ".join(capsys.readouterr().err.split())
    words = ["patch", "demo", "--task", "ioi", "--n", "2", "--answer-tokens", "first"]
    assert main(words) == 1, "the demo model spells these names out, in different lengths"
