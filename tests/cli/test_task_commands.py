"""`headlab tasks`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headlab.cli import main
from headlab.relations.bundled import relation
from headlab.tasks import read_task, task, tasks

Captured = pytest.CaptureFixture[str]


def test_the_list_names_every_generator(capsys: Captured) -> None:
    assert main(["tasks", "list"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in tasks())


def test_examples_are_written_for_other_commands(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "ioi.json"
    words = ["tasks", "make", "ioi", "--n", "3", "--seed", "4", "--set", "order=abba"]
    assert main([*words, "--out", str(file)]) == 0
    assert read_task(file) == task("ioi", n=3, seed=4, order="abba")
    assert main(["tasks", "make", "succession", "--n", "2", "--set", "length=2"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["parameters"]["length"] == 2
    assert len(made["examples"]) == 2


def test_capitals_come_with_headlab_or_from_a_file(tmp_path: Path, capsys: Captured) -> None:
    assert main(["tasks", "make", "world_capitals", "--n", "5"]) == 0
    examples = json.loads(capsys.readouterr().out)["examples"]
    capitals = dict(relation("country_to_capital").pairs)
    for one in examples:
        country = one["prompt"].removeprefix("The capital of ").removesuffix(" is")
        assert one["answer"] == f" {capitals[country]}"
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("big,small\nhot,cold\nold,young\n")
    words = ["tasks", "make", "pairs", "--n", "3", "--pairs", str(pairs)]
    assert main([*words, "--set", "template=The opposite of {source} is {target}"]) == 0
    examples = json.loads(capsys.readouterr().out)["examples"]
    assert {e["answer"] for e in examples} == {" small", " cold", " young"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nothing"], "no task 'nothing'"),
        (["ioi", "--set", "order"], "no parameter; write NAME=VALUE"),
        (["ioi", "--set", "n=3"], "options of their own"),
        (["ioi", "--set", "colour=red"], "no parameter 'colour'"),
        (["ioi", "--pairs", "x.csv"], "takes no pairs"),
        (["ioi", "--out", "x.csv"], "written as .json"),
        (["ioi", "--out", "/nowhere/x.json"], "cannot be written"),
        (["succession", "--n", "500"], "no more than about"),
    ],
)
def test_mistakes_are_explained(words: list[str], says: str, capsys: Captured) -> None:
    assert main(["tasks", "make", *words]) == 1
    assert says in " ".join(capsys.readouterr().err.split())
