"""The batches of drafts at work in the server's process, each in a thread of its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from headlab.records.batch import ArrivingText, BatchView

if TYPE_CHECKING:  # loaded by the first batch, not by the start of the server
    from headlab.records.draft_job import DraftBatch
    from headlab.workflow.draft_jobs.workers import BatchWorkers

PATIENCE = 10.0
"""Seconds that the end of the server waits for calls to be cancelled."""


class DraftWorker:
    """Works on open batches until they are finished, paused or stopped, or the server ends.

    What is under way then is cancelled, and its jobs wait again: `start` goes on with them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._workers: BatchWorkers | None = None
        self._closed = False

    def start(self, batch_id: int) -> None:
        """Work on a batch of the settings' catalogue; one that is at work goes on.

        Raises CatalogueError when the catalogue cannot be opened.
        """
        from headlab.catalogue import Catalogue
        from headlab.workflow.draft_jobs.workers import BatchWorkers

        with self._lock:
            if self._closed:
                return
            if self._workers is None:
                self._workers = BatchWorkers()
            # the shared catalogue is closed when the settings name another place
            self._workers.start(Catalogue.open(), batch_id)

    def stop(self, place: str, batch_id: int) -> None:
        """End the calls under way for a batch that was cancelled."""
        if self._workers is not None:
            self._workers.stop(place, batch_id)

    def view(self, place: str, batch: DraftBatch) -> BatchView:
        """A batch of the catalogue at `place`, and how this process works on it."""
        if self._workers is None:
            return BatchView(batch=batch, running=False)
        return self._workers.view(place, batch)

    def texts(self, place: str, batch_id: int) -> tuple[ArrivingText, ...]:
        """What the calls of a batch have written so far, unchecked."""
        return () if self._workers is None else self._workers.texts(place, batch_id)

    def close(self) -> None:
        """Cancel the calls under way and wait a little for their jobs to be put back."""
        with self._lock:
            self._closed = True
        if self._workers is not None:
            self._workers.close(PATIENCE)
