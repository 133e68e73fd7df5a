"""`headlab badge` as a person and a script use it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from headlab.cli import main


def test_a_badge_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "badges.csv"
    code = main(["badge", "demo", "L1H1", "--relation", "word_to_compound", "--out", str(out)])
    printed = capsys.readouterr().out
    assert code == 0
    assert "word_to_compound" in printed
    assert "L1H1" in printed
    assert len(out.read_text().splitlines()) == 2


def test_wrong_words_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["badge", "demo", "L7H0"]) == 1
    assert "no head L7H0" in capsys.readouterr().err
    assert main(["badge", "demo", "--relation", "capitals_of_countries"]) == 1
    assert "capitals_of_countries" in capsys.readouterr().err


def test_json_is_alone_on_standard_output(
    tiny_folder: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["badge", str(tiny_folder("gpt2")), "L0H1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["badges"][0]["state"] == "no operation"
