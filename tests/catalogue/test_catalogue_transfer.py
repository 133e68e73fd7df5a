"""Export, import and backup."""

from __future__ import annotations

import copy
import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headlab.catalogue import Catalogue, ImportRefused
from headlab.records.errors import CatalogueError


@pytest.fixture(scope="module")
def exported(_filled):
    with Catalogue.open(_filled) as opened:
        return opened.export()


@pytest.fixture
def other(place):
    with Catalogue.open(place) as opened:
        yield opened


def test_an_export_comes_back_the_same(filled, other, tmp_path):
    path = tmp_path / "export.json"
    path.write_text("an older export")
    filled.undo(1)
    data = filled.export(path)
    assert json.loads(path.read_text(encoding="utf-8")) == data
    assert [item.name for item in tmp_path.glob("*export*")] == ["export.json"]

    result = other.import_(path, dry_run=True)
    assert (result.added, result.extended, result.unchanged, result.dry_run) == (2, 0, 0, True)
    assert other.count() == 0
    assert other.import_(path).added == 2
    for summary in filled.list():
        entry = filled.get(summary.id)
        twin = other.find(entry.model_fingerprint, entry.head)
        assert twin == entry.model_copy(update={"id": twin.id})
        hashes = [row.hash for row in other.history(twin.id)]
        assert hashes == [row.hash for row in filled.history(entry.id)]
    assert other.verify() == []
    assert len(other.search("capitals")) == 1
    again = other.import_(data)
    assert (again.added, again.extended, again.unchanged) == (0, 0, 2)
    exported = other.export()
    assert [one["source"] for one in exported["imports"]] == ["export.json"]
    own = {name: data[name] for name in ("exported_at", "imports")}
    assert exported | own == data
    assert other.undo(other.list(layer=5)[0].id).state == "drafted"


def test_one_entry_is_exported_alone(filled):
    data = filled.export(entry_ids=[2])
    assert [row["head"] for row in data["entries"]] == [{"layer": 0, "index": 0}]
    assert len(data["cards"]) == 1


def test_a_longer_history_extends_a_shorter_one(filled, other, make_card):
    old = filled.export()
    other.import_(old)
    filled.annotate(1, note="newer")
    filled.add_evidence(make_card(score=0.9))
    result = other.import_(filled.export())
    assert (result.added, result.extended, result.unchanged) == (0, 1, 1)
    assert other.find("f" * 16, "L5H3").note == "newer"
    assert other.import_(old).unchanged == 2
    assert other.find("f" * 16, "L5H3").revision == 6
    assert other.verify() == []


def test_histories_edited_apart_are_not_merged(filled, other):
    other.import_(filled.export())
    filled.annotate(1, note="here")
    filled.annotate(2, note="new")
    there = other.find("f" * 16, "L5H3")
    other.annotate(there.id, note="there")
    before = other.export()
    with pytest.raises(ImportRefused, match="L5H3 of demo has another history"):
        other.import_(filled.export())
    assert other.export()["entries"] == before["entries"]
    assert len(other.imports_log()) == 1


def change_revision(data):
    data["entries"][0]["revisions"][2]["author"] = "eve"


def drop_revision(data):
    del data["entries"][0]["revisions"][1]


def change_card(data):
    next(iter(data["cards"].values()))["head"]["layer"] = 7


def drop_cards(data):
    data["cards"] = {}


def change_state(data):
    data["entries"][0]["current"]["description"] = "<b>other</b>"


def repeat_entry(data):
    data["entries"].append(copy.deepcopy(data["entries"][0]))


def move_entry(data):
    data["entries"][1]["model_fingerprint"] = "0" * 16


def add_field(data):
    data["entries"][0]["script"] = "x"


def add_nul(data):
    data["entries"][0]["revisions"][0]["author"] = "a\x00"


def add_surrogate(data):
    data["entries"][0]["current"]["note"] = "\ud800"


def add_nan(data):
    data["entries"][0]["revisions"][0]["change"]["x"] = math.nan


