"""`headlab validate` and `headlab reproduce` as a person uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from headlab.cli import main

Folder = Callable[[str], Path]
WORDS = (
    "is the a cat dog mat sat on and then it ran red blue big small Paris France Rome Italy "
    "one two three four five six seven eight nine ten up down left right hot cold"
).split()


@pytest.fixture
def model(tiny_folder: Folder) -> str:
    return str(tiny_folder("llama-gqa"))


@pytest.fixture
def pairs(tmp_path: Path) -> list[str]:
    options = []
    for by in (1, 2, 3):
        file = tmp_path / f"by{by}.json"
        shifted = list(zip(WORDS, WORDS[by:] + WORDS[:by], strict=True))
        file.write_text(json.dumps({"pairs": shifted, "k": 40}))
        options += ["--pairs", str(file)]
    return options


def test_correlation_is_printed_and_written(
    model: str, pairs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    options = [*pairs, "--template", "then the {source} ran", "--out", str(out)]
    assert main(["validate", model, "correlation", *options]) == 0
    said = capsys.readouterr()
    assert "without context" in said.out
    assert "by2" in said.out
    assert str(out) in said.err.replace("\n", "")
    assert {file.name for file in out.iterdir()} >= {
        "correlation.csv",
        "correlation.png",
        "correlation.svg",
        "correlation_heads.csv",
    }


def test_json_is_alone_on_standard_output(
    model: str, pairs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", model, "causality", *pairs, "--steps", "1,3", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["name"] == "causality"
    main_table = data["tables"][0]
    place = main_table["columns"].index("n_heads")
    assert [row[place] for row in main_table["rows"]] == [1, 3] * 3
    assert main_table["provenance"]["parameters"]["task"] == "few-shot"


def test_coverage_and_universality(
    model: str, pairs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", model, "coverage", *pairs]) == 0
    shown = capsys.readouterr().out
    assert "coverage summary" in shown
    assert "coverage kv groups" in shown
    options = [*pairs, "--other", model, "--out", str(tmp_path), "--format", "parquet"]
    assert main(["validate", model, "universality", *options]) == 0
    assert (tmp_path / "universality.parquet").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["universality"], "name the second one with --other MODEL"),
        (["coverage", "--other", "demo"], "--other belongs to universality"),
        (["correlation", "--steps", "all"], "--steps belongs to causality"),
        (["multi-token"], "No relation applies"),
        (["correlation", "--template", "nothing"], "must hold {source} once"),
        (["correlation", "--relation", "capitl"], "There is no operation 'capitl'"),
    ],
)
def test_wrong_options_are_explained(
    options: list[str], said: str, model: str, pairs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", model, *options, *pairs]) == 1
    assert said in capsys.readouterr().err.replace("\n", " ").replace("  ", " ")


def test_wrong_words_are_usage_errors(model: str) -> None:
    for words in (["nothing"], ["causality", "--steps", "0"], ["coverage", "--format", "xls"]):
        with pytest.raises(SystemExit) as left:
            main(["validate", model, *words])
        assert left.value.code == 2


def test_an_interrupted_validation_keeps_what_is_done(
    model: str,
    pairs: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from headlab.analyses.validation import correlation

    computed: list[str] = []
    original = correlation.relation_correlation

    def interrupted(*arguments: object, **keywords: object) -> object:
        if len(computed) == 1:
            computed.append("interrupt")
            raise KeyboardInterrupt
        found = original(*arguments, **keywords)  # type: ignore[arg-type]
        computed.append(found.name)
        return found

    monkeypatch.setattr(correlation, "relation_correlation", interrupted)
    command = ["validate", model, "correlation", *pairs, "--template", "the {source}"]
    assert main(command) == 130
    assert "goes on from there" in capsys.readouterr().err.replace("\n", "")
    assert main(command) == 0
    assert computed == ["by1", "interrupt", "by2", "by3"]


def test_reproduce_without_a_hub_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "--models", "gpt2-xl", "pythia-12b"]) == 1
    said = capsys.readouterr().err.replace("\n", " ")
    assert "gpt2-xl was not measured" in said
    assert "pythia-12b was not measured" in said
    assert "once it is reachable" in said
    assert main(["reproduce", "--models", "gpt2"]) == 1
    assert "Nothing is published for 'gpt2'" in capsys.readouterr().err
