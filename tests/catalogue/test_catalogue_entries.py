"""Entries: evidence, drafts, reviews, annotations and undo, on every database."""

from __future__ import annotations

import math

import pytest

from headlab.catalogue import Catalogue, StaleEdit
from headlab.records.draft import Drafter, DraftFailure
from headlab.records.errors import CatalogueError, HeadError


def test_evidence_makes_an_entry_once(catalogue, make_card):
    card = make_card("L5H3")
    entry = catalogue.add_evidence(card, author="ada")
    assert (entry.state, entry.description, entry.revision) == ("undescribed", "", 1)
    assert entry.card == card
    assert catalogue.add_evidence(card) == entry
    assert catalogue.get(entry.id) == entry == catalogue.find("f" * 16, "5.3")
    assert catalogue.find("f" * 16, "L5H4") is None
    assert catalogue.find("other", "L5H3") is None

    newer = make_card("L5H3", model="renamed", score=0.75)
    entry = catalogue.add_evidence(newer)
    assert (entry.revision, entry.model_name, entry.card) == (2, "renamed", newer)
    assert [row.action for row in catalogue.history(entry.id)] == ["created", "evidence"]


def test_draft_describes_but_decides_nothing(catalogue, make_card, make_draft):
    card = make_card()
    entry = catalogue.add_draft(card, make_draft(card, "First."), author="ada")
    assert (entry.state, entry.description, entry.revision) == ("drafted", "First.", 2)
    assert (entry.categories, entry.stages) == ((), ())
    entry = catalogue.add_draft(entry.id, make_draft(card, "Second.", kind="rules"))
    assert (entry.state, entry.description) == ("drafted", "Second.")
    assert [stored.id for stored in entry.drafts] == [2, 3]
    history = catalogue.history(entry.id)
    assert [row.source for row in history] == ["rules", "llm", "rules"]
    assert history[0].author == "ada"


@pytest.mark.parametrize("decision", ["accepted", "edited", "rejected", "unclear"])
def test_draft_leaves_a_reviewed_state(catalogue, make_card, make_draft, decision):
    card = make_card()
    entry = catalogue.add_draft(card, make_draft(card, "First."))
    text = "Mine." if decision == "edited" else ""
    before = catalogue.review(entry.id, decision, description=text, reviewer="ada", rating=4)
    after = catalogue.add_draft(entry.id, make_draft(card, "Later."))
    expected = {"accepted": "First.", "edited": "Mine."}.get(decision, "")
    assert (before.state, before.description) == (decision, expected)
    assert (after.state, after.description) == (decision, expected)
    assert [stored.draft.description for stored in after.drafts] == ["First.", "Later."]
    (review,) = after.reviews
    assert (review.reviewer, review.rating, review.draft_id) == ("ada", 4, 2)


def test_accepting_takes_the_draft_and_its_labels(catalogue, make_card, make_draft):
    card = make_card()
    catalogue.add_draft(card, make_draft(card, "First."))
    entry = catalogue.add_draft(card, make_draft(card, "Second."))
    entry = catalogue.review(entry.id, "accepted", draft_id=2)
    assert (entry.description, entry.categories, entry.stages) == (
        "First.",
        ("knowledge",),
        ("KR",),
    )
    entry = catalogue.review(entry.id, "accepted", categories=["mine"], stages=())
    assert (entry.description, entry.categories, entry.stages) == ("Second.", ("mine",), ())
    assert catalogue.list()[0].drafter == "language model tiny-llm"


def test_a_person_writes_without_a_draft(catalogue, make_card):
    entry = catalogue.add_evidence(make_card())
    catalogue.review(entry.id, "edited", description="By hand.", reviewer="ada")
    (summary,) = catalogue.list()
    assert (summary.description, summary.drafter) == ("By hand.", "written by ada")


