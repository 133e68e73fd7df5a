"""`headlab operations` and `headlab similar`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from headlab.cli import main


def test_operations_of_the_demo_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "operations.csv"
    assert main(["operations", "demo", "--json", "--out", str(file)]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["threshold"] == 0.15
    assert {row["kind"] for row in data["rows"]} == {"relation"}, "no head of it suppresses"
    with file.open(newline="") as handle:
        assert len(list(csv.DictReader(handle))) == len(data["rows"])
    head = "L{layer}H{index}".format(**data["rows"][0]["head"])
    assert main(["operations", "demo", "--head", head, "--threshold", "0.2"]) == 0
    shown = capsys.readouterr().out
    assert head in shown
    assert "Share of heads" not in shown
    assert main(["operations", "demo"]) == 0
    assert "Share of heads with an operation" in capsys.readouterr().out


def test_similar_heads_of_the_demo_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["similar", "demo", "L1H1", "--rows", "3", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert len(data["rows"]) == 3
    assert data["by"] == "relations"
    assert main(["similar", "demo", "L1H1", "--other", "demo", "--measure", "pearson"]) == 0
    shown = capsys.readouterr().out
    assert "L1H1" in shown.split("likeness")[1], "the head itself, in the other model"
    assert main(["similar", "demo", "L1H1", "--by", "weights"]) == 0
    assert "cosine by weights" in capsys.readouterr().out


def test_from_files_gives_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    likeness = []
    for more in ([], ["--from-files"]):
        assert main(["similar", "demo", "L2H3", "--by", "weights", "--json", *more]) == 0
        likeness.append(json.loads(capsys.readouterr().out)["rows"])
    assert likeness[0] == likeness[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["operations", "demo", "--head", "L9H9"], "no head L9H9"),
        (["similar", "demo", "L1H1", "--by", "weights", "--other", "demo"], "within one model"),
        (["similar", "demo", "L1H1", "--by", "weights", "--out", "table.txt"], ".csv or .parquet"),
    ],
)
def test_mistakes_have_one_message(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert message in said


def test_a_threshold_is_a_share(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["operations", "demo", "--threshold", "15"])
    assert "from 0 to below 1" in capsys.readouterr().err


def test_a_models_name_is_no_markup(
    tiny_folder: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "[red]name"
    folder.symlink_to(tiny_folder("llama"))
    assert main(["similar", str(folder), "L1H1", "--by", "weights"]) == 0
    assert "[red]name" in "".join(capsys.readouterr().out.split())
