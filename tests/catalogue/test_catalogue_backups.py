"""Backups that are made while others write: whole, and with all that was acknowledged before."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from headlab.catalogue import Catalogue

sys.path.insert(0, str(Path(__file__).parent))

from test_catalogue_writers import start, stored


def backups_under_writes(catalogue, make_card, tmp_path, times):
    for head in ("L0H0", "L0H1"):
        catalogue.add_evidence(make_card(head))
    writers = [start(catalogue.place, name, 1_000_000) for name in ("a", "b")]
    try:
        for writer in writers:
            assert writer.stdout.readline() == "ready\n"
        seen = []
        for number in range(times):
            for writer in writers:
                entry, revision, note = writer.stdout.readline().rstrip("\n").split(" ", 2)
                seen.append(((int(entry), int(revision)), note))
            copy = catalogue.backup(tmp_path / f"{number}.db")
            with Catalogue.open(copy) as backed_up:
                assert backed_up.verify() == []
                kept = stored(backed_up)
            assert dict(seen).items() <= kept.items()
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    sizes = [path.stat().st_size for path in tmp_path.glob("*.db")]
    assert len(sizes) == times
    assert len(kept) > 2 * times, "the writers went on"


def test_backups_under_writes_are_whole(on_file, make_card, tmp_path):
    backups_under_writes(on_file, make_card, tmp_path, 4)


@pytest.mark.slow
def test_20_of_20_backups_under_writes_are_whole(on_file, make_card, tmp_path):
    backups_under_writes(on_file, make_card, tmp_path, 20)
