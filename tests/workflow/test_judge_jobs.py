"""Questions of tests in the ledger: paid once, under a cap, counted, and never half a result."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))
sys.path.insert(0, str(Path(__file__).parent))

from cards_by_hand import CANARY, CAPITAL, make_card
from fault_server import FaultServer, completion, raw, reply, stall, status
from judge_batches import COST, HEAD, PRICES, asks, plan, worst
from judges import always, answering, writing

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.drafting.judging.prompts import ask_for_pairs
from headlab.records.draft import Usage
from headlab.records.errors import Cancelled, CatalogueError
from headlab.records.head import Head
from headlab.records.judge_reply import JudgeFailure, JudgeReply
from headlab.records.model import ModelFacts
from headlab.settings import Key
from headlab.workflow.costs import paid_cost
from headlab.workflow.description_tests.calls import Calls, CallsStopped, LedgerJudge, plan_calls
from headlab.workflow.draft_jobs.run import run_batch


@pytest.fixture
def server():
    with FaultServer() as running:
        always(running, answering(lambda description, item: 50))
        yield running


@pytest.fixture
def endpoint(server):
    return Endpoint(base_url=server.base_url, model="scripted", deadline=10, prices=PRICES)


@pytest.fixture
def catalogue(tmp_path):
    with Catalogue.open(tmp_path / "catalogue.db") as opened:
        yield opened


@pytest.fixture
def facts() -> ModelFacts:
    return make_card([CAPITAL]).model


@pytest.fixture
def calls(catalogue, endpoint, facts):
    def make(**rest):
        return Calls(catalogue, rest.pop("at", endpoint), facts, "L1H2", **rest)

    return make


def test_what_was_answered_is_never_paid_again(server, catalogue, calls, endpoint):
    first, wanted = calls(), asks(6)
    first.send(wanted)
    assert len(server.requests) == 6
    replies = [first.outcome(*one) for one in wanted]
    assert all(isinstance(one, JudgeReply) for one in replies)
    assert [one.usage.calls for one in replies] == [1] * 6
    assert first.outcome(*wanted[0]).usage == Usage(), "its cost was counted already"
    assert first.batch.spent == pytest.approx(6 * COST)
    second = calls()
    assert plan_calls(JobLedger.of(catalogue), endpoint, [ask for _, ask in asks(8)]).calls == 2
    second.send(asks(8))
    assert len(server.requests) == 8
    assert second.batch.spent == pytest.approx(2 * COST)
    third = calls()
    third.send(asks(8))
    assert third.batch is None
    assert third.outcome(*wanted[0]).text == replies[0].text
    assert paid_cost(None, [], PRICES).amount == 0
    [newest, oldest] = JobLedger.of(catalogue).batches()
    assert (newest.kind, oldest.kind, oldest.selection) == ("test", "test", "L1H2")
    assert {job.kind for job in JobLedger.of(catalogue).jobs(oldest.id)} == {"rate_rows"}


@pytest.mark.parametrize("change", [{"model": "other"}, {"temperature": 0.5}, {"max_tokens": 600}])
def test_all_that_decides_an_answer_is_in_its_key(server, calls, endpoint, change):
    calls().send(asks(1))
    calls(at=endpoint.model_copy(update=change)).send(asks(1))
    assert len(server.requests) == 2


def test_questions_are_asked_side_by_side(server, calls):
    together = threading.Barrier(3)

    def meet(handler):
        together.wait(10)
        answering(lambda description, item: 50)(handler)

    made = calls()
    made.send(asks(1))  # until a first answer has come, one call is under way
    always(server, meet)
    made.send(asks(3, first=1))
    assert len(server.requests) == 4
    assert made.batch.counts["done"] == 4, "later questions join the batch"


def test_the_cap_stops_before_it_is_exceeded_and_more_goes_on(server, catalogue, calls, endpoint):
    most = 3.5 * worst(endpoint)
    tokens = int(0.95 * worst(endpoint) * 1e6)

    def dear(handler):
        answer = {"ids": [str(n) for n in range(1, 11)], "ratings": [50] * 10}
        body = completion(json.dumps(answer))
        body["usage"] = {"prompt_tokens": tokens, "completion_tokens": 0}
        raw(json.dumps(body).encode())(handler)

    always(server, dear)
    stopped = calls(cap=most)
    with pytest.raises(CallsStopped, match="cap is reached.*jobs resume 1"):
        stopped.send(asks(6))
    assert len(server.requests) == 3
    assert stopped.batch.spent <= most
    ledger = JobLedger.of(catalogue)
    ledger.resume(1, cap=10 * most)
    assert run_batch(ledger, 1).counts["done"] == 6
    again = calls(cap=most)
    again.send(asks(6))
    assert (len(server.requests), again.batch) == (6, None)


def test_without_prices_there_is_no_cap(calls, endpoint):
    unpriced = calls(at=endpoint.model_copy(update={"prices": type(PRICES)()}), cap=1.0)
    with pytest.raises(CatalogueError, match="A cap needs prices"):
        unpriced.send(asks(1))


def test_a_failed_answer_is_known_as_failed_and_costs_once(server, calls, catalogue):
    always(server, reply("They look fine to me."))
    made = calls()
    made.send(asks(1))
    found = made.outcome(*asks(1)[0])
    assert isinstance(found, JudgeFailure)
    assert (found.kind, found.usage.calls, len(server.requests)) == ("invalid", 3, 3)
    assert made.outcome(*asks(1)[0]).usage == Usage()
    assert made.batch.spent == pytest.approx(3 * COST)
    always(server, answering(lambda description, item: 50))
    JobLedger.of(catalogue).retry(made.batch.id)
    assert run_batch(JobLedger.of(catalogue), made.batch.id).counts["done"] == 1


def test_a_refused_key_stops_after_one_request_and_hides_it(server, calls):
    always(server, status(401, f"Incorrect API key: {CANARY}"))
    made = calls(key=Key(CANARY))
    with pytest.raises(CallsStopped) as caught:
        made.send(asks(5))
    assert len(server.requests) == 1
    assert CANARY not in str(caught.value)


def test_cancel_ends_calls_under_way_and_leaves_no_open_batch(server, calls, catalogue):
    always(server, stall)
    made = calls(cancelled=lambda: bool(server.requests))
    with pytest.raises(Cancelled):
        made.send(asks(3))
    assert server.client_left.wait(5)
    made.abandon()
    batch = JobLedger.of(catalogue).batch(made.batch.id)
    assert (batch.state, batch.unfinished, batch.reserved) == ("cancelled", 0, 0)


def test_a_writer_s_pairs_are_paid_once_and_counted_once(server, calls, catalogue):
    always(server, writing(lambda description, _: [("dog", "dogs"), ("cat", "cats")]))
    made = calls()
    judge = LedgerJudge(made).about(Head(layer=0, index=1))
    found = judge.write_pairs("Plurals.", 2)
    assert [pair.source for pair in found.pairs] == ["dog", "cat"]
    assert found.usage.calls == 1
    assert judge.write_pairs("Plurals.", 2).usage.calls == 0
    job = _jobs(catalogue, made.batch.id)[0]
    assert (job.kind, str(job.head), job.draft) == ("write_pairs", "L0H1", None)
    assert json.loads(job.reply.text)["sources"] == ["dog", "cat"]
    assert len(server.requests) == 1
    assert ask_for_pairs("Plurals.", 2).hash != ask_for_pairs("Plurals.", 3).hash


def test_an_older_run_that_waits_is_finished_from_the_ledger(server, catalogue, calls, endpoint):
    waiting = plan(catalogue, endpoint, asks(4))
    calls().send(asks(4))
    done = run_batch(JobLedger.of(catalogue), waiting.id)
    assert (done.counts["done"], done.spent, len(server.requests)) == (4, 0.0, 4)
    assert all(job.reused and str(job.head) == str(HEAD) for job in _jobs(catalogue, waiting.id))


def _jobs(catalogue, batch_id):
    return JobLedger.of(catalogue).jobs(batch_id)
