"""Batches of drafts over several processes, killed ones among them, in both kinds of database."""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))
sys.path.insert(0, str(Path(__file__).parent))

from draft_batches import cards, plan
from fault_server import completion, good_answer, raw, reply

from headlab.catalogue import Catalogue
from headlab.catalogue.job_steps import CONCURRENCY
from headlab.catalogue.jobs import JobLedger
from headlab.drafting.cost import estimate
from headlab.drafting.prompt import build_prompt
from headlab.workflow.draft_jobs.run import run_batch


@pytest.fixture
def catalogue(place: str) -> Iterator[Catalogue]:
    with Catalogue.open(place) as opened:
        yield opened


def slowly(handler):
    time.sleep(0.15)
    reply()(handler)


def wait_for(what, seconds=30):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_a_batch_outlives_processes_that_are_killed(place, catalogue, server, endpoint, workers):
    jobs, kills, lease = 12, 3, 1.0
    server.script.extend([slowly] * 100)
    batch = plan(catalogue, endpoint, jobs, cap=10.0)
    ledger = JobLedger.of(catalogue)
    for _ in range(kills):
        seen = len(server.requests)
        worker = workers.start(place, batch.id, lease)
        wait_for(lambda seen=seen: len(server.requests) >= seen + 2)
        time.sleep(0.07)
        workers.kill(worker)
    done = run_batch(ledger, batch.id, lease=lease)
    assert (done.state, done.counts["done"], done.reserved) == ("finished", jobs, 0)
    assert jobs <= len(server.requests) <= jobs + kills * CONCURRENCY
    assert all(len(catalogue.get(row.id).drafts) == 1 for row in catalogue.list())
    assert len(catalogue.list()) == jobs
    worst = estimate_of(endpoint)
    lost = len(server.requests) - jobs
    assert done.spent <= 10.0
    assert done.spent >= lost * worst, "calls of killed processes count as their worst case"
    assert catalogue.verify() == []


def test_four_processes_never_exceed_one_cap(place, catalogue, server, endpoint, workers):
    worst = estimate_of(endpoint)
    tokens = int(0.9 * worst * 1e6)

    def dear(handler):
        """An answer that costs nearly the worst case."""
        time.sleep(0.05)
        body = completion(json.dumps(good_answer(handler.asked)))
        body["usage"] = {"prompt_tokens": tokens, "completion_tokens": 0}
        raw(json.dumps(body).encode())(handler)

    server.script.extend([dear] * 100)
    batch = plan(catalogue, endpoint, 20, cap=7.5 * worst)
    ledger = JobLedger.of(catalogue)
    started = [workers.start(place, batch.id, 30.0) for _ in range(4)]
    while any(map(workers.is_alive, started)):
        seen = ledger.batch(batch.id)
        assert seen.spent + seen.reserved <= seen.cap
        assert seen.counts["sent"] <= CONCURRENCY
        time.sleep(0.01)
    stopped = ledger.batch(batch.id)
    assert stopped.state == "stopped"
    assert len(server.requests) == stopped.counts["done"] == 8, "0.9 * 7 + 1 <= 7.5 < 0.9 * 8 + 1"
    assert len(server.requests) * tokens / 1e6 <= stopped.cap
    assert stopped.spent <= stopped.cap


def test_processes_share_a_batch_without_paying_twice(place, catalogue, server, endpoint, workers):
    server.script.extend([slowly] * 50)
    first = plan(catalogue, endpoint, 10, cap=10.0)
    second = plan(catalogue, endpoint, cards(10, first=5), cap=10.0)
    started = [workers.start(place, batch.id, 30.0) for batch in (first, second, first, second)]
    wait_for(lambda: not any(map(workers.is_alive, started)))
    ledger = JobLedger.of(catalogue)
    assert ledger.batch(first.id).counts["done"] == ledger.batch(second.id).counts["done"] == 10
    assert len(server.requests) == 15, "five prompts are in both batches"
    assert sum(ledger.batch(batch.id).reserved for batch in (first, second)) == 0


