"""Who is asked for a vote: recorded as who, when and why, and no part of what an edit rests on."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headlab.catalogue import Catalogue, StaleEdit
from headlab.records.entry import Revision
from headlab.records.errors import CatalogueError


@pytest.fixture
def entry_id(catalogue: Catalogue, make_card: Any, make_draft: Any) -> int:
    return drafted(catalogue, make_card, make_draft)


def drafted(catalogue: Catalogue, make_card: Any, make_draft: Any, **about: Any) -> int:
    card = make_card(**about)
    return catalogue.add_draft(card, make_draft(card)).id


def steps(catalogue: Catalogue, entry_id: int) -> list[Revision]:
    return [step for step in catalogue.history(entry_id) if step.action == "assign"]


def asked(catalogue: Catalogue, entry_id: int) -> tuple[str, ...]:
    return catalogue.review_round.case(entry_id).assigned


def test_the_history_says_who_asked_whom_and_why(catalogue: Catalogue, entry_id: int) -> None:
    rounds, before, stamp = catalogue.review_round, catalogue.get(entry_id), catalogue.stamp()
    wanted = [(entry_id, "ada"), (entry_id, "bob"), (entry_id, "ada")]
    rounds.assign(wanted, reason="second round", author="cy")
    rounds.assign([(entry_id, "bob")], author="cy")  # is asked: no revision
    assert rounds.release("ada", reason="on leave", author="dan") == 1
    assert rounds.release("ada", author="dan") == 0
    assert [(step.author, step.source, step.change) for step in steps(catalogue, entry_id)] == [
        ("cy", "human", {"asked": ["ada", "bob"], "reason": "second round"}),
        ("dan", "human", {"released": ["ada"], "reason": "on leave"}),
    ]
    after = catalogue.get(entry_id)
    assert after.revision == before.revision + 2
    names = ("revision", "updated_at", "in_review")
    stamped = {name: getattr(before, name) for name in names}
    assert after.model_copy(update=stamped) == before
    assert catalogue.stamp() != stamp, "other pages hear of it"
    assert asked(catalogue, entry_id) == ("bob",)
    assert catalogue.verify() == []


def test_a_vote_outlives_the_release_of_its_reviewer(catalogue: Catalogue, entry_id: int) -> None:
    rounds = catalogue.review_round
    rounds.assign([(entry_id, "ada"), (entry_id, "bob")])
    vote = rounds.cast(entry_id, "accepted", reviewer="ada")
    rounds.release("ada")
    case = rounds.case(entry_id)
    assert case.open_votes == (vote,)
    assert [case.waits_for(name) for name in ("ada", "bob")] == [False, True]


def test_a_release_can_keep_to_one_model(
    catalogue: Catalogue, make_card: Any, make_draft: Any
) -> None:
    one = drafted(catalogue, make_card, make_draft)
    other = drafted(catalogue, make_card, make_draft, model="other", fingerprint="e" * 16)
    rounds = catalogue.review_round
    rounds.assign([(one, "ada"), (other, "ada"), (other, "bob")])
    assert rounds.release("ada", model="other") == 1
    assert (asked(catalogue, one), asked(catalogue, other)) == (("ada",), ("bob",))
    assert rounds.release("ada", model="e" * 8) == 0
    assert rounds.release("ada") == 1
    assert len(steps(catalogue, other)) == 2


def test_asking_makes_no_edit_stale_and_another_edit_still_does(
    catalogue: Catalogue, entry_id: int
) -> None:
    seen = catalogue.get(entry_id).revision
    catalogue.review_round.assign([(entry_id, "ada")])
    entry = catalogue.annotate(entry_id, note="first", if_revision=seen)
    assert entry.revision == seen + 2
    catalogue.review_round.release("ada")
    for stale in (seen, seen + 1, entry.revision + 2):
        with pytest.raises(StaleEdit):
            catalogue.annotate(entry_id, note="second", if_revision=stale)
    assert catalogue.get(entry_id).note == "first"


def test_an_undo_passes_over_who_is_asked(catalogue: Catalogue, entry_id: int) -> None:
    catalogue.annotate(entry_id, note="a note")
    catalogue.review_round.assign([(entry_id, "ada")])
    assert catalogue.undo(entry_id).note == ""
    assert asked(catalogue, entry_id) == ("ada",)
    assert catalogue.undo(entry_id).drafts == ()
    with pytest.raises(CatalogueError, match="nothing to undo"):
        catalogue.undo(entry_id)
    assert catalogue.verify() == []


def test_who_is_asked_travels_with_an_export(
    on_file: Catalogue, make_card: Any, make_draft: Any, tmp_path: Path
) -> None:
    entry_id = drafted(on_file, make_card, make_draft)
    on_file.review_round.assign([(entry_id, "bob"), (entry_id, "ada")], reason="why")
    with Catalogue.open(tmp_path / "other.db") as other:
        other.import_(on_file.export())
        (case,) = other.review_round.cases()
        assert case.assigned == ("bob", "ada")
        on_file.review_round.release("bob")
        other.import_(on_file.export())
        assert asked(other, case.entry_id) == ("ada",)
        assert other.verify() == []


def test_nothing_is_assigned_when_one_entry_is_unknown(catalogue: Catalogue, entry_id: int) -> None:
    with pytest.raises(CatalogueError, match="no entry 99"):
        catalogue.review_round.assign([(entry_id, "ada"), (99, "ada")])
    assert (asked(catalogue, entry_id), steps(catalogue, entry_id)) == ((), [])
    with pytest.raises(CatalogueError, match="reason"):
        catalogue.review_round.assign([(entry_id, "ada")], reason="x" * 1001)


def test_a_list_that_was_changed_past_the_history_is_found(
    on_file: Catalogue, make_card: Any, make_draft: Any, path: Path
) -> None:
    entry_id = drafted(on_file, make_card, make_draft)
    on_file.review_round.assign([(entry_id, "ada"), (entry_id, "bob")])
    on_file.review_round.release("bob")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE assignment SET reviewer = 'bob'")
    connection.close()
    (found,) = on_file.verify()
    assert "says otherwise who is asked for a vote: bob, ada" in found or "ada, bob" in found


NAMES = st.sampled_from(["ada", "bob", "cy", "d\u202eé <b>", " x\x00"])
MOVES = st.lists(st.tuples(st.booleans(), st.lists(NAMES, min_size=1, max_size=3)), max_size=8)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves=MOVES)
def test_the_list_is_what_the_history_leads_to(
    on_file: Catalogue, make_card: Any, make_draft: Any, moves: list[tuple[bool, list[str]]]
) -> None:
    number = on_file.count()
    entry_id = drafted(on_file, make_card, make_draft, head=f"L{number // 8}H{number % 8}")
    rounds, kept = on_file.review_round, {}
    for asks, names in moves:
        if asks:
            rounds.assign([(entry_id, name) for name in names])
            kept |= dict.fromkeys(name for name in names if name not in kept)
        else:
            assert rounds.release(names[0]) == (names[0] in kept)
            kept.pop(names[0], None)
    assert len(asked(on_file, entry_id)) == len(kept)
    told: dict[str, None] = {}
    for step in steps(on_file, entry_id):
        told |= dict.fromkeys(step.change.get("asked", ()))
        for name in step.change.get("released", ()):
            del told[name]
    assert asked(on_file, entry_id) == tuple(told)
    for name in told:
        rounds.release(name)
    assert on_file.verify() == []
