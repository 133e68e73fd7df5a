"""Jobs: one at a time, in order, cancelled at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from watched_jobs import SOON, Held, Watched

from headlab.records.errors import Cancelled, HeadLabError
from headlab.workflow.jobs import (
    MAX_WAITING,
    WAITING_FOR_CANCELLED,
)


def test_a_job_runs_and_its_result_comes(watched: Watched) -> None:
    threads = []

    def work(progress: Any) -> int:
        threads.append(threading.current_thread())
        progress("heads", 1, 3)
        return 7

    assert watched.runner.job is None
    number = watched.submit(work, "Scoring")
    [outcome] = watched.ended(1)
    assert (outcome.result, outcome.error) == (7, None)
    assert (outcome.job.id, outcome.job.title, outcome.job.state) == (number, "Scoring", "done")
    assert (outcome.job.step, outcome.job.done, outcome.job.total) == ("heads", 1, 3)
    assert watched.jobs[0].state == "running"
    assert watched.jobs[-1] == outcome.job == watched.runner.job
    assert threads[0].daemon
    assert threads[0] is not threading.current_thread()


def test_cancelling_an_uninterruptible_step_ends_the_job_at_once(watched: Watched) -> None:
    held = Held("late")
    number = watched.submit(held)
    assert held.began.wait(SOON)
    assert watched.runner.cancel()
    [outcome] = watched.outcomes
    assert (outcome.job.id, outcome.job.state, outcome.result) == (number, "cancelled", None)
    assert isinstance(outcome.error, Cancelled)
    assert watched.jobs[-1] == outcome.job
    assert not held.over.is_set()
    told = list(watched.jobs)
    assert not watched.runner.cancel(), "it has ended already"
    held.released.set()
    assert held.over.wait(SOON)
    after = Held("next")
    after.released.set()
    watched.submit(after)
    assert [one.result for one in watched.ended(2)] == [None, "next"]
    assert watched.jobs[: len(told)] == told, "the cancelled work told nothing more"
    assert all(job.id != number for job in watched.jobs[len(told) :])


def test_progress_raises_in_cancelled_work(watched: Watched) -> None:
    began, cancelled, seen = threading.Event(), threading.Event(), []

    def work(progress: Any) -> None:
        assert not progress.cancelled()
        progress.check()
        began.set()
        assert cancelled.wait(SOON)
        assert progress.cancelled()
        for tell in (progress.check, lambda: progress("heads", 1, 2)):
            try:
                tell()
            except Cancelled:
                seen.append("cancelled")
        raise Cancelled

    watched.submit(work)
    assert began.wait(SOON)
    watched.runner.cancel()
    cancelled.set()
    watched.submit(lambda _: None)
    assert [one.job.state for one in watched.ended(2)] == ["cancelled", "done"]
    assert seen == ["cancelled"] * 2


def test_a_job_submitted_after_a_cancelled_one_waits_for_its_end(watched: Watched) -> None:
    first, second = Held(), Held("second")
    watched.submit(first)
    assert first.began.wait(SOON)
    watched.runner.cancel()
    number = watched.submit(second)
    newest = watched.jobs[-1]
    assert (newest.id, newest.state, newest.step) == (number, "running", WAITING_FOR_CANCELLED)
    assert newest.seconds == 0
    assert not second.began.is_set()
    first.released.set()
    assert second.began.wait(SOON)
    assert first.over.is_set()
    watched.until(lambda: watched.jobs[-1].step == "")
    second.released.set()
    assert watched.ended(2)[1].result == "second"


def test_a_job_that_still_waits_is_cancelled_and_never_runs(watched: Watched) -> None:
    first, second, third = Held(), Held(), Held("third")
    watched.submit(first)
    assert first.began.wait(SOON)
    watched.runner.cancel()
    watched.submit(second)
    third.released.set()
    watched.submit(third)
    assert watched.runner.cancel(), "the second, which waits for the first"
    assert watched.jobs[-1].step == WAITING_FOR_CANCELLED
    first.released.set()
    assert [one.job.state for one in watched.ended(3)] == ["cancelled", "cancelled", "done"]
    assert not second.began.is_set()


def test_jobs_run_in_order_one_at_a_time(watched: Watched) -> None:
    running, order = [], []
    gate = threading.Event()

    def work(name: int) -> Callable[[Any], int]:
        def run(_progress: Any) -> int:
            assert gate.wait(SOON)
            running.append(name)
            assert len(running) == 1, "two at a time"
            order.append(name)
            running.remove(name)
            return name

        return run

    numbers = [watched.submit(work(name)) for name in range(5)]
    gate.set()
    assert [one.result for one in watched.ended(5)] == order == [0, 1, 2, 3, 4]
    shown = [job.id for job in watched.jobs]
    assert shown == sorted(shown)
    assert numbers == sorted(set(shown))


def test_one_waiting_job_is_cancelled_by_its_id(watched: Watched) -> None:
    first, other = Held("first"), Held("other")
    other.released.set()
    watched.submit(first)
    second = watched.submit(other)
    third = watched.submit(lambda _: "third")
    told = list(watched.jobs)
    assert watched.runner.cancel(second)
    assert [one.job.id for one in watched.outcomes] == [second]
    assert watched.jobs == told, "the page shows the first still"
    assert not watched.runner.cancel(second)
    assert not watched.runner.cancel(99)
    first.released.set()
    assert [one.result for one in watched.ended(3)] == [None, "first", "third"]
    assert watched.outcomes[-1].job.id == third
    assert not other.began.is_set()


def test_the_queue_is_bounded(watched: Watched) -> None:
    held = Held()
    watched.submit(held)
    for _ in range(MAX_WAITING):
        watched.submit(lambda _: None)
    with pytest.raises(HeadLabError, match="'One more' cannot wait: 8 jobs"):
        watched.submit(lambda _: None, "One more")
    held.released.set()
    assert len(watched.ended(1 + MAX_WAITING)) == 1 + MAX_WAITING
    watched.submit(lambda _: "again")
    assert watched.ended(2 + MAX_WAITING)[-1].result == "again"
