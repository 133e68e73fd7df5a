"""Batches of drafts that the server works on: planned, started, turned, ended and taken up again."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))
sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from draft_batches import cards
from fault_server import FaultServer, good_answer, reply, stall, status, wait_then
from paused_stream import paused_stream

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.drafting.template import BUILT_IN
from headlab.records.batch import BatchPlan, BatchView
from headlab.records.draft_job import DraftJob
from headlab.records.measure import Measure
from headlab.records.prompt_text import PromptText
from headlab.server.draft_worker import DraftWorker
from headlab.settings import write_settings
from headlab.workflow.draft_jobs.plan import add_batch
from headlab.workflow.draft_jobs.wish import plan_wish

CANARY = "sk-canary-0123456789abcdefghij"


@pytest.fixture
def endpoint() -> Iterator[FaultServer]:
    with FaultServer() as running:
        write_settings({"llm_base_url": running.base_url, "llm_model": "tiny", "prices": "1,2"})
        yield running


@pytest.fixture
def catalogue(place: Path, jp_environ: None) -> Iterator[Catalogue]:
    """Entries 1 to 4 with evidence and no draft."""
    with Catalogue.open(place) as opened:
        for card in cards(4):
            opened.add_evidence(card)
        yield opened


def view(answer) -> BatchView:
    assert answer.status == 200, answer.text
    return BatchView.model_validate_json(answer.text)


async def until(call, batch_id: int, reached) -> BatchView:
    """Ask for a batch until something is true of it."""
    while True:
        found = view(await call("GET", f"batches/{batch_id}"))
        if reached(found):
            return found
        await asyncio.sleep(0.02)


async def test_a_batch_is_planned_started_and_watched(
    call, catalogue, endpoint, monkeypatch, caplog, jp_logging_stream
):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HEADLAB_API_KEY", CANARY)
    write_settings({"reviewer": "eve"})
    wish = {"filters": {"layer": 0}, "cap": 1.0}
    answers = [await call("POST", "batches/plan", body=wish)]
    plan = BatchPlan.model_validate_json(answers[0].text)
    assert (len(plan.heads), plan.problem) == (4, "")
    assert (await call("GET", "batches")).data == []
    answers.append(await call("POST", "batches", body=wish))
    started = view(answers[-1])
    assert started.batch.cap == 1.0
    done = await until(call, started.batch.id, lambda one: not one.running)
    assert (done.batch.state, done.batch.counts["done"], done.problem) == ("finished", 4, "")
    assert 0 < done.batch.spent < 1.0
    assert [(one.author, one.action) for one in done.batch.events] == [("eve", "started")]
    assert catalogue.history(1)[-1].author == "eve"
    kept = PromptText.model_validate_json((await call("GET", f"prompts/{BUILT_IN.version}")).text)
    assert (kept.sha256, kept.text) == (done.batch.events[0].template, BUILT_IN.text)
    answers += [await call("GET", "batches"), await call("GET", "batches/1/jobs")]
    assert [view_["batch"]["id"] for view_ in answers[-2].data] == [1]
    jobs = [DraftJob.model_validate(row) for row in answers[-1].data]
    assert [job.state for job in jobs] == ["done"] * 4
    assert [str(job.head) for job in jobs] == [str(head) for head in plan.heads]
    assert catalogue.get(1).drafts[0].draft.description == "Performs country_to_capital."
    assert [revision.source for revision in catalogue.history(1)] == ["rules", "llm"]
    assert endpoint.headers_seen[0]["Authorization"] == f"Bearer {CANARY}"
    for answer in answers:
        assert CANARY not in answer.text + str(answer.headers)
    assert CANARY not in caplog.text + jp_logging_stream.getvalue()
    again = BatchPlan.model_validate_json((await call("POST", "batches/plan", body=wish)).text)
    assert again.problem.startswith("No head is left")


async def test_what_is_written_is_told_and_gone_with_the_draft(
    call, catalogue, endpoint, monkeypatch
):
    monkeypatch.setenv("HEADLAB_API_KEY", CANARY)
    endpoint.script.append(paused_stream)
    assert (await call("GET", "batches/1/texts")).problem(404, "not_found")
    started = view(await call("POST", "batches", body={"entry_ids": [2]}))
    path = f"batches/{started.batch.id}/texts"
    while not (answer := await call("GET", path)).data:
        await asyncio.sleep(0.02)
    (text,) = answer.data
    (job,) = (await call("GET", f"batches/{started.batch.id}/jobs")).data
    whole = good_answer(endpoint.requests[0])["description"]
    assert (text["job"], job["state"], job["draft"]) == (job["id"], "sent", None)
    assert whole.startswith(text["text"])
    assert text["text"] != whole
    assert CANARY not in answer.text
    endpoint.go_on.set()
    done = await until(call, started.batch.id, lambda one: not one.running)
    assert done.batch.counts["done"] == 1
    assert (await call("GET", path)).data == []


WRONG = [
    ({"filters": {"layer": 77}}, "No head is left"),
    ({"filters": {"layr": 0}}, "layr"),
    ({"cap": 0}, "cap"),
    ({"cap": "1"}, "cap"),
    ({"entry_ids": [0.5]}, "entry_ids.0"),
    ({"top": 0, "measure": "copying"}, "top"),
    ({"top": 2}, "both a number and the measure"),
    ({"top": 2, "measure": "no/measure"}, "no measure 'no/measure'"),
    ({"top": 2, "measure": "relation/mine"}, "choose another measure"),
    ({"top": 2, "measure": "copying", "entry_ids": [1]}, "not both"),
    ("null", "Its fields are: entry_ids"),
    ("", "Invalid JSON"),
]


async def test_a_batch_that_cannot_start_says_why_and_is_not_kept(call, catalogue, endpoint):
    for body, said in WRONG:
        assert said in (await call("POST", "batches", body=body)).problem(400, "input")
    write_settings({"prices": None})
    assert "needs prices" in (await call("POST", "batches", body={"cap": 1.0})).problem(
        400, "input"
    )
    write_settings({"llm_model": None})
    assert "No language model" in (await call("POST", "batches", body={})).problem(400, "input")
    assert (await call("GET", "batches")).data == []
    assert endpoint.requests == []


async def test_the_highest_of_a_listed_measure_are_drafted(call, catalogue, endpoint):
    listed = [Measure.model_validate(row) for row in (await call("GET", "measures")).data]
    assert "relation/country_to_capital" in [one.key for one in listed]
    for one in listed:
        body = {"top": 2, "measure": one.key, "cap": 1.0}
        plan = BatchPlan.model_validate_json((await call("POST", "batches/plan", body=body)).text)
        assert (len(plan.heads), plan.problem) == (2, "")
    body["measure"] = "country_to_capital"
    number = view(await call("POST", "batches", body=body)).batch.id
    done = await until(call, number, lambda one: not one.running)
    assert done.batch.selection == "top 2 by country_to_capital; undescribed"
    drafted = [row.head for row in catalogue.list(state="drafted")]
    assert [str(head) for head in drafted] == ["L0H2", "L0H3"]  # the scores rise with the head


async def test_pause_resume_and_cancel(call, catalogue, endpoint):
    endpoint.script.append(stall)
    started = view(await call("POST", "batches", body={}))
    assert started.running
    number = started.batch.id
    paused = view(await call("POST", f"batches/{number}/pause", body={"cap": None}))
    assert paused.batch.state == "paused"
    refused = await call("POST", f"batches/{number}/pause", body={})
    assert "is paused" in refused.problem(400, "input")
    refused = await call("POST", f"batches/{number}/cancel", body={"cap": 2.0})
    assert "resume it with one" in refused.problem(400, "input")
    resumed = view(await call("POST", f"batches/{number}/resume", body={"cap": 5.0}))
    assert (resumed.batch.state, resumed.batch.cap, resumed.running) == ("open", 5.0, True)
    cancelled = view(await call("POST", f"batches/{number}/cancel", body={}))
    assert cancelled.batch.state == "cancelled"
    assert cancelled.batch.counts["waiting"] == 0
    # though the endpoint is silent
    ended = await until(call, number, lambda one: one.batch.counts["sent"] == 0)
    assert not ended.running
    refused = await call("POST", f"batches/{number}/resume", body={})
    assert "is cancelled" in refused.problem(400, "input")


async def test_failed_jobs_are_sent_again_alone(call, catalogue, endpoint):
    endpoint.script.extend([reply(), status(400), status(400), reply(), reply()])
    number = view(await call("POST", "batches", body={})).batch.id
    ended = await until(call, number, lambda one: not one.running)
    failed = ended.batch.counts["failed"]
    assert failed > 0
    sent = len(endpoint.requests)
    endpoint.script.clear()
    view(await call("POST", f"batches/{number}/retry", body={"cap": None}))
    done = await until(call, number, lambda one: not one.running)
    assert (done.batch.state, done.batch.counts["done"]) == ("finished", 4)
    assert len(endpoint.requests) == sent + failed


async def test_two_batches_work_side_by_side(call, catalogue, endpoint):
    first = view(await call("POST", "batches", body={"entry_ids": [1, 2]})).batch.id
    second = view(await call("POST", "batches", body={"entry_ids": [3, 4]})).batch.id
    for number in (first, second):
        done = await until(call, number, lambda one: not one.running)
        assert done.batch.counts["done"] == 2
    assert [row["batch"]["id"] for row in (await call("GET", "batches")).data] == [second, first]


async def test_a_batch_that_a_dead_server_left_is_shown_and_taken_up(call, catalogue, endpoint):
    planned = plan_wish(catalogue, body_wish())
    ledger = JobLedger.of(catalogue)
    left = add_batch(planned.plan, catalogue, ledger)
    found = view(await call("GET", f"batches/{left.id}"))
    assert (found.batch.state, found.running) == ("open", False)
    assert view(await call("POST", f"batches/{left.id}/resume", body={"cap": None})).running
    done = await until(call, left.id, lambda one: not one.running)
    assert done.batch.state == "finished"


async def test_a_stopped_batch_tells_its_reason(call, catalogue, endpoint):
    endpoint.script.append(status(401))
    number = view(await call("POST", "batches", body={})).batch.id
    ended = await until(call, number, lambda one: not one.running)
    assert ended.batch.state == "stopped"
    assert ended.batch.reason
    assert len(endpoint.requests) == 1


async def test_ending_the_server_cancels_calls_and_their_jobs_wait_again(
    call, catalogue, endpoint, jp_serverapp
):
    endpoint.script.append(stall)
    number = view(await call("POST", "batches", body={})).batch.id
    await until(call, number, lambda one: one.batch.counts["sent"] == 1)
    await jp_serverapp.cleanup_extensions()
    batch = JobLedger.of(catalogue).batch(number)
    assert (batch.state, batch.counts["waiting"], batch.counts["sent"]) == ("open", 4, 0)


async def test_a_batch_goes_on_where_its_catalogue_is_when_the_settings_move(
    call, catalogue, endpoint, tmp_path
):
    endpoint.script.append(wait_then(reply()))
    number = view(await call("POST", "batches", body={})).batch.id
    await call("PATCH", "settings", body={"catalogue": str(tmp_path / "other.db")})
    assert (await call("GET", "batches")).data == []
    endpoint.go_on.set()
    write_settings({"catalogue": None})
    ended = await until(call, number, lambda one: not one.running)
    assert ended.batch.counts["done"] == 4


def test_an_unexpected_end_is_told_without_its_text(catalogue, endpoint, caplog, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError(f"secret {CANARY}")

    planned = plan_wish(catalogue, body_wish())
    batch = add_batch(planned.plan, catalogue, JobLedger.of(catalogue))
    monkeypatch.setattr("headlab.workflow.draft_jobs.workers.run_batch", broken)
    worker = DraftWorker()
    worker.start(batch.id)
    while (found := worker.view(catalogue.place, batch)).running:
        pass
    worker.close()
    assert "unexpected error (RuntimeError)" in found.problem
    assert CANARY not in found.problem + caplog.text
    worker.start(batch.id)  # after its end it starts nothing
    assert not worker.view(catalogue.place, batch).running


async def test_there_is_no_such_batch(call, catalogue):
    for path in ("batches/9", "batches/9/jobs", f"batches/{10**18}"):
        (await call("GET", path)).problem(404, "not_found")
    for turn in ("pause", "resume", "cancel", "retry"):
        (await call("POST", f"batches/9/{turn}", body={})).problem(404, "not_found")


def body_wish():
    from headlab.records.batch import BatchWish

    return BatchWish()
