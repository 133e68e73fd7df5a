"""`headlab attention` and `headlab preplan` as a person and a script use them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from headlab.cli import main
from headlab.records.attention import CORRELATIONAL, AttentionReport, PreplanAnchor

Folder = Callable[[str], Path]


@pytest.fixture
def model(tiny_folder: Folder) -> str:
    return str(tiny_folder("llama-gqa"))


@pytest.fixture
def prompts(tmp_path: Path) -> str:
    file = tmp_path / "prompts.txt"
    file.write_text("the cat sat on the mat\none two three four one two\n")
    return str(file)


def test_attention_lists_metrics_and_detectors(
    model: str, prompts: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "heads.csv"
    chosen = ["--detector", "positional", "--detector", "name_mover", "--out", str(out)]
    assert main(["attention", model, "--prompts", prompts, *chosen]) == 0
    said = capsys.readouterr()
    for shown in ("Query-key distance", "Induction", "positional", "ICI", "attention_metrics v1"):
        assert shown in said.out
    assert "name_mover did not run: in 0 of 24 prompts" in said.err.replace("\n", " ")
    with out.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 12 * 7
    assert {row["measure"] for row in rows if row["kind"] == "detector"} == {"positional"}
    about = json.loads(out.with_name(out.name + ".json").read_text())
    assert any(note.startswith("name_mover did not run") for note in about["notes"])


def test_attention_as_json(model: str, prompts: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["attention", model, "--prompts", prompts, "--detector", "duplicate_token", "--json"]
    assert main(command) == 0
    report = AttentionReport.model_validate_json(capsys.readouterr().out)
    assert report.detections.names() == ("duplicate_token",)
    assert report.metrics["entropy"].values.shape == (3, 4)


def test_preplan_shows_tokens_heads_and_what_it_is_not(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    response = tmp_path / "answer.txt"
    response.write_text(" on the mat and then it ran")
    out = tmp_path / "tokens.csv"
    command = ["preplan", model, "--prompt", "the cat sat", "--file", str(response)]
    assert main([*command, "--horizon", "2:", "--out", str(out)]) == 0
    said = capsys.readouterr()
    shown = " ".join(said.out.split())
    assert "·mat" in shown
    assert "anchor" in shown
    assert "Local heads (smallest distance): L" in shown
    assert CORRELATIONAL in shown
    with out.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["text"] for row in rows] == [" on", " the", " mat", " and", " then", " it", " ran"]
    assert rows[-1]["fai"] == ""


def test_preplan_as_json(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["preplan", model, "--prompt", "the cat", "--response", " sat on the mat"]
    options = ["--window", "3", "--horizon", "1:2", "--bos", "drop", "--no-punctuation", "--json"]
    assert main([*command, *options]) == 0
    found = PreplanAnchor.model_validate_json(capsys.readouterr().out)
    made = found.provenance.parameters
    assert (made["window"], made["horizon"], made["bos"]) == (3, [1, 2], "drop")
    assert made["punctuation"] is False
    assert len(found.coupled_credit) == 4


def test_markup_in_tokens_is_text(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["preplan", model, "--prompt", "the", "--response", " cat [red]x[/red]"]
    assert main(command) == 0
    assert "[" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--response", " sat"], "response is 1 token"),
        (["--file", "missing.txt"], "There is no file 'missing.txt'"),
    ],
)
def test_bad_responses_are_named(
    arguments: list[str], said: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["preplan", model, "--prompt", "the cat", *arguments]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("horizon", ["10", "5:2", "a:b", "-1:3"])
def test_a_wrong_horizon_is_a_usage_error(
    horizon: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["preplan", model, "--prompt", "a", "--response", "b", f"--horizon={horizon}"])
    assert ended.value.code == 2
    assert "such as 10:50" in capsys.readouterr().err


def test_an_unknown_detector_is_named(
    model: str, prompts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["attention", model, "--prompts", prompts, "--detector", "inducton"]) == 1
    assert "There is no detector 'inducton'" in capsys.readouterr().err
