"""The catalogue's commands where it is damaged, old or not there."""

from __future__ import annotations

import gzip
import importlib.util
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from headlab.catalogue import Catalogue, schema
from headlab.cli import main

TESTS = Path(__file__).parents[1]
OLD = TESTS / "catalogue" / "released" / "0001.db.gz"


@pytest.fixture(scope="module")
def _filled(tmp_path_factory):
    spec = importlib.util.spec_from_file_location("builders", TESTS / "catalogue" / "conftest.py")
    builders = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builders)
    place = tmp_path_factory.mktemp("care") / "c.db"
    with Catalogue.open(place) as catalogue:
        for head in ("L0H0", "L0H1", "L1H0"):
            card = builders.build_card(head)
            catalogue.add_draft(card, builders.build_draft(card))
    return place.read_bytes()


@pytest.fixture
def path(tmp_path, monkeypatch, _filled):
    monkeypatch.setenv("COLUMNS", "200")
    place = tmp_path / "c.db"
    place.write_bytes(_filled)
    return place


def catalogue(path, *words):
    return main(["catalogue", "--catalogue", str(path), *map(str, words)])


def damage(path):
    """One byte of one description that no UTF-8 has."""
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE entry SET description = CAST(X'4D61FF' AS TEXT) WHERE id = 2")
        file.commit()


def test_a_damaged_row_is_listed_beside_the_others(path, capsys):
    damage(path)
    assert catalogue(path, "list") == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    (damaged,) = [line for line in lines if line.startswith("! L0H1 ")]
    assert damaged.endswith("damaged Entry 2 cannot be read; run verify.")
    assert sum("Maps countries to capitals." in line for line in lines) == 2


def test_verify_names_what_is_damaged_and_points_to_recover(path, capsys):
    damage(path)
    before = path.read_bytes()
    assert catalogue(path, "verify") == 1
    first, last = capsys.readouterr().err.splitlines()
    assert first.startswith("Entry 2 (L0H1) cannot be read (the text of description")
    assert last.startswith("3 entries checked, 1 problem found; nothing was changed.")
    assert "headlab catalogue recover FILE --out FILE.json" in last
    assert path.read_bytes() == before


def test_a_backup_of_a_damaged_catalogue_is_kept_and_fails(path, tmp_path, capsys):
    damage(path)
    assert catalogue(path, "backup", tmp_path / "b.db") == 1
    first, second, last = capsys.readouterr().err.splitlines()
    assert first == f"Wrote {tmp_path / 'b.db'}"
    assert second.startswith("Entry 2 (L0H1) cannot be read")
    assert "damaged, and so is this copy, which is kept" in last
    with Catalogue.open(tmp_path / "b.db") as copy:
        assert copy.count() == 3


def test_a_backup_of_a_whole_catalogue_says_where_it_is(path, tmp_path, capsys):
    assert catalogue(path, "backup", tmp_path / "b.db") == 0
    assert capsys.readouterr().err == f"Wrote {tmp_path / 'b.db'}\n"


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("search", "x"),
        ("show", "demo", "L0H0"),
        ("prompt", "own-1"),
        ("filters",),
        ("overview",),
        ("verify",),
        ("backup",),
        ("export", "out.json"),
        ("compare", "a", "b"),
        ("imports",),
    ],
)
def test_what_only_reads_makes_no_catalogue(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert catalogue(tmp_path / "typo" / "typo.db", *words) == 1
    assert "There is no catalogue there" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("jobs", "list"),
        ("jobs", "show", "1"),
        ("review", "queue"),
        ("review", "agreement"),
        ("review", "demo", "L0H0", "--accept"),
    ],
)
def test_a_default_place_without_one_says_what_to_do_first(words, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("HEADLAB_CATALOGUE", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    assert main(list(words)) == 1
    said = capsys.readouterr().err
    assert "No catalogue has been made yet" in said
    assert "'headlab draft MODEL --best 5' makes one" in said
    assert list(tmp_path.iterdir()) == []


def test_a_second_place_to_compare_with_is_not_made_either(path, tmp_path, capsys):
    assert catalogue(path, "compare", "demo", "demo", "--other", tmp_path / "typo.db") == 1
    assert "There is no catalogue there" in capsys.readouterr().err
    assert not (tmp_path / "typo.db").exists()


def test_an_upgrade_by_a_read_is_told_once(tmp_path, capsys):
    path = tmp_path / "old.db"
    path.write_bytes(gzip.decompress(OLD.read_bytes()))
    assert catalogue(path, "list") == 0
    said = capsys.readouterr().err
    (kept,) = tmp_path.glob("*.backup.db")
    assert (
        f"upgraded from schema 1 to {len(schema.VERSIONS)}. The catalogue as it was is kept as {kept}."
        in said
    )
    assert catalogue(path, "list") == 0
    assert "upgraded" not in capsys.readouterr().err
