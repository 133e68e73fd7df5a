"""`headlab ablate`: modes, positions, and what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from headlab.cli import main


@pytest.fixture
def model(tiny_folder: Callable[[str], Path]) -> str:
    return str(tiny_folder("gpt2"))


@pytest.fixture
def prompts(tmp_path: Path) -> str:
    file = tmp_path / "prompts.txt"
    file.write_text("the cat sat on the mat\none two three four\n")
    return str(file)


@pytest.mark.parametrize(
    ("words", "mode", "positions"),
    [
        (["--mode", "mean"], "mean", "all"),
        (["--mode", "mean", "--per-position", "--positions", "last"], "mean", "last"),
        (["--mode", "resample", "--seed", "3", "--positions=-2"], "resample", [-2]),
        (["--positions", "0,2"], "zero", [0, 2]),
    ],
)
def test_modes_and_positions_reach_the_result(
    words: list[str],
    mode: str,
    positions: object,
    model: str,
    prompts: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    common = ["ablate", model, "--prompts", prompts, "--head", "L1H1", *words]
    assert main([*common, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["mode"], found["positions"]) == (mode, positions)
    assert main(common) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"{mode.capitalize()} ablation at" in shown


def test_a_reference_is_read(model: str, prompts: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["ablate", model, "--prompts", prompts, "--head", "L0H0", "--reference", prompts]
    assert main([*words, "--mode", "resample", "--json"]) == 0
    parameters = json.loads(capsys.readouterr().out)[0]["provenance"]["parameters"]
    assert len(parameters["reference"]) == 64
    assert main(words) == 1
    assert "--mode mean or resample" in " ".join(capsys.readouterr().err.split())


def test_a_position_outside_a_prompt_is_one_message(
    model: str, prompts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ablate", model, "--prompts", prompts, "--positions", "5"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "Position 5" in said
    assert "Traceback" not in said
    with pytest.raises(SystemExit):
        main(["ablate", model, "--positions", "1,x"])
    assert "1,x" in capsys.readouterr().err
