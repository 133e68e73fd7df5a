"""A language model's draft over the workbench's messages: estimated, paid once, asked for again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import headlab

sys.path.insert(0, str(Path(__file__).parent))  # this folder's helpers, whatever the import mode
sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from fault_server import FaultServer, reply, status
from panel_page import Page

from headlab.drafting import Endpoint
from headlab.drafting.cost import estimate
from headlab.drafting.prompt import build_prompt
from headlab.records.card import EvidenceCard
from headlab.settings import Prices

HEAD = {"layer": 0, "index": 1}
ASK = {"head": HEAD, "drafter": "endpoint"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """The endpoint of the settings, with prices."""
    with FaultServer() as running:
        monkeypatch.setenv("HEADLAB_LLM_MODEL", "scripted")
        monkeypatch.setenv("HEADLAB_LLM_BASE_URL", running.base_url)
        monkeypatch.setenv("HEADLAB_PRICES", "1,2")
        yield running


@pytest.fixture
def tiny(server: FaultServer, tiny_folder: Callable[..., Path]) -> Iterator[Page]:
    """A page whose workbench holds a tiny random model."""
    bench = headlab.Workbench()
    page = Page(bench)
    page.call(900, "load", name=str(tiny_folder("gpt2")))
    yield page
    bench.close()


def test_a_draft_is_estimated_paid_once_and_asked_for_again(
    tiny: Page, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = tiny.refused(1, "estimate_draft", head=HEAD)
    assert "Open the head first" in early["message"]
    view = tiny.call(2, "head", head=HEAD)
    guess = tiny.call(3, "estimate_draft", head=HEAD)
    priced = Endpoint(
        base_url=server.base_url, model="scripted", prices=Prices(input=1.0, output=2.0)
    )
    wanted = estimate(build_prompt(EvidenceCard.model_validate(view["card"])), priced)
    assert (guess["low_tokens"], guess["high_tokens"]) == (wanted.low_tokens, wanted.high_tokens)
    assert (guess["low"], guess["ceiling"]) == (wanted.low, wanted.ceiling)
    assert (guess["known"], server.requests) == (False, [])
    assert (
        "Open the head" in tiny.refused(4, "estimate_draft", head={**HEAD, "index": 2})["message"]
    )

    first = tiny.call(5, "draft", **ASK)
    assert len(first["entry"]["drafts"]) == 1
    assert tiny.call(6, "estimate_draft", head=HEAD)["known"]
    second = tiny.call(7, "draft", **ASK)
    assert (second["draft"]["usage"]["calls"], len(server.requests)) == (0, 1)
    assert len(second["entry"]["drafts"]) == 1
    server.script.append(reply(change={"description": "Something else."}))
    third = tiny.call(8, "draft", **ASK, again=True)
    assert len(server.requests) == 2
    assert [one["draft"]["description"] for one in third["entry"]["drafts"]][1:] == [
        "Something else."
    ]
    views = tiny.call(9, "batches")
    assert [(one["batch"]["kind"], one["batch"]["selection"]) for one in views] == [
        ("single", "L0H1")
    ] * 3
    monkeypatch.setenv("HEADLAB_LLM_MODEL", "")
    assert tiny.call(10, "estimate_draft", head=HEAD) is None


def test_a_failed_draft_is_told_and_its_cost_is_kept(tiny: Page, server: FaultServer) -> None:
    server.script.append(status(500))
    failed = tiny.call(1, "draft", **ASK)
    assert (failed["failure"]["kind"], failed["entry"]) == ("server_error", None)
    (view,) = tiny.call(2, "batches")
    assert view["batch"]["counts"]["failed"] == 1
    assert view["batch"]["spent"] == view["batch"]["uncounted"] > 0
    (job,) = tiny.call(3, "batch_jobs", id=view["batch"]["id"])
    assert job["failure"] == "server_error"
