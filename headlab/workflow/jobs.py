"""Work beside the caller's loop: one job at a time, shown, cancelled and queued."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeGuard, TypeVar

from headlab.records.bench import Job, JobState
from headlab.records.errors import Cancelled, HeadLabError
from headlab.workflow.outbox import Outbox
from headlab.workflow.pace import Pace

__all__ = ["Cancelled", "JobOutcome", "JobProgress", "JobRunner"]

T = TypeVar("T")

MAX_WAITING = 8
INTERVAL = 0.1
"""Seconds between two reports of progress, at least."""
WAITING_FOR_CANCELLED = "waiting for the cancelled work to end"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobOutcome(Generic[T]):
    """How a job ended: `job` in its last state, its `result` when done, else its `error`, which is
    a Cancelled for a cancelled one."""

    job: Job
    result: T | None = None
    error: BaseException | None = None


class JobProgress:
    """What a job's work is given: called as `progress(what, done, total)`, which raises Cancelled
    once the job is cancelled."""

    def __init__(self, report: Callable[[str, int, int], None], cancelled: threading.Event):
        self._report = report
        self._cancelled = cancelled

    def __call__(self, what: str, done: int, total: int) -> None:
        self.check()
        self._report(what, done, total)

    def cancelled(self) -> bool:
        """Whether the work should end, for calls that ask for themselves."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise Cancelled if the work should end, for places with no progress to tell."""
        if self._cancelled.is_set():
            raise Cancelled


class _Task:
    """A job with its work."""

    def __init__(
        self,
        job: Job,
        work: Callable[[JobProgress], Any],
        on_done: Callable[[JobOutcome[Any]], None],
        background: bool,
    ):
        self.job = job
        self.work = work
        self.on_done = on_done
        self.background = background
        self.reset()

    def reset(self) -> None:
        """As it was before its work began."""
        self.cancelled = threading.Event()
        self.steps_aside = False
        self.pace = Pace()
        self.started: float | None = None


def _nothing(*_: Any) -> None: ...


def _is_open(task: _Task | None) -> TypeGuard[_Task]:
    return task is not None and task.job.state == "running"


