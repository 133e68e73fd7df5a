"""What is told about a job: failures, progress and time left, and the end."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import pytest
from watched_jobs import SOON, Held, Watched, raising

from headlab.records.bench import Job
from headlab.records.errors import Cancelled, HeadLabError
from headlab.workflow.jobs import (
    INTERVAL,
    JobOutcome,
    JobRunner,
)


@pytest.mark.parametrize(
    ("error", "message", "logged"),
    [
        (HeadLabError("No head 9.9."), "No head 9.9.", False),
        (ValueError("odd"), "ValueError: odd", True),
        (KeyError("a"), "KeyError: 'a'", True),
        (SystemExit(3), "SystemExit: 3", True),
    ],
)
def test_failures_say_why(
    error: BaseException,
    message: str,
    logged: bool,
    watched: Watched,
    caplog: pytest.LogCaptureFixture,
) -> None:
    watched.submit(raising(error), "Loading")
    [outcome] = watched.ended(1)
    assert (outcome.job.state, outcome.job.message) == ("failed", message)
    assert outcome.error is error
    assert ("Traceback" in caplog.text) == logged
    watched.submit(lambda _: "next")
    assert watched.ended(2)[1].result == "next"


def test_work_that_cancels_itself_is_cancelled(watched: Watched) -> None:
    watched.submit(raising(Cancelled()))
    [outcome] = watched.ended(1)
    assert (outcome.job.state, outcome.job.message) == ("cancelled", "")


def test_a_callback_that_fails_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()

    def changed(_job: Any) -> None:
        raise ValueError("no page")

    runner = JobRunner(changed)
    runner.submit("first", lambda progress: progress("a", 1, 2), lambda _: 1 / 0)
    runner.submit("second", lambda _: None, lambda _: ended.set())
    assert ended.wait(SOON)
    assert "no page" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_callbacks_may_call_the_runner() -> None:
    told: list[str] = []
    ended = threading.Event()

    def changed(job: Job | None) -> None:
        assert job is not None
        told.append(f"{job.title} {job.state}")
        if told == ["first running"]:
            runner.cancel()

    def first_ended(outcome: JobOutcome[None]) -> None:
        told.append("answer")
        runner.submit("second", lambda _: None, lambda _: ended.set())

    runner = JobRunner(changed)
    held = Held()
    runner.submit("first", held, first_ended)
    held.released.set()
    assert ended.wait(SOON)
    assert told[:3] == ["first running", "first cancelled", "answer"]
    assert told[-1] == "second done"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_seconds_and_seconds_left_are_told() -> None:
    clock = Clock()
    watched = Watched(clock=clock)

    def work(progress: Any) -> None:
        for done in range(5):
            clock.now += 2
            progress("heads", done, 20)

    watched.submit(work)
    watched.ended(1)
    told = [(job.done, job.seconds, job.seconds_left) for job in watched.jobs[1:-1]]
    assert [tuple(round(value, 6) if value else value for value in row) for row in told] == [
        (0, 2, None),
        (1, 4, None),
        (2, 6, 36),
        (3, 8, 34),
        (4, 10, 32),
    ]
    last = watched.jobs[-1]
    assert (last.state, last.done, last.seconds, last.seconds_left) == ("done", 4, 10, None)


def test_progress_is_told_at_most_once_an_interval_and_the_last_one_always() -> None:
    clock = Clock()
    watched = Watched(clock=clock)
    told, go_on = threading.Event(), threading.Event()

    def work(progress: Any) -> None:
        clock.now += INTERVAL
        for done in range(1001):
            progress("heads", done, 1000)
        told.set()
        assert go_on.wait(SOON)

    watched.submit(work)
    assert told.wait(SOON)
    watched.until(lambda: watched.jobs[-1].done == 1000)  # though the work tells nothing more
    assert [job.done for job in watched.jobs] == [0, 0, 1000]
    go_on.set()
    watched.ended(1)
    assert [job.state for job in watched.jobs] == ["running"] * 3 + ["done"]


def test_nothing_follows_the_last_state() -> None:
    watched = Watched()

    def work(progress: Any) -> None:
        for done in range(50):
            progress("heads", done, 50)

    watched.submit(work)
    watched.ended(1)
    count = len(watched.jobs)
    late = threading.Event()
    threading.Timer(3 * INTERVAL, late.set).start()
    assert late.wait(SOON)
    assert len(watched.jobs) == count
    assert watched.jobs[-1].state == "done"


def test_closing_answers_every_job_and_takes_no_more() -> None:
    watched = Watched()
    held = Held("late")
    watched.submit(held)
    assert held.began.wait(SOON)
    for _ in range(3):
        watched.submit(lambda _: None)
    watched.runner.close()
    assert [one.job.state for one in watched.outcomes] == ["cancelled"] * 4
    with pytest.raises(HeadLabError, match="closed"):
        watched.submit(lambda _: None)
    told = list(watched.jobs)
    held.released.set()
    assert held.over.wait(SOON)
    watched.runner.close()
    assert (watched.jobs, len(watched.outcomes)) == (told, 4)


def test_what_the_work_held_is_let_go(watched: Watched) -> None:
    class Model:
        pass

    model = Model()
    known = weakref.ref(model)
    watched.submit(lambda _, model=model: None)
    watched.ended(1)
    for thread in threading.enumerate():
        if thread.name.startswith("headlab-job"):
            thread.join(SOON)
    del model
    gc.collect()
    assert known() is None
