"""Writers take turns in the order in which they came, and a lost turn costs nothing but time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from headlab.catalogue import turns
from headlab.catalogue.turns import turn

pytestmark = pytest.mark.skipif(turns.fcntl is None, reason="this system has no folder locks")

LOCKS = Path("/proc/locks")

HOLDER = """
import sys
from pathlib import Path
from headlab.catalogue.turns import turn
with turn(Path(sys.argv[1])) as had:
    print(had, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Released once for every writer that begins to wait in the kernel."""
    begun = threading.Semaphore(0)
    block = turns._Wait.block

    def told(self: turns._Wait) -> None:
        begun.release()
        block(self)

    monkeypatch.setattr(turns._Wait, "block", told)
    return begun


def held(folder: Path) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=pipe, stdout=pipe, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    return holder


def test_one_writer_at_a_time_among_threads(tmp_path: Path) -> None:
    inside, most = 0, 0

    def write(_number: int) -> bool:
        nonlocal inside, most
        with turn(tmp_path) as had:
            inside += 1
            most = max(most, inside)
            inside -= 1
        return had

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(write, range(200)))
    assert most == 1
    assert list(tmp_path.iterdir()) == [], "a turn leaves no file"


def test_another_process_waits_and_a_killed_one_gives_its_turn_back(
    tmp_path: Path, waiting: threading.Semaphore
) -> None:
    holder = held(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        wanted = pool.submit(lambda: _had(tmp_path))
        waiting.acquire()
        assert not wanted.done()
        holder.kill()
        assert wanted.result(timeout=20)
    holder.wait()


@pytest.mark.skipif(not LOCKS.exists(), reason="only Linux tells who waits for a lock")
def test_turns_come_in_the_order_in_which_they_were_asked_for(
    tmp_path: Path, waiting: threading.Semaphore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 60.0)
    came: list[int] = []

    def write(number: int) -> None:
        with turn(tmp_path) as had:
            assert had
            came.append(number)

    for _ in range(5):
        came.clear()
        with ThreadPoolExecutor(4) as pool, turn(tmp_path):
            for number in range(4):
                pool.submit(write, number)
                waiting.acquire()
                _wait_until_queued(number + 1)
        assert came == [0, 1, 2, 3]


def test_who_waited_too_long_goes_on_without_and_blocks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    with turn(tmp_path) as mine, turn(tmp_path) as other:
        assert (mine, other) == (True, False)
    monkeypatch.setattr(turns, "PATIENCE", 20.0)
    with turn(tmp_path) as again:
        assert again, "the turn that came too late was given back"


@pytest.mark.parametrize("missing", ["folder", "locks"])
def test_where_nothing_can_be_locked_there_are_no_turns(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "gone" if missing == "folder" else tmp_path
    if missing == "locks":
        monkeypatch.setattr(turns, "fcntl", None)
    with turn(folder) as had:
        assert not had


def _had(folder: Path) -> bool:
    with turn(folder) as had:
        return had


def _wait_until_queued(writers: int) -> None:
    """Until the kernel has so many locks of this process in a queue."""
    mine = f" {os.getpid()} "
    while sum("->" in line and mine in line for line in LOCKS.read_text().splitlines()) < writers:
        threading.Event().wait(0.001)