class JobRunner:
    """Runs one job at a time in a daemon thread; later ones wait in order.

    `on_change` gets the newest job whenever it changes: progress about ten times a second at most,
    a change of state at once. A job that has ended stays the newest until the next one. Both
    callbacks, `on_change` and a job's `on_done`, come one at a time and in order, from whichever
    thread made the change; they may call the runner.

    A cancelled job has ended for everybody but its own thread: what that still gives is dropped, and
    the next job starts when it is over. A job in the background steps aside at its next progress when
    another one comes, and runs anew after it: for work that keeps what it has done.
    """

    def __init__(
        self,
        on_change: Callable[[Job | None], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._on_change = on_change
        self._clock = clock
        self._lock = threading.RLock()
        self._outbox = Outbox()
        self._waiting: deque[_Task] = deque()
        self._shown: _Task | None = None  # the newest job, running, about to run or ended
        self._thread: _Task | None = None  # whose work is in the thread, cancelled or not
        self._last_id = 0
        self._last_report = -INTERVAL
        self._late_report: threading.Timer | None = None
        self._closed = False

    @property
    def job(self) -> Job | None:
        """The newest job; None before the first."""
        with self._lock:
            return None if self._shown is None else self._shown.job

    def submit(
        self,
        title: str,
        work: Callable[[JobProgress], T],
        on_done: Callable[[JobOutcome[T]], None],
        *,
        background: bool = False,
    ) -> int:
        """Run `work` as soon as everything before it has ended; returns the job's id.

        `on_done` is called exactly once. Raises HeadLabError when too many jobs are waiting.
        """
        with self._lock:
            if self._closed:
                raise HeadLabError(f"{title!r} cannot start: the workbench is closed.")
            if len(self._waiting) >= MAX_WAITING:
                raise HeadLabError(
                    f"{title!r} cannot wait: {MAX_WAITING} jobs are waiting already. Let them end, "
                    "or cancel some."
                )
            self._last_id += 1
            job = Job(id=self._last_id, title=title, state="running")
            self._waiting.append(_Task(job, work, on_done, background))
            if not background:
                self._ask_to_step_aside()
            self._advance()
        self._outbox.deliver()
        return job.id

    def cancel(self, job_id: int | None = None) -> bool:
        """End a job now: the one shown, or the one with this id; false when there is none to end."""
        with self._lock:
            task = self._find(job_id)
            if task is not None:
                self._end(task, "cancelled")
                self._advance()
        self._outbox.deliver()
        return task is not None

    def close(self) -> None:
        """Cancel everything and take nothing more; does not wait for the thread."""
        with self._lock:
            self._closed = True
            unfinished = [task for task in (self._shown, *self._waiting) if _is_open(task)]
            self._waiting.clear()
            for task in unfinished:
                self._end(task, "cancelled")
        self._outbox.deliver()

    def _find(self, job_id: int | None) -> _Task | None:
        for task in (self._shown, *self._waiting):
            if _is_open(task) and job_id in (None, task.job.id):
                return task
        return None

    def _ask_to_step_aside(self) -> None:
        task = self._shown
        if _is_open(task) and task.background and task.started is not None:
            task.steps_aside = True
            task.cancelled.set()

    def _advance(self) -> None:
        """Show the next job when the one shown has ended, and start it when the thread is free."""
        if not _is_open(self._shown) and self._waiting:
            self._shown = self._waiting.popleft()
            if self._thread is not None:
                self._change(self._shown, step=WAITING_FOR_CANCELLED)
        task = self._shown
        if self._thread is None and _is_open(task) and task.started is None:
            self._thread = task
            task.started = self._clock()
            self._change(task, step="")
            name = f"headlab-job-{task.job.id}"
            run = threading.Thread(target=self._run, args=(task, task.work), name=name, daemon=True)
            run.start()

    def _run(self, task: _Task, work: Callable[[JobProgress], Any]) -> None:
        def report(what: str, done: int, total: int) -> None:
            self._report(task, what, done, total)

        state: JobState = "done"
        result: Any = None
        error: BaseException | None = None
        message = ""
        try:
            result = work(JobProgress(report, task.cancelled))
        except Cancelled:
            state = "cancelled"
        except HeadLabError as problem:
            state, error, message = "failed", problem, str(problem)
        except BaseException as problem:
            state, error, message = "failed", problem, f"{type(problem).__name__}: {problem}"
            _log.exception("The job %r failed", task.job.title)
        with self._lock:
            if state == "cancelled" and task.steps_aside and _is_open(task):
                task.reset()
                self._waiting.append(task)
                self._shown = None
            elif _is_open(task):
                self._end(task, state, result, error, message)
            self._thread = None
            self._advance()
        self._outbox.deliver()

    def _report(self, task: _Task, what: str, done: int, total: int) -> None:
        with self._lock:
            if not _is_open(task):
                return
            now = self._clock()
            task.pace.observe(what, done, now)
            left = task.pace.seconds_left(total, now)
            changes = {"step": what, "done": done, "total": total, "seconds_left": left}
            task.job = task.job.model_copy(update={**changes, "seconds": self._seconds(task)})
            wait = self._last_report + INTERVAL - now
            if wait <= 0:
                self._post(task)
            elif self._late_report is None:
                self._late_report = threading.Timer(wait, self._report_late)
                self._late_report.daemon = True
                self._late_report.start()
        self._outbox.deliver()

    def _report_late(self) -> None:
        """The newest progress, if nothing has been told since."""
        with self._lock:
            pending, self._late_report = self._late_report is not None, None
            if pending and self._shown is not None:
                self._post(self._shown)
        self._outbox.deliver()

    def _end(
        self,
        task: _Task,
        state: JobState,
        result: Any = None,
        error: BaseException | None = None,
        message: str = "",
    ) -> None:
        if state == "cancelled":
            task.cancelled.set()
            error = Cancelled()
        if task in self._waiting:
            self._waiting.remove(task)
        self._change(task, state=state, message=message, seconds_left=None)
        outcome, on_done = JobOutcome(task.job, result, error), task.on_done
        task.work = task.on_done = _nothing  # and with them whatever they hold, a model perhaps
        self._outbox.add(lambda: on_done(outcome))

    def _change(self, task: _Task, **changes: Any) -> None:
        task.job = task.job.model_copy(update={**changes, "seconds": self._seconds(task)})
        if task is self._shown:
            self._post(task)

    def _post(self, task: _Task) -> None:
        if self._late_report is not None:
            self._late_report.cancel()
            self._late_report = None
        self._last_report = self._clock()
        job = task.job
        self._outbox.add(lambda: self._on_change(job))

    def _seconds(self, task: _Task) -> float:
        return 0.0 if task.started is None else self._clock() - task.started
