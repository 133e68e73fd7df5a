"""Rounds of review over REST: what each side may know, and what becomes of votes."""

from __future__ import annotations

import json

import pytest

from headlab.catalogue import Catalogue
from headlab.records.agreement import Agreement
from headlab.records.entry import Entry
from headlab.records.review_round import QueuePage
from headlab.records.vote import Vote
from headlab.settings import write_setting
from headlab.workflow.blinding import blinded
from headlab.workflow.review_queue import review_queue

TEXT = "Maps countries to capitals."


@pytest.fixture(autouse=True)
def ada(catalogue: Catalogue) -> None:
    """The one at this machine."""
    write_setting("reviewer", "ada")


def queue(answer) -> QueuePage:
    assert answer.status == 200, answer.text
    return QueuePage.model_validate_json(answer.text)


async def test_a_vote_is_signed_and_changes_nothing(call, catalogue):
    before = catalogue.get(1)
    body = {
        "decision": "rejected",
        "reason": "no",
        "rating": 2,
        "seconds": 7.5,
        "blind": ["scores"],
    }
    answer = await call("POST", "entries/1/votes", body=body)
    vote = Vote.model_validate_json(answer.text)
    assert (vote.reviewer, vote.decision, vote.draft_id) == ("ada", "rejected", 2)
    assert (vote.rating, vote.seconds, vote.blind) == (2, 7.5, ("scores",))
    assert catalogue.review_round.open_votes(1) == (vote,)
    after = catalogue.get(1)
    assert after == before.model_copy(update={"open_votes": 1, "in_review": True})
    row = (await call("GET", "entries", {"layer": 5, "model": "demo"})).data["entries"][0]
    assert (row["open_votes"], row["in_review"]) == (1, True)


WRONG_VOTES = [
    ({"decision": "edited"}, "needs its text"),
    ({"decision": "accepted", "blind": ["draft"]}, "unseen draft"),
    ({"decision": "accepted", "draft_id": 9}, "no draft 9"),
    ({"decision": "unclear", "reviewer": "bob"}, "reviewer: Extra inputs"),
    ({"decision": "unclear", "seconds": -1}, "seconds"),
    ({"decision": "unclear", "blind": ["eyes"]}, "blind.0"),
    ("", "Invalid JSON"),
    ("null", "Its fields are: decision"),
]


async def test_a_wrong_vote_is_refused(call, catalogue):
    for body, said in WRONG_VOTES:
        assert said in (await call("POST", "entries/1/votes", body=body)).problem(400, "input")
    assert catalogue.review_round.open_votes(1) == ()
    missing = await call("POST", "entries/9/votes", body={"decision": "unclear"})
    missing.problem(404, "not_found")


async def test_a_queue_of_ones_own_tells_nothing_of_others_votes(call, catalogue):
    rounds = catalogue.review_round
    quiet = await call("GET", "review/queue", {"mine": "true", "order": "uncertain"})
    for reviewer, decision in (("bob", "rejected"), ("cara", "accepted")):
        rounds.cast(1, decision, reviewer=reviewer, reason="bobs-secret", rating=1, seconds=1234.5)
    answer = await call("GET", "review/queue", {"mine": "true", "order": "uncertain"})
    mine = queue(answer)
    assert mine.reviewer == "ada"
    assert mine.items == review_queue(rounds.cases(), "uncertain", "ada")
    assert [item.entry_id for item in mine.items] == [
        item.entry_id for item in queue(quiet).items
    ]  # its order tells nothing
    for secret in ("rejected", "accepted", "bobs-secret", "1234.5", "disagree", "bob", "cara"):
        assert secret not in answer.text
    assert [one.reviewer for one in mine.progress.reviewers] == ["ada"]
    led = await call("GET", "review/queue", {"order": "uncertain"})
    assert queue(led).reviewer is None
    assert "reviewers disagree" in led.text
    assert [one.reviewer for one in queue(led).progress.reviewers] == ["bob", "cara"]


