"""Drafting with an endpoint by the command line: once in a process of its own, then in this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from fault_server import FaultServer, reply, status

from headlab.cli import main

KEY = "sk-canary-0123456789abcdefghij"
TABLE = '{"scripted": [1, 2]}'
PROGRAM = "import sys; from headlab.cli import main; sys.exit(main())"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def asking(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The words that ask the scripted endpoint, with a key in the environment."""
    monkeypatch.setenv("HEADLAB_API_KEY", KEY)
    return ("--llm", "scripted", "--base-url", server.base_url)


def in_a_process(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=folder,
        env={**os.environ, "HEADLAB_PRICE_TABLE": TABLE},
    )


def listed(capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    main(["catalogue", "list", "--json"])
    return json.loads(capsys.readouterr().out)


def everything_written(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_chosen_heads_are_drafted_saved_and_priced(
    asking: tuple[str, ...],
    server: FaultServer,
    tiny_folder: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("draft", str(tiny_folder("gpt2")), "L1H2", "L2H0", *asking)
    assert main([*words, "--dry-run"]) == 0
    planned = capsys.readouterr()
    assert "2 drafts by scripted" in planned.err
    assert "no prices are set" in planned.err
    assert server.requests == []
    done = in_a_process(tmp_path, *words, "--json")
    assert done.returncode == 0, done.stderr
    drafts = json.loads(done.stdout)
    assert [draft["drafter"]["kind"] for draft in drafts] == ["llm", "llm"]
    assert len(server.requests) == 2
    assert "Cost: " in done.stderr
    assert server.headers_seen[0]["Authorization"] == f"Bearer {KEY}"
    asked = json.dumps(server.requests)
    assert "L1H2" not in asked, "the head's name is in the prompt"
    assert [row["state"] for row in listed(capsys)] == ["drafted", "drafted"]
    assert KEY.encode() not in everything_written(tmp_path)
    assert KEY not in planned.out + planned.err + done.stdout + done.stderr


def test_a_failure_is_said_and_never_kept_as_a_description(
    asking: tuple[str, ...],
    server: FaultServer,
    tiny_folder: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.script.extend([status(500, "broken"), reply()])
    assert main(["draft", str(tiny_folder("gpt2")), "L0H0", "L0H1", *asking]) == 1
    assert "No draft (server_error)" in capsys.readouterr().out
    rows = listed(capsys)
    assert {(row["head"]["index"], row["state"]) for row in rows} == {
        (0, "undescribed"),
        (1, "drafted"),
    }
    assert rows[0]["description"] == "" or rows[1]["description"] == ""


def test_a_cap_that_could_be_passed_sends_nothing(
    asking: tuple[str, ...],
    server: FaultServer,
    tiny_folder: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ["draft", str(tiny_folder("gpt2")), "L0H0", *asking, "--max-cost", "0.000001"]
    assert main(words) == 1
    assert "needs the prices of scripted" in capsys.readouterr().err
    monkeypatch.setenv("HEADLAB_PRICE_TABLE", TABLE)
    assert main(words) == 1
    assert "Nothing was sent" in capsys.readouterr().err
    assert server.requests == []


def test_an_endpoint_that_is_not_there_is_named(
    tiny_folder: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    asking = ("--llm", "x", "--base-url", "http://127.0.0.1:9/v1")
    assert main(["draft", str(tiny_folder("gpt2")), "L0H0", *asking]) == 1
    assert "No draft (connection)" in capsys.readouterr().out