@pytest.mark.slow
def test_a_long_batch_outlives_forty_kills(place, catalogue, server, endpoint, workers):
    """The moments are drawn: before a worker's first call, during calls, between two of them."""
    jobs, kills, lease = 200, 40, 2.0
    chance = random.Random(23)
    pauses = [chance.uniform(0.05, 1.0) for _ in range(jobs + kills * CONCURRENCY)]
    server.script.extend(map(after, pauses))
    batch = plan(catalogue, endpoint, jobs, cap=10.0)
    ledger = JobLedger.of(catalogue)
    prompts = {card.head: asked_for(build_prompt(card).messages) for card in cards(jobs)}
    unfinished = []
    for _ in range(kills):
        worker = workers.start(place, batch.id, lease)
        time.sleep(chance.uniform(0.0, 2 * lease))
        assert workers.is_alive(worker), "the batch was at its end before the last kill"
        workers.kill(worker)
        wait_for(lambda worker=worker: not workers.is_alive(worker))
        finished = [job.head for job in ledger.jobs(batch.id) if job.state == "done"]
        unfinished.append((len(server.requests), {prompts[head] for head in finished}))
    done = run_batch(ledger, batch.id, lease=lease)
    assert (done.state, done.counts["done"], done.reserved) == ("finished", jobs, 0)
    sent = [asked_for(request["messages"]) for request in server.requests]
    assert set(sent) == set(prompts.values())
    assert jobs <= len(sent) <= jobs + kills * CONCURRENCY
    for before, finished in unfinished:
        assert finished.isdisjoint(sent[before:]), "a finished prompt was sent again"
    assert len(unfinished[-1][1]) > kills, "most kills met a worker that had done something"
    again = sum(times - 1 for times in Counter(sent).values())
    assert again * estimate_of(endpoint, jobs, min) <= done.spent <= 10.0
    assert all(len(catalogue.get(row.id).drafts) == 1 for row in catalogue.list(limit=2 * jobs))
    assert catalogue.count() == jobs
    assert catalogue.verify() == []


@pytest.mark.slow
def test_four_processes_never_exceed_one_cap_over_300_jobs(
    place, catalogue, server, endpoint, workers
):
    """What an answer costs is drawn, up to the worst case; the server keeps the true bill."""
    jobs, worst = 300, estimate_of(endpoint, 300)
    chance = random.Random(29)
    bill = []

    def priced(tokens):
        def behave(handler):
            bill.append(tokens)
            time.sleep(0.02)
            body = completion(json.dumps(good_answer(handler.asked)))
            body["usage"] = {"prompt_tokens": tokens, "completion_tokens": 0}
            raw(json.dumps(body).encode())(handler)

        return behave

    least = estimate_of(endpoint, jobs, min)
    server.script.extend(priced(int(chance.uniform(0, least) * 1e6)) for _ in range(jobs))
    caps = [50 * worst, 100 * worst, 400 * worst]
    batch = plan(catalogue, endpoint, jobs, cap=caps[0])
    ledger = JobLedger.of(catalogue)
    for cap in caps:
        if cap != caps[0]:
            ledger.resume(batch.id, cap)
        started = [workers.start(place, batch.id, 30.0) for _ in range(4)]
        while any(map(workers.is_alive, started)):
            seen = ledger.batch(batch.id)
            assert seen.spent + seen.reserved <= seen.cap == pytest.approx(cap)
            assert seen.counts["sent"] <= CONCURRENCY
            assert sum(bill) / 1e6 <= seen.cap
            time.sleep(0.02)
        left = ledger.batch(batch.id)
        assert len(server.requests) == left.counts["done"] == len(bill)
        assert left.spent == pytest.approx(sum(bill) / 1e6)
        if cap != caps[-1]:
            assert (left.state, left.reserved) == ("stopped", 0)
            assert cap - worst < left.spent <= cap, "stopped only where the next call would not fit"
    assert (left.state, left.counts["done"], len(bill)) == ("finished", jobs, jobs)


def after(seconds):
    def behave(handler):
        time.sleep(seconds)
        reply()(handler)

    return behave


def asked_for(messages):
    """The messages of a prompt or a request as one text."""
    read = [one if isinstance(one, dict) else one.model_dump() for one in messages]
    return json.dumps([[one["role"], one["content"]] for one in read])


def estimate_of(endpoint, count=20, of=max):
    """What one call on a card of these batches reserves (they differ in a few digits)."""
    return of(estimate(build_prompt(card), endpoint).ceiling for card in cards(count))
