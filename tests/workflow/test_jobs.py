"""Jobs: one at a time, in order, cancelled at once, and every one answered exactly once."""

from __future__ import annotations

import gc
import logging
import threading
import weakref
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headlab.records.bench import Job
from headlab.records.errors import Cancelled, HeadLabError
from headlab.workflow.jobs import (
    INTERVAL,
    MAX_WAITING,
    WAITING_FOR_CANCELLED,
    JobOutcome,
    JobRunner,
)

SOON = 10


class Watched:
    """A runner, what it told, and a way to wait for it."""

    def __init__(self, **options: Any) -> None:
        self.jobs: list[Job] = []
        self.outcomes: list[JobOutcome[Any]] = []
        self._told = threading.Condition()
        self.runner = JobRunner(self._changed, **options)

    def _changed(self, job: Job | None) -> None:
        assert job is not None
        with self._told:
            self.jobs.append(job)
            self._told.notify_all()

    def _ended(self, outcome: JobOutcome[Any]) -> None:
        with self._told:
            self.outcomes.append(outcome)
            self._told.notify_all()

    def submit(self, work: Callable[[Any], Any], title: str = "work") -> int:
        return self.runner.submit(title, work, self._ended)

    def until(self, condition: Callable[[], bool]) -> None:
        with self._told:
            assert self._told.wait_for(condition, SOON), (self.jobs, self.outcomes)

    def ended(self, count: int) -> list[JobOutcome[Any]]:
        self.until(lambda: len(self.outcomes) >= count)
        return self.outcomes


class Held:
    """Work that sits in a step it cannot leave, until the test lets it go."""

    def __init__(self, result: Any = None) -> None:
        self.began, self.released, self.over = (threading.Event() for _ in range(3))
        self.result = result

    def __call__(self, progress: Any) -> Any:
        self.began.set()
        try:
            assert self.released.wait(SOON)
            progress("after", 1, 1)
            return self.result
        finally:
            self.over.set()


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    yield made
    made.runner.close()


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


def raising(error: BaseException) -> Callable[[Any], None]:
    def work(_progress: Any) -> None:
        raise error

    return work


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


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.sampled_from(["submit", "fail", "cancel", "cancel last", "wait"]),
        min_size=1,
        max_size=25,
    )
)
def test_every_job_is_answered_once_whatever_happens(actions: list[str]) -> None:
    watched = Watched()
    running = threading.Semaphore()
    ids: list[int] = []

    def work(progress: Any) -> str:
        assert running.acquire(blocking=False), "two at a time"
        try:
            for done in range(20):
                progress("step", done, 20)
            return "result"
        finally:
            running.release()

    for action in actions:
        if action in ("submit", "fail"):
            try:
                ids.append(watched.submit(work if action == "submit" else raising(ValueError("x"))))
            except HeadLabError:
                continue
        elif action == "cancel":
            watched.runner.cancel()
        elif action == "cancel last" and ids:
            watched.runner.cancel(ids[-1])
        elif action == "wait":
            watched.ended(len(ids))
    watched.ended(len(ids))
    watched.runner.close()
    assert sorted(one.job.id for one in watched.outcomes) == ids
    for one in watched.outcomes:
        state = one.job.state
        assert (one.result == "result") == (state == "done")
        assert (one.error is None) == (state == "done")
        shown = [job for job in watched.jobs if job.id == one.job.id]
        assert all(job.state == "running" for job in shown[:-1])
        assert not shown or shown[-1].state == state
    for job, later in pairwise(watched.jobs):
        assert later.id >= job.id
        if later.id == job.id:
            assert later.done >= job.done


def test_many_callers_at_once(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    accepted: list[int] = []
    start = threading.Barrier(6)

    def call() -> None:
        start.wait(SOON)
        for _ in range(40):
            try:
                number = watched.submit(lambda progress: progress("a", 1, 2))
            except HeadLabError:
                watched.runner.cancel()
                continue
            accepted.append(number)

    callers = [threading.Thread(target=call) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(SOON)
    watched.ended(len(accepted))
    assert sorted(one.job.id for one in watched.outcomes) == sorted(accepted)
    assert len(set(accepted)) == len(accepted)


def test_work_in_the_background_steps_aside_and_goes_on_later(watched: Watched) -> None:
    done: list[int] = []
    began, go = threading.Event(), threading.Event()
    order: list[str] = []

    def sweep(progress: Any) -> list[int]:
        order.append("sweep")
        for head in range(len(done), 4):
            began.set()
            assert go.wait(SOON)
            progress("heads", head, 4)
            done.append(head)  # kept, so that the second run goes on from here
        return done

    watched.runner.submit("sweep", sweep, watched._ended, background=True)
    assert began.wait(SOON)
    watched.submit(lambda _progress: order.append("card"), "card")
    go.set()
    outcomes = watched.ended(2)
    assert [outcome.job.title for outcome in outcomes] == ["card", "sweep"]
    assert [outcome.job.state for outcome in outcomes] == ["done", "done"]
    assert order == ["sweep", "card", "sweep"]
    assert done == [0, 1, 2, 3]


def test_work_that_stepped_aside_can_be_cancelled_while_it_waits(watched: Watched) -> None:
    began, go = threading.Event(), threading.Event()

    def sweep(progress: Any) -> None:
        began.set()
        assert go.wait(SOON)
        progress("heads", 1, 2)

    held = Held()
    sweeping = watched.runner.submit("sweep", sweep, watched._ended, background=True)
    assert began.wait(SOON)
    watched.submit(held, "card")
    go.set()
    assert held.began.wait(SOON)
    assert watched.runner.cancel(sweeping)
    held.released.set()
    states = {one.job.title: one.job.state for one in watched.ended(2)}
    assert states == {"sweep": "cancelled", "card": "done"}


def test_work_in_the_background_does_not_displace_its_like(watched: Watched) -> None:
    held = Held(result=1)
    watched.runner.submit("first", held, watched._ended, background=True)
    assert held.began.wait(SOON)
    watched.runner.submit("second", lambda _progress: 2, watched._ended, background=True)
    held.released.set()
    assert [outcome.result for outcome in watched.ended(2)] == [1, 2]
