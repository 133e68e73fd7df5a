"""What the calls of a batch have written so far: in memory alone, until each answer is checked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from headlab.records.batch import ArrivingText
from headlab.workflow.outbox import Outbox

INTERVAL = 0.25
"""Seconds between two messages to one listener, at least."""
MAX_TEXT = 2000
"""Characters of a text that are passed on: as long as a description may be."""

Listener = Callable[[tuple[ArrivingText, ...]], None]


class Texts(Protocol):
    """Takes what jobs write, from the threads of their calls."""

    def write(self, job_id: int, text: str) -> None:
        """A job's text so far; an empty one means that it is written anew."""

    def forget(self, job_id: int) -> None:
        """The call has ended."""


class ArrivingTexts:
    """The texts of the calls under way, by job; may be shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: dict[int, str] = {}
        self._followers: set[_Follower] = set()

    def write(self, job_id: int, text: str) -> None:
        """Take a job's text so far; an empty one means that it is written anew."""
        with self._lock:
            self._texts[job_id] = text[:MAX_TEXT]
            followers = tuple(self._followers)
        for follower in followers:
            follower.changed()

    def forget(self, job_id: int) -> None:
        """The call has ended: what it gave is in the ledger."""
        with self._lock:
            known = self._texts.pop(job_id, None) is not None
            followers = tuple(self._followers) if known else ()
        for follower in followers:
            follower.changed()

    def now(self) -> tuple[ArrivingText, ...]:
        """The texts so far, in the order of their jobs; a call without a word yet has none."""
        with self._lock:
            return tuple(
                ArrivingText(job=job_id, text=text)
                for job_id, text in sorted(self._texts.items())
                if text
            )

    def follow(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` all texts now and after changes; returns what ends that.

        It is told at most four times a second and never twice the same; the last state is always
        told. It is called from any thread, one call at a time.
        """
        follower = _Follower(self.now, listener)
        with self._lock:
            self._followers.add(follower)
        follower.changed()

        def end() -> None:
            with self._lock:
                self._followers.discard(follower)
            follower.end()

        return end


class _Follower:
    """Tells one listener, now or as soon as `INTERVAL` has passed since it was told last."""

    def __init__(self, now: Callable[[], tuple[ArrivingText, ...]], listener: Listener):
        self._now = now
        self._listener = listener
        self._lock = threading.Lock()
        self._outbox = Outbox()
        self._told: tuple[ArrivingText, ...] = ()
        self._last = -INTERVAL
        self._timer: threading.Timer | None = None
        self._ended = False

    def changed(self) -> None:
        with self._lock:
            if self._ended or self._timer is not None:
                return
            wait = self._last + INTERVAL - time.monotonic()
            if wait > 0:
                self._timer = threading.Timer(wait, self._late)
                self._timer.daemon = True
                self._timer.start()
                return
            self._tell()
        self._outbox.deliver()

    def end(self) -> None:
        with self._lock:
            self._ended = True
            if self._timer is not None:
                self._timer.cancel()

    def _late(self) -> None:
        with self._lock:
            self._timer = None
            if not self._ended:
                self._tell()
        self._outbox.deliver()

    def _tell(self) -> None:
        texts = self._now()
        if texts != self._told:
            self._told, self._last = texts, time.monotonic()
            self._outbox.add(lambda: self._listener(texts))
