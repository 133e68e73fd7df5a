"""Questions of tests over several processes, killed ones among them, in both kinds of database."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))
sys.path.insert(0, str(Path(__file__).parent))

from cards_by_hand import CAPITAL, make_card
from fault_server import completion, raw
from forked_workers import Workers
from judge_batches import asks, plan, worst
from judges import always, answering
from test_draft_jobs_processes import wait_for

from headlab.catalogue import Catalogue
from headlab.catalogue.job_steps import CONCURRENCY
from headlab.catalogue.jobs import JobLedger
from headlab.records.judge_reply import JudgeReply
from headlab.records.model import ModelFacts
from headlab.workflow.description_tests.calls import Calls


@pytest.fixture
def catalogue(place: str) -> Iterator[Catalogue]:
    with Catalogue.open(place) as opened:
        yield opened


@pytest.fixture
def facts() -> ModelFacts:
    return make_card([CAPITAL]).model


def slowly(handler):
    time.sleep(0.15)
    answering(lambda description, item: 10 * int(item["id"]) - 10)(handler)


def test_a_killed_run_goes_on_and_pays_at_most_for_what_was_under_way(
    place,
    catalogue,
    server,
    endpoint,
    facts,
    workers: Workers,
):
    jobs, kills, lease = 12, 2, 1.0
    always(server, slowly)
    batch = plan(catalogue, endpoint, asks(jobs), cap=1.0)
    for _ in range(kills):
        seen = len(server.requests)
        worker = workers.start(place, batch.id, lease)
        wait_for(lambda seen=seen: len(server.requests) >= seen + 2)
        time.sleep(0.07)
        workers.kill(worker)
    ledger = JobLedger.of(catalogue)
    before = {job.key for job in ledger.jobs(batch.id) if job.state == "done"}
    calls = Calls(catalogue, endpoint, facts, "again", cap=1.0, lease=lease)
    calls.send(asks(jobs))  # the command again, in another process: a batch of its own
    found = [calls.outcome(*one) for one in asks(jobs)]
    assert all(isinstance(one, JudgeReply) for one in found)
    assert jobs <= len(server.requests) <= jobs + kills * CONCURRENCY
    assert calls.batch.total == jobs - len(before)
    old = ledger.batch(batch.id)
    assert old.spent <= 1.0
    started = workers.start(place, batch.id, lease)  # `headlab jobs resume`
    wait_for(lambda: not workers.is_alive(started))
    old = ledger.batch(batch.id)
    assert (old.state, old.counts["done"], old.reserved) == ("finished", jobs, 0)
    assert jobs <= len(server.requests) <= jobs + kills * CONCURRENCY
    assert catalogue.verify() == []


def test_two_processes_never_exceed_one_cap(
    place,
    catalogue,
    server,
    endpoint,
    workers: Workers,
):
    tokens = int(0.9 * worst(endpoint) * 1e6)

    def dear(handler):
        """An answer that costs nearly the worst case."""
        time.sleep(0.05)
        answer = {"ids": [str(n) for n in range(1, 11)], "ratings": [50] * 10}
        body = completion(json.dumps(answer))
        body["usage"] = {"prompt_tokens": tokens, "completion_tokens": 0}
        raw(json.dumps(body).encode())(handler)

    always(server, dear)
    batch = plan(catalogue, endpoint, asks(20), cap=7.5 * worst(endpoint))
    ledger = JobLedger.of(catalogue)
    started = [workers.start(place, batch.id, 30.0) for _ in range(2)]
    while any(map(workers.is_alive, started)):
        seen = ledger.batch(batch.id)
        assert seen.spent + seen.reserved <= seen.cap
        time.sleep(0.01)
    stopped = ledger.batch(batch.id)
    assert stopped.state == "stopped"
    assert len(server.requests) == stopped.counts["done"] == 8, "0.9 * 7 + 1 <= 7.5 < 0.9 * 8 + 1"
    assert stopped.spent <= stopped.cap
