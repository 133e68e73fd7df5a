"""How long a step still takes, from how fast it has gone."""

from __future__ import annotations

import math

MEMORY = 20.0
"""Seconds after which an observation counts for a third, so that the estimate follows the work."""
MIN_SECONDS, MIN_UNITS = 0.5, 2
"""Less than this says nothing about what follows."""


class Pace:
    """The smoothed rate of the step in hand; a new step, or one that starts again, starts anew."""

    def __init__(self) -> None:
        self._what: str | None = None
        self._done = self._first = 0
        self._at = self._started = self._seconds = self._units = 0.0

    def observe(self, what: str, done: int, now: float) -> None:
        """`done` units of the step `what` are done at the time `now`, in seconds."""
        if what != self._what or done < self._done:
            self._what = what
            self._restart(done, now)
            return
        if done == self._done:
            return
        passed = now - self._at
        weight = math.exp(-passed / MEMORY)
        self._seconds = self._seconds * weight + passed
        self._units = self._units * weight + done - self._done
        self._done, self._at = done, now

    def seconds_left(self, total: int, now: float) -> float | None:
        """An estimate of the time to `total` units; None while there is too little to go by."""
        seen_seconds, seen_units = self._at - self._started, self._done - self._first
        if total <= 0 or seen_seconds < MIN_SECONDS or seen_units < MIN_UNITS:
            return None
        whole = max(0, total - self._done) * self._seconds / self._units
        return max(0.0, whole - (now - self._at))

    def _restart(self, done: int, now: float) -> None:
        self._done = self._first = done
        self._at = self._started = now
        self._seconds = self._units = 0.0
