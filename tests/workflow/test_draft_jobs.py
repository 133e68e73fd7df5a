"""Batches of drafts against a scripted endpoint: paid once, under the cap, each in a typed state."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

import headlab

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))
sys.path.insert(0, str(Path(__file__).parent))

from draft_batches import COST, PRICES, cards, plan
from fault_server import cut_body, drip, raw, reply, stall, status

from headlab.catalogue import Catalogue, jobs
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.records.draft_job import DraftBatch
from headlab.records.errors import CatalogueError, SettingsError
from headlab.workflow.draft_jobs.run import run_batch


def work(ledger: JobLedger, batch: DraftBatch) -> DraftBatch:
    return run_batch(ledger, batch.id, first_wait=0.05)


def test_every_head_gets_its_draft_and_costs_what_the_endpoint_counted(
    catalogue, ledger, server, endpoint
):
    batch = plan(catalogue, endpoint, 6, cap=1.0)
    assert (batch.state, batch.counts["waiting"], server.requests) == ("open", 6, [])
    told = []
    done = run_batch(ledger, batch.id, on_result=lambda head, draft: told.append(head))
    assert (done.state, done.counts["done"]) == ("finished", 6)
    assert done.spent == pytest.approx(6 * COST, abs=1e-12)
    assert (done.reserved, done.priced) == (0, True)
    assert len(server.requests) == 6
    assert sorted(told) == [card.head for card in cards(6)]
    entries = catalogue.list()
    assert [row.head for row in entries] == [card.head for card in cards(6)]
    for row in entries:
        entry = catalogue.get(row.id)
        (stored,) = entry.drafts
        assert stored.draft.description == "Performs country_to_capital."
        assert stored.draft.card_hash == entry.card.content_hash()
        assert catalogue.history(row.id)[-1].source == "llm"
    assert catalogue.verify() == []


def test_a_finished_prompt_is_never_sent_again(catalogue, ledger, server, endpoint):
    work(ledger, plan(catalogue, endpoint, 3))
    again = work(ledger, plan(catalogue, endpoint, 4))
    assert (again.counts["done"], len(server.requests)) == (4, 4)
    assert again.spent == pytest.approx(COST, abs=1e-12)
    jobs = ledger.jobs(again.id)
    assert [job.reused for job in jobs] == [True, True, True, False]
    assert all(job.draft is not None for job in jobs)
    assert len(catalogue.get(1).drafts) == 1, "the same draft is listed once"
    other = endpoint.model_copy(update={"temperature": 0.5})
    work(ledger, plan(catalogue, other, 3))
    assert len(server.requests) == 7, "other parameters are another question"
    assert len(catalogue.get(1).drafts) == 2


def test_known_answers_are_listed_some_at_a_time(catalogue, ledger, server, endpoint, monkeypatch):
    work(ledger, plan(catalogue, endpoint, 5))
    monkeypatch.setattr(jobs, "REUSED_AT_ONCE", 2)
    claim, listed = jobs.JobLedger.claim, []

    def watched(self, batch_id, *rest):
        got = claim(self, batch_id, *rest)
        listed.append(self.batch(batch_id).counts["done"])
        return got

    monkeypatch.setattr(jobs.JobLedger, "claim", watched)
    again = work(ledger, plan(catalogue, endpoint, 5))
    assert (again.counts["done"], again.state, len(server.requests)) == (5, "finished", 5)
    assert listed[:3] == [2, 4, 5], "others can write in between"


def test_heads_with_the_same_evidence_share_one_call(catalogue, ledger, server, endpoint):
    one = cards(1)[0]
    same = [one, *(one.model_copy(update={"head": card.head}) for card in cards(3, first=1))]
    done = work(ledger, plan(catalogue, endpoint, same))
    assert (done.counts["done"], len(server.requests)) == (4, 1)
    for row in catalogue.list():
        entry = catalogue.get(row.id)
        assert entry.drafts[0].draft.card_hash == entry.card.content_hash()


@pytest.mark.parametrize(
    ("failing", "word"),
    [
        (status(401, "bad key"), "refuses the key"),
        (status(404, "no model"), "404"),
        (status(429, "pay", "insufficient_quota"), "quota"),
        (status(307, "moved", Location="/elsewhere"), "redirect"),
    ],
)
def test_what_every_job_would_meet_stops_the_batch_after_one_request(
    failing, word, catalogue, ledger, server, endpoint
):
    server.script.extend([failing] * 10)
    stopped = work(ledger, plan(catalogue, endpoint, 5, cap=1.0))
    assert (stopped.state, len(server.requests)) == ("stopped", 1)
    assert word in stopped.reason
    assert (stopped.counts["waiting"], stopped.spent, stopped.reserved) == (5, 0, 0)
    server.script.clear()
    ledger.resume(stopped.id)
    assert work(ledger, stopped).counts["done"] == 5


def test_a_missing_key_stops_before_anything_is_sent(catalogue, ledger, server):
    away = Endpoint(base_url="https://llm.example.org/v1", model="m")
    stopped = work(ledger, plan(catalogue, away, 3))
    assert (stopped.state, server.requests) == ("stopped", [])
    assert "no key" in stopped.reason


FAULTS = {
    "server error": (status(500), "server_error"),
    "web page": (raw(b"<html>hello</html>", "text/html"), "invalid"),
    "cut body": (cut_body, "connection"),
    "stall": (stall, "deadline"),
    "drip": (drip, "deadline"),
    "no choice": (raw(b'{"choices": []}'), "empty"),
    "refusal": (reply(None, refusal="I will not"), "refusal"),
    "length": (reply(finish="length"), "cut_short"),
}


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_fails_its_job_alone_and_retry_sends_that_one_only(
    name, catalogue, ledger, server, endpoint
):
    fault, kind = FAULTS[name]
    hurried = endpoint.model_copy(update={"deadline": 2 if kind == "deadline" else 20})
    server.script.extend([reply(), fault])
    done = work(ledger, plan(catalogue, hurried, 3, cap=1.0))
    assert (done.state, done.counts["done"], done.counts["failed"]) == ("finished", 2, 1)
    (failed,) = [job for job in ledger.jobs(done.id) if job.state == "failed"]
    assert (failed.failure, failed.draft, failed.attempts) == (kind, None, 1)
    assert done.reserved == 0
    if failed.usage.prompt_tokens is None:
        assert failed.spent > 10 * COST, "a cost that nobody told counts as the worst case"
    sent = len(server.requests)
    ledger.retry(done.id)
    retried = work(ledger, done)
    assert (retried.counts["done"], len(server.requests) - sent) == (3, 1)
    assert catalogue.verify() == []


def test_a_request_to_wait_holds_up_the_whole_batch_and_lowers_its_pace(
    catalogue, ledger, server, endpoint
):
    server.script.extend([reply(), status(429, "slow down", Retry_After="1")])
    waits = []
    batch = plan(catalogue, endpoint, 5)
    started = time.monotonic()
    done = run_batch(ledger, batch.id, on_wait=waits.append)
    assert time.monotonic() - started > 1
    assert (done.counts["done"], done.counts["failed"]) == (5, 0)
    assert len(server.requests) == 6
    assert done.concurrency == 2
    assert done.spent == pytest.approx(5 * COST, abs=1e-12), "a refused request costs nothing"


def test_a_wait_of_more_than_ten_minutes_stops_the_batch(catalogue, ledger, server, endpoint):
    server.script.append(status(429, "tomorrow", Retry_After="601"))
    stopped = work(ledger, plan(catalogue, endpoint, 2))
    assert (stopped.state, len(server.requests)) == ("stopped", 1)
    assert "10 minutes" in stopped.reason


def test_an_endpoint_that_keeps_refusing_stops_the_batch(catalogue, ledger, server, endpoint):
    server.script.extend([status(429, "busy")] * 30)
    batch = plan(catalogue, endpoint, 2)
    stopped = run_batch(ledger, batch.id, first_wait=0.001)
    assert (stopped.state, len(server.requests)) == ("stopped", 9)
    assert "9 times in a row" in stopped.reason


def test_an_endpoint_that_is_not_there_costs_nothing_and_stops_the_batch(catalogue, ledger):
    gone = Endpoint(base_url="http://127.0.0.1:9/v1", model="m", prices=PRICES)
    stopped = work(ledger, plan(catalogue, gone, 4, cap=1.0))
    assert (stopped.state, stopped.spent, stopped.counts["waiting"]) == ("stopped", 0, 4)


def test_the_cap_holds_and_a_higher_one_goes_on(catalogue, ledger, server, endpoint):
    worst = ledger_worst(catalogue, ledger, endpoint)
    batch = plan(catalogue, endpoint, cards(5, first=20), cap=worst + 2.5 * COST)
    stopped = work(ledger, batch)
    assert stopped.state == "stopped"
    assert stopped.counts["done"] == 3, "what calls leave of their reservations is used"
    assert stopped.spent <= stopped.cap
    assert "2 jobs are not sent" in stopped.reason
    assert ledger.resume(batch.id, cap=1.0).cap == 1.0
    assert work(ledger, batch).counts["done"] == 5


def ledger_worst(catalogue, ledger, endpoint):
    """What one call reserves."""
    probe = plan(catalogue, endpoint, 1, cap=1.0)
    claim = ledger.claim(probe.id, "probe", 30)
    assert ledger.batch(probe.id).reserved == claim.job.reserved > 0
    ledger.cancel(probe.id)
    return claim.job.reserved


def test_a_cap_below_one_call_sends_nothing(catalogue, ledger, server, endpoint):
    stopped = work(ledger, plan(catalogue, endpoint, 2, cap=1e-6))
    assert (stopped.state, server.requests) == ("stopped", [])
    with pytest.raises(CatalogueError, match="cap needs prices"):
        unpriced = endpoint.model_copy(update={"prices": type(PRICES)()})
        plan(catalogue, unpriced, 2, cap=1.0)


def test_without_prices_the_cost_is_called_unknown(catalogue, ledger, endpoint):
    unpriced = endpoint.model_copy(update={"prices": type(PRICES)()})
    done = work(ledger, plan(catalogue, unpriced, 2))
    assert (done.priced, done.counts["done"]) == (False, 2)
    assert ledger.jobs(done.id)[0].usage.prompt_tokens == 100


def test_calls_run_side_by_side_but_the_first_one_alone(catalogue, ledger, server, endpoint):
    at_once, most, lock, together = 0, [], threading.Lock(), threading.Event()

    def count(handler, wait):
        nonlocal at_once
        with lock:
            at_once += 1
            most.append(at_once)
            if at_once == 4:
                together.set()
        wait()
        with lock:
            at_once -= 1
        reply()(handler)

    server.script.append(lambda handler: count(handler, lambda: time.sleep(0.8)))
    server.script.extend([lambda handler: count(handler, lambda: together.wait(10))] * 8)
    work(ledger, plan(catalogue, endpoint, 9))
    assert most[:2] == [1, 1]
    assert max(most) == 4


def test_pause_and_cancel_keep_what_is_done(catalogue, ledger, server, endpoint):
    batch = plan(catalogue, endpoint, 4)
    told = []

    def pause_at_the_first(head, _result):
        told.append(head)
        if len(told) == 1:
            ledger.pause(batch.id)

    run_batch(ledger, batch.id, on_result=pause_at_the_first)
    paused = ledger.batch(batch.id)
    assert paused.state == "paused"
    assert 1 <= paused.counts["done"] < 4
    sent = len(server.requests)
    assert work(ledger, batch).state == "paused", "a paused batch is not worked on"
    assert len(server.requests) == sent
    cancelled = ledger.cancel(batch.id)
    assert cancelled.counts["done"] + cancelled.counts["cancelled"] == 4
    for turn in (ledger.resume, ledger.pause, ledger.retry, ledger.cancel):
        with pytest.raises(CatalogueError, match="is cancelled"):
            turn(batch.id)


def test_an_interrupt_ends_the_calls_and_their_jobs_wait_again(catalogue, ledger, server, endpoint):
    server.script.append(stall)
    batch = plan(catalogue, endpoint, 3, cap=1.0)
    started = time.monotonic()
    run_batch(ledger, batch.id, cancelled=lambda: bool(server.requests))
    assert time.monotonic() - started < 2
    left = ledger.batch(batch.id)
    assert (left.state, left.counts["waiting"], left.reserved) == ("open", 3, 0)
    assert left.spent > COST, "an ended call may be charged for"
    assert work(ledger, batch).counts["done"] == 3


def test_unknown_batches_are_named(ledger):
    for wrong in (1, -1, 2**40):
        with pytest.raises(CatalogueError, match="There is no batch"):
            ledger.batch(wrong)


def test_no_key_is_in_the_ledger(catalogue, ledger, endpoint, monkeypatch, tmp_path):
    monkeypatch.setenv("HEADLAB_API_KEY", "sk-canary-0123456789abcdefghij")
    work(ledger, plan(catalogue, endpoint, 2))
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"scripted" in kept
    assert b"canary" not in kept


def test_many_heads_of_a_model_in_one_call(tiny_model, server, endpoint):
    model = tiny_model("gpt2")
    done = headlab.draft_batch(model, ["L0H1", "L1H0"], llm=endpoint, cap=1.0)
    assert (done.state, done.counts["done"], done.selection) == ("finished", 2, "L0H1, L1H0")
    assert done.model_fingerprint == model.facts.fingerprint
    with Catalogue.open() as catalogue:
        assert [str(row.head) for row in catalogue.list(state="drafted")] == ["L0H1", "L1H0"]
    with pytest.raises(SettingsError, match="A batch asks an LLM"):
        headlab.draft_batch(model, ["L0H1"], llm="rules")


def test_a_batch_step_by_step_by_public_names(tiny_model, catalogue, server, endpoint):
    model = tiny_model("gpt2")
    heads = ["L0H1", "L1H0"]
    plan = headlab.plan_draft_batch(model, heads, llm=endpoint, catalogue=catalogue)
    assert [str(card.head) for card, _ in plan.prompts] == heads
    assert plan.estimate.low <= plan.estimate.high <= plan.estimate.ceiling
    ledger = headlab.JobLedger.of(catalogue)
    assert (catalogue.count(), ledger.batches(), server.requests) == (0, (), [])

    batch = headlab.start_draft_batch(plan, cap=1.0, catalogue=catalogue)
    assert (batch.state, batch.cap, batch.total, server.requests) == ("open", 1.0, 2, [])
    assert ledger.pause(batch.id).state == "paused"
    assert headlab.run_batch(ledger, batch.id).counts["waiting"] == 2
    ledger.resume(batch.id)
    done = headlab.run_batch(ledger, batch.id)
    assert (done.state, done.counts["done"]) == ("finished", 2)
    assert done.spent == pytest.approx(2 * COST, abs=1e-12)

    again = headlab.plan_draft_batch(model, heads, llm=endpoint, catalogue=catalogue)
    assert {str(head) for head in again.known} == set(heads)
    other = headlab.start_draft_batch(again, catalogue=catalogue)
    assert ledger.cancel(other.id).state == "cancelled"
    assert len(server.requests) == 2


def test_a_persons_own_draft_joins_the_others(tiny_model, catalogue):
    card = headlab.evidence_card(tiny_model("gpt2"), "L0H1")
    first = catalogue.add_draft(card, headlab.draft(card, "rules"))
    typed = "Moves 👩\u200d💻, not a typed \\u200d.\nNever a verb."
    own = headlab.draft_by_person(card, f" {typed}\n", author="ada")
    entry = catalogue.add_draft(card, own)
    assert entry.drafts[-1].draft.description == typed
    assert [stored.draft.drafter.kind for stored in entry.drafts] == ["rules", "person"]
    assert (entry.reviews, entry.card) == ((), first.card)
    assert catalogue.history(entry.id)[-1].source == "human"
