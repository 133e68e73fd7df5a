"""What queues read of evidence cards: once a card, and never more than they need."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import Engine, event

from headlab.catalogue import Catalogue, loss_changes


@pytest.fixture
def read_cards(monkeypatch):
    """Queries for cards since the test began, which knows none of them."""
    monkeypatch.setattr(loss_changes, "_KNOWN", {})
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        if "FROM document" in statement:
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)


def fill(catalogue, make_card, make_draft):
    """Two heads with an effect, and one whose card was made without ablation."""
    for head in ("L0H0", "L1H1", "L2H2"):
        card = make_card(head)
        if head == "L2H2":
            card = card.model_copy(update={"ablation": None})
        catalogue.add_draft(card, make_draft(card))


def test_a_card_is_read_once(catalogue, make_card, make_draft, read_cards):
    fill(catalogue, make_card, make_draft)
    read_cards.clear()
    first = catalogue.review_round.cases()
    assert len(read_cards) == 1
    cards = [catalogue.get(case.entry_id).card for case in first]
    assert [case.loss_change for case in first] == [
        card.ablation.loss_change if card.ablation else None for card in cards
    ]
    assert first[0].loss_change is not None
    assert first[2].loss_change is None
    read_cards.clear()
    assert catalogue.review_round.cases() == first
    assert catalogue.review_round.case(first[1].entry_id) == first[1]
    assert read_cards == []


def test_new_evidence_is_read(catalogue, make_card, make_draft, read_cards):
    fill(catalogue, make_card, make_draft)
    before = catalogue.review_round.cases()
    card = catalogue.get(before[0].entry_id).card
    effect = card.ablation.model_copy(update={"loss_change": 7.25})
    catalogue.add_evidence(card.model_copy(update={"ablation": effect}))
    after = catalogue.review_round.cases()
    assert after[0].loss_change == 7.25 != before[0].loss_change
    assert after[1:] == before[1:]


def test_a_card_that_cannot_be_read_hides_no_head(tmp_path, make_card, make_draft, read_cards):
    place = tmp_path / "c.db"
    with Catalogue.open(place) as catalogue:
        fill(catalogue, make_card, make_draft)
        with closing(sqlite3.connect(place)) as file, file:
            file.execute("DROP TRIGGER document_update")
            (name,) = file.execute("SELECT card FROM entry WHERE id = 1").fetchone()
            broken = "UPDATE document SET body = CAST(X'7BFF' AS TEXT) WHERE sha256 = ?"
            file.execute(broken, (name,))
        cases = catalogue.review_round.cases()
        assert [case.entry_id for case in cases] == [1, 2, 3]
        assert [case.loss_change is None for case in cases] == [True, False, True]
        assert any("Entry 1" in problem for problem in catalogue.verify())
