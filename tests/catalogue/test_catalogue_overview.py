"""Pages, counts over all entries, and the stamp that follows every change."""

from __future__ import annotations

import pytest

from headlab.catalogue import Catalogue, CatalogueUnavailable, DamagedEntry, UnknownEntry, edits
from headlab.catalogue import heads as rows
from headlab.records.errors import CatalogueError
from headlab.records.page import ModelCount


def fill(catalogue, make_card, make_draft):
    first, last = make_card("L5H3"), make_card("L0H0", model="other", fingerprint="o_print")
    catalogue.add_draft(first, make_draft(first, "Maps countries to capitals."))
    catalogue.add_evidence(make_card("L5H4"))
    catalogue.add_draft(last, make_draft(last, "Copies."))
    catalogue.review(1, "accepted")


def test_a_page_counts_what_matches(catalogue, make_card, make_draft):
    fill(catalogue, make_card, make_draft)
    page = catalogue.page(layer=5, limit=1)
    assert page.entries == catalogue.list(layer=5, limit=1)
    assert (page.total, page.offset, page.place) == (2, 0, catalogue.place)
    page = catalogue.page("capital", offset=1)
    assert (page.entries, page.total, page.offset) == ((), 1, 1)
    with pytest.raises(CatalogueError, match="is no page"):
        catalogue.page(limit=-1)


def test_an_overview_counts_every_entry_once(catalogue, make_card, make_draft):
    empty = catalogue.overview()
    assert (empty.total, empty.models, empty.stamp) == (0, (), "0")
    assert set(empty.states.values()) == {0}
    fill(catalogue, make_card, make_draft)
    found = catalogue.overview()
    assert found.total == catalogue.count() == 3
    assert {state: n for state, n in found.states.items() if n} == {
        "undescribed": 1,
        "drafted": 1,
        "accepted": 1,
    }
    assert list(found.states) == list(empty.states)
    assert found.models == (
        ModelCount(name="demo", fingerprint="f" * 16, entries=2),
        ModelCount(name="other", fingerprint="o_print", entries=1),
    )
    assert (found.place, found.stamp) == (catalogue.place, catalogue.stamp())


def test_the_stamp_changes_with_every_change_and_with_nothing_else(
    catalogue, make_card, make_draft
):
    card = make_card()
    seen = [catalogue.stamp()]
    for change in (
        lambda: catalogue.add_evidence(card),
        lambda: catalogue.add_draft(1, make_draft(card)),
        lambda: catalogue.review_round.cast(1, "accepted", reviewer="ada"),
        lambda: catalogue.review_round.cast(1, "rejected", reviewer="bob"),
        lambda: catalogue.review(1, "accepted", now=True),
        lambda: catalogue.annotate(1, note="n"),
        lambda: catalogue.undo(1),
        lambda: catalogue.add_evidence(make_card("L0H0")),
    ):
        change()
        seen.append(catalogue.stamp())
    assert len(set(seen)) == len(seen)
    catalogue.add_evidence(card)  # equal evidence
    catalogue.verify()
    catalogue.export()
    with pytest.raises(CatalogueError):
        catalogue.review(1, "edited", description="")
    assert catalogue.stamp() == seen[-1]


def test_an_import_of_old_revisions_changes_the_stamp(catalogue, tmp_path, make_card):
    with Catalogue.open(tmp_path / "source.db") as source:
        source.add_evidence(make_card("L0H0"))
        data = source.export()
    catalogue.add_evidence(make_card("L5H3"))
    before = catalogue.stamp()
    catalogue.import_(data)
    assert catalogue.stamp() != before


def test_two_who_have_it_open_read_one_stamp(place, make_card):
    with Catalogue.open(place) as writer, Catalogue.open(place) as reader:
        before = reader.stamp()
        writer.add_evidence(make_card())
        assert before != reader.stamp() == writer.stamp()
        writer.annotate(1, note="n")
        assert reader.stamp() == writer.stamp() == reader.overview().stamp


def test_a_transaction_that_commits_late_is_seen(postgresql, make_card):
    nothing = {"tags": None, "categories": None, "stages": None, "author": "a"}
    with Catalogue.open(postgresql) as catalogue:
        for head in ("L0H0", "L0H1"):
            catalogue.add_evidence(make_card(head))
        with catalogue._database.writing() as early:
            edits.annotate(early, rows.load(early, 1, lock=True), note="early", **nothing)
            before = catalogue.stamp()
            catalogue.annotate(2, note="late, and first to commit")
            between = catalogue.stamp()
        assert len({before, between, catalogue.stamp()}) == 3


def test_the_kinds_of_trouble_can_be_told_apart(on_file, path, make_card):
    on_file.add_evidence(make_card())
    with pytest.raises(UnknownEntry, match="no entry 7"):
        on_file.get(7)
    with on_file._database.writing() as connection:
        connection.exec_driver_sql("UPDATE entry SET tags = '{'")
    with pytest.raises(DamagedEntry, match="run verify"):
        on_file.get(1)
    on_file.close()
    path.unlink()
    with pytest.raises(CatalogueUnavailable, match="cannot be opened"):
        on_file.get(1)
