"""Answers that were paid for, while the database cannot be reached for a moment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))
sys.path.insert(0, str(Path(__file__).parent))

from draft_batches import COST, plan
from fault_server import reply, status

from headlab.catalogue.errors import CatalogueUnavailable
from headlab.workflow.draft_jobs import run


@pytest.fixture
def lose(monkeypatch, ledger):
    """`lose(step, times)`: that step of the ledger fails so often, as a lost connection does."""
    monkeypatch.setattr(run, "PAUSES", (0.0, 0.0))

    def lose(step: str, times: int) -> None:
        kept, left = getattr(ledger, step), [None] * times

        def failing(*given, **named):
            if left:
                left.pop()
                raise CatalogueUnavailable("server closed the connection unexpectedly")
            return kept(*given, **named)

        monkeypatch.setattr(ledger, step, failing)

    return lose


def test_an_answer_is_kept_as_soon_as_it_can_be_and_not_asked_for_again(
    catalogue, ledger, server, endpoint, lose
):
    lose("finish", 2)
    done = run.run_batch(ledger, plan(catalogue, endpoint, 3).id)
    assert (done.state, done.counts["done"], len(server.requests)) == ("finished", 3, 3)
    assert done.spent == pytest.approx(3 * COST, abs=1e-12)
    assert all(len(catalogue.get(row.id).drafts) == 1 for row in catalogue.list())


def test_a_failure_and_a_refusal_are_recorded_as_soon_as_they_can_be(
    catalogue, ledger, server, endpoint, lose
):
    lose("put_back", 1)
    lose("fail", 1)
    server.script.extend(
        [status(429, "busy"), reply("no JSON"), reply("no JSON"), reply("no JSON")]
    )
    done = run.run_batch(ledger, plan(catalogue, endpoint, 1).id, first_wait=0.01)
    (job,) = ledger.jobs(done.id)
    assert (job.state, job.attempts) == ("failed", 2)


def test_a_database_that_stays_away_ends_the_work(catalogue, ledger, server, endpoint, lose):
    lose("finish", 30)
    batch = plan(catalogue, endpoint, 1)
    with pytest.raises(CatalogueUnavailable, match="closed the connection"):
        run.run_batch(ledger, batch.id)
    assert len(server.requests) == 1
