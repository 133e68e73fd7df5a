"""Writers of an SQLite catalogue take turns, so that none waits much longer than the others.

SQLite's lock goes to whoever asks first after it is free, and waiting means to ask again and again:
who has just written is awake and wins, who waits sleeps. The operating system's file locks wake those
who wait in the order in which they came. Turns are a courtesy only: nothing but speed is lost where
there are none (Windows, network file systems) and when one comes too late.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

PATIENCE = 2.0
"""Seconds to wait for a turn: then the writer asks SQLite itself, as if there were no turns."""


@contextmanager
def turn(folder: Path) -> Iterator[bool]:
    """One writer of a folder's catalogues at a time, first come, first served.

    Locks the folder itself, which leaves no file behind; a process that ends gives its turn back.
    Yields whether the turn was had: False where folders cannot be locked, or after `PATIENCE`.
    """
    handle = _opened(folder)
    if handle is None:
        yield False
        return
    wait = _Wait(handle)
    try:
        yield wait.had(PATIENCE)
    finally:
        wait.over()


def _opened(folder: Path) -> int | None:
    if fcntl is None:
        return None
    try:
        return os.open(folder, os.O_RDONLY)
    except OSError:
        return None


class _Waiter:
    """A thread that waits for one lock after another, since a wait in the kernel takes no limit.

    It outlives a wait: to start one each time takes longer than most waits do.
    """

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[_Wait] = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def wait(self, wait: _Wait) -> None:
        self._asked.put(wait)

    def _run(self) -> None:
        while True:
            self._asked.get().block()
            _idle.append(self)


_idle: list[_Waiter] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # a fork takes no threads along


class _Wait:
    """Waiting for one lock; its handle is closed by whoever is through with it last."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._state = threading.Lock()
        self._open = True
        self._waiting = False
        self._came = threading.Event()

    def had(self, seconds: float) -> bool:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        except OSError:  # this file system has no locks
            return False
        else:
            return True
        self._waiting = True
        try:
            waiter = _idle.pop()
        except IndexError:
            waiter = _Waiter()
        waiter.wait(self)
        return self._came.wait(seconds)

    def block(self) -> None:
        """Wait for the lock, however long it takes, and say that it came."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            self._came.set()
        except OSError:
            pass
        finally:
            with self._state:
                self._waiting = False
                if not self._open:
                    os.close(self._handle)

    def over(self) -> None:
        """Give the turn back, or stop waiting for it: then the thread does so when it comes."""
        with self._state:
            self._open = False
            if not self._waiting:
                os.close(self._handle)
