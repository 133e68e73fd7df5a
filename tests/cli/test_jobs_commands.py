"""`headlab draft --batch` and `headlab jobs`."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from fault_server import FaultServer, status

from headlab.catalogue import Catalogue
from headlab.cli import main
from headlab.cli.command import build_parser
from headlab.drafting.template import BUILT_IN


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def asking(tiny_folder: Any, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words that draft heads of a tiny model with the scripted endpoint."""
    monkeypatch.setenv("HEADLAB_PRICE_TABLE", '{"m": [1, 2]}')
    return ["draft", str(tiny_folder("gpt2")), "--llm", "m", "--base-url", server.base_url]


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    main(words)
    return json.loads(capsys.readouterr().out)


def test_a_batch_is_estimated_stopped_by_its_cap_and_resumed(
    asking: list[str], server: FaultServer, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = [*asking, "--batch", "--heads", "L2H1, L0H0,L1H2"]
    assert main([*batch, "--estimate"]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "3 drafts by m at" in said
    assert "estimated at 4 characters a token" in said
    assert main(batch) == 1, "nothing starts without being agreed to"
    assert "--yes" in capsys.readouterr().err
    assert (printed(capsys, "jobs", "list", "--json"), server.requests) == ([], [])

    assert main([*batch, "--yes", "--cap", "0.0001"]) == 1
    (kept,) = printed(capsys, "jobs", "list", "--json")
    assert (kept["state"], kept["cap"], server.requests) == ("stopped", 0.0001, [])
    assert kept["selection"] == "L2H1, L0H0, L1H2"
    assert main(["jobs", "resume", "1", "--cap", "1"]) == 0
    done, *jobs = printed(capsys, "jobs", "show", "1", "--json")
    assert (done["state"], done["counts"]["done"], len(server.requests)) == ("finished", 3, 3)
    assert [job["head"]["layer"] for job in jobs] == [2, 0, 1]

    assert main([*batch, "--estimate"]) == 0
    assert "3 of them answered before" in " ".join(capsys.readouterr().err.split())
    assert main(["jobs", "show", "1"]) == 0
    assert "L2H1" in capsys.readouterr().out
    for turn in ("cancel", "pause"):
        assert main(["jobs", turn, "1"]) == 1
        assert "Batch 1 is finished" in capsys.readouterr().err
    assert printed(capsys, "jobs", "show", "1", "--json")[0] == done
    assert main(["jobs", "show", "9"]) == 1


def test_failures_are_sent_again_alone(
    asking: list[str], server: FaultServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.script.append(status(500))
    assert main([*asking, "--batch", "--heads", "L0H0,L0H1", "--yes"]) == 1
    (kept,) = printed(capsys, "jobs", "list", "--json")
    assert (kept["counts"]["failed"], kept["counts"]["done"]) == (1, 1)
    assert main(["jobs", "resume", "1"]) == 1, "a failure stays one until it is asked for"
    assert len(server.requests) == 2
    assert main(["jobs", "retry", "1"]) == 0
    assert len(server.requests) == 3
    capsys.readouterr()
    assert main(["jobs", "list"]) == 0
    assert "finished" in capsys.readouterr().out


def test_who_did_what_and_with_which_prompt_can_be_read_afterwards(
    asking: list[str],
    server: FaultServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    server.script.append(status(500))
    monkeypatch.setenv("HEADLAB_REVIEWER", "ada")
    assert main([*asking, "--batch", "--heads", "L0H0", "--yes"]) == 1
    monkeypatch.setenv("HEADLAB_REVIEWER", "bob")
    assert main(["jobs", "retry", "1", "--cap", "2"]) == 0
    kept, *_ = printed(capsys, "jobs", "show", "1", "--json")
    steps = [(one["author"], one["action"], one["jobs"], one["cap"]) for one in kept["events"]]
    assert steps == [
        ("ada", "started", 1, None),
        ("bob", "cap", None, 2.0),
        ("bob", "retried", 1, None),
    ]
    name = hashlib.sha256(BUILT_IN.text.encode()).hexdigest()
    assert kept["events"][0]["template"] == name
    assert main(["jobs", "show", "1"]) == 0
    shown = capsys.readouterr().out
    assert f"started: 1 job, no cap, prompt {BUILT_IN.version} (sha256 {name[:12]})" in shown
    assert main(["catalogue", "show", asking[1], "L0H0"]) == 0
    shown = capsys.readouterr().out
    assert f"prompt {BUILT_IN.version} (sha256 {name[:12]})" in shown
    with Catalogue.open() as catalogue:
        assert catalogue.history(1)[-1].author == "ada", "who started it, not who sent it again"
    for asked in (BUILT_IN.version, name[:12]):
        assert main(["catalogue", "prompt", asked]) == 0
        assert capsys.readouterr().out == BUILT_IN.text
    assert printed(capsys, "catalogue", "prompt", name, "--json")["sha256"] == name
    assert main(["catalogue", "prompt", "own-000000000000"]) == 1
    assert "No text of the prompt" in capsys.readouterr().err


def test_the_undescribed_heads_of_some_layers_and_the_top_of_a_measure(
    asking: list[str], server: FaultServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*asking, "--batch", "--top", "2", "--measure", "ablation/loss", "--yes"]) == 0
    with Catalogue.open() as catalogue:
        first = {row.head for row in catalogue.list()}
    assert len(first) == 2
    assert main([*asking, "--batch", "--undescribed", "--layers", "0-1", "--yes"]) == 0
    done, *jobs = printed(capsys, "jobs", "show", "2", "--json")
    heads = {(job["head"]["layer"], job["head"]["index"]) for job in jobs}
    assert heads.isdisjoint({(head.layer, head.index) for head in first})
    assert {layer for layer, _ in heads} <= {0, 1}
    assert done["selection"] == "undescribed; layers 0-1"
    with Catalogue.open() as catalogue:
        assert len(catalogue.list()) == 2 + len(heads)
    assert main([*asking, "--batch", "--undescribed", "--layers", "0", "--yes"]) == 1
    assert "No head" in capsys.readouterr().err


def test_a_batch_takes_a_saved_search(
    asking: list[str], server: FaultServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*asking[:2], "L0H0", "L1H1", "--llm", "rules"]) == 0
    assert main(["review", asking[1], "L1H1", "--reject"]) == 0
    assert main(["catalogue", "list", "--state", "rejected", "--save", "mine"]) == 0
    assert main([*asking, "--batch", "--saved", "mine", "--yes"]) == 0
    batch, job = printed(capsys, "jobs", "show", "1", "--json")
    assert (batch["selection"], job["head"]) == ("state rejected", {"layer": 1, "index": 1})


def test_a_batch_of_rules_needs_no_endpoint(
    tiny_folder: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["draft", str(tiny_folder("gpt2")), "--batch", "--layers", "0", "--llm", "rules"]
    assert main([*words, "--json"]) == 0
    drafts = json.loads(capsys.readouterr().out)
    assert {draft["drafter"]["kind"] for draft in drafts} == {"rules"}
    assert printed(capsys, "jobs", "list", "--json") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--top", "3"], "add --batch"),
        (["--cap", "1"], "add --batch"),
        (["--batch"], "Say which heads"),
        (["--batch", "--top", "3"], "both a number and the measure"),
        (["--batch", "--top", "3", "--measure", "catalogue/state"], "no order"),
        (["--batch", "--layers", "9-2"], "no layers of this model"),
        (["--batch", "--heads", "L9H9"], "L9H9"),
        (["--batch", "--heads", "L0H0", "--no-save"], "lives in the catalogue"),
    ],
)
def test_wrong_words_say_what_would_be_right(
    words: list[str], said: str, asking: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*asking, *words]) == 1
    assert said in " ".join(capsys.readouterr().err.split())


