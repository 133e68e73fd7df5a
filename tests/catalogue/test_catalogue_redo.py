"""Undo and redo against two plain lists, on every database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from headlab.catalogue import Catalogue, StaleEdit, VotesMissing
from headlab.records.entry import Entry
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.imported import ImportedEvidence, ImportedMetric

EVIDENCE = ("card", "revision", "updated_at", "redoable")


def decided(entry: Entry) -> dict[str, Any]:
    """What people made of an entry, without what undo and redo leave alone."""
    return entry.model_dump(mode="json", exclude=set(EVIDENCE))


class UndoAndRedo(RuleBasedStateMachine):
    """The model: what was decided at each step, as an editor keeps it."""

    def __init__(self, catalogue: Catalogue, make_card: Any, make_draft: Any) -> None:
        super().__init__()
        self.catalogue, self.make_card, self.make_draft = catalogue, make_card, make_draft
        self.revision = 0
        self.back: list[dict[str, Any]] = []
        self.forth: list[dict[str, Any]] = []

    @initialize()
    def begin(self) -> None:
        head = Head(layer=0, index=self.catalogue.count())
        self.card = self.make_card(str(head))
        self.take(self.catalogue.add_evidence(self.card))

    def take(self, entry: Entry) -> None:
        self.id, self.revision, self.now = entry.id, entry.revision, decided(entry)

    def edited(self, entry: Entry) -> None:
        if entry.revision > self.revision:
            self.back.append(self.now)
            self.forth.clear()
        self.take(entry)

    @rule(text=st.sampled_from(["copies", "moves", "names"]))
    def draft(self, text: str) -> None:
        self.edited(self.catalogue.add_draft(self.id, self.make_draft(self.card, text)))

    @rule(decision=st.sampled_from(["accepted", "rejected", "unclear"]))
    def decide(self, decision: Any) -> None:
        if decision != "accepted" or self.now["drafts"]:
            self.edited(self.catalogue.review(self.id, decision, reviewer="ada"))

    @rule(text=st.text("ab", max_size=2))
    def note(self, text: str) -> None:
        self.edited(self.catalogue.annotate(self.id, note=text))

    @rule(value=st.integers(0, 3))
    def take_over(self, value: int) -> None:
        evidence = ImportedEvidence(
            kind="head-metrics",
            file="heads.csv",
            sha256=f"{value:064d}",
            metrics=(ImportedMetric(name="x", value=value),),
        )
        model = self.card.model
        self.catalogue.evidence_imports.take(
            model.name, model.fingerprint, {self.card.head: evidence}
        )
        self.edited(self.catalogue.get(self.id))

    @rule(score=st.floats(0, 1))
    def measure_anew(self, score: float) -> None:
        self.card = self.make_card(str(self.card.head), score=score)
        self.take(self.catalogue.add_evidence(self.card))

    @rule()
    def ask_someone_and_release_them(self) -> None:
        self.catalogue.review_round.assign([(self.id, "bob")])
        self.catalogue.review_round.release("bob")
        self.take(self.catalogue.get(self.id))

    @rule()
    def undo(self) -> None:
        self.step("undo", self.back, self.forth)

    @rule()
    def redo(self) -> None:
        self.step("redo", self.forth, self.back)

    def step(self, name: str, source: list[dict[str, Any]], target: list[dict[str, Any]]) -> None:
        move = getattr(self.catalogue, name)
        if not source:
            with pytest.raises(CatalogueError, match=f"nothing to {name}"):
                move(self.id)
            return
        entry = move(self.id, if_revision=self.revision)
        assert entry.revision == self.revision + 1
        expected = source.pop()
        target.append(self.now)
        assert decided(entry) == expected
        self.take(entry)

    @precondition(lambda self: self.revision > 1)
    @rule()
    def refuse_what_is_stale(self) -> None:
        seen = min(row.number for row in self.catalogue.history(self.id))
        if any(
            row.number > seen and row.action != "assign" for row in self.catalogue.history(self.id)
        ):
            with pytest.raises(StaleEdit):
                self.catalogue.redo(self.id, if_revision=seen)

    @invariant()
    def the_entry_is_what_the_model_says(self) -> None:
        if self.revision:
            entry = self.catalogue.get(self.id)
            assert decided(entry) == self.now
            assert (entry.redoable is not None) == bool(self.forth)
            assert entry.card == self.card

    def teardown(self) -> None:
        if self.revision:
            history = self.catalogue.history(self.id)
            assert [row.number for row in history] == list(range(1, self.revision + 1))
        assert self.catalogue.verify() == []


def test_undo_and_redo_follow_the_two_lists(catalogue, make_card, make_draft):
    run_state_machine_as_test(
        lambda: UndoAndRedo(catalogue, make_card, make_draft),
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def entry_id(catalogue, make_card, make_draft) -> int:
    card = make_card()
    return catalogue.add_draft(card, make_draft(card)).id


def test_an_undo_is_undone_by_redo_and_both_stay_in_the_history(catalogue, entry_id):
    accepted = catalogue.review(entry_id, "accepted", reviewer="ada")
    undone = catalogue.undo(entry_id, author="ada")
    assert (undone.state, undone.redoable, accepted.redoable) == ("drafted", 3, None)
    entry = catalogue.redo(entry_id, author="bob")
    assert (entry.state, entry.reviews, entry.redoable) == ("accepted", accepted.reviews, None)
    steps = [(row.action, row.author, row.change) for row in catalogue.history(entry_id)[2:]]
    assert steps[1:] == [("undo", "ada", {"undoes": 3}), ("redo", "bob", {"redoes": 3})]
    assert catalogue.undo(entry_id).state == "drafted"  # the redone step can be undone again
    assert catalogue.verify() == []


def test_a_redo_after_another_step_is_not_offered(catalogue, entry_id):
    catalogue.annotate(entry_id, note="one")
    assert catalogue.undo(entry_id).redoable == 3
    assert catalogue.annotate(entry_id, note="two").redoable is None
    with pytest.raises(CatalogueError, match="nothing to redo"):
        catalogue.redo(entry_id)
    assert catalogue.undo(entry_id).redoable == 5


def test_a_redone_decision_waits_for_votes_asked_for_since(catalogue, entry_id):
    catalogue.review(entry_id, "accepted", reviewer="ada")
    catalogue.undo(entry_id)
    catalogue.review_round.assign([(entry_id, "bob")])
    before = catalogue.get(entry_id)
    with pytest.raises(VotesMissing, match="bob"):
        catalogue.redo(entry_id)
    assert catalogue.get(entry_id) == before
    catalogue.review_round.cast(entry_id, "accepted", reviewer="bob")
    after = catalogue.redo(entry_id)
    assert (after.state, after.open_votes) == ("accepted", 1)


def test_a_redone_adjudication_takes_its_votes_back_in(catalogue, entry_id):
    catalogue.review_round.cast(entry_id, "accepted", reviewer="bob")
    catalogue.review_round.adjudicate(entry_id, "accepted", reviewer="ada")
    assert catalogue.undo(entry_id).open_votes == 1
    entry = catalogue.redo(entry_id)
    assert (entry.open_votes, len(entry.reviews[-1].votes)) == (0, 1)


def test_a_redone_draft_keeps_its_number_and_votes(catalogue, entry_id):
    catalogue.review_round.cast(entry_id, "accepted", reviewer="bob", draft_id=2)
    assert catalogue.undo(entry_id).open_votes == 0
    entry = catalogue.redo(entry_id)
    assert ([stored.id for stored in entry.drafts], entry.open_votes) == ([2], 1)


def test_a_history_with_a_redo_travels(catalogue, entry_id, tmp_path):
    catalogue.annotate(entry_id, note="one")
    catalogue.undo(entry_id)
    catalogue.redo(entry_id)
    catalogue.undo(entry_id)
    with Catalogue.open(tmp_path / "other.db") as other:
        assert other.import_(catalogue.export()).added == 1
        assert other.redo(other.list()[0].id).note == "one"
        assert other.verify() == []
        assert catalogue.import_(other.export()).extended == 1
    assert catalogue.get(entry_id).note == "one"


@pytest.mark.parametrize(
    ("change", "message"),
    [({"redoes": 2}, "step to redo is 3"), ({"redoes": 9}, "step to redo is 3")],
)
def test_a_forged_redo_of_another_step_is_refused(catalogue, entry_id, change, message):
    from headlab.catalogue.changes import RedoChange
    from headlab.catalogue.history import HeadKey, Replay, next_revision

    catalogue.annotate(entry_id, note="one")
    catalogue.undo(entry_id)
    entry, rows = catalogue.get(entry_id), catalogue.history(entry_id)
    key = HeadKey(entry.model_fingerprint, entry.head)
    forged = next_revision(
        key,
        entry_id=entry_id,
        number=5,
        parent=rows[-1].hash,
        action="redo",
        change=RedoChange(**change),
        author="eve",
        source="human",
    )
    with pytest.raises(CatalogueError, match=message):
        Replay(key).run((*rows, forged))