async def test_a_queue_hides_what_a_case_hides(call, catalogue):
    catalogue.review(3, "rejected", reviewer="bob")
    catalogue.review_round.cast(3, "unclear", reviewer="bob")
    words = {"source": ["demo", "other", "tiny-llm"], "draft": ["tiny-llm"], "scores": []}
    for one, hidden in words.items():
        answer = await call("GET", "review/queue", {"mine": "true", "blind": one})
        for word in [*hidden, "rejected"]:
            assert word not in answer.text, (one, word)
        assert len(queue(answer).items) == 2
    led = await call("GET", "review/queue")
    assert "tiny-llm" in led.text
    assert "rejected" in led.text


async def test_pages_of_a_queue(call, catalogue):
    page = queue(await call("GET", "review/queue", {"limit": 1}))
    assert (len(page.items), page.total) == (1, 2)
    assert queue(await call("GET", "review/queue", {"model": "other"})).total == 1
    for params in ({"limit": 1001}, {"order": "random"}, {"mine": "perhaps"}, {"offset": 1}):
        (await call("GET", "review/queue", params)).problem(400, "input")


async def test_a_case_holds_only_what_a_reviewer_may_see(call, catalogue):
    catalogue.review(1, "rejected", reviewer="bob", reason="bobs reason")
    catalogue.annotate(1, note="bobs note", author="bob")
    whole = catalogue.get(1)
    for given in ("", "draft", "scores", "source", "draft,scores,source"):
        answer = await call("GET", "review/entries/1", {"blind": given} if given else None)
        blind = tuple(given.split(",")) if given else ()
        assert Entry.model_validate_json(answer.text) == blinded(whole, blind, "ada")
        assert "bob" not in answer.text
        assert ("demo" in answer.text) == ("source" not in blind)
        assert (TEXT in answer.text) == ("draft" not in blind)
        assert ("tiny-llm" in answer.text) == (not {"draft", "source"} & {*blind})
    (await call("GET", "review/entries/1", {"blind": "eyes"})).problem(400, "input")
    (await call("GET", "review/entries/9")).problem(404, "not_found")


async def test_votes_are_kept_from_who_has_still_to_vote(call, catalogue):
    rounds = catalogue.review_round
    rounds.cast(1, "rejected", reviewer="bob")
    unasked = await call("GET", "entries/1/votes")
    assert "ada has not voted on L5H3" in unasked.problem(403, "forbidden")
    assert "rejected" not in unasked.text
    assert len((await call("GET", "entries/1/votes", {"lead": "true"})).data) == 1
    rounds.assign([(1, "ada"), (1, "bob")])
    refused = await call("GET", "entries/1/votes", {"lead": "true"})
    assert "ada is asked for a vote on L5H3" in refused.problem(403, "forbidden")
    assert "rejected" not in refused.text
    await call("POST", "entries/1/votes", body={"decision": "accepted"})
    votes = [Vote.model_validate(row) for row in (await call("GET", "entries/1/votes")).data]
    assert {vote.reviewer for vote in votes} == {"ada", "bob"}
    (await call("GET", "entries/9/votes")).problem(404, "not_found")


async def test_a_decision_takes_the_votes_into_the_history(call, catalogue):
    rounds = catalogue.review_round
    seen = rounds.cast(1, "rejected", reviewer="bob")
    body = {"decision": "accepted", "reason": "it holds", "votes_seen": [seen.id]}
    unsaid = await call("POST", "entries/1/adjudicate", body=body)
    unsaid.problem(428, "input")
    stale = await call("POST", "entries/1/adjudicate", body=body, seen=1)
    stale.problem(412, "stale")
    assert rounds.open_votes(1, lead=True) == (seen,)
    answer = await call("POST", "entries/1/adjudicate", body=body, seen=2)
    assert (answer.status, answer.etag) == (200, '"3"')
    (review,) = Entry.model_validate_json(answer.text).reviews
    assert (review.reviewer, review.votes) == ("ada", (seen,))
    again = await call("POST", "entries/1/adjudicate", body=body, seen=3)
    assert "no open vote" in again.problem(400, "input")


