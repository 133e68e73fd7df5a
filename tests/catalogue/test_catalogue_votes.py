"""Votes: independent, immutable, hidden until someone decides, and never a decision themselves."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from headlab.catalogue import Catalogue, StaleEdit
from headlab.catalogue.review_round import ReviewRound
from headlab.records.errors import CatalogueError
from headlab.records.vote import Decision


@pytest.fixture
def entry_id(catalogue: Catalogue, make_card: Any, make_draft: Any) -> int:
    card = make_card()
    return catalogue.add_draft(card, make_draft(card)).id


def open_of(catalogue: Catalogue, entry_id: int) -> list[tuple[str, str]]:
    found = catalogue.review_round.open_votes(entry_id, lead=True)
    return [(vote.reviewer, vote.decision) for vote in found]


def test_a_vote_changes_neither_state_nor_history(catalogue: Catalogue, entry_id: int) -> None:
    before, history, stamp = catalogue.get(entry_id), catalogue.history(entry_id), catalogue.stamp()
    vote = catalogue.review_round.cast(
        entry_id, "rejected", reviewer="ada", reason="too wide", rating=2, seconds=31.5
    )
    after = catalogue.get(entry_id)
    assert (after.open_votes, before.open_votes) == (1, 0)
    assert (after.in_review, before.in_review) == (True, False)
    assert after.model_copy(update={"open_votes": 0, "in_review": False}) == before
    assert catalogue.history(entry_id) == history
    assert catalogue.stamp() != stamp, "other pages hear of it"
    assert (vote.draft_id, vote.seconds) == (before.drafts[-1].id, 31.5)
    assert vote.card_hash == before.card.content_hash()
    assert catalogue.verify() == []


def test_only_the_count_is_seen_before_a_decision(catalogue: Catalogue, entry_id: int) -> None:
    catalogue.review_round.cast(
        entry_id, "edited", reviewer="ada-secret", text="hidden wording", reason="hidden reason"
    )
    shown = catalogue.get(entry_id).model_dump_json() + str(catalogue.export())
    assert "hidden" not in shown
    assert "ada-secret" not in shown
    assert catalogue.review_round.own_votes("bob") == {}
    own = catalogue.review_round.own_votes("ada-secret")
    assert [vote.text for vote in own[entry_id]] == ["hidden wording"]


def test_a_decision_on_votes_is_a_review_that_holds_them(
    catalogue: Catalogue, entry_id: int
) -> None:
    rounds = catalogue.review_round
    first = rounds.cast(entry_id, "accepted", reviewer="ada")
    second = rounds.cast(entry_id, "rejected", reviewer="bob", reason="no")
    entry = rounds.adjudicate(entry_id, "accepted", reviewer="cy", reason="ada is right")
    assert (entry.state, entry.open_votes) == ("accepted", 0)
    assert entry.reviews[-1].reviewer == "cy"
    assert entry.reviews[-1].votes == (first, second)
    step = catalogue.history(entry_id)[-1]
    assert step.action == "review"
    assert [vote["id"] for vote in step.change["votes"]] == [first.id, second.id]
    assert catalogue.verify() == []
    with pytest.raises(CatalogueError, match="no open vote"):
        rounds.adjudicate(entry_id, "accepted", reviewer="cy")


def test_an_undone_decision_opens_its_votes_again(catalogue: Catalogue, entry_id: int) -> None:
    rounds = catalogue.review_round
    rounds.cast(entry_id, "accepted", reviewer="ada")
    rounds.adjudicate(entry_id, "unclear", reviewer="cy")
    assert open_of(catalogue, entry_id) == []
    entry = catalogue.undo(entry_id)
    assert (entry.state, entry.open_votes) == ("drafted", 1)
    assert open_of(catalogue, entry_id) == [("ada", "accepted")]


def test_ones_newest_vote_on_a_draft_counts(
    catalogue: Catalogue, entry_id: int, make_card: Any, make_draft: Any
) -> None:
    rounds = catalogue.review_round
    old = rounds.cast(entry_id, "accepted", reviewer="ada")
    rounds.cast(entry_id, "unclear", reviewer="bob")
    rounds.cast(entry_id, "rejected", reviewer="ada")
    assert sorted(open_of(catalogue, entry_id)) == [("ada", "rejected"), ("bob", "unclear")]
    with pytest.raises(CatalogueError, match="no open vote"):
        rounds.adjudicate(entry_id, "accepted", votes_seen=[old.id], reviewer="cy")
    catalogue.add_draft(entry_id, make_draft(make_card(), "Another text."))
    rounds.cast(entry_id, "accepted", reviewer="ada")
    assert len(open_of(catalogue, entry_id)) == 3
    with pytest.raises(CatalogueError, match="about the drafts 2, 3"):
        rounds.adjudicate(entry_id, "accepted", reviewer="cy")
    entry = rounds.adjudicate(entry_id, "accepted", draft_id=2, reviewer="cy")
    assert entry.description == "Maps countries to capitals."


def test_a_vote_cast_twice_in_a_second_is_one_and_a_change_of_mind_counts(
    catalogue: Catalogue, entry_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr("headlab.catalogue.review_round.now", lambda: moment)
    rounds = catalogue.review_round
    for decisions, kept in (("aa", 1), ("aba", 3), ("bb", 4), ("ab", 6)):
        for letter in decisions:
            decision: Decision = "accepted" if letter == "a" else "rejected"
            cast = rounds.cast(entry_id, decision, reviewer="ada")
            assert rounds.open_votes(entry_id, lead=True) == (cast,)
            assert cast.decision == decision
        assert len(rounds.own_votes("ada")[entry_id]) == kept
    assert catalogue.verify() == []


def test_a_vote_that_comes_in_meanwhile_stays_open(catalogue: Catalogue, entry_id: int) -> None:
    rounds = catalogue.review_round
    seen = rounds.cast(entry_id, "accepted", reviewer="ada")
    revision = catalogue.get(entry_id).revision
    rounds.cast(entry_id, "rejected", reviewer="bob")
    entry = rounds.adjudicate(
        entry_id, "accepted", votes_seen=[seen.id], reviewer="cy", if_revision=revision
    )
    assert entry.open_votes == 1
    assert open_of(catalogue, entry_id) == [("bob", "rejected")]
    with pytest.raises(StaleEdit):
        rounds.adjudicate(entry_id, "rejected", reviewer="cy", if_revision=revision)


def test_an_undone_draft_takes_its_votes_along(catalogue: Catalogue, entry_id: int) -> None:
    catalogue.review_round.cast(entry_id, "accepted", reviewer="ada")
    assert catalogue.undo(entry_id).open_votes == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"decision": "edited"}, "needs its text"),
        ({"decision": "accepted", "text": "mine"}, "no text of its own"),
        ({"decision": "accepted", "rating": 6}, "rating"),
        ({"decision": "accepted", "seconds": -1.0}, "seconds"),
        ({"decision": "accepted", "blind": ["draft"]}, "unseen draft"),
        ({"decision": "accepted", "blind": ["everything"]}, "blind"),
        ({"decision": "accepted", "draft_id": 77}, "no draft 77"),
        ({"decision": "perhaps"}, "decision"),
    ],
)
def test_votes_that_do_not_fit_are_refused(
    on_file: Catalogue, make_card: Any, make_draft: Any, given: dict[str, Any], says: str
) -> None:
    card = make_card()
    entry_id = on_file.add_draft(card, make_draft(card)).id
    with pytest.raises(CatalogueError, match=says):
        on_file.review_round.cast(entry_id, reviewer="ada", **given)
    assert on_file.get(entry_id).open_votes == 0


def test_a_head_without_a_draft_can_be_described_or_called_unclear(
    on_file: Catalogue, make_card: Any
) -> None:
    entry_id = on_file.add_evidence(make_card()).id
    rounds = on_file.review_round
    with pytest.raises(CatalogueError, match="no draft to judge"):
        rounds.cast(entry_id, "accepted", reviewer="ada")
    rounds.cast(entry_id, "edited", reviewer="ada", text="Copies.", blind=["draft", "scores"])
    rounds.cast(entry_id, "unclear", reviewer="bob")
    entry = rounds.adjudicate(entry_id, "edited", description="Copies.", reviewer="cy")
    assert (entry.description, len(entry.reviews[-1].votes)) == ("Copies.", 2)


def test_votes_cannot_be_changed_unseen(on_file: Catalogue, make_card: Any, path: Path) -> None:
    entry_id = on_file.add_evidence(make_card()).id
    on_file.review_round.cast(entry_id, "unclear", reviewer="ada", reason="odd")
    with sqlite3.connect(path) as connection:
        for words in ("UPDATE vote SET body = '{}'", "DELETE FROM vote"):
            with pytest.raises(sqlite3.IntegrityError, match="immutable"):
                connection.execute(words)
        connection.execute("DROP TRIGGER vote_update")
        connection.execute("UPDATE vote SET body = replace(body, 'odd', 'even')")
    connection.close()
    found = on_file.verify()
    assert any("vote_update" in problem for problem in found)
    assert any("changed after it was cast" in problem for problem in found)


def test_votes_of_a_decision_travel_with_an_export(
    on_file: Catalogue, make_card: Any, make_draft: Any, tmp_path: Path
) -> None:
    card = make_card()
    entry_id = on_file.add_draft(card, make_draft(card)).id
    on_file.review_round.cast(entry_id, "accepted", reviewer="ada", rating=4)
    on_file.review_round.adjudicate(entry_id, "accepted", reviewer="cy")
    with Catalogue.open(tmp_path / "other.db") as other:
        other.import_(on_file.export())
        (case,) = other.review_round.cases()
        assert [(vote.reviewer, vote.rating) for vote in case.closed_votes] == [("ada", 4)]
        assert other.verify() == []


def test_cases_hold_what_a_round_needs(
    catalogue: Catalogue, make_card: Any, make_draft: Any
) -> None:
    card = make_card()
    entry_id = catalogue.add_draft(card, make_draft(card)).id
    catalogue.add_evidence(make_card("L0H0"))
    rounds = catalogue.review_round
    rounds.assign([(entry_id, "ada"), (entry_id, "bob"), (entry_id, "ada")], author="cy")
    rounds.assign([(entry_id, "bob"), (entry_id, "dan")], author="cy")
    rounds.cast(entry_id, "accepted", reviewer="ada")
    (case,) = rounds.cases("demo")
    assert (case.entry_id, case.state, case.unclear, case.loss_change) == (
        entry_id,
        "drafted",
        False,
        0.25,
    )
    assert case.drafts == {2: "language model tiny-llm"}
    assert case.assigned == ("ada", "bob", "dan")
    assert [case.waits_for(name) for name in ("ada", "bob", "eve")] == [False, True, False]
    catalogue.review(entry_id, "rejected", reviewer="cy", seconds=8.5, now=True)
    (case,) = rounds.cases()
    assert case.decision_seconds == (8.5,)
    assert (case.decisions, case.undecided) == ({2: "rejected"}, True)
    assert rounds.release("bob") == 1
    assert rounds.release("bob") == 0
    assert rounds.cases()[0].assigned == ("ada", "dan")
    assert rounds.cases("another model") == ()
    with pytest.raises(CatalogueError, match="no entry 99"):
        rounds.assign([(99, "ada")])


def test_any_text_can_be_a_vote(catalogue: Catalogue, entry_id: int) -> None:
    rounds: ReviewRound = catalogue.review_round
    rounds.cast(
        entry_id, "edited", reviewer="a\x00\ud800", text="\x00\ud800<b>\u202e", reason="\x00"
    )
    (vote,) = rounds.open_votes(entry_id, lead=True)
    assert "<b>" in vote.text
    assert catalogue.verify() == []
