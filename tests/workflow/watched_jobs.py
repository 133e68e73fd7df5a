"""A job runner that tests can wait for, and work that they hold."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from headlab.records.bench import Job
from headlab.workflow.jobs import JobOutcome, JobRunner

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


def raising(error: BaseException) -> Callable[[Any], None]:
    """Work that fails with this error."""

    def work(_progress: Any) -> None:
        raise error

    return work