def add_huge_number(data):
    data["entries"][0]["revisions"][0]["number"] = 10**5000


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (change_revision, "hash is wrong"),
        (drop_revision, "one is missing"),
        (change_card, "hash is wrong"),
        (drop_cards, "is missing from the file"),
        (change_state, "not what its history leads to"),
        (repeat_entry, "there twice"),
        (move_entry, "hash is wrong"),
        (add_field, "script"),
        (add_nul, "NUL"),
        (add_surrogate, "NUL"),
        (add_nan, "not valid JSON"),
        (add_huge_number, "not valid"),
        (lambda data: data.pop("format"), "not an export"),
        (lambda data: data.update(version=4), "version 4"),
        (lambda data: data.update(entries=3), "entries"),
    ],
)
def test_a_damaged_export_imports_nothing(exported, on_file, damage, said):
    data = copy.deepcopy(exported)
    damage(data)
    with pytest.raises(CatalogueError, match=said):
        on_file.import_(data)
    assert on_file.count() == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not valid JSON"),
        (b"[1]", "not an export"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"format": NaN}', "not valid JSON"),
        (b" " * 2000, "2,000 bytes"),
    ],
)
def test_a_file_that_is_no_export_is_refused(on_file, tmp_path, content, said):
    path = tmp_path / "export.json"
    path.write_bytes(content)
    most = 1000 if len(content) == 2000 else 10**6
    with pytest.raises(CatalogueError, match=said):
        on_file.import_(path, max_bytes=most)
    with pytest.raises(CatalogueError, match="cannot be read"):
        on_file.import_(tmp_path / "none.json")


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=st.tuples(*[st.text(alphabet=st.characters(), max_size=40)] * 4),
    draft=st.text(min_size=1, max_size=40),
)
def test_any_text_survives_the_round_trip(catalogue, tmp_path, make_card, make_draft, texts, draft):
    model, note, tag, reason = texts
    card = make_card(f"L0H{catalogue.count()}", model=model)
    entry = catalogue.add_evidence(card)
    entry = catalogue.add_draft(entry.id, make_draft(entry.card, draft), author=reason)
    catalogue.review(entry.id, "accepted", reason=reason, reviewer=tag)
    entry = catalogue.annotate(entry.id, note=note, tags=[tag])
    file = tmp_path / "export.json"
    catalogue.export(file, [entry.id])
    target = tmp_path / f"{entry.head}.db"
    with Catalogue.open(target) as other:
        assert other.import_(file).added == 1
        assert other.find(entry.model_fingerprint, entry.head) == entry.model_copy(update={"id": 1})
        assert other.verify() == []


def test_a_backup_is_a_catalogue_and_replaces_nothing(filled, tmp_path):
    path = filled.backup(tmp_path / "backup.db")
    with Catalogue.open(path) as copied:
        assert copied.export()["entries"] == filled.export()["entries"]
        assert copied.verify() == []
    before = path.read_bytes()
    with pytest.raises(CatalogueError, match="exists already"):
        filled.backup(path)
    assert path.read_bytes() == before
    with pytest.raises(CatalogueError, match="No backup"):
        filled.backup(tmp_path / "none" / "backup.db")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["backup.db", "folder"]


def test_postgresql_is_backed_up_by_its_own_tool(postgresql, tmp_path):
    with (
        Catalogue.open(postgresql) as catalogue,
        pytest.raises(CatalogueError, match="pg_dump"),
    ):
        catalogue.backup(tmp_path / "backup.db")


def test_an_export_never_replaces_the_catalogue(filled, path, tmp_path):
    with pytest.raises(CatalogueError, match="catalogue itself"):
        filled.export(path)
    with pytest.raises(CatalogueError, match="cannot be written"):
        filled.export(tmp_path / "none" / "export.json")
    assert filled.verify() == []


def test_a_file_has_a_line_for_every_entry_and_card(catalogue, make_card, make_draft, tmp_path):
    for head in ("L0H0", "L1H1", "L2H2"):
        card = make_card(head)
        catalogue.add_draft(card, make_draft(card, 'a "text"\nof two lines'))
    data = catalogue.export(tmp_path / "c.json")
    text = (tmp_path / "c.json").read_text(encoding="utf-8")
    assert json.loads(text) == json.loads(json.dumps(data))
    lines = text.splitlines()
    for entry in data["entries"]:
        packed = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        assert sum(line.rstrip(",") == packed for line in lines) == 1
    assert len(text) < 0.75 * len(json.dumps(data, ensure_ascii=False, indent=1))
