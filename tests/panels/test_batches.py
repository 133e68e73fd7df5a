"""Drafting several heads from a workbench: planned, started as shown, beside the model, by rules."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import headlab

sys.path.insert(0, str(Path(__file__).parent))  # this folder's helpers, whatever the import mode
sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from draft_batches import PRICES, plan
from fault_server import FaultServer, cut_body, drip, reply, status, wait_then
from panel_page import Page
from sqlalchemy import update

from headlab.catalogue import Catalogue, schema
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint, draft_by_rules
from headlab.drafting.cost import estimate
from headlab.drafting.prompt import build_prompt
from headlab.panels.batches import WORKERS
from headlab.workflow.draft_jobs.workers import BatchWorkers

KEY = "sk-canary-0123456789abcdefghij"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """The endpoint of the settings, with prices and a key."""
    with FaultServer() as running:
        monkeypatch.setenv("HEADLAB_LLM_MODEL", "scripted")
        monkeypatch.setenv("HEADLAB_LLM_BASE_URL", running.base_url)
        monkeypatch.setenv("HEADLAB_PRICES", f"{PRICES.input},{PRICES.output}")
        monkeypatch.setenv("HEADLAB_API_KEY", KEY)
        yield running
        running.go_on.set()


@pytest.fixture
def endpoint(server: FaultServer) -> Endpoint:
    return Endpoint(base_url=server.base_url, model="scripted", deadline=10, prices=PRICES)


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    with Catalogue.open() as opened:
        yield opened


@pytest.fixture
def page() -> Iterator[Page]:
    bench = headlab.Workbench()
    yield Page(bench)
    bench.close()


@pytest.fixture
def tiny(page: Page, tiny_folder: Callable[..., Path]) -> Page:
    """A page whose workbench holds a tiny random model."""
    page.call(900, "load", name=str(tiny_folder("llama-gqa")))
    return page


def wish(**wanted: Any) -> dict[str, Any]:
    return {"top": None, "measure": None, "layers": None, "undescribed": True, **wanted}


def until(what: Callable[[], Any], seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


class Requests:
    """Requests about batches under numbers of their own."""

    def __init__(self, page: Page):
        self.page = page
        self.number = 0

    def __call__(self, method: str, **params: Any) -> Any:
        self.number += 1
        return self.page.call(self.number, method, **params)

    def batch(self, batch_id: int) -> Any:
        return self("batch", id=batch_id)

    def turn(self, batch_id: int, turn: str, cap: float | None = None) -> Any:
        return self("turn_batch", id=batch_id, turn=turn, cap=cap)

    def idle(self, batch_id: int) -> Any:
        """The batch once nobody works on it here."""
        return until(lambda: None if (now := self.batch(batch_id))["running"] else now)


def test_a_plan_is_the_sum_of_its_prompts_and_sends_nothing(
    tiny: Page, server: FaultServer
) -> None:
    ask = Requests(tiny)
    shown = ask("plan_batch", wish=wish(layers="0"))
    bench = tiny.bench._desk.bench
    heads = [head for head in bench.model.heads() if head.layer == 0]
    assert [headlab.Head(**one) for one in shown["heads"]] == heads
    asked = Endpoint(base_url=server.base_url, model="scripted", prices=PRICES)
    parts = [estimate(build_prompt(bench.card(head)), asked) for head in heads]
    for field in ("low_tokens", "high_tokens", "low", "high", "ceiling"):
        assert shown[field] == pytest.approx(sum(getattr(part, field) for part in parts))
    assert shown["drafter"] == "language model scripted"
    assert (shown["host"], shown["is_local"]) == ("127.0.0.1", True)
    assert (shown["left_out"], shown["problem"]) == ({}, "")
    assert server.requests == []
    assert ask("batches") == []
    with Catalogue.open() as store:
        assert store.list() == ()


def test_what_starts_is_what_was_shown_and_the_model_stays_usable(
    tiny: Page, server: FaultServer
) -> None:
    ask = Requests(tiny)
    server.script.extend([wait_then(reply())])
    planned = ask("plan_batch", wish=wish(layers="0"))
    other = tiny.refused(50, "start_batch", wish=wish(layers="1"), cap=1.0)
    assert "Plan this one again" in other["message"]
    started = ask("start_batch", wish=wish(layers="0"), cap=1.0)
    batch_id = started["batch"]["id"]
    assert started["running"]
    assert (started["batch"]["cap"], started["batch"]["selection"]) == (
        1.0,
        "undescribed; layers 0",
    )
    until(lambda: server.requests)
    assert ask("head", head={"layer": 1, "index": 0})["card"], "while the endpoint is silent"
    assert ask.batch(batch_id)["batch"]["counts"]["sent"] == 1
    again = tiny.refused(51, "start_batch", wish=wish(layers="0"), cap=1.0)
    assert "Plan this one again" in again["message"], "a second click starts nothing"
    server.go_on.set()
    done = ask.idle(batch_id)["batch"]
    count = len(planned["heads"])
    assert (done["state"], done["counts"]["done"], len(server.requests)) == (
        "finished",
        count,
        count,
    )
    jobs = ask("batch_jobs", id=batch_id)
    assert [job["head"] for job in jobs] == planned["heads"]
    with Catalogue.open() as store:
        assert {row.state for row in store.list()} == {"drafted"}
        for row in store.list():
            kept = store.get(row.id).card
            assert kept is not None
            fresh = tiny.bench._desk.bench.card(row.head)
            assert kept.relations == fresh.relations
            assert kept.mappings == fresh.mappings
            assert kept.ablation == fresh.ablation
    known = ask("plan_batch", wish=wish(layers="0", undescribed=False))
    assert (len(known["known"]), known["high"]) == (count, 0)
    rest = ask("plan_batch", wish=wish())
    assert rest["left_out"] == {"drafted or decided on already": count}
    assert KEY not in str(tiny.messages)


def test_the_best_heads_of_a_measure_are_planned_in_its_order(
    tiny: Page, server: FaultServer
) -> None:
    ask = Requests(tiny)
    shown = ask("plan_batch", wish=wish(top=3, measure="ablation/loss", undescribed=False))
    swept = tiny.bench._desk.bench.sweep()
    ranked = sorted(swept, key=lambda head: -swept[head].of(head).loss_change)
    assert [headlab.Head(**one) for one in shown["heads"]] == ranked[:3]
    problem = tiny.refused(50, "plan_batch", wish=wish(top=3, measure="catalogue/state"))
    assert "no order" in problem["message"]
    assert "no layers" in tiny.refused(51, "plan_batch", wish=wish(layers="7-9"))["message"]
    assert tiny.refused(52, "plan_batch", wish=wish(top=0))["kind"] == "input"


def test_without_an_endpoint_nothing_is_gathered(tiny: Page) -> None:
    problem = tiny.refused(1, "plan_batch", wish=wish())
    assert "No language model is set" in problem["message"]
    assert "Plan this one again" in tiny.refused(2, "start_batch", wish=wish())["message"]


def test_the_rules_draft_every_head_once(tiny: Page) -> None:
    ask = Requests(tiny)
    first = ask("draft_by_rules", wish=wish(layers="0"))
    bench = tiny.bench._desk.bench
    wanted = {
        head: draft_by_rules(bench.card(head)) for head in bench.model.heads() if head.layer == 0
    }
    unclear = sum(draft.unclear for draft in wanted.values())
    assert first == {
        "heads": len(wanted),
        "described": len(wanted) - unclear,
        "unclear": unclear,
        "unchanged": 0,
    }
    again = ask("draft_by_rules", wish=wish(layers="0", undescribed=False))
    assert again["unchanged"] == len(wanted)
    with Catalogue.open() as store:
        for row in store.list():
            (stored,) = store.get(row.id).drafts
            assert stored.draft.description == wanted[row.head].description
        assert store.verify() == []
    events = [content for content, _ in tiny.messages if "event" in content]
    assert events == [{"event": "catalogue"}] * 2


def test_a_fault_fails_its_job_alone_and_retry_sends_only_that_one(
    page: Page, server: FaultServer, endpoint: Endpoint, catalogue: Catalogue
) -> None:
    ask = Requests(page)
    server.script.extend([reply(), cut_body, status(500, "overloaded")])
    batch = plan(catalogue, endpoint, 5, cap=1.0)
    (seen,) = ask("batches")
    assert (seen["running"], seen["batch"]["state"]) == (False, "open"), "planned elsewhere"
    ask.turn(batch.id, "resume")
    done = ask.idle(batch.id)["batch"]
    assert (done["counts"]["done"], done["counts"]["failed"]) == (3, 2)
    failed = [job for job in ask("batch_jobs", id=batch.id) if job["state"] == "failed"]
    assert {job["failure"] for job in failed} == {"connection", "server_error"}
    sent = len(server.requests)
    ask.turn(batch.id, "retry")
    assert ask.idle(batch.id)["batch"]["counts"]["done"] == 5
    assert len(server.requests) == sent + 2


def test_cancel_ends_calls_under_way_within_two_seconds(
    page: Page, server: FaultServer, endpoint: Endpoint, catalogue: Catalogue
) -> None:
    ask = Requests(page)
    server.script.extend([reply(), drip, drip])
    slow = endpoint.model_copy(update={"deadline": 100})
    batch = plan(catalogue, slow, 3, cap=1.0)
    ask.turn(batch.id, "resume")
    until(lambda: len(server.requests) == 3)
    started = time.monotonic()
    assert not ask.turn(batch.id, "cancel")["running"]
    over = until(lambda: (found := ask.batch(batch.id)["batch"])["counts"]["sent"] == 0 and found)
    assert time.monotonic() - started < 2
    assert (over["state"], over["counts"]["done"], over["counts"]["cancelled"]) == (
        "cancelled",
        1,
        2,
    )
    assert over["spent"] > 0
    assert "is cancelled" in page.refused(70, "turn_batch", id=batch.id, turn="resume")["message"]
    assert "can be paused" in page.refused(71, "turn_batch", id=batch.id, turn="stop")["message"]


def test_a_batch_that_is_paused_and_resumed_at_once_goes_on(
    page: Page, server: FaultServer, endpoint: Endpoint, catalogue: Catalogue
) -> None:
    ask = Requests(page)
    server.script.append(wait_then(reply()))
    batch = plan(catalogue, endpoint, 4)
    ask.turn(batch.id, "resume")
    until(lambda: server.requests)
    assert ask.turn(batch.id, "pause")["batch"]["state"] == "paused"
    for _ in range(12):  # however often somebody clicks
        assert ask.turn(batch.id, "resume")["running"]
    server.go_on.set()
    assert ask.idle(batch.id)["batch"]["counts"]["done"] == 4
    assert len(server.requests) == 4


def test_a_panel_that_is_run_anew_finds_the_batch_at_work(
    server: FaultServer, endpoint: Endpoint, catalogue: Catalogue
) -> None:
    server.script.append(wait_then(reply()))
    batch = plan(catalogue, endpoint, 2)
    first, second = Page(headlab.Workbench()), Page(headlab.Workbench())
    Requests(first).turn(batch.id, "resume")
    until(lambda: server.requests)
    assert Requests(second).batch(batch.id)["running"]
    second.bench.close()
    assert WORKERS.view(catalogue.place, batch).running, "the other panel began it"
    first.bench.close()
    ledger = JobLedger.of(catalogue)
    left = until(lambda: (now := ledger.batch(batch.id)).counts["waiting"] == 2 and now)
    assert left.state == "open"
    assert not WORKERS.view(catalogue.place, batch).running


def test_a_killed_kernel_leaves_a_batch_that_can_be_resumed(
    page: Page, server: FaultServer, endpoint: Endpoint, catalogue: Catalogue
) -> None:
    ask = Requests(page)
    batch = plan(catalogue, endpoint, 3, cap=1.0)
    ledger = JobLedger.of(catalogue)
    held = ledger.claim(batch.id, "a kernel that is gone", lease=30)
    assert held.job is not None
    seen = ask.batch(batch.id)
    assert (seen["running"], seen["batch"]["counts"]["sent"]) == (False, 1)
    with catalogue._database.writing() as connection:  # half a minute later
        connection.execute(update(schema.draft_job).values(lease=0.0))
    ask.turn(batch.id, "resume")
    done = ask.idle(batch.id)["batch"]
    assert (done["counts"]["done"], len(server.requests)) == (3, 3)
    assert done["spent"] > held.job.reserved, "what the lost call may have cost is counted"


def test_a_worker_that_breaks_says_why(
    server: FaultServer, endpoint: Endpoint, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise headlab.HeadLabError("The disk is full.")

    monkeypatch.setattr("headlab.workflow.draft_jobs.workers.run_batch", broken)
    workers = BatchWorkers()
    batch = plan(catalogue, endpoint, 1)
    changes: list[None] = []
    workers.start(Catalogue.open(), batch.id, lambda: changes.append(None))
    until(lambda: not workers.view(catalogue.place, batch).running)
    assert workers.view(catalogue.place, batch).problem == "The disk is full."
    assert changes