@pytest.mark.parametrize(
    ("decision", "fields", "said"),
    [
        ("accepted", {}, "no draft to accept"),
        ("accepted", {"draft_id": 9}, "no draft 9"),
        ("edited", {"description": "  "}, "must not be empty"),
        ("rejected", {"description": "text"}, "no description in force"),
        ("perhaps", {}, "decision"),
        ("edited", {"description": "x", "rating": 6}, "rating"),
        ("edited", {"description": "x", "stages": ["XX"]}, "stages"),
        ("edited", {"description": "x" * 5000}, "description"),
        ("edited", {"description": "x", "categories": "abc"}, "list of texts"),
    ],
)
def test_decisions_that_do_not_fit_change_nothing(catalogue, make_card, decision, fields, said):
    entry = catalogue.add_evidence(make_card())
    with pytest.raises(CatalogueError, match=said):
        catalogue.review(entry.id, decision, **fields)
    assert catalogue.get(entry.id) == entry


def test_accepting_another_text_is_an_edit(catalogue, make_card, make_draft):
    card = make_card()
    entry = catalogue.add_draft(card, make_draft(card))
    with pytest.raises(CatalogueError, match="edited"):
        catalogue.review(entry.id, "accepted", description="Other text.")


def test_a_stale_edit_shows_what_stands(catalogue, make_card, make_draft):
    card = make_card()
    seen = catalogue.add_draft(card, make_draft(card))
    current = catalogue.annotate(seen.id, note="first", if_revision=seen.revision)
    edits = [
        lambda: catalogue.annotate(seen.id, note="second", if_revision=seen.revision),
        lambda: catalogue.review(seen.id, "accepted", if_revision=seen.revision),
        lambda: catalogue.undo(seen.id, if_revision=seen.revision),
    ]
    for edit in edits:
        with pytest.raises(StaleEdit, match="revision 2, the newest is 3") as caught:
            edit()
        assert caught.value.current == current
    assert catalogue.get(seen.id) == current


def test_annotations_keep_what_is_not_given(catalogue, make_card):
    entry = catalogue.add_evidence(make_card())
    entry = catalogue.annotate(entry.id, note="a\nb", tags=[" x ", "y", "x", ""])
    entry = catalogue.annotate(entry.id, categories=["c"], stages=["ICI", "KR"])
    assert (entry.note, entry.tags) == ("a\nb", ("x", "y"))
    assert (entry.categories, entry.stages) == (("c",), ("ICI", "KR"))
    assert catalogue.annotate(entry.id, note="a\nb") == entry
    entry = catalogue.annotate(entry.id, tags=())
    assert (entry.tags, entry.categories) == ((), ("c",))
    with pytest.raises(CatalogueError, match="Nothing to set"):
        catalogue.annotate(entry.id)


def test_undo_goes_back_step_by_step_and_deletes_nothing(catalogue, make_card, make_draft):
    card = make_card()
    states = [catalogue.add_evidence(card)]
    states.append(catalogue.add_draft(card, make_draft(card)))
    entry_id = states[0].id
    states.append(catalogue.review(entry_id, "accepted"))
    states.append(catalogue.annotate(entry_id, note="n"))
    states.append(catalogue.review(entry_id, "unclear"))
    newer = catalogue.add_evidence(make_card(score=0.25)).card
    for expected in reversed(states[:-1]):
        entry = catalogue.undo(entry_id, author="ada")
        same = {"revision": entry.revision, "updated_at": entry.updated_at, "card": newer}
        assert entry == expected.model_copy(update=same | {"redoable": entry.redoable})
    with pytest.raises(CatalogueError, match="nothing to undo"):
        catalogue.undo(entry_id)
    again = catalogue.annotate(entry_id, note="again")
    assert catalogue.undo(entry_id).note == ""
    with pytest.raises(CatalogueError, match="nothing to undo"):
        catalogue.undo(entry_id)
    assert again.revision == 11
    undone = [row.change["undoes"] for row in catalogue.history(entry_id) if row.action == "undo"]
    assert undone == [5, 4, 3, 2, 11]
    assert catalogue.verify() == []


