"""The order of a review queue, who is asked, and progress."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headlab.records.errors import HeadLabError
from headlab.records.head import Head
from headlab.records.review_round import Case
from headlab.records.vote import Vote
from headlab.workflow.review_queue import review_queue, round_progress, share_out, uncertainty


def vote(reviewer: str, decision: str, **given_: Any) -> Vote:
    fields = {
        "id": reviewer,
        "draft_id": 1,
        "card_hash": "c",
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "text": "own" if decision == "edited" else "",
    }
    return Vote(reviewer=reviewer, decision=decision, **(fields | given_))


def case(entry_id: int, *votes: Vote, **given_: Any) -> Case:
    fields: dict[str, Any] = {
        "model_name": "demo",
        "model_fingerprint": "f",
        "head": Head(layer=0, index=entry_id),
        "state": "drafted",
        "unclear": False,
        "drafts": {1: "rules"},
        "decisions": {},
        "failed_tests": (),
        "loss_change": None,
        "closed_votes": (),
        "assigned": (),
    }
    return Case(entry_id=entry_id, open_votes=votes, **(fields | given_))


def order(cases: list[Case], *words: Any) -> list[int]:
    return [item.entry_id for item in review_queue(cases, *words)]


CASES = [
    case(1, vote("ada", "accepted"), vote("bob", "accepted"), failed_tests=("S1",)),
    case(2, vote("ada", "accepted"), vote("bob", "rejected"), loss_change=0.1),
    case(3, loss_change=-0.5),
    case(4, vote("ada", "accepted", rating=5), vote("bob", "accepted", rating=3), loss_change=0.3),
    case(5, unclear=True, failed_tests=("S2", "S4")),
    case(6, state="accepted", drafts={1: "rules"}, decisions={1: "accepted"}, loss_change=9.0),
]


def test_orders_computed_by_hand() -> None:
    assert order(CASES, "uncertain") == [2, 5, 4, 1, 3]
    assert order(CASES, "failed-tests") == [5, 1, 2, 3, 4]
    assert order(CASES, "important") == [4, 2, 3, 1, 5]
    assert order(CASES, "undecided") == [3, 5, 1, 2, 4]
    with pytest.raises(HeadLabError, match="undecided"):
        review_queue(CASES, "loudest")  # type: ignore[arg-type]


def test_fresh_drafts_stand_by_how_undecided_their_tests_are() -> None:
    fresh = [case(1), case(2, test_doubt=0.2), case(3, test_doubt=0.9), case(4)]
    assert order(fresh, "uncertain") == [3, 2, 1, 4]
    assert uncertainty(fresh[2], ()) == 0.9


def test_uncertainty_by_hand() -> None:
    said = [vote("a", "accepted"), vote("b", "accepted"), vote("c", "rejected")]
    assert uncertainty(case(1), said) == pytest.approx(2 / 3)
    assert uncertainty(case(1), [vote("a", "unclear"), vote("b", "unclear")]) == 1
    rated = [vote("a", "accepted", rating=2), vote("b", "accepted", rating=5)]
    assert uncertainty(case(1), rated) == pytest.approx(0.75)
    assert uncertainty(case(1), []) == 0
    assert uncertainty(case(1, unclear=True), []) == 1


def test_a_reviewers_queue_says_nothing_of_others_votes() -> None:
    agreeing = [case(n, vote("ada", "accepted"), vote("bob", "accepted")) for n in range(1, 7)]
    mixed = [
        case(n, vote("ada", "accepted"), vote("bob", "rejected" if n % 2 else "accepted"))
        for n in range(1, 7)
    ]
    for words in ("uncertain", "failed-tests", "important", "undecided"):
        assert review_queue(mixed, words, "cy") == review_queue(agreeing, words, "cy")
    assert review_queue(mixed, "uncertain") != review_queue(agreeing, "uncertain")
    assert "rejected" not in str([item.model_dump() for item in review_queue(mixed)])


def test_a_reviewer_is_asked_once_and_only_where_assigned() -> None:
    cases = [
        case(1, vote("ada", "accepted")),
        case(2, assigned=("bob",)),
        case(3, assigned=("ada", "bob")),
        case(4, vote("ada", "accepted"), drafts={1: "rules", 9: "llm"}),
        case(5, state="accepted"),
    ]
    assert order(cases, "undecided", "ada") == [3, 4]
    assert order(cases, "undecided", "bob") == [2, 3, 1, 4]
    assert order(cases, "undecided", "cy") == [1, 4]


def test_reasons_are_words() -> None:
    (item,) = review_queue(
        [
            case(
                1,
                vote("a", "accepted"),
                vote("b", "edited"),
                unclear=True,
                failed_tests=("S1", "S4"),
                loss_change=0.0312,
            )
        ]
    )
    assert item.reasons == (
        "the draft found no pattern",
        "reviewers disagree",
        "failed S1, S4",
        "loss change +0.0312 nats",
    )


@given(st.integers(1, 30), st.integers(2, 5), st.integers(1, 3), st.integers(0, 5))
@settings(deadline=None, max_examples=40)
def test_work_is_shared_out_evenly(n: int, n_reviewers: int, per_entry: int, seed: int) -> None:
    names = [f"r{number}" for number in range(n_reviewers)]
    if per_entry > n_reviewers:
        with pytest.raises(HeadLabError, match="cannot be taken"):
            share_out([], names, per_entry)
        return
    cases = [case(number) for number in range(1, n + 1)]
    wanted = share_out(cases, names, per_entry, seed)
    assert wanted == share_out(cases, names, per_entry, seed)
    assert len(set(wanted)) == len(wanted) == n * per_entry
    load = Counter(name for _, name in wanted)
    assert max(load.values()) - min(load[name] for name in names) <= 1
    assert set(Counter(entry for entry, _ in wanted).values()) == {per_entry}


def test_every_pair_of_reviewers_meets() -> None:
    wanted = share_out([case(number) for number in range(1, 41)], list("abcd"), 2)
    teams = {
        tuple(sorted(name for entry, name in wanted if entry == number)) for number in range(1, 41)
    }
    assert teams == set(combinations("abcd", 2))


def test_who_takes_part_already_counts() -> None:
    cases = [
        case(1, vote("ada", "accepted")),
        case(2, assigned=("ada", "bob")),
        case(3, assigned=("ada",)),
        case(4, state="rejected"),
    ]
    assert sorted(share_out(cases, ["ada", "bob"])) == [(1, "bob"), (3, "bob")]


def test_progress_counts_and_the_median_time() -> None:
    cases = [
        case(1, vote("ada", "accepted", seconds=10.0), vote("bob", "unclear", seconds=30.0)),
        case(2, assigned=("ada", "bob")),
        case(3, state="accepted", closed_votes=(vote("ada", "accepted", seconds=20.0),)),
        case(4, state="rejected", closed_votes=(vote("ada", "rejected"),)),
    ]
    found = round_progress(cases)
    assert (found.n_entries, found.n_decided, found.n_open) == (4, 2, 1)
    assert found.median_seconds == 20.0
    ada, bob = found.reviewers
    assert (ada.reviewer, ada.n_votes, ada.n_assigned, ada.n_waiting) == ("ada", 3, 1, 1)
    assert (ada.median_seconds, bob.median_seconds) == (15.0, 30.0)
    assert round_progress([]).median_seconds is None
