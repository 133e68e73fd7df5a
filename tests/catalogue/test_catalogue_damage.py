"""Damage: always reported, never touched, and what is whole can be recovered; and full disks."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import event

from headlab.catalogue import Catalogue, recover
from headlab.records.errors import CatalogueError


@pytest.fixture(scope="module")
def sound(tmp_path_factory, _template, make_card, make_draft):
    """The bytes of a catalogue with 6 entries, and all that can be read of it."""
    path = tmp_path_factory.mktemp("sound") / "catalogue.db"
    path.write_bytes(_template.read_bytes())
    with Catalogue.open(path) as catalogue:
        for layer in range(6):
            card = make_card(f"L{layer}H0", score=layer / 10)
            entry = catalogue.add_draft(card, make_draft(card))
            catalogue.review(entry.id, "accepted", reviewer="ada", reason="clear", rating=5)
            catalogue.annotate(entry.id, note="x" * 400, tags=["t"], author="ada")
        content = everything(catalogue)
    return path.read_bytes(), content


def everything(catalogue):
    rows = catalogue.list()
    return (
        [catalogue.get(row.id) for row in rows],
        [catalogue.history(row.id) for row in rows],
        catalogue.search("capit"),
    )


def assert_reported(path, data, content):
    """Either an error says so, or nothing that can be read is another than before."""
    path.write_bytes(data)
    try:
        with Catalogue.open(path) as catalogue:
            silent = catalogue.verify() == []
            same = silent and everything(catalogue) == content
    except CatalogueError:
        silent = False
    assert not silent or same
    assert path.read_bytes() == data
    assert list(path.parent.iterdir()) == [path]
    return not silent


def flips(data, times, seed):
    drawn = random.Random(seed)
    for _ in range(times):
        flipped = bytearray(data)
        place = drawn.choice((drawn.randrange(len(data)), drawn.randrange(200)))
        flipped[place] ^= 1 << drawn.randrange(8)
        yield bytes(flipped)


def test_a_flipped_bit_is_reported_or_changes_nothing(tmp_path, sound):
    data, content = sound
    reported = [
        assert_reported(tmp_path / "c.db", flipped, content) for flipped in flips(data, 40, 1)
    ]
    assert any(reported)


@pytest.mark.slow
def test_2000_flipped_bits_are_reported_or_change_nothing(tmp_path, sound):
    data, content = sound
    for flipped in flips(data, 2000, 2):
        assert_reported(tmp_path / "c.db", flipped, content)


def test_a_cut_file_is_reported(tmp_path, sound):
    data, content = sound
    drawn = random.Random(3)
    for size in [0, 1, 99, 100, 4096, len(data) - 1, *drawn.sample(range(len(data)), 8)]:
        assert assert_reported(tmp_path / "c.db", data[:size], content)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE search_data SET block = x'00' WHERE id > 10", "damaged"),
        ("DROP TRIGGER revision_update", "is gone"),
        (
            "DROP TRIGGER revision_update; CREATE TRIGGER revision_update BEFORE UPDATE ON revision "
            "BEGIN SELECT 1; END",
            "definition of revision_update",
        ),
        ("DELETE FROM score WHERE entry_id = 1", "scores for filters"),
        ('UPDATE entry SET verdicts = \'{"S1":"fails"}\'', "verdicts"),
    ],
)
def test_verify_finds_what_only_searches_and_triggers_rest_on(tmp_path, sound, statement, said):
    path = tmp_path / "c.db"
    path.write_bytes(sound[0])
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statement)
    with Catalogue.open(path) as catalogue:
        found = catalogue.verify()
    assert any(said in problem for problem in found), found


def recovered(path, catalogue):
    """Entries of a recovered export after its import, by head."""
    catalogue.import_(path)
    assert catalogue.verify() == []
    rows = {str(row.head): catalogue.get(row.id) for row in catalogue.list()}
    return {head: (entry.revision, entry.description) for head, entry in rows.items()}


def test_a_sound_catalogue_is_recovered_whole(tmp_path, sound, on_file):
    data, content = sound
    path = tmp_path / "c.db"
    path.write_bytes(data)
    result = recover(path, tmp_path / "out.json")
    assert (result.entries, result.revisions, result.lost) == (6, 24, ())
    assert path.read_bytes() == data
    on_file.import_(tmp_path / "out.json")
    kept = [[row.hash for row in history] for history in everything(on_file)[1]]
    assert kept == [[row.hash for row in history] for history in content[1]]
    with pytest.raises(CatalogueError, match="exists already"):
        recover(path, tmp_path / "out.json")


def test_what_is_behind_a_damaged_revision_is_listed_and_kept_beside(tmp_path, sound, on_file):
    path = tmp_path / "c.db"
    path.write_bytes(sound[0])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER revision_update")
        connection.execute("DROP TRIGGER document_delete")
        connection.execute("UPDATE revision SET author = 'eve' WHERE entry_id = 2 AND number = 3")
        connection.execute("DELETE FROM entry WHERE id = 3")
        connection.execute(
            "DELETE FROM document WHERE sha256 = (SELECT card FROM entry WHERE id=4)"
        )
        connection.commit()
    result = recover(path, tmp_path / "out.json")
    assert (result.entries, result.revisions) == (5, 18)
    assert len(result.lost) == 2
    assert "Entry 2, L1H0: revisions from 3 on (2): Revision 3" in result.lost[0]
    assert "Entry 4" in result.lost[1]
    assert "is lost" in result.lost[1]
    beside = json.loads((tmp_path / "out-lost.json").read_text())
    assert [(row["entry_id"], row["number"]) for row in beside] == [
        (2, 3), (2, 4), (4, 1), (4, 2), (4, 3), (4, 4)
    ]  # fmt: skip
    text = "Maps countries to capitals."
    whole = dict.fromkeys(("L0H0", "L2H0", "L4H0", "L5H0"), (4, text))
    assert recovered(tmp_path / "out.json", on_file) == whole | {"L1H0": (2, text)}


@pytest.mark.parametrize("damage", ["magic", "page size", "mark"])
def test_a_damaged_head_is_replaced_in_the_copy(tmp_path, sound, damage):
    data = bytearray(sound[0])
    place = {"magic": 3, "page size": 16, "mark": 70}[damage]
    data[place] ^= 0x55
    path = tmp_path / "c.db"
    path.write_bytes(data)
    with pytest.raises(CatalogueError):
        Catalogue.open(path)
    assert recover(path, tmp_path / "out.json").revisions == 24
    assert path.read_bytes() == data


def test_pages_that_are_gone_take_only_their_rows(tmp_path, sound, on_file):
    data, _ = sound
    drawn, found, pages = random.Random(5), [], len(data) // 4096
    for number, page in enumerate([*drawn.sample(range(1, pages), 6), *range(pages - 8, pages)]):
        damaged = bytearray(data)
        page *= 4096
        if number % 2:
            damaged[page : page + 4096] = drawn.randbytes(4096)
        else:
            damaged = damaged[:page]
        path, out = tmp_path / f"{number}.db", tmp_path / f"{number}.json"
        path.write_bytes(damaged)
        try:
            result = recover(path, out)
        except CatalogueError as error:
            assert "Nothing can be recovered" in str(error)
            continue
        assert path.read_bytes() == damaged
        assert result.lost or result.revisions == 24
        on_file.import_(out, dry_run=True)
        found.append(result.revisions)
    assert any(0 < count < 24 for count in found), found


@pytest.mark.parametrize("data", [b"", b"text " * 1000, None])
def test_nothing_is_recovered_from_what_is_no_catalogue(tmp_path, data):
    path = tmp_path / "c.db"
    if data is None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE other (id INTEGER)")
    else:
        path.write_bytes(data)
    before = path.read_bytes()
    with pytest.raises(CatalogueError, match="Nothing can be recovered"):
        recover(path, tmp_path / "out.json")
    assert path.read_bytes() == before
    assert not (tmp_path / "out.json").exists()


def test_a_full_disk_loses_nothing_that_was_acknowledged(on_file, make_card):
    """SQLite's own limit on pages says the same as a full disk."""
    entry = on_file.add_evidence(make_card())
    engine = on_file._database._writer
    engine.dispose()
    pages = []

    def limit(connection, _record):
        if not pages:
            pages.append(connection.execute("PRAGMA page_count").fetchone()[0])
        connection.execute(f"PRAGMA max_page_count = {pages[0] + 12}")

    event.listen(engine, "connect", limit)
    kept = []
    try:
        for number in range(200):
            note = f"{number} " + "x" * 2000
            on_file.annotate(entry.id, note=note, author="ada")
            kept.append(note)
        pytest.fail("the limit was never reached")
    except CatalogueError as error:
        assert "the disk refused to write" in str(error)
    assert on_file.get(entry.id).note == kept[-1]
    event.remove(engine, "connect", limit)
    engine.dispose()
    assert on_file.verify() == []
    assert on_file.annotate(entry.id, note="works again").revision == len(kept) + 2
    notes = [row.change["note"] for row in on_file.history(entry.id)[1:]]
    assert notes == [*kept, "works again"]
