"""`evaluate` and `probe` as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headlab.cli import main


@pytest.fixture
def capitals(tmp_path: Path) -> Path:
    from headlab.relations.bundled import relation

    rows = [
        {"prompt": f"The capital of {source} is", "answer": f" {target}"}
        for source, target in relation("country_to_capital").pairs[:12]
    ]
    file = tmp_path / "capitals.json"
    file.write_text(json.dumps(rows))
    return file


def test_evaluate_prints_every_run_and_writes_them(capitals: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "table.csv"
    code = main(["evaluate", "demo", "--task", str(capitals), "--ablate", "L1H1",
                 "--scale", "L1H3=0.5", "--random-sets", "2", "--out", str(out)])  # fmt: skip
    printed = capsys.readouterr().out
    assert code == 0
    assert "without L1H1; L1H3 x 0.5" in printed
    assert "2 random heads, set 2" in printed
    assert len(out.read_text().splitlines()) == 5


def test_evaluate_as_json(capitals: Path, capsys) -> None:
    assert main(["evaluate", "demo", "--task", str(capitals), "--random-sets", "0", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["base"] == found["changed"]
    assert found["n_examples"] == 12


def test_probe_reads_a_label(tmp_path: Path, capsys) -> None:
    file = tmp_path / "texts.csv"
    words = {"a": "France Italy Spain", "b": "Japan China India"}
    rows = [f"The capital of {w} is,{label}" for label in words for w in words[label].split()]
    file.write_text("text,label\n" + "\n".join(rows * 2))
    code = main(["probe", "demo", "--texts", str(file), "--head", "L1H1", "--head", "L0H2",
                 "--folds", "2"])  # fmt: skip
    printed = capsys.readouterr().out
    assert code == 0
    assert "L1H1" in printed
    assert "chance 0.500" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ablate", "L9H0"], "no head L9H0"),
        (["--scale", "L1H1"], "like L1H3=0.5"),
    ],
)
def test_wrong_words_are_named(capitals: Path, arguments: list[str], said: str, capsys) -> None:
    assert main(["evaluate", "demo", "--task", str(capitals), *arguments]) == 1
    assert said in capsys.readouterr().err


def test_a_file_without_the_columns(tmp_path: Path, capsys) -> None:
    file = tmp_path / "texts.csv"
    file.write_text("prompt,label\nx,y\n")
    assert main(["probe", "demo", "--texts", str(file)]) == 1
    assert "no column 'text'" in capsys.readouterr().err
