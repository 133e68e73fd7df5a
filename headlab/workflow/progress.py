"""Progress of long work, as bars on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tqdm.auto import tqdm

Progress = Callable[[str, int, int], None]


@contextmanager
def bars(always: bool = False) -> Iterator[Progress]:
    """A progress callback that draws one bar a task, with rate and time left.

    A bar appears after a second of work, at once with `always`; finished ones stay with `always`.
    """
    open_bars: dict[str, Any] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in open_bars:
            open_bars[what] = tqdm(
                total=total, desc=what, delay=0 if always else 1, leave=always, file=sys.stderr
            )
        bar = open_bars[what]
        bar.total = total
        bar.update(done - bar.n)
        if done >= total:
            open_bars.pop(what).close()

    try:
        yield report
    finally:
        for bar in open_bars.values():
            bar.close()