def test_amounts_are_above_zero() -> None:
    for wrong in ("0", "-1", "nan", "x", "1e10"):
        with pytest.raises(SystemExit):
            build_parser().parse_args(["jobs", "resume", "1", "--cap", wrong])


def test_drafts_of_rules_an_llm_and_a_person_stand_side_by_side(
    asking: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADLAB_REVIEWER", "ada")
    model = asking[1]
    text = "Copies the name\nof the subject\u202e."
    for words in (asking, ["draft", model, "--llm", "rules"], ["draft", model, "--text", text]):
        assert main([*words[:2], "L1H1", *words[2:]]) == 0
    with Catalogue.open() as catalogue:
        entry = catalogue.get(1)
        sources = [step.source for step in catalogue.history(1)]
    drafts = [stored.draft for stored in entry.drafts]
    assert [draft.drafter.kind for draft in drafts] == ["llm", "rules", "person"]
    assert drafts[2].description == text
    assert (drafts[2].drafter.name, sources[-1]) == ("ada", "human")
    capsys.readouterr()
    for wrong in (["L1H1", "L1H2"], [], ["L1H1", "--llm", "m"], ["L1H1", "--batch"]):
        assert main(["draft", model, *wrong, "--text", text]) == 1
        assert "your own draft of one head" in " ".join(capsys.readouterr().err.split())
    for empty in ("", " ", "x" * 2001):
        assert main(["draft", "no/such/model", "L1H1", "--text", empty]) == 1, "before it is loaded"
        assert "1 to 2000 characters" in " ".join(capsys.readouterr().err.split())
