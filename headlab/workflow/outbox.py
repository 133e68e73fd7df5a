"""Callbacks, made one at a time and in order, with no lock held."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Outbox:
    """Calls are added under the caller's own lock and made after it.

    Whoever finds no one delivering delivers everything; everybody else leaves at once. So a call
    never overtakes an earlier one, may come back to its maker, and blocks nobody.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Callable[[], None]] = deque()
        self._delivering = False

    def add(self, call: Callable[[], None]) -> None:
        with self._lock:
            self._calls.append(call)

    def deliver(self) -> None:
        """Make the calls that are due; an exception from one goes to the log."""
        while True:
            with self._lock:
                if self._delivering or not self._calls:
                    return
                self._delivering = True
                call = self._calls.popleft()
            try:
                call()
            except Exception:
                _log.exception("A callback failed")
            finally:
                with self._lock:
                    self._delivering = False
