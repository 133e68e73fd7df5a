"""The part of a batch's cost that nobody told, in each kind of database."""

from __future__ import annotations

import pytest

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.records.draft import Usage
from headlab.records.draft_job import NewBatch, NewJob
from headlab.records.head import Head
from headlab.records.judge_reply import JudgeReply

WORST, COST = 0.25, 0.002


def batch_of(*keys: str) -> NewBatch:
    jobs = tuple(
        NewJob(kind="rate_rows", head=Head(layer=0, index=1), key=key * 64, prompt={}, worst=WORST)
        for key in keys
    )
    return NewBatch(
        kind="test",
        model_name="m",
        model_fingerprint="f",
        selection="L0H1",
        endpoint={"model": "m"},
        prompt_version="1",
        cap=10.0,
        jobs=jobs,
    )


def reply() -> JudgeReply:
    return JudgeReply(text="{}", usage=Usage(calls=1, prompt_tokens=10, completion_tokens=None))


def test_reservations_that_count_as_spent_add_up_and_stay(catalogue: Catalogue) -> None:
    ledger = JobLedger.of(catalogue)
    batch = ledger.add(batch_of("a", "b"))
    assert ledger.held_elsewhere(batch.id) == (0, 0.0)
    for lost in range(1, 3):
        claim = ledger.claim(batch.id, "killed", lease=0.0)
        assert claim.job is not None
        now = ledger.batch(batch.id)
        assert (now.reserved, now.uncounted) == (WORST, (lost - 1) * WORST)
    claim = ledger.claim(batch.id, "alive", lease=30.0)
    assert claim.job is not None
    held, seconds = ledger.held_elsewhere(batch.id)
    assert (held, 0 < seconds <= 30) == (1, True)
    ledger.finish(claim.job.id, "alive", reply(), COST)
    after = ledger.batch(batch.id)
    assert after.uncounted == pytest.approx(2 * WORST)
    assert after.spent == pytest.approx(2 * WORST + COST)

    claim = ledger.claim(batch.id, "alive", lease=30.0)
    assert claim.job is not None
    ledger.finish(claim.job.id, "alive", reply(), None)
    first, second = ledger.jobs(batch.id)
    assert (first.uncounted, second.uncounted) == (2 * WORST, WORST)
    assert first.usage == second.usage == reply().usage
    done = ledger.batch(batch.id)
    assert (done.uncounted, done.spent) == pytest.approx((3 * WORST, 3 * WORST + COST))