async def test_a_decision_waits_for_votes_unless_it_is_made_now(call, catalogue):
    rounds = catalogue.review_round
    rounds.assign([(1, "bob"), (1, "cara")])
    rounds.cast(1, "accepted", reviewer="bob")
    body = {"decision": "unclear", "seconds": 3.5}
    for way in ("review", "adjudicate"):
        answer = await call("POST", f"entries/1/{way}", body=body, seen=3)
        assert "still waits for the votes of cara" in answer.problem(409, "early")
    assert catalogue.get(1).state == "drafted"
    answer = await call("POST", "entries/1/adjudicate", body=body | {"now": True}, seen=3)
    (review,) = Entry.model_validate_json(answer.text).reviews
    assert (review.now, review.seconds, len(review.votes)) == (True, 3.5, 1)
    assert queue(await call("GET", "review/queue")).progress.decision_seconds == 3.5
    mine = await call("GET", "review/queue", {"mine": "true"})
    assert "decision_seconds" not in mine.text


async def test_entries_in_review_are_listed(call, catalogue):
    catalogue.review_round.cast(3, "unclear", reviewer="bob")
    page = (await call("GET", "entries", {"state": "in_review"})).data
    assert ([row["id"] for row in page["entries"]], page["total"]) == ([3], 1)
    assert (await call("GET", "overview")).data["in_review"] == 1
    (await call("GET", "entries", {"state": "in-review"})).problem(400, "input")


async def test_entries_are_shared_out_and_reviewers_released(call, catalogue):
    body = {"reviewers": ["ada", "bob", "cara"], "per_entry": 2, "seed": 3}
    page = queue(await call("POST", "review/assignments", body=body))
    assert {len(item.assigned) for item in page.items} == {2}
    assert sum(one.n_assigned for one in page.progress.reviewers) == 4
    told = {"reviewer": "bob", "model": "other", "reason": "on leave"}
    some = queue(await call("POST", "review/releases", body=told))
    assert {item.model_name for item in some.items} == {"other"}
    before = {item.model_name: item.assigned for item in page.items}
    left = {case.model_name: case.assigned for case in catalogue.review_round.cases()}
    assert left == before | {"other": tuple(name for name in before["other"] if name != "bob")}
    gone = queue(await call("POST", "review/releases", body={"reviewer": "bob"}))
    assert "bob" not in {name for item in gone.items for name in item.assigned}
    steps = [step for entry_id in (1, 3) for step in catalogue.history(entry_id)]
    said = [step for step in steps if step.action == "assign"]
    assert {step.author for step in said} == {"ada"}
    asked = [name for step in said for name in step.change.get("asked", ())]
    assert sorted(asked) == sorted(name for names in before.values() for name in names)
    assert sum("released" in step.change for step in said) == asked.count("bob")
    for wrong in ({"reviewer": ""}, {}, {"reviewer": "bob", "author": "eve"}):
        (await call("POST", "review/releases", body=wrong)).problem(400, "input")
    for wrong, said in [
        ({"reviewers": []}, "reviewers"),
        ({"reviewers": ["ada"], "per_entry": 2}, "cannot be taken from 1"),
        ({"reviewers": "ada"}, "reviewers"),
        ({}, "reviewers: Field required"),
    ]:
        answer = await call("POST", "review/assignments", body=wrong)
        assert said in answer.problem(400, "input")


async def test_agreement_counts_open_votes_only_when_asked(call, catalogue):
    for entry_id, reviewer in ((1, "ada"), (1, "bob"), (3, "ada"), (3, "bob")):
        catalogue.review_round.cast(entry_id, "accepted", reviewer=reviewer)
    counts = []
    for params in ({}, {"with_open": "true"}, {"with_open": "true", "model": "other"}):
        answer = await call("GET", "review/agreement", params)
        counts.append(Agreement.model_validate_json(answer.text).n_votes)
    assert counts == [0, 4, 2]
    assert json.loads(answer.text)["seed"] == 0
