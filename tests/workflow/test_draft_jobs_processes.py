"""Batches of drafts over several processes, killed ones among them, in both kinds of database."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))
sys.path.insert(0, str(Path(__file__).parent))

from draft_batches import PRICES, cards, plan
from fault_server import FaultServer, completion, good_answer, raw, reply
from forked_workers import Workers

from headlab.catalogue import Catalogue
from headlab.catalogue.job_steps import CONCURRENCY
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.workflow.draft_jobs.run import run_batch

_conftest = Path(__file__).parents[1] / "catalogue" / "conftest.py"
_spec = importlib.util.spec_from_file_location("catalogue_fixtures", _conftest)
_databases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_databases)
_server, postgresql, place = _databases._server, _databases.postgresql, _databases.place


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def endpoint(server: FaultServer) -> Endpoint:
    return Endpoint(base_url=server.base_url, model="scripted", deadline=10, prices=PRICES)


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


def estimate_of(endpoint):
    """What one call on a card of these batches reserves (they differ in a digit at most)."""
    from headlab.drafting.cost import estimate
    from headlab.drafting.prompt import build_prompt

    return max(estimate(build_prompt(card), endpoint).ceiling for card in cards(20))
