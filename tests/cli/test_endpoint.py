"""Drafting with an endpoint, from one process to another, by the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from fault_server import FaultServer, reply, status

KEY = "sk-canary-0123456789abcdefghij"
TABLE = '{"scripted": [1, 2]}'
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def headlab(tmp_path: Path, server: FaultServer) -> Run:
    """Runs the command in a process of its own, with a key in its environment."""

    def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; from headlab.cli import main; sys.exit(main())",
                *words,
            ],
            capture_output=True,
            text=True,
            timeout=240,
            cwd=tmp_path,
            env={**os.environ, "HEADLAB_API_KEY": KEY, **environ},
        )

    return run


def everything_written(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_chosen_heads_are_drafted_saved_and_priced(
    headlab: Run, server: FaultServer, tiny_folder: Any, tmp_path: Path
) -> None:
    model = str(tiny_folder("gpt2"))
    asking = ("--llm", "scripted", "--base-url", server.base_url)
    planned = headlab("draft", model, "L1H2", "L2H0", *asking, "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert "2 drafts by scripted" in planned.stderr
    assert "no prices are set" in planned.stderr
    assert server.requests == []
    done = headlab("draft", model, "L1H2", "L2H0", *asking, "--json", HEADLAB_PRICE_TABLE=TABLE)
    assert done.returncode == 0, done.stderr
    drafts = json.loads(done.stdout)
    assert [draft["drafter"]["kind"] for draft in drafts] == ["llm", "llm"]
    assert len(server.requests) == 2
    assert "Cost: " in done.stderr
    assert server.headers_seen[0]["Authorization"] == f"Bearer {KEY}"
    asked = json.dumps(server.requests)
    assert "L1H2" not in asked, "the head's name is in the prompt"
    listed = headlab("catalogue", "list", "--json")
    assert [row["state"] for row in json.loads(listed.stdout)] == ["drafted", "drafted"]
    assert KEY.encode() not in everything_written(tmp_path)
    assert KEY not in planned.stdout + planned.stderr + done.stdout + done.stderr


def test_a_failure_is_said_and_never_kept_as_a_description(
    headlab: Run, server: FaultServer, tiny_folder: Any
) -> None:
    model = str(tiny_folder("gpt2"))
    server.script.extend([status(500, "broken"), reply()])
    asking = ("--llm", "scripted", "--base-url", server.base_url)
    done = headlab("draft", model, "L0H0", "L0H1", *asking)
    assert done.returncode == 1
    assert "No draft (server_error)" in done.stdout
    rows = json.loads(headlab("catalogue", "list", "--json").stdout)
    assert {(row["head"]["index"], row["state"]) for row in rows} == {
        (0, "undescribed"),
        (1, "drafted"),
    }
    assert rows[0]["description"] == "" or rows[1]["description"] == ""


def test_a_cap_that_could_be_passed_sends_nothing(
    headlab: Run, server: FaultServer, tiny_folder: Any
) -> None:
    model = str(tiny_folder("gpt2"))
    asking = ("--llm", "scripted", "--base-url", server.base_url, "--max-cost", "0.000001")
    unpriced = headlab("draft", model, "L0H0", *asking)
    assert unpriced.returncode == 1
    assert "needs the prices of scripted" in unpriced.stderr
    dear = headlab("draft", model, "L0H0", *asking, HEADLAB_PRICE_TABLE=TABLE)
    assert dear.returncode == 1
    assert "Nothing was sent" in dear.stderr
    assert server.requests == []


def test_an_endpoint_that_is_not_there_is_named(headlab: Run, tiny_folder: Any) -> None:
    asking = ("--llm", "x", "--base-url", "http://127.0.0.1:9/v1")
    done = headlab("draft", str(tiny_folder("gpt2")), "L0H0", *asking)
    assert done.returncode == 1
    assert "No draft (connection)" in done.stdout
