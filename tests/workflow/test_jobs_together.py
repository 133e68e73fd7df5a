"""Many jobs and callers: every job is answered once, and background work steps aside."""

from __future__ import annotations

import logging
import threading
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watched_jobs import SOON, Held, Watched, raising

from headlab.records.errors import HeadLabError


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
