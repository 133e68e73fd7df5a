"""The batches that pages follow: what their calls write is told while they write it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

from headlab.records.batch import ArrivingText
from headlab.workflow.draft_jobs.arriving import Listener

Send = Callable[[dict[str, Any], list[bytes]], None]
End = Callable[[], None]
Follow = Callable[[int, Listener], End]


class FollowedBatches:
    """Requests that stay open until they are cancelled.

    Texts go out as `{event: "batch_texts", batch, texts}`, once however many requests follow a
    batch, and to every page.
    """

    def __init__(self, follow: Follow, send: Send):
        self._follow = follow
        self._send = send
        self._lock = threading.Lock()
        self._requests: dict[Hashable, int] = {}
        self._ends: dict[int, End] = {}

    def begin(self, request: Hashable, batch_id: int) -> None:
        """Follow a batch; what is written already is told at once, to all who follow it."""
        self.end(request)
        with self._lock:
            self._requests[request] = batch_id
            self._let_go(batch_id)
            self._ends[batch_id] = self._follow(batch_id, lambda texts: self._tell(batch_id, texts))

    def end(self, request: Hashable) -> bool:
        """The request follows no longer; whether it did."""
        with self._lock:
            batch_id = self._requests.pop(request, None)
            if batch_id is not None and batch_id not in self._requests.values():
                self._let_go(batch_id)
            return batch_id is not None

    def close(self) -> None:
        with self._lock:
            self._requests.clear()
            for batch_id in tuple(self._ends):
                self._let_go(batch_id)

    def _let_go(self, batch_id: int) -> None:
        end = self._ends.pop(batch_id, None)
        if end is not None:
            end()

    def _tell(self, batch_id: int, texts: tuple[ArrivingText, ...]) -> None:
        plain = [text.model_dump(mode="json") for text in texts]
        self._send({"event": "batch_texts", "batch": batch_id, "texts": plain}, [])
