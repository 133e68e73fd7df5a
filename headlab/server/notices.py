"""Change notices: what was changed by any process becomes an event for every open page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = "urn:headlab:catalogue"
SCHEMA_FILE = Path(__file__).parent / "events" / "catalogue.yaml"
INTERVAL = 0.3
"""Seconds between two looks."""
LONGEST_INTERVAL = 5.0
"""Seconds between two looks while they fail."""


@dataclass(frozen=True)
class Seen:
    """A place and the stamp of what is there: another stamp after every change."""

    place: str
    stamp: str


Look = Callable[[], Seen | None]
"""Looks at something that may change, in a thread; None while there is nothing to compare."""


class Notices:
    """Looks at things by their kind every `INTERVAL` and emits an event for each change."""

    def __init__(
        self, looks: Mapping[str, Look], emit: Callable[..., Any], log: logging.Logger | Any
    ) -> None:
        self._looks = looks
        self._emit = emit
        self._log = log
        self._threads = ThreadPoolExecutor(len(looks), thread_name_prefix="headlab-notices")
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to look; needs a running event loop. What is found first is no change."""
        if not self._tasks:
            found = self._looks.items()
            self._tasks = [asyncio.create_task(self._watch(kind, look)) for kind, look in found]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _watch(self, kind: str, look: Look) -> None:
        loop = asyncio.get_running_loop()
        last: Seen | None = None
        interval = INTERVAL
        while True:
            try:
                seen = await loop.run_in_executor(self._threads, look)
                if seen is not None and last is not None and seen != last:
                    data = {"kind": kind, "stamp": seen.stamp, "place": seen.place}
                    self._emit(schema_id=SCHEMA, data=data)
                last = seen or last
                interval = INTERVAL
            except Exception as error:  # it must go on when the cause is gone
                if interval == INTERVAL:
                    self._log.warning("HeadLab cannot see changes of the %s: %s", kind, error)
                interval = min(2 * interval, LONGEST_INTERVAL)
            await asyncio.sleep(interval)
