"""One row that cannot be read: it is named, and hides no other."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing

import pytest

from headlab.catalogue import Catalogue, DamagedEntry, recover
from headlab.records.errors import CatalogueError
from headlab.records.head import Head

HEADS = ("L0H0", "L1H0", "L2H0", "L3H0", "L4H0", "L5H0")


@pytest.fixture(scope="module")
def _whole(tmp_path_factory, _template, make_card, make_draft):
    path = tmp_path_factory.mktemp("whole") / "catalogue.db"
    path.write_bytes(_template.read_bytes())
    with Catalogue.open(path) as catalogue:
        for number, head in enumerate(HEADS):
            card = make_card(head, score=number / 10)
            entry = catalogue.add_draft(card, make_draft(card, f"Maps capitals {number}."))
            catalogue.annotate(entry.id, note="a note", tags=["t"], author="ada")
            catalogue.review_round.cast(entry.id, "accepted", reviewer="bob")
        catalogue.review(1, "accepted", reviewer="ada")
    return path.read_bytes()


@pytest.fixture
def sound(tmp_path, _whole):
    """A catalogue with drafts, votes, decisions and labels, one card for each head."""
    path = tmp_path / "catalogue.db"
    path.write_bytes(_whole)
    return path


def spoil(path, table, column, where):
    """Set the byte in the middle of a stored text to 0xFF, which no UTF-8 has."""
    with closing(sqlite3.connect(path)) as file:
        file.execute(f"DROP TRIGGER IF EXISTS {table}_update")
        file.text_factory = bytes
        (body,) = file.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()
        spoilt = bytearray(body)
        spoilt[len(spoilt) // 2] = 0xFF
        file.execute(
            f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE {where}", [bytes(spoilt)]
        )
        file.commit()


def run(path, statement):
    with closing(sqlite3.connect(path)) as file:
        file.executescript(statement)


def faults(path, table):
    """What verify says, without the trigger that had to go."""
    with Catalogue.open(path) as catalogue:
        found = catalogue.verify()
    return [one for one in found if f"{table}_update" not in one]


@pytest.mark.parametrize(
    "column", ["description", "model_name", "state", "drafter", "tags", "verdicts", "updated_at"]
)
def test_a_list_shows_a_damaged_row_as_such_beside_the_others(sound, column):
    with Catalogue.open(sound) as catalogue:
        whole = {row.id: row for row in catalogue.list()}
        spoil(sound, "entry", column, "id = 3")
        page = catalogue.page(sort="score")
        assert page.total == len(page.entries) == 6
        for row in (*catalogue.list(), *page.entries):
            if row.id != 3:
                assert row == whole[row.id]
                continue
            assert row.damaged == "Entry 3 cannot be read; run verify."
            assert (row.head, row.model_fingerprint) == (Head(layer=2, index=0), "f" * 16)
            assert (row.description, row.drafter, row.tags, row.open_votes) == ("", "", (), 0)
        assert catalogue.overview().total == 6
        assert catalogue.count(state="in_review") >= 4
        with pytest.raises(DamagedEntry, match="Entry 3 cannot be read; run verify"):
            catalogue.get(3)
        assert catalogue.get(4).description == "Maps capitals 3."


def test_a_row_that_does_not_say_its_head_is_listed_too(sound):
    run(sound, "UPDATE entry SET layer = 'two' WHERE id = 3")
    with Catalogue.open(sound) as catalogue:
        (row,) = [row for row in catalogue.list() if row.damaged]
        assert "not even which head it is of" in row.damaged
        assert len(catalogue.list()) == 6


def test_what_stands_beside_entries_fails_no_list(sound):
    spoil(sound, "score", "operation", "entry_id = 2")
    spoil(sound, "label", "value", "entry_id = 2")
    run(sound, "DROP TRIGGER vote_update; UPDATE vote SET body = '{' WHERE entry_id = 4")
    with Catalogue.open(sound) as catalogue:
        rows = {row.id: row for row in catalogue.list()}
        assert not any(row.damaged for row in rows.values())
        assert (rows[4].open_votes, rows[5].open_votes) == (0, 1)
        assert "\\xff" in "".join(catalogue.facets().operations)
        assert "t" in catalogue.facets().tags
        assert catalogue.count(state="in_review") == 5
        found = catalogue.verify()
    assert any("Vote" in one and "on entry 4" in one for one in found)
    for said in ("labels for filters", "scores for filters"):
        assert f"Entry 2 (L1H0): its {said} are out of date." in found


def test_verify_names_a_damaged_card_and_checks_the_rest(sound):
    spoil(sound, "document", "body", "sha256 = (SELECT card FROM entry WHERE id = 2)")
    run(sound, "UPDATE entry SET description = 'Another.' WHERE id = 5")
    found = faults(sound, "document")
    assert len(found) == 4
    assert "cannot be read. It is the card of entry 2." in found[0]
    assert found[1] == "Entry 2 (L1H0): its evidence card cannot be read."
    assert "Entry 5 (L4H0) is not what its history says; different: description" in found[2]
    assert "{" not in "".join(found), "no stored text is repeated"


def test_a_card_that_has_lost_its_name_is_named(sound):
    spoil(sound, "document", "sha256", "sha256 = (SELECT card FROM entry WHERE id = 2)")
    found = faults(sound, "document")
    assert any(one.startswith("The evidence card or prompt ") for one in found)
    assert "Entry 2 (L1H0): its evidence card cannot be read." in found


@pytest.mark.parametrize("column", ["description", "note", "reviews", "drafts", "categories"])
def test_verify_names_a_damaged_entry_and_says_whether_its_history_is_whole(sound, column):
    spoil(sound, "entry", column, "id = 1")
    (found,) = faults(sound, "entry")
    assert found == (
        f"Entry 1 (L0H0) cannot be read (the text of {column} cannot be decoded); its history of 4 "
        "revisions is whole, so that it can be recovered."
    )


@pytest.mark.parametrize("column", ["author", "change", "action", "hash"])
def test_verify_names_a_damaged_revision(sound, column):
    spoil(sound, "revision", column, "entry_id = 2 AND number = 2")
    spoil(sound, "entry", "note", "id = 3")
    found = faults(sound, "revision")
    assert found[0] == "Entry 2: Revision 2 of entry 2 cannot be read; run verify."
    assert found[1].startswith("Entry 3 (L2H0) cannot be read")
    assert len(found) == 2


def test_a_damaged_entry_is_recovered_from_its_history(sound, tmp_path):
    with Catalogue.open(sound) as catalogue:
        before = catalogue.get(1)
    spoil(sound, "entry", "description", "id = 1")
    recover(sound, tmp_path / "out.json")
    with Catalogue.open(tmp_path / "new.db") as catalogue:
        catalogue.import_(tmp_path / "out.json")
        assert catalogue.verify() == []
        after = catalogue.get(1)
        assert (after.description, after.reviews) == (before.description, before.reviews)


def test_a_page_that_is_gone_ends_no_check(sound):
    with closing(sqlite3.connect(sound)) as file:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_document_1'"
        (page,) = file.execute(query).fetchone()
        (size,) = file.execute("PRAGMA page_size").fetchone()
    with Catalogue.open(sound) as catalogue:
        with sound.open("rb+") as file:
            file.seek((page - 1) * size)
            file.write(bytes(size))
        run_after = catalogue.verify()
    for part in ("SQLite's check of the file", "Evidence cards and prompts"):
        assert any(one.startswith(f"{part}: the file is damaged") for one in run_after), run_after
    assert len(run_after) < 20


def test_flipped_bits_in_rows_end_neither_list_nor_verify(sound):
    data, opened = sound.read_bytes(), 0
    drawn = random.Random(7)
    for _ in range(12):
        flipped = bytearray(data)
        for _ in range(40):
            place = drawn.randrange(8192, len(data))
            if 32 <= flipped[place] < 127:  # in a text rather than in the structure of a page
                flipped[place] ^= 1 << drawn.randrange(8)
        sound.write_bytes(flipped)
        try:
            catalogue = Catalogue.open(sound)
        except CatalogueError:
            continue
        opened += 1
        with catalogue:
            assert catalogue.verify()
            assert len(catalogue.list()) == 6
    assert opened >= 3
