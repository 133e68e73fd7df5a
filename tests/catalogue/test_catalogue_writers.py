"""Several writers at once, and writers that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from headlab.catalogue import Catalogue

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


def test_writers_at_once_lose_nothing(catalogue, make_card):
    for head in ("L0H0", "L0H1"):
        catalogue.add_evidence(make_card(head))
    writers = [start(catalogue.place, name, 40) for name in ("a", "b", "c")]
    results = [writer.communicate(timeout=60) for writer in writers]
    assert [errors for _, errors in results] == ["", "", ""]
    said = {}
    for output, _ in results:
        said |= acknowledged(output.splitlines(keepends=True))
    assert len(said) == 120
    assert stored(catalogue) == said
    assert catalogue.verify() == []


def test_an_acknowledged_write_survives_a_kill(on_file, path, make_card):
    for head in ("L0H0", "L0H1"):
        on_file.add_evidence(make_card(head))
    on_file.close()
    said = {}
    for kill in range(3):
        writer = start(str(path), f"w{kill}", 100_000)
        assert writer.stdout.readline() == "ready\n"
        time.sleep(0.05 + 0.03 * kill)
        os.kill(writer.pid, signal.SIGKILL)
        output, _ = writer.communicate()
        lines = [line for line in output.splitlines(keepends=True) if line.endswith("\n")]
        said |= acknowledged(lines)
        with Catalogue.open(path) as catalogue:
            kept = stored(catalogue)
            assert catalogue.verify() == []
        assert said.items() <= kept.items()
    assert len(said) > 3
