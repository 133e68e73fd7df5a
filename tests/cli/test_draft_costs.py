"""What `headlab draft` says and refuses where money is concerned."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))
sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from draft_batches import cards
from fault_server import FaultServer, reply, status

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.cli import main
from headlab.drafting import Endpoint
from headlab.workflow.draft_jobs import run
from headlab.workflow.draft_jobs.plan import add_batch, plan_batch


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def words(tiny_folder: Any, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words that draft heads of a tiny model; one model of the endpoint is priced."""
    monkeypatch.setenv("HEADLAB_LLM_BASE_URL", server.base_url)
    monkeypatch.setenv("HEADLAB_LLM_MODEL", "priced")
    monkeypatch.setenv("HEADLAB_PRICES", "1,2")
    return ["draft", str(tiny_folder("gpt2"))]


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


def listed(capsys: pytest.CaptureFixture[str], *options: str) -> Any:
    capsys.readouterr()
    main(["jobs", "list", "--json", *options])
    return json.loads(capsys.readouterr().out)


def test_another_model_has_no_price_and_takes_no_cap(
    words: list[str], server: FaultServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "L0H0", "--llm", "other", "--dry-run"]) == 0
    assert "no prices are set for this model" in said(capsys)
    batch = [*words, "--batch", "--heads", "L0H0", "--llm", "other", "--yes"]
    assert main([*batch, "--cap", "1"]) == 1
    assert "A cap needs prices" in said(capsys)
    assert main([*words, "L0H0", "--llm", "other", "--max-cost", "1"]) == 1
    assert "needs the prices of other" in said(capsys)
    assert (server.requests, listed(capsys, "--all")) == ([], [])
    main(["config", "set", "price_table.other", "30,40"])
    assert main([*batch, "--cap", "10"]) == 0
    [dear] = listed(capsys)
    assert dear["spent"] == pytest.approx((100 * 30 + 20 * 40) / 1e6)


def test_a_draft_is_paid_once_and_again_only_when_asked(
    words: list[str], server: FaultServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "L0H0"]) == 0
    assert "1 draft by priced" in said(capsys)
    assert main([*words, "L0H0", "--max-cost", "0.0000001"]) == 0, "a known answer costs nothing"
    told = said(capsys)
    assert "1 of them answered before" in told
    assert "Cost: nothing" in told
    assert len(server.requests) == 1
    server.script.append(reply(change={"description": "Something else."}))
    assert main([*words, "L0H0", "--again"]) == 0
    assert len(server.requests) == 2
    with Catalogue.open() as catalogue:
        assert len(catalogue.get(1).drafts) == 2
    assert (listed(capsys), len(listed(capsys, "--all"))) == ([], 3)
    assert main(["jobs", "list"]) == 0
    assert "3 single drafts are not listed; --all lists them." in said(capsys)
    assert main([*words, "--again", "--batch", "--heads", "L0H0"]) == 1
    assert "a batch takes known answers" in said(capsys)


def test_a_failure_is_in_the_ledger_with_what_it_can_have_cost(
    words: list[str], server: FaultServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.script.append(status(500))
    assert main([*words, "L0H0"]) == 1
    [failed] = listed(capsys, "--all")
    assert (failed["counts"]["failed"], failed["uncounted"]) == (1, failed["spent"])
    capsys.readouterr()
    assert main(["jobs", "show", str(failed["id"])]) == 0
    assert f"at most {failed['spent']:.2g}, 0 counted" in said(capsys)


@pytest.mark.parametrize("lease", [30.0, 0.0])
def test_resume_says_how_long_a_dead_worker_is_waited_for(
    lease: float, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = Endpoint(base_url="http://127.0.0.1:9/v1", model="m")
    with Catalogue.open() as catalogue:
        ledger = JobLedger.of(catalogue)
        batch = add_batch(plan_batch(cards(1), endpoint, ledger), catalogue, ledger)
        ledger.claim(batch.id, "killed", lease)
    monkeypatch.setattr(run, "run_batch", lambda ledger, batch_id, **_: ledger.batch(batch_id))
    assert main(["jobs", "resume", str(batch.id)]) == 1
    told = re.search(r"1 call is in the hands .* takes (\d+) s at most", said(capsys))
    if lease:
        assert told is not None
        assert 1 <= int(told[1]) <= 30
    else:
        assert told is None, "it is sent again at once"
