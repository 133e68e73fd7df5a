"""Runs `run_batch` in processes that are forked from one that has imported everything.

A line `PLACE BATCH LEASE` on standard input starts a process; its number is written back.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys


def serve() -> None:
    import openai  # noqa: F401

    from headlab.catalogue import Catalogue
    from headlab.catalogue.jobs import JobLedger
    from headlab.workflow.draft_jobs.run import run_batch

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        place, batch, lease = line.split()
        child = os.fork()
        if child == 0:
            with Catalogue.open(place) as catalogue:
                run_batch(JobLedger.of(catalogue), int(batch), lease=float(lease), first_wait=0.05)
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


class Workers:
    """Starts and kills processes that work on batches."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=pipe, stdout=pipe, text=True
        )
        assert self._read() == "ready"

    def start(self, place: str, batch_id: int, lease: float) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{place} {batch_id} {lease}\n")
        self.process.stdin.flush()
        return int(self._read())

    @staticmethod
    def is_alive(process: int) -> bool:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        return True

    @staticmethod
    def kill(process: int) -> None:
        os.kill(process, signal.SIGKILL)

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)

    def _read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


if __name__ == "__main__":
    serve()