def test_nul_and_lone_surrogates_are_escaped(catalogue, make_card, make_draft):
    card = catalogue.add_evidence(make_card(model="a\x00b\ud800")).card
    entry = catalogue.add_draft(card, make_draft(card, "x\x00y"), author="\x00")
    with pytest.raises(CatalogueError, match="another evidence card"):
        catalogue.add_draft(make_card(model="a\x00b\udfff"), make_draft(card))
    card = make_card("L0H0", model="a\x00b")
    catalogue.add_draft(card, make_draft(card))
    assert entry.model_name == "a\\u0000b\\xed\\xa0\\x80"
    assert entry.description == "x\\u0000y"
    entry = catalogue.annotate(entry.id, note="1\n\x002", tags=["\ud800"], author="\ud800")
    assert (entry.note, entry.tags) == ("1\n\\u00002", ("\\xed\\xa0\\x80",))
    review = {
        "description": "\x00d",
        "reason": "\ud800",
        "reviewer": "\x00r",
        "categories": ["\x00"],
    }
    catalogue.review(entry.id, "edited", **review)
    assert catalogue.list(model="\x00", tag="\ud800", category="\x00", state="\x00") == ()
    assert len(catalogue.list(model="a\x00b\ud800", tag="\ud800", category="\x00")) == 1
    assert catalogue.find("\x00\ud800", "L0H0") is None
    assert catalogue.verify() == []


def test_what_cannot_be_stored_is_refused(catalogue, make_card, make_draft):
    card = make_card()
    with pytest.raises(CatalogueError, match="finite"):
        catalogue.add_evidence(make_card(score=math.nan))
    with pytest.raises(CatalogueError, match="another evidence card"):
        catalogue.add_draft(card, make_draft(make_card(score=0.1)))
    drafter = Drafter(kind="llm", name="x")
    failure = DraftFailure(kind="refusal", message="no", drafter=drafter, card_hash="")
    with pytest.raises(CatalogueError, match="DraftFailure"):
        catalogue.add_draft(card, failure)
    assert catalogue.count() == 0


def test_unknown_ids_are_named(catalogue, make_card, make_draft):
    draft = make_draft(make_card())
    calls = [
        catalogue.get,
        catalogue.history,
        catalogue.undo,
        catalogue.redo,
        lambda entry_id: catalogue.annotate(entry_id, note="n"),
        lambda entry_id: catalogue.review(entry_id, "unclear"),
        lambda entry_id: catalogue.add_draft(entry_id, draft),
        lambda entry_id: catalogue.export(entry_ids=[entry_id]),
    ]
    for entry_id in (0, -1, 99, 2**63, 10**40, "1", True, None):
        for call in calls:
            with pytest.raises(CatalogueError, match="entry"):
                call(entry_id)


def test_a_misspelt_head_is_an_error(catalogue):
    with pytest.raises(HeadError):
        catalogue.find("f", "head five")


def test_a_head_that_no_model_has_is_refused(catalogue, make_card):
    assert catalogue.find("f", "L5H99999999999") is None
    with pytest.raises(CatalogueError, match="no head of a model"):
        catalogue.add_evidence(make_card("L99999999999H5"))


def test_the_user_is_the_author_where_none_is_given(catalogue, make_card, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "grace")
    entry = catalogue.add_evidence(make_card())
    monkeypatch.setattr("getpass.getuser", lambda: {}["no user"])
    catalogue.annotate(entry.id, note="n")
    assert [row.author for row in catalogue.history(entry.id)] == ["grace", "unknown"]


def test_a_closed_catalogue_opens_again_as_it_was(place, make_card, make_draft):
    card = make_card()
    with Catalogue.open(place) as first:
        entry = first.add_draft(card, make_draft(card))
    with Catalogue.open(place) as second:
        assert second.get(entry.id) == entry
        assert second.verify() == []
