"""One draft with a catalogue: paid once, recorded whatever comes of it, listed once."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))
sys.path.insert(0, str(Path(__file__).parent))

from draft_batches import COST, PRICES, cards
from fault_server import (
    cut_body,
    drip,
    reply,
    stall,
    status,
    stream,
)
from paused_stream import paused_stream

from headlab.catalogue import Catalogue
from headlab.drafting import Endpoint
from headlab.drafting.cost import estimate
from headlab.drafting.prompt import build_prompt
from headlab.records.draft import Draft, DraftFailure
from headlab.records.errors import Cancelled
from headlab.settings import Prices
from headlab.workflow.draft_jobs.single import estimate_single
from headlab.workflow.drafts import draft

[CARD] = cards(1)


def descriptions(catalogue: Catalogue) -> list[str]:
    entry = catalogue.find(CARD.model.fingerprint, CARD.head)
    assert entry is not None
    return [stored.draft.description for stored in entry.drafts]


def test_the_same_question_is_paid_once_and_its_draft_listed_once(
    catalogue, ledger, server, endpoint
):
    first = draft(CARD, endpoint, catalogue=catalogue)
    second = draft(CARD, endpoint, catalogue=catalogue)
    assert isinstance(first, Draft)
    assert isinstance(second, Draft)
    assert len(server.requests) == 1
    assert (first.usage.calls, second.usage.calls) == (1, 0)
    assert second.description == first.description
    assert descriptions(catalogue) == [first.description]
    newest, oldest = ledger.batches()
    assert [(one.kind, one.state, one.selection) for one in (newest, oldest)] == [
        ("single", "finished", str(CARD.head))
    ] * 2
    assert oldest.spent == pytest.approx(COST, abs=1e-12)
    assert (newest.spent, newest.uncounted) == (0, 0)
    assert ledger.jobs(newest.id)[0].reused
    assert catalogue.verify() == []


def test_a_new_answer_is_asked_for_paid_and_listed_beside_the_first(
    catalogue, ledger, server, endpoint
):
    draft(CARD, endpoint, catalogue=catalogue)
    draft(CARD, endpoint, catalogue=catalogue, again=True)
    assert len(server.requests) == 2
    assert len(descriptions(catalogue)) == 1, "an equal draft is listed once"
    server.script.append(reply(change={"description": "Names the capital."}))
    newest = draft(CARD, endpoint, catalogue=catalogue, again=True)
    assert len(server.requests) == 3
    assert descriptions(catalogue)[1:] == ["Names the capital."] == [newest.description]
    assert sum(batch.spent for batch in ledger.batches()) == pytest.approx(3 * COST, abs=1e-12)


FAULTS = {
    "answered, unusable": (reply("no JSON"), "invalid", False),
    "refused": (status(500), "server_error", True),
    "cut": (cut_body, "connection", True),
    "late": (drip, "deadline", True),
}


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_failure_leaves_its_cost_in_the_ledger(name, catalogue, ledger, server, endpoint):
    fault, kind, at_most = FAULTS[name]
    hurried = endpoint.model_copy(update={"deadline": 1 if kind == "deadline" else 20})
    server.script.extend([fault] * 3)
    started = time.monotonic()
    failed = draft(CARD, hurried, catalogue=catalogue)
    assert time.monotonic() - started < 10
    assert isinstance(failed, DraftFailure)
    assert failed.kind == kind
    [batch] = ledger.batches()
    [job] = ledger.jobs(batch.id)
    assert (batch.kind, batch.state, job.state) == ("single", "finished", "failed")
    assert (job.failure, batch.reserved) == (kind, 0)
    if at_most:
        worst = estimate(build_prompt(CARD), hurried).ceiling
        assert batch.spent == batch.uncounted == pytest.approx(worst, abs=1e-8)
    else:
        calls = len(server.requests)
        assert (batch.spent, batch.uncounted) == (pytest.approx(calls * COST, abs=1e-12), 0)
    assert descriptions(catalogue) == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (status(429, "busy", Retry_After="20"), "rate_limited"),
        (status(401, "wrong key"), "unauthorised"),
    ],
)
def test_a_refusal_comes_back_at_once_and_leaves_no_batch_open(
    fault, kind, catalogue, ledger, server, endpoint
):
    server.script.append(fault)
    failed = draft(CARD, endpoint, catalogue=catalogue)
    assert isinstance(failed, DraftFailure)
    assert (failed.kind, len(server.requests)) == (kind, 1)
    [batch] = ledger.batches()
    assert (batch.state, batch.spent, ledger.jobs(batch.id)[0].failure) == ("cancelled", 0, kind)
    assert isinstance(draft(CARD, endpoint, catalogue=catalogue), Draft)


def test_without_a_key_nothing_is_sent(catalogue, ledger):
    away = Endpoint(base_url="https://llm.example.org/v1", model="m", prices=PRICES)
    failed = draft(CARD, away, catalogue=catalogue)
    assert isinstance(failed, DraftFailure)
    assert failed.kind == "no_key"
    assert [batch.spent for batch in ledger.batches()] == [0]


def test_a_cancelled_call_counts_with_the_most_it_can_have_cost(
    catalogue, ledger, server, endpoint
):
    server.script.append(stall)
    with pytest.raises(Cancelled):
        draft(CARD, endpoint, catalogue=catalogue, cancelled=lambda: bool(server.requests))
    assert server.client_left.wait(5), "the connection is given up"
    [batch] = ledger.batches()
    assert (batch.state, batch.counts["cancelled"], batch.reserved) == ("cancelled", 1, 0)
    worst = estimate(build_prompt(CARD), endpoint).ceiling
    assert batch.spent == batch.uncounted == pytest.approx(worst, abs=1e-8)


def test_text_is_handed_on_while_it_is_written(catalogue, server, endpoint):
    server.script.append(paused_stream)
    seen: list[str] = []

    def read(text: str) -> None:
        seen.append(text)
        server.go_on.set()

    made = draft(CARD, endpoint, on_text=read, catalogue=catalogue)
    assert isinstance(made, Draft)
    assert made.description.startswith(seen[0])
    assert (seen[0] != made.description, seen[-1]) == (True, made.description)


def test_an_exception_at_the_text_ends_the_call_and_comes_out(catalogue, ledger, server, endpoint):
    server.script.append(stream())

    def refuse(_text: str) -> None:
        raise RuntimeError("no room")

    with pytest.raises(RuntimeError, match="no room"):
        draft(CARD, endpoint, on_text=refuse, catalogue=catalogue)
    [batch] = ledger.batches()
    assert (batch.state, batch.reserved) == ("cancelled", 0)
    assert batch.uncounted > 0


def test_two_at_once_share_one_call(catalogue, server, endpoint):
    made: list[Draft | DraftFailure] = []
    threads = [
        threading.Thread(target=lambda: made.append(draft(CARD, endpoint, catalogue=catalogue)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [isinstance(one, Draft) for one in made] == [True, True]
    assert len(server.requests) == 1
    assert len(descriptions(catalogue)) == 1


def test_the_estimate_is_that_of_the_prompt_and_says_what_is_known(catalogue, server, endpoint):
    guess = estimate(build_prompt(CARD), endpoint)
    before = estimate_single(CARD, endpoint, catalogue)
    assert (before.low_tokens, before.high_tokens) == (guess.low_tokens, guess.high_tokens)
    assert (before.low, before.high, before.ceiling) == (guess.low, guess.high, guess.ceiling)
    assert not before.known
    assert server.requests == []
    draft(CARD, endpoint, catalogue=catalogue)
    assert estimate_single(CARD, endpoint, catalogue).known
    other = endpoint.model_copy(update={"temperature": 0.5, "prices": Prices()})
    unknown = estimate_single(CARD, other, catalogue)
    assert (unknown.known, unknown.low, unknown.low_tokens) == (False, None, guess.low_tokens)


def test_rules_and_calls_without_a_catalogue_stay_outside_the_ledger(
    catalogue, ledger, server, endpoint
):
    draft(CARD, endpoint)
    draft(CARD, endpoint)
    assert len(server.requests) == 2
    draft(CARD, "rules", catalogue=catalogue)
    draft(CARD, "rules", catalogue=catalogue)
    assert len(descriptions(catalogue)) == 1
    assert ledger.batches() == ()
