"""Every step of a batch says who made it, and none can be changed afterwards."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from ledger_batches import TEMPLATE, answer, claimed, failure, new_batch

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.catalogue.text import sha256
from headlab.records.card import EvidenceCard
from headlab.records.draft_job import DraftBatch
from headlab.records.errors import CatalogueError


def told(batch: DraftBatch) -> list[tuple[str, str]]:
    return [(event.author, event.words) for event in batch.events]


def test_each_step_is_kept_with_its_author_and_what_it_changed(catalogue):
    ledger = JobLedger.of(catalogue)
    batch = ledger.add(new_batch(cap=1.0), "ada")
    ledger.pause(batch.id, "bob")
    ledger.resume(batch.id, 2.5, "cleo")
    job = claimed(ledger, batch.id)
    ledger.fail(job.id, "w", failure(), 0.0, proved=True)
    ledger.retry(batch.id, author="bob")
    ledger.extend(batch.id, new_batch(5).jobs[3:], "ada")
    now = ledger.cancel(batch.id, "ada")
    assert told(now) == [
        ("ada", "started: 3 jobs, cap 1, prompt 2"),
        ("bob", "paused"),
        ("cleo", "changed the cap: 1 before, 2.5 now"),
        ("cleo", "resumed"),
        ("bob", "sends again 1 job"),
        ("ada", "added 2 jobs"),
        ("ada", "cancelled 5 jobs"),
    ]
    assert now.events[0].template == sha256(TEMPLATE)
    assert [event.created_at for event in now.events] == sorted(
        event.created_at for event in now.events
    )
    assert ledger.batch(batch.id).events == ledger.batches()[0].events == now.events
    assert catalogue.verify() == []


def test_the_ledger_signs_its_own_stops_with_their_reason(catalogue):
    ledger = JobLedger.of(catalogue)
    capped = ledger.add(new_batch(2, cap=0.15), "ada")
    first = claimed(ledger, capped.id)
    ledger.fail(first.id, "w", failure(), 0.1, proved=True)
    assert ledger.claim(capped.id, "w", 60).over
    refused = ledger.add(new_batch(1, keys="a"), "ada")
    job = claimed(ledger, refused.id)
    ledger.put_back(job.id, "w", failure(), 0.0, stop="The endpoint refuses the key.")
    for batch_id, reason in ((capped.id, "The cap is reached"), (refused.id, "refuses the key")):
        stopped = ledger.batch(batch_id)
        assert [event.author for event in stopped.events] == ["ada", "headlab"]
        assert stopped.events[-1].action == stopped.state == "stopped"
        assert reason in stopped.events[-1].reason
        assert stopped.events[-1].reason == stopped.reason
    assert [one.reason for one in ledger.resume(refused.id).events][1:] == [
        "The endpoint refuses the key.",
        "",
    ]
    assert catalogue.verify() == []


def test_a_refused_step_and_an_equal_cap_leave_nothing(catalogue, monkeypatch):
    monkeypatch.setenv("HEADLAB_REVIEWER", "dora")
    ledger = JobLedger.of(catalogue)
    batch = ledger.add(new_batch(cap=1.0))
    unpriced = ledger.add(new_batch(1, worst=None, keys="f"))
    assert told(unpriced) == [("dora", "started: 1 job, no cap, prompt 2")]
    with pytest.raises(CatalogueError, match="prices of this batch are not known"):
        ledger.resume(unpriced.id, 1.0)
    ledger.resume(batch.id, 1.0)
    ledger.cancel(batch.id)
    with pytest.raises(CatalogueError, match="cancelled"):
        ledger.resume(batch.id, 2.0)
    assert [event.action for event in ledger.batch(batch.id).events] == [
        "started",
        "resumed",
        "cancelled",
    ]
    assert len(ledger.batch(unpriced.id).events) == 1


def test_what_has_ended_by_itself_is_neither_cancelled_nor_paused(
    catalogue: Catalogue, make_card: Callable[[], EvidenceCard]
) -> None:
    ledger = JobLedger.of(catalogue)
    card = make_card()
    catalogue.add_evidence(card)
    done, failed = (ledger.add(new_batch(1, card=card, keys=key)) for key in ("d", "f"))
    ledger.finish(claimed(ledger, done.id).id, "w", answer(card), 0.01)
    ledger.fail(claimed(ledger, failed.id).id, "w", failure(), 0.01, proved=True)
    for batch in (done, failed):
        before = ledger.batch(batch.id)
        assert (before.state, before.unfinished) == ("finished", 0)
        for turn in (ledger.cancel, ledger.pause):
            with pytest.raises(CatalogueError, match=f"Batch {batch.id} is finished"):
                turn(batch.id, "ada")
        assert ledger.batch(batch.id) == before
    assert ledger.retry(failed.id, author="ada").unfinished == 1
    assert ledger.cancel(failed.id, "ada").counts["cancelled"] == 1


def test_a_draft_is_signed_by_who_started_its_batch(catalogue, make_card, monkeypatch):
    card = make_card()
    entry = catalogue.add_evidence(card)
    ledger = JobLedger.of(catalogue)
    batch = ledger.add(new_batch(2, card=card), "ada")
    monkeypatch.setenv("HEADLAB_REVIEWER", "a worker elsewhere")
    ledger.finish(claimed(ledger, batch.id).id, "w", answer(card), 0.01)
    again = ledger.add(new_batch(1, card=card), "bob")
    assert ledger.claim(again.id, "w", 60).over, "the answer is known"
    last = catalogue.history(entry.id)[-1]
    assert (last.action, last.author, last.source) == ("draft", "ada", "llm")


TURNS: dict[str, Callable[[JobLedger, int, float | None], object]] = {
    "pause": lambda ledger, batch, _cap: ledger.pause(batch, "ada"),
    "resume": lambda ledger, batch, cap: ledger.resume(batch, cap, "bob"),
    "retry": lambda ledger, batch, cap: ledger.retry(batch, cap, "bob"),
    "cancel": lambda ledger, batch, _cap: ledger.cancel(batch, "ada"),
    "work": lambda ledger, batch, _cap: ledger.claim(batch, "w", 60),
}


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(TURNS)), st.sampled_from([None, 0.15, 0.3, 1.0])),
        max_size=6,
    )
)
def test_steps_replayed_give_the_batch(on_file, steps):
    ledger = JobLedger.of(on_file)
    batch = ledger.add(new_batch(cap=0.15), "ada")
    cap, state = 0.15, "open"
    for turn, new in steps:
        before = ledger.batch(batch.id)
        try:
            TURNS[turn](ledger, batch.id, new)
        except CatalogueError:
            assert ledger.batch(batch.id) == before
    for event in ledger.batch(batch.id).events[1:]:
        cap = event.cap if event.action == "cap" else cap
        if event.action not in ("cap", "extended"):
            state = {"resumed": "open", "retried": "open"}.get(event.action, event.action)
    now = ledger.batch(batch.id)
    assert (now.cap, now.state) == (cap, state)
    assert on_file.verify() == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE batch_event SET body = '{\"cap\":9}' WHERE action = 'started'", "another cap"),
        ("UPDATE batch_event SET body = 'x' WHERE action = 'paused'", "Step 2 of batch 1"),
        ("DELETE FROM batch_event WHERE action = 'paused'", "is paused, but the last step"),
    ],
)
def test_a_step_that_was_changed_is_refused_or_found(on_file, path, change, found):
    ledger = JobLedger.of(on_file)
    ledger.pause(ledger.add(new_batch(cap=1.0), "ada").id, "bob")
    with closing(sqlite3.connect(path)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="immutable"):
            connection.execute(change)
        connection.execute("DROP TRIGGER batch_event_update")
        connection.execute("DROP TRIGGER batch_event_delete")
        connection.execute(change)
        connection.commit()
    assert any(found in problem for problem in on_file.verify())


def test_a_batch_of_before_steps_were_kept_goes_on(on_file: Catalogue, path: Path) -> None:
    ledger = JobLedger.of(on_file)
    batch = ledger.add(new_batch(cap=1.0), "ada")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER batch_event_delete")
        connection.execute("DELETE FROM batch_event")
        connection.commit()
    assert ledger.batch(batch.id).events == ()
    assert told(ledger.pause(batch.id, "bob")) == [("bob", "paused")]
    assert [one for one in on_file.verify() if "trigger" not in one] == []
