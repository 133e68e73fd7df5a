"""The command line as a person and a script use it."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from headlab.cli import main
from headlab.cli.command import build_parser

Folder = Callable[[str], Path]
WORDS = (
    "is the a cat dog mat sat on and then it ran red blue big small Paris France Rome Italy "
    "one two three four five six seven eight nine ten up down left right hot cold"
).split()


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    file = tmp_path / "words.json"
    file.write_text(json.dumps(list(zip(WORDS, WORDS[1:] + WORDS[:1], strict=True))))
    return str(file)


@pytest.fixture
def model(tiny_folder: Folder) -> str:
    return str(tiny_folder("llama-gqa"))


def test_score_lists_the_best_heads(
    model: str, pairs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", model, "--pairs", pairs, "--k", "40", "--rows", "3"]) == 0
    shown = capsys.readouterr().out
    assert "words, k=40, 36 pairs" in shown
    assert "shuffled targets" in shown
    assert "relation_scores v1" in shown


def test_json_is_alone_on_standard_output(
    model: str, pairs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", model, "--pairs", pairs, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (len(data["relation"]), len(data["relation"][0])) == (3, 4)
    assert data["provenance"]["parameters"]["k"] == 10
    assert main(["salient", model, "L1H2", "--tokens", "4", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["head"] == {"layer": 1, "index": 2}
    assert len(data["rows"]) == 4


def test_ablate_reads_the_users_prompts(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("the cat sat on the mat\none two three four\n")
    assert main(["ablate", model, "--prompts", str(file), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert len(data) == 12
    assert {one["n_prompts"] for one in data} == {2}
    assert main(["ablate", model, "--prompts", str(file), "--head", "L1H1"]) == 0
    shown = capsys.readouterr().out
    assert "Positions hurt" in shown
    assert "Positions helped" in shown


def test_the_path_from_draft_to_export(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["draft", model, "L1H2", "L2H0", "--llm", "rules"]) == 0
    said = capsys.readouterr()
    assert "rule-based, no language model" in said.out
    assert "Saved to" in said.err
    assert main(["review", model, "L1H2", "--accept", "--rating", "4", "--tag", "odd"]) == 0
    assert main(["review", model, "L2H0", "--edit", "Writes mats, it seems."]) == 0
    capsys.readouterr()
    assert main(["catalogue", "list", "--state", "edited", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["head"], row["description"]) for row in rows] == [
        ({"layer": 2, "index": 0}, "Writes mats, it seems.")
    ]
    assert main(["catalogue", "search", "mats it", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1
    assert main(["review", model, "L2H0", "--undo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "drafted"
    assert main(["review", model, "L2H0", "--redo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "edited"
    assert main(["review", model, "L2H0", "--redo"]) == 1
    assert "nothing to redo" in capsys.readouterr().err
    assert main(["catalogue", "show", model, "L1H2"]) == 0
    shown = capsys.readouterr().out
    assert "✓ accepted" in shown
    assert "History" in shown
    assert main(["catalogue", "verify"]) == 0
    export, backup = tmp_path / "export.json", tmp_path / "copy.db"
    assert main(["catalogue", "export", str(export)]) == 0
    assert main(["catalogue", "backup", str(backup)]) == 0
    other = ["catalogue", "--catalogue", str(tmp_path / "other.db")]
    assert main([*other, "import", str(export), "--dry-run"]) == 0
    assert main([*other, "import", str(export)]) == 0
    capsys.readouterr()
    assert main([*other, "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert main(["catalogue", "--catalogue", str(backup), "verify"]) == 0


def test_an_editor_writes_the_description(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["draft", model, "L0H0", "--llm", "rules"]) == 0
    script = tmp_path / "edit.py"
    script.write_text("import sys; open(sys.argv[1], 'a').write('Edited by hand.')")
    monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")
    capsys.readouterr()
    assert main(["review", model, "L0H0", "--edit", "--json"]) == 0
    entry = json.loads(capsys.readouterr().out)
    assert entry["description"].endswith("Edited by hand.")
    monkeypatch.delenv("VISUAL")
    monkeypatch.delenv("EDITOR", raising=False)
    assert main(["review", model, "L0H0", "--edit"]) == 1
    assert "EDITOR" in capsys.readouterr().err


def test_settings_are_shown_set_and_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "set", "llm_model", "small-model"]) == 0
    assert main(["config", "show"]) == 0
    shown = capsys.readouterr().out
    assert "small-model" in shown
    assert "not set" in shown
    assert main(["config", "set", "llm_model", "none"]) == 0
    assert main(["config", "show", "--json"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out[out.index("{") :])["llm_model"] is None
    assert main(["config", "set", "colour", "red"]) == 1
    assert "colour" in capsys.readouterr().err


def test_a_value_may_begin_with_a_minus(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "set", "price_table.m", "1,2"]) == 0
    for words in (["-1,2"], ["--", "-1,2"]):
        assert main(["config", "set", "price_table.m", *words]) == 1
        assert "greater than or equal to 0" in " ".join(capsys.readouterr().err.split())
    for words in ([], ["1", "2"]):
        with pytest.raises(SystemExit) as stopped:
            main(["config", "set", "price_table.m", *words])
        assert stopped.value.code == 2
        assert "one value is needed" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["score", "/no/such/folder"], "no folder"),
        (["score", "MODEL", "--relation", "capitals"], "country_to_capital"),
        (["score", "MODEL", "--k", "3"], "--relation or --pairs"),
        (["score", "MODEL", "--pairs", "nowhere.csv"], "nowhere.csv"),
        (["salient", "MODEL", "L9H9"], "L0 to L2"),
        (["salient", "MODEL", "head5"], "L5H3"),
        (["ablate", "MODEL", "--prompts", "nowhere.txt"], "nowhere.txt"),
        (["draft", "MODEL"], "--best"),
        (["review", "MODEL", "L1H1", "--accept"], "headlab draft"),
        (["catalogue", "show", "MODEL", "L1H1"], "No catalogue has been made yet"),
        (["catalogue", "import", "nowhere.json"], "nowhere.json"),
    ],
)
def test_errors_are_one_message_and_code_1(
    words: list[str], says: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([model if word == "MODEL" else word for word in words]) == 1
    said = capsys.readouterr()
    assert says in " ".join(said.err.split())
    assert said.out == ""
    assert "Traceback" not in said.err


def test_wrong_words_are_code_2() -> None:
    for words in ([], ["dance"], ["score", "demo", "--relation", "a", "--pairs", "b"]):
        with pytest.raises(SystemExit) as stopped:
            main(words)
        assert stopped.value.code == 2


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["demo"],
        ["score"],
        ["salient"],
        ["ablate"],
        ["draft"],
        ["review"],
        ["catalogue", "list"],
        ["catalogue", "show"],
        ["catalogue", "search"],
        ["catalogue", "export"],
        ["catalogue", "import"],
        ["catalogue", "verify"],
        ["catalogue", "backup"],
        ["config", "show"],
        ["config", "set"],
        ["config", "set-key"],
    ):
        with pytest.raises(SystemExit) as stopped:
            build_parser().parse_args([*words, "--help"])
        assert stopped.value.code == 0
        assert f"headlab {words[0]}" in capsys.readouterr().out


def test_markup_in_a_token_stays_text(capsys: pytest.CaptureFixture[str]) -> None:
    from headlab.cli.show import out, table, token

    made = table("token")
    for text in ("[bold red]x[/]", "<script>", "\\u202eabc", "[link=http://a.example]b[/link]"):
        made.add_row(token(text))
    out().print(made)
    shown = capsys.readouterr().out
    assert "[bold red]x[/]" in shown
    assert "[link=http://a.example]b[/link]" in shown
    assert "\\u202eabc" in shown


def test_the_installed_command_runs() -> None:
    command = shutil.which("headlab", path=str(Path(sys.executable).parent))
    assert command, "the package is not installed here: run make test"
    done = subprocess.run(
        [command, "--version"], capture_output=True, text=True, env=dict(os.environ)
    )
    assert done.returncode == 0
    assert done.stdout.startswith("headlab 0.")


def test_terminal_sequences_in_imported_text_do_not_reach_the_terminal() -> None:
    from rich.console import Console

    from headlab.cli.show import plain, token

    hidden = "\x1b]8;;http://a.example\x07click\x1b]8;;\x07\x1b[2J\u202e"
    console = Console(force_terminal=True, record=True, file=io.StringIO())
    console.print(plain(hidden))
    console.print(token(hidden))
    shown = console.export_text(styles=False)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "click" in shown
