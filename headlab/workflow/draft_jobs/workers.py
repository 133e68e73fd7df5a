"""The batches that this process works on, each in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.records.batch import ArrivingText, BatchView
from headlab.records.draft_job import DraftBatch
from headlab.records.errors import Cancelled, HeadLabError
from headlab.workflow.draft_jobs.arriving import ArrivingTexts, Listener
from headlab.workflow.draft_jobs.run import run_batch
from headlab.workflow.jobs import JobOutcome, JobProgress, JobRunner

Changed = Callable[[], None]
_Key = tuple[str, int]


class BatchWorkers:
    """Starts and stops the work on batches, and says which are worked on here.

    May be shared by threads. Batches are known by their catalogue's place and their number, since
    another catalogue may come in force while one is worked on.
    """

    def __init__(self) -> None:
        self._runners: dict[_Key, JobRunner] = {}
        self._started: dict[_Key, int] = {}
        self._texts: dict[_Key, ArrivingTexts] = {}
        self._lock = threading.Lock()
        self._at_work = 0
        self._rests = threading.Condition()

    def start(self, catalogue: Catalogue, batch_id: int, changed: Changed = lambda: None) -> None:
        """Work on a batch until it is over, paused, stopped or cancelled; returns at once.

        The catalogue is the worker's own, which closes it. `changed` is called after every change,
        in the worker's thread. While a batch is worked on, another start is kept for the moment when
        that work ends: one that was paused and resumed at once goes on.
        """
        key = (catalogue.place, batch_id)
        with self._lock:
            if self._started.get(key, 0) > 1:
                catalogue.close()
                return
            self._started[key] = self._started.get(key, 0) + 1
            runner = self._runners.setdefault(key, JobRunner(lambda _job: None))
            texts = self._texts.setdefault(key, ArrivingTexts())
        begun = threading.Event()

        def work(progress: JobProgress) -> None:
            begun.set()
            with self._counted():
                _work(catalogue, batch_id, progress, texts, changed)

        def over(_outcome: JobOutcome[None]) -> None:
            with self._lock:
                self._started[key] -= 1
            if not begun.is_set():
                catalogue.close()
            changed()

        runner.submit(f"Batch {batch_id}", work, over)

    def stop(self, place: str, batch_id: int) -> None:
        """End calls under way; what they may cost counts as spent, and their jobs wait again unless
        the batch is cancelled."""
        runner = self._runners.get((place, batch_id))
        while runner is not None and runner.cancel():
            pass

    def close(self, patience: float) -> None:
        """End all calls under way, and wait up to `patience` seconds until their jobs wait again."""
        with self._lock:
            runners = list(self._runners.values())
        for runner in runners:
            runner.close()
        with self._rests:
            self._rests.wait_for(lambda: self._at_work == 0, patience)

    def texts(self, place: str, batch_id: int) -> tuple[ArrivingText, ...]:
        """What the calls of a batch have written so far; of one that is not worked on here, nothing."""
        found = self._texts.get((place, batch_id))
        return () if found is None else found.now()

    def follow(self, place: str, batch_id: int, listener: Listener) -> Callable[[], None]:
        """Tell `listener` those texts as they change; returns what ends that."""
        found = self._texts.get((place, batch_id))
        return (lambda: None) if found is None else found.follow(listener)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._rests:
            self._at_work += 1
        try:
            yield
        finally:
            with self._rests:
                self._at_work -= 1
                self._rests.notify_all()

    def view(self, place: str, batch: DraftBatch) -> BatchView:
        """A batch of the catalogue at `place` with what this process does about it."""
        runner = self._runners.get((place, batch.id))
        job = None if runner is None else runner.job
        if job is None:
            return BatchView(batch=batch, running=False)
        running = job.state == "running"
        return BatchView(
            batch=batch,
            running=running,
            seconds_left=job.seconds_left if running else None,
            problem=job.message if job.state == "failed" else "",
        )


def _work(
    catalogue: Catalogue,
    batch_id: int,
    progress: JobProgress,
    texts: ArrivingTexts,
    changed: Changed,
) -> None:
    ledger = JobLedger.of(catalogue)

    def tell(*_: object) -> None:
        batch = ledger.batch(batch_id)
        progress("drafts", batch.total - batch.unfinished, batch.total)
        changed()

    try:
        tell()
        run_batch(ledger, batch_id, on_result=tell, cancelled=progress.cancelled, texts=texts)
    except (HeadLabError, Cancelled):
        raise
    except Exception as error:  # its text may hold the request, so only its name is passed on
        name = type(error).__name__
        raise HeadLabError(f"The work on it ended by an unexpected error ({name}).") from None
    finally:
        catalogue.close()
        changed()
