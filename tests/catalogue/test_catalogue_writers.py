"""Several writers at once, and writers that are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from headlab.catalogue import Catalogue, heads
from headlab.records.errors import CatalogueError

EDIT = """
import sys
from headlab.catalogue import Catalogue
place, name, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Catalogue.open(place) as catalogue:
    print("ready", flush=True)
    for number in range(times):
        entry = catalogue.annotate(1 + number % 2, note=f"{name} {number}", author=name)
        print(entry.id, entry.revision, entry.note, flush=True)
"""


def start(place, name, times):
    command = [sys.executable, "-c", EDIT, place, name, str(times)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)


def acknowledged(lines):
    rows = (line.rstrip("\n").split(" ", 2) for line in lines if line != "ready\n")
    return {(int(entry), int(revision)): note for entry, revision, note in rows}


def stored(catalogue):
    return {
        (entry_id, row.number): row.change["note"]
        for entry_id in (1, 2)
        for row in catalogue.history(entry_id)
        if row.action == "annotate"
    }


def write_at_once(catalogue, make_card, times):
    for head in ("L0H0", "L0H1"):
        catalogue.add_evidence(make_card(head))
    writers = [start(catalogue.place, name, times) for name in ("a", "b", "c", "d")]
    results = [writer.communicate(timeout=600) for writer in writers]
    assert [errors for _, errors in results] == ["", "", "", ""]
    said = {}
    for output, _ in results:
        said |= acknowledged(output.splitlines(keepends=True))
    assert len(said) == 4 * times
    assert stored(catalogue) == said
    assert catalogue.verify() == []


def test_writers_at_once_lose_nothing(catalogue, make_card):
    write_at_once(catalogue, make_card, 30)


@pytest.mark.slow
def test_4_writers_of_1000_edits_lose_nothing(catalogue, make_card):
    write_at_once(catalogue, make_card, 1000)


FORKS = """
import os, sys
from headlab.catalogue import Catalogue
place = sys.argv[1]
with Catalogue.open(place) as catalogue:  # imports everything, once for all writers
    catalogue.annotate(1, note="first")
for name in sys.stdin:
    if child := os.fork():
        os.waitpid(child, 0)
        print("gone", flush=True)
        continue
    with Catalogue.open(place) as catalogue:
        print(os.getpid(), flush=True)
        number = 0
        while True:
            number += 1
            note = f"{name.strip()} {number}"
            entry = catalogue.annotate(1 + number % 2, note=note, author="a")
            line = f"{entry.id} {entry.revision} {entry.note}\\n"
            os.write(1, line.encode())  # at once: print may write it in parts, and be killed between
"""


def kill(times, place, make_card):
    """Writers that are killed after a few acknowledged writes, at any moment of the next."""
    with Catalogue.open(place) as made:
        for head in ("L0H0", "L0H1"):
            made.add_evidence(make_card(head))
    drawn = random.Random(11)
    said = {}
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", FORKS, place]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as forks:
        for number in range(times):
            forks.stdin.write(f"w{number}\n")
            forks.stdin.flush()
            writer = int(forks.stdout.readline())
            lines = [forks.stdout.readline() for _ in range(drawn.randrange(1, 4))]
            time.sleep(drawn.random() * 0.02)
            os.kill(writer, signal.SIGKILL)
            lines += iter(forks.stdout.readline, "gone\n")
            said |= acknowledged(lines)
            with Catalogue.open(place) as catalogue:
                kept = stored(catalogue)
                assert catalogue.verify() == []
            assert said.items() <= kept.items()
        forks.stdin.close()
    assert len(said) >= times


def test_acknowledged_writes_survive_20_kills(place, make_card):
    kill(20, place, make_card)


@pytest.mark.slow
def test_acknowledged_writes_survive_200_kills(place, make_card):
    kill(200, place, make_card)


@pytest.mark.parametrize("catalogue", ["postgresql"], indirect=True)
def test_of_two_that_wait_for_each_other_one_is_told_to_try_again(catalogue, make_card):
    for head in ("L0H0", "L0H1"):
        catalogue.add_evidence(make_card(head))
    both = threading.Barrier(2, timeout=60)

    def lock(order):
        try:
            with catalogue._database.writing() as connection:
                heads.load(connection, order[0], lock=True)
                both.wait()
                heads.load(connection, order[1], lock=True)
        except CatalogueError as error:
            return str(error)
        return ""

    ids = sorted(row.id for row in catalogue.list())
    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(lock, (ids, ids[::-1])))
    assert said[0] == ""
    assert said[1].endswith("Nothing was changed; try again.")
