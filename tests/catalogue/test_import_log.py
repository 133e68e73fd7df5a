"""Imports leave a trace, say all conflicts before they change anything, and lose nothing."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from headlab.catalogue import Catalogue, ImportRefused, recover
from headlab.catalogue.exported import json_schema
from headlab.catalogue.jobs import JobLedger
from headlab.records.draft_job import NewBatch, NewJob
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.imported import ImportedEvidence, ImportedMetric
from headlab.records.judge_reply import JudgeReply

PRINT = "f" * 16


@pytest.fixture
def other(place: str) -> Iterator[Catalogue]:
    with Catalogue.open(place) as opened:
        yield opened


@pytest.fixture
def second(tmp_path: Path, _template: Path) -> Iterator[Catalogue]:
    shutil.copy(_template, tmp_path / "second.db")
    with Catalogue.open(tmp_path / "second.db") as opened:
        yield opened


@pytest.fixture
def rich(filled: Catalogue, make_card: Any, make_draft: Any) -> Catalogue:
    """With votes (one of them decided on, one open), a saved filter, and two paid answers."""
    rounds = filled.review_round
    rounds.cast(1, "unclear", reviewer="bob", reason="hidden reason")
    rounds.adjudicate(1, "accepted", reviewer="cy")
    rounds.cast(1, "rejected", reviewer="ada", reason="hidden too")
    rounds.assign([(2, "bob")], reason="round one", author="cy")
    filled.save_filter("early", author="ada", layer_to=3)
    ledger = JobLedger.of(filled)
    card = make_card()
    jobs = tuple(
        NewJob(
            kind=kind, head=Head.parse("L5H3"), key=digit * 64, prompt={"card_hash": "c"}, worst=1
        )
        for digit, kind in (("a", "draft"), ("b", "rate_rows"))
    )
    batch = ledger.add(
        NewBatch(
            kind="test",
            model_name="demo",
            model_fingerprint=PRINT,
            selection="two",
            endpoint={"model": "tiny"},
            prompt_version="4",
            jobs=jobs,
        )
    )
    for _ in jobs:
        job = ledger.claim(batch.id, "worker", 60).job
        reply = JudgeReply(text="7") if job.kind == "rate_rows" else make_draft(card, "Paid words.")
        ledger.finish(job.id, "worker", reply, 0.5)
    return filled


def marks(other: Catalogue, head: str) -> list[list[tuple[str, str]]]:
    entry = other.find(PRINT, head)
    history = other.history(entry.id)
    return [[(one.imported_by, one.source) for one in revision.imports] for revision in history]


def test_an_import_is_kept_with_its_file_and_the_revisions_it_brought(
    filled: Catalogue, other: Catalogue, tmp_path: Path
) -> None:
    folder = tmp_path / "private folder"
    folder.mkdir()
    filled.export(folder / "first.json")
    assert other.imports_log() == ()
    other.import_(folder / "first.json", author="eve", dry_run=True)
    assert other.imports_log() == ()
    other.import_(folder / "first.json", author="eve")
    (made,) = other.imports_log()
    assert (made.author, made.source, made.kind, made.version) == (
        "eve",
        "first.json",
        "catalogue",
        3,
    )
    assert made.sha256 == hashlib.sha256((folder / "first.json").read_bytes()).hexdigest()
    assert "private" not in made.model_dump_json()
    spans = {str(one.head): (one.first, one.last, one.hash) for one in made.entries}
    ends = {head: filled.history(number)[-1].hash for head, number in (("L5H3", 1), ("L0H0", 2))}
    assert spans == {"L5H3": (1, 4, ends["L5H3"]), "L0H0": (1, 1, ends["L0H0"])}
    filled.annotate(1, note="newer")
    data = filled.export()
    other.import_(data, author="mia")
    other.import_(data, author="mia")
    other.annotate(other.find(PRINT, "L5H3").id, note="own")
    first, second = other.imports_log()
    assert first == made
    assert [(str(one.head), one.first, one.last) for one in second.entries] == [("L5H3", 5, 5)]
    assert marks(other, "L5H3") == [[("eve", "first.json")]] * 4 + [[("mia", "(no file)")], []]
    assert other.verify() == []


def test_a_log_travels_with_the_histories_that_it_is_about(
    filled: Catalogue, second: Catalogue, tmp_path: Path
) -> None:
    with Catalogue.open(tmp_path / "middle.db") as middle:
        middle.import_(filled.export(tmp_path / "one.json"), author="eve")
        middle.annotate(1, note="in the middle")
        data = middle.export(tmp_path / "two.json")
        part = middle.export(entry_ids=[2])
    assert [str(one["entries"][0]["head"]) for one in part["imports"]] == [
        str(part["entries"][0]["head"])
    ]
    for _ in range(2):
        second.import_(tmp_path / "two.json", author="mia")
    carried, own = second.imports_log()
    assert (carried.author, carried.carried_by) == ("eve", own.sha256)
    assert marks(second, "L5H3")[3:] == [
        [("eve", "(no file)"), ("mia", "two.json")],
        [("mia", "two.json")],
    ]
    data["imports"][0]["entries"][0]["last"] = 10**9
    with (
        Catalogue.open(tmp_path / "last.db") as last,
        pytest.raises(CatalogueError, match="not in the"),
    ):
        last.import_(data)
    assert second.verify() == []


def test_what_comes_back_is_not_marked_where_it_was_made(
    filled: Catalogue, second: Catalogue, other: Catalogue
) -> None:
    """Four revisions go out, five come back by way of two catalogues."""
    second.import_(filled.export(), author="eve")
    second.annotate(second.find(PRINT, "L5H3").id, note="there")
    other.import_(second.export(), author="bob")
    filled.import_(other.export(), author="mia")
    came = [("bob", "(no file)"), ("mia", "(no file)")]
    assert marks(filled, "L5H3") == [[], [], [], [], came]
    spans = [[(one.first, one.last) for one in made.entries] for made in filled.imports_log()]
    assert spans == [[(5, 5)], [(5, 5)]]
    assert filled.verify() == []


def test_published_evidence_is_in_the_log(catalogue: Catalogue, make_card: Any) -> None:
    catalogue.add_evidence(make_card("L5H3"))
    metric = ImportedMetric(name="induction", value=0.5)
    evidence = ImportedEvidence(
        kind="head-metrics", file="a.csv", sha256="0" * 64, metrics=(metric,)
    )
    found = {Head.parse(head): evidence for head in ("L5H3", "L0H1")}
    for _ in range(2):
        catalogue.evidence_imports.take("demo", PRINT, found, author="ada")
    (made,) = catalogue.imports_log()
    assert (made.kind, made.author, made.source, made.sha256) == (
        "head-metrics", "ada", "a.csv", "0" * 64
    )  # fmt: skip
    assert [(str(one.head), one.first, one.last) for one in made.entries] == [
        ("L0H1", 1, 1), ("L5H3", 2, 2)
    ]  # fmt: skip
    assert marks(catalogue, "L0H1") == [[]], "the revision itself names file and person"
    assert catalogue.verify() == []


def test_verify_finds_a_range_that_is_not_there_and_a_row_that_was_changed(
    filled: Catalogue, second: Catalogue, tmp_path: Path
) -> None:
    second.import_(filled.export())
    path = tmp_path / "second.db"
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("UPDATE import_log SET author = 'eve'")
    change = "UPDATE import_log SET body = replace(body, '\"last\":4', '\"last\":3')"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"DROP TRIGGER import_log_update; {change};")
    found = second.verify()
    assert any("import_log_update" in one for one in found)
    assert any("revisions 1 to 3 of L5H3 are not there" in one for one in found)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("UPDATE import_log SET body = '{}'")
    assert any("Import 1 of the log cannot be read" in one for one in second.verify())
    with pytest.raises(CatalogueError, match="run verify"):
        second.imports_log()


def test_all_conflicts_are_listed_and_the_rest_is_taken_on_request(
    filled: Catalogue, other: Catalogue, make_card: Any
) -> None:
    other.import_(filled.export())
    for head in ("L5H3", "L0H0"):
        filled.annotate(filled.find(PRINT, head).id, note="there", author="ada")
        other.annotate(other.find(PRINT, head).id, note="here", author="bob")
        other.annotate(other.find(PRINT, head).id, note="here too", author="cy")
    filled.add_evidence(make_card("L7H7"))
    data, before = filled.export(), other.export()
    looked = other.import_(data, dry_run=True)
    assert (looked.added, looked.extended, looked.unchanged) == (1, 0, 0)
    told = [
        (str(one.head), one.revision, one.here.author, one.here.action, one.there.author)
        for one in looked.conflicts
    ]
    assert told == [("L5H3", 5, "bob", "annotate", "ada"), ("L0H0", 2, "bob", "annotate", "ada")]
    assert looked.conflicts[0].there.created_at == filled.history(1)[4].created_at
    with pytest.raises(ImportRefused, match=r"from revision 5 on.*and 1 more such entry") as raised:
        other.import_(data)
    assert raised.value.conflicts == looked.conflicts
    assert other.export()["entries"] == before["entries"]
    taken = other.import_(data, skip_conflicts=True)
    assert taken == looked.model_copy(update={"dry_run": False})
    assert other.find(PRINT, "L7H7") is not None
    assert other.find(PRINT, "L5H3").note == "here too"
    assert [str(one.head) for one in other.imports_log()[-1].entries] == ["L7H7"]
    assert other.verify() == []


def test_a_whole_export_moves_what_stands_beside_the_histories(
    rich: Catalogue, other: Catalogue, tmp_path: Path
) -> None:
    data = rich.export(tmp_path / "all.json", whole=True)
    result = other.import_(tmp_path / "all.json")
    assert (result.votes, result.filters, result.answers, result.added) == (2, 1, 2, 2)
    (case,) = [one for one in other.review_round.cases() if str(one.head) == "L5H3"]
    assert [(one.reviewer, one.decision) for one in case.open_votes] == [("ada", "rejected")]
    assert [one.reviewer for one in case.closed_votes] == ["bob"]
    assert [(one.author, one.name) for one in other.saved_filters()] == [("ada", "early")]
    known = JobLedger.of(other).answers(["a" * 64, "b" * 64])
    assert (known["a" * 64].description, known["b" * 64].text) == ("Paid words.", "7")
    assert {batch.state for batch in JobLedger.of(other).batches()} == {"finished"}
    assert sum(batch.spent for batch in JobLedger.of(other).batches()) == 0
    assert other.verify() == []
    assert not other.import_(data).changes
    assert len(other.imports_log()) == 1
    again = other.export(whole=True)
    for name in ("cards", "prompts", "filters", "answers"):
        assert again[name] == data[name]
    key = lambda entry: json.dumps(entry["head"])  # noqa: E731
    assert sorted(again["entries"], key=key) == sorted(data["entries"], key=key)
    # an undone decision opens its vote again, here as there
    for one in (rich, other):
        entry = one.find(PRINT, "L5H3")
        one.undo(entry.id)
        assert len(one.review_round.open_votes(entry.id, lead=True)) == 2


def test_what_a_reviewer_must_not_see_is_in_whole_exports_only(rich: Catalogue) -> None:
    for data in (rich.export(), rich.export(entry_ids=[1, 2])):
        assert "hidden too" not in json.dumps(data)
        assert data["filters"] == data["answers"] == []
    assert "hidden too" in json.dumps(rich.export(whole=True))
    with pytest.raises(CatalogueError, match="no choice"):
        rich.export(entry_ids=[1], whole=True)


def test_an_older_vote_from_elsewhere_does_not_replace_a_newer_one(
    rich: Catalogue, second: Catalogue
) -> None:
    data = rich.export(whole=True)
    second.import_(data)
    entry = second.find(PRINT, "L5H3")
    newer = second.review_round.cast(entry.id, "accepted", reviewer="ada", rating=5)
    late = copy.deepcopy(data)
    moved = next(one for one in late["entries"] if len(one["votes"]) == 2)["votes"][-1]
    from headlab.catalogue.history import HeadKey
    from headlab.catalogue.votes import vote_id
    from headlab.records.vote import Vote

    moved |= {"reason": "another", "created_at": "2020-01-01T00:00:00Z"}
    moved["id"] = vote_id(HeadKey(PRINT, Head.parse("L5H3")), Vote.model_validate(moved))
    assert second.import_(late).votes == 0
    assert second.review_round.open_votes(entry.id, lead=True)[-1].id == newer.id
    moved["reason"] = "changed"
    with pytest.raises(CatalogueError, match=r"vote .* was changed"):
        second.import_(late)


def test_a_saved_filter_of_the_same_name_stays(rich: Catalogue, second: Catalogue) -> None:
    second.save_filter("early", author="ada", layer_to=1)
    result = second.import_(rich.export(whole=True))
    assert (result.filters, result.kept) == (0, ("ada: early",))
    assert second.saved_filters()[0].filters == {"layer_to": 1}


def test_who_was_asked_before_histories_said_so_travels_too(
    filled: Catalogue, second: Catalogue, path: Path
) -> None:
    old = "(2, 'dan', 0, 'cy', '2026-01-01T00:00:00+00:00')"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"INSERT INTO assignment VALUES {old}")
        connection.commit()
    data = filled.export()
    assert second.import_(data).asked == 1
    (case,) = [one for one in second.review_round.cases() if one.assigned] or [
        second.review_round.case(second.find(PRINT, "L0H0").id)
    ]
    assert case.assigned == ("dan",)
    second.review_round.release("dan")
    assert second.import_(data).asked == 0
    assert second.verify() == []


@pytest.mark.parametrize("version", [1, 2])
def test_older_versions_are_read(filled: Catalogue, second: Catalogue, version: int) -> None:
    data = filled.export() | {"version": version}
    for name in ("prompts", "imports", "filters", "answers"):
        del data[name]
    for entry in data["entries"]:
        del entry["votes"], entry["asked"]
    assert second.import_(data).added == 2
    assert second.imports_log()[0].version == version
    assert second.verify() == []


def test_an_export_is_what_its_schema_says(rich: Catalogue, second: Catalogue) -> None:
    second.import_(rich.export(whole=True))
    schema = json_schema()
    checker = jsonschema.Draft202012Validator(schema)
    checker.check_schema(schema)
    data = json.loads(json.dumps(second.export(whole=True)))
    assert data["imports"]
    assert list(checker.iter_errors(data)) == []
    data["entries"][0]["revisions"][0]["number"] = "one"
    assert [list(one.absolute_path)[-1] for one in checker.iter_errors(data)] == ["number"]


def test_a_recovered_catalogue_has_what_stood_beside_its_histories(
    rich: Catalogue, second: Catalogue, path: Path, tmp_path: Path
) -> None:
    second.import_(rich.export(whole=True), author="eve")
    assert recover(tmp_path / "second.db", tmp_path / "out.json").lost == ()
    with Catalogue.open(tmp_path / "new.db") as made:
        result = made.import_(tmp_path / "out.json")
        assert (result.votes, result.filters, result.answers) == (2, 1, 2)
        assert made.imports_log()[0].author == "eve"
        assert made.verify() == []
