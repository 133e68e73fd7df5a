"""Checks and copies of the catalogue over REST."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headlab.catalogue import Catalogue, CatalogueUnavailable
from headlab.catalogue import upkeep as module
from headlab.catalogue.upkeep import back_up_beside
from headlab.records.upkeep import CatalogueCheck, CatalogueCopy

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def damage(place: Path) -> None:
    """Change a stored description behind the catalogue's back."""
    with closing(sqlite3.connect(place)) as file:
        file.execute("UPDATE entry SET description = 'Another <b>text</b>.' WHERE id = 1")
        file.commit()


@BOTH
async def test_a_whole_catalogue_has_no_problems(call, catalogue):
    before = catalogue.stamp()
    answer = await call("POST", "catalogue/verify", body="")
    assert CatalogueCheck.model_validate_json(answer.text) == CatalogueCheck(
        entries=3, n_problems=0, problems=()
    )
    assert catalogue.stamp() == before


async def test_problems_are_those_of_verify_and_bounded(call, catalogue, place, monkeypatch):
    damage(place)
    found = CatalogueCheck.model_validate_json(
        (await call("POST", "catalogue/verify", body="")).text
    )
    assert list(found.problems) == catalogue.verify()
    assert found.n_problems == len(found.problems) > 0
    assert "L5H3" in found.problems[0]
    monkeypatch.setattr(module, "MAX_PROBLEMS", 0)
    told = (await call("POST", "catalogue/verify", body="")).data
    assert (told["n_problems"], told["problems"]) == (found.n_problems, [])


async def test_a_copy_is_whole_and_beside_the_catalogue(call, catalogue, place):
    names = set()
    for number in range(2):
        catalogue.annotate(1, note=f"note {number}")
        answer = await call("POST", "catalogue/backup", body="")
        copy = CatalogueCopy.model_validate_json(answer.text)
        assert "/" not in copy.file
        assert str(place.parent) not in answer.text
        names.add(copy.file)
        written = place.parent / copy.file
        assert written.stat().st_size == copy.size
        with Catalogue.open(written) as opened:
            assert opened.verify() == []
            assert opened.export() == catalogue.export()
    assert len(names) == 2
    assert {file.name for file in place.parent.glob("*.backup.db")} == names


async def test_a_copy_of_a_damaged_catalogue_is_kept_and_says_so(call, catalogue, place):
    damage(place)
    copy = CatalogueCopy.model_validate_json((await call("POST", "catalogue/backup", body="")).text)
    assert copy.n_problems == len(catalogue.verify()) > 0
    assert (place.parent / copy.file).stat().st_size == copy.size


def test_no_copy_is_written_over_a_file(catalogue, place):
    first = back_up_beside(catalogue, MOMENT)
    assert first == place.with_name("catalogue-20260102T030405000678.backup.db")
    before = first.read_bytes()
    catalogue.annotate(1, note="later")
    with pytest.raises(CatalogueUnavailable, match="exists already"):
        back_up_beside(catalogue, MOMENT)
    assert first.read_bytes() == before


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_database_has_its_own_tool(call, catalogue):
    answer = await call("POST", "catalogue/backup", body="")
    assert "pg_dump" in answer.problem(409, "input")


async def test_a_disk_that_takes_no_copy_is_no_fault_of_the_request(call, catalogue, monkeypatch):
    monkeypatch.setattr("headlab.catalogue.file.place_new", full_disk)
    answer = await call("POST", "catalogue/backup", body="")
    assert "No backup could be written" in answer.problem(503, "internal")


def full_disk(*_):
    raise OSError(28, "No space left on device")
