"""Entries in review, asked of the database, against the votes and assignments read one by one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headlab.catalogue import Catalogue, VotesHidden, VotesMissing
from headlab.records.errors import CatalogueError

NAMES = ("ada", 'b"ob%_', "cy")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["vote", "assign", "release", "decide", "undo", "draft", "note"]),
        st.integers(0, 2),
        st.sampled_from(NAMES),
    ),
    max_size=12,
)


def drafted(catalogue: Catalogue, make_card: Any, make_draft: Any, count: int = 3) -> list[int]:
    cards = [make_card(f"L1H{index}") for index in range(count)]
    return [catalogue.add_draft(card, make_draft(card)).id for card in cards]


def found(catalogue: Catalogue) -> list[int]:
    rows = catalogue.list(state="in_review")
    assert catalogue.count(state="in_review") == len(rows) == catalogue.overview().in_review
    ids = {row.id for row in rows}
    assert {row.id for row in catalogue.list() if row.in_review} == ids
    assert {row.id for row in rows if catalogue.get(row.id).in_review} == ids
    return sorted(row.id for row in rows)


def walked(catalogue: Catalogue) -> list[int]:
    """The same by what a round says of each entry."""
    cases = catalogue.review_round.cases()
    waiting = [case for case in cases if any(case.waits_for(name) for name in case.assigned)]
    return sorted(
        {case.entry_id for case in (*waiting, *cases) if case.open_votes or case in waiting}
    )


def test_in_review_from_the_first_request_to_the_decision(
    catalogue: Catalogue, make_card: Any, make_draft: Any
) -> None:
    first, second, third = drafted(catalogue, make_card, make_draft)
    rounds = catalogue.review_round
    assert found(catalogue) == []
    rounds.assign([(first, "ada"), (first, "bob")])
    rounds.cast(second, "accepted", reviewer="ada")
    rounds.cast(second, "rejected", reviewer="ada")
    assert found(catalogue) == [first, second]
    rounds.adjudicate(second, "rejected", reviewer="cy")
    assert found(catalogue) == [first]  # ada's replaced vote is as closed as the newest one
    catalogue.undo(second)
    rounds.release("ada")
    rounds.release("bob")
    assert found(catalogue) == [second]
    assert catalogue.overview().states["drafted"] == 3
    catalogue.undo(second)  # the draft, which takes its votes along
    assert found(catalogue) == []
    rounds.cast(third, "unclear", reviewer="ada")
    assert catalogue.count(state="in_review", layer=1, model="demo") == 1
    assert catalogue.count(text="capitals", state="in_review") == 1
    assert catalogue.count(state="in_review", layer=2) == 0


@settings(max_examples=15, deadline=None)
@given(steps=STEPS)
def test_in_review_is_what_the_round_says(
    tmp_path_factory: pytest.TempPathFactory, make_card: Any, make_draft: Any, steps: Any
) -> None:
    path = tmp_path_factory.mktemp("walk") / "catalogue.db"
    with Catalogue.open(path) as catalogue:
        ids, rounds = drafted(catalogue, make_card, make_draft), catalogue.review_round
        for number, (step, place, name) in enumerate(steps):
            entry_id = ids[place]
            try:
                if step == "vote":
                    rounds.cast(entry_id, "unclear", reviewer=name, reason=f'"id":{number}')
                elif step == "assign":
                    rounds.assign([(entry_id, name)])
                elif step == "release":
                    rounds.release(name)
                elif step == "decide":
                    rounds.adjudicate(entry_id, "unclear", reviewer=name, now=True)
                elif step == "draft":
                    card = make_card(f"L1H{place}")
                    catalogue.add_draft(entry_id, make_draft(card, f'Text {number}: }},"id":2}}'))
                elif step == "undo":
                    catalogue.undo(entry_id)
                else:
                    catalogue.annotate(entry_id, note=f'"id":"{number}"')
            except CatalogueError:
                continue
            assert found(catalogue) == walked(catalogue)


def test_others_votes_are_shown_after_ones_own(
    catalogue: Catalogue, make_card: Any, make_draft: Any
) -> None:
    (entry_id,) = drafted(catalogue, make_card, make_draft, 1)
    rounds = catalogue.review_round
    assert rounds.open_votes(entry_id, reviewer="bob") == ()
    seen = rounds.cast(entry_id, "rejected", reviewer="ada", reason="secret reason")
    with pytest.raises(VotesHidden, match="bob has not voted on L1H0") as refused:
        rounds.open_votes(entry_id, reviewer="bob")
    assert "secret" not in str(refused.value)
    assert rounds.open_votes(entry_id, reviewer="ada") == (seen,)
    assert rounds.open_votes(entry_id, reviewer="bob", lead=True) == (seen,)
    rounds.assign([(entry_id, "bob")])
    with pytest.raises(VotesHidden, match="bob is asked for a vote"):
        rounds.open_votes(entry_id, reviewer="bob", lead=True)
    own = rounds.cast(entry_id, "unclear", reviewer="bob")
    assert set(rounds.open_votes(entry_id, reviewer="bob")) == {seen, own}
    catalogue.add_draft(entry_id, make_draft(make_card("L1H0"), "Another text."))
    with pytest.raises(VotesHidden):  # the newest draft is still to be judged
        rounds.open_votes(entry_id, reviewer="ada")


@pytest.mark.parametrize("way", ["review", "adjudicate"])
def test_a_decision_waits_for_those_who_are_asked(
    catalogue: Catalogue, make_card: Any, make_draft: Any, way: str
) -> None:
    (entry_id,) = drafted(catalogue, make_card, make_draft, 1)
    rounds = catalogue.review_round
    rounds.assign([(entry_id, "ada"), (entry_id, "bob")])
    rounds.cast(entry_id, "accepted", reviewer="ada")
    decide = catalogue.review if way == "review" else rounds.adjudicate
    with pytest.raises(VotesMissing, match="still waits for the votes of bob") as refused:
        decide(entry_id, "unclear", reviewer="cy")
    assert refused.value.missing == ("bob",)
    assert catalogue.get(entry_id).state == "drafted"
    early = decide(entry_id, "unclear", reviewer="cy", seconds=12.5, now=True)
    assert (early.reviews[-1].now, early.reviews[-1].seconds) == (True, 12.5)
    step = catalogue.history(entry_id)[-1].change
    assert (step["now"], step["seconds"]) == (True, 12.5)
    catalogue.undo(entry_id)
    rounds.cast(entry_id, "accepted", reviewer="bob")
    due = decide(entry_id, "unclear", reviewer="cy", now=True)
    assert not due.reviews[-1].now  # nobody was left out
    assert {"now", "seconds"}.isdisjoint(catalogue.history(entry_id)[-1].change)
    assert catalogue.verify() == []
    if way == "adjudicate":  # decided, and no vote waits
        catalogue.review(entry_id, "rejected", reviewer="cy")


def test_categories_are_kept_in_the_vocabularys_spelling(
    catalogue: Catalogue, make_card: Any, make_draft: Any
) -> None:
    (entry_id,) = drafted(catalogue, make_card, make_draft, 1)
    given = ("Knowledge", " COPYING ", "copying", " My Own ", "Previous  token", "")
    wanted = ("knowledge", "copying", "My Own", "previous token")
    assert catalogue.annotate(entry_id, categories=given).categories == wanted
    revision = catalogue.get(entry_id).revision
    assert catalogue.annotate(entry_id, categories=wanted).revision == revision
    reviewed = catalogue.review(entry_id, "accepted", categories=given)
    assert reviewed.categories == wanted
    assert catalogue.count(category="knowledge") == 1
