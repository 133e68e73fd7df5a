"""What a revision can change, and the state that follows from it.

The same functions run when a change is made and when a history is replayed, so that an imported or
damaged history is held to the rules of a live one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, model_validator

from headlab.records.base import Record
from headlab.records.description_test import DescriptionTest, Verdict
from headlab.records.draft import Draft, Stage
from headlab.records.edits import MAX_REASON
from headlab.records.entry import Decision, Review, Revision, State, StoredDraft, StoredTest
from headlab.records.errors import CatalogueError
from headlab.records.imported import ImportedEvidence
from headlab.records.vote import MAX_PROVIDER, Seconds, Vote

MAX_DESCRIPTION = 4000

Label = Annotated[str, Field(min_length=1, max_length=200)]
Labels = Annotated[tuple[Label, ...], Field(max_length=100)]
Note = Annotated[str, Field(max_length=20_000)]
Reviewers = Annotated[tuple[Label, ...], Field(min_length=1, max_length=1000)]


class HeadState(Record):
    """What is known and decided about a head: an entry without its identity and times.

    `card` is the sha256 of the stored card, `card_hash` the hash of the evidence in it; a head that
    only an import has named has none.
    """

    model_name: str
    card: str | None = None
    card_hash: str = ""
    state: State = "undescribed"
    description: str = ""
    categories: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    tags: tuple[str, ...] = ()
    head_names: tuple[str, ...] = ()
    note: str = ""
    drafts: tuple[StoredDraft, ...] = ()
    reviews: tuple[Review, ...] = ()
    tests: tuple[StoredTest, ...] = ()

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """How the tests of the description in force came out, by test."""
        return {
            test.result.kind: test.result.verdict
            for test in self.tests
            if test.description == self.description
        }

    @property
    def drafter(self) -> str:
        """Who wrote the description in force, as shown in lists; empty when there is none."""
        if self.state in ("accepted", "edited"):
            review = self.reviews[-1]
            if review.draft_id is None:
                return f"written by {review.reviewer}"
            return self.find_draft(review.draft_id).drafter.label
        return self.drafts[-1].draft.drafter.label if self.drafts else ""

    def find_draft(self, draft_id: int) -> Draft:
        """A listed draft; raises CatalogueError when there is none with this id."""
        for stored in self.drafts:
            if stored.id == draft_id:
                return stored.draft
        known = ", ".join(str(stored.id) for stored in self.drafts) or "none"
        raise CatalogueError(f"The entry has no draft {draft_id}; its drafts are: {known}.")


class SignedChange(Record):
    """What any revision can say of its author.

    `authenticated_by`: the identity provider of the server at which the author was signed in; None for
    a name that its bearer gave.
    """

    authenticated_by: Annotated[str, Field(min_length=1, max_length=MAX_PROVIDER)] | None = None


def _given(change: SignedChange, names: Iterable[str]) -> dict[str, object]:
    """The fields of these names that are set."""
    fields = {name: getattr(change, name) for name in names}
    return {name: value for name, value in fields.items() if value is not None}


class EvidenceChange(SignedChange):
    """A new evidence card; the first one creates the entry."""

    model_name: str
    card: str
    card_hash: str

    def apply(self, before: HeadState | None, revision: Revision) -> HeadState:
        if (before is None) != (revision.action == "created"):
            raise CatalogueError("An entry is created once, by its first revision.")
        fields = {"model_name": self.model_name, "card": self.card, "card_hash": self.card_hash}
        return HeadState(**fields) if before is None else before.model_copy(update=fields)


class DraftChange(SignedChange):
    """A draft joins the list; it never touches what a person has decided.

    `template`: the sha256 of the prompt's text, where it is kept.
    """

    draft: Draft
    template: Annotated[str, Field(min_length=64, max_length=64)] | None = None

    def apply(self, before: HeadState, revision: Revision) -> HeadState:
        stored = StoredDraft(id=revision.number, draft=self.draft, template=self.template)
        fields: dict[str, object] = {"drafts": (*before.drafts, stored)}
        if before.state in ("undescribed", "drafted"):
            fields |= {"state": "drafted", "description": self.draft.description}
        return before.model_copy(update=fields)


class ReviewChange(SignedChange):
    """A person's decision, with the description, categories and stages that stand after it.

    `votes`: those that it rests on, which until then only their reviewers have seen. `seconds`: the
    time it took, where that was measured. `now`: made before all who are asked had voted. Note, tags
    and names that are given with it stand after it too; None leaves them as they are.
    """

    decision: Decision
    description: str = Field(default="", max_length=MAX_DESCRIPTION)
    reason: str = Field(default="", max_length=MAX_DESCRIPTION)
    rating: int | None = Field(default=None, ge=1, le=5)
    draft_id: int | None = None
    categories: Labels
    stages: tuple[Stage, ...]
    votes: Annotated[tuple[Vote, ...], Field(min_length=1, max_length=1000)] | None = None
    seconds: Seconds | None = None
    now: Literal[True] | None = None
    note: Note | None = None
    tags: Labels | None = None
    head_names: Labels | None = None

    def apply(self, before: HeadState, revision: Revision) -> HeadState:
        if self.draft_id is not None:
            draft = before.find_draft(self.draft_id)
            if self.decision == "accepted" and self.description != draft.description:
                raise CatalogueError(
                    "An accepted description is the draft's own; to change it, decide 'edited'."
                )
        elif self.decision == "accepted":
            raise CatalogueError("There is no draft to accept; decide 'edited' and write the text.")
        if self.decision == "edited" and not self.description.strip():
            raise CatalogueError("An edited description must not be empty.")
        if self.decision in ("rejected", "unclear") and self.description:
            raise CatalogueError(
                f"A head marked {self.decision} has no description in force; put the text into the "
                "reason or decide 'edited'."
            )
        review = Review(
            decision=self.decision,
            reviewer=revision.author,
            description=self.description,
            reason=self.reason,
            rating=self.rating,
            draft_id=self.draft_id,
            votes=self.votes or (),
            seconds=self.seconds,
            now=bool(self.now),
            authenticated_by=self.authenticated_by,
            created_at=revision.created_at,
        )
        return before.model_copy(
            update={
                "state": self.decision,
                "description": self.description,
                "categories": self.categories,
                "stages": self.stages,
                "reviews": (*before.reviews, review),
                **_given(self, ("note", "tags", "head_names")),
            }
        )


class AnnotateChange(SignedChange):
    """Notes, tags, categories, stages and names of the head; None leaves a field as it is."""

    note: Note | None = None
    tags: Labels | None = None
    categories: Labels | None = None
    stages: tuple[Stage, ...] | None = None
    head_names: Labels | None = None

    def given(self) -> dict[str, object]:
        """The fields that are set."""
        return _given(self, type(self).model_fields.keys() - SignedChange.model_fields.keys())

    def apply(self, before: HeadState, revision: Revision) -> HeadState:
        return before.model_copy(update=self.given())


class TestsChange(SignedChange):
    """Results of tests of a text: they join the list, newest of a kind, and decide nothing."""

    description: str = Field(min_length=1, max_length=MAX_DESCRIPTION)
    tests: Annotated[tuple[DescriptionTest, ...], Field(min_length=1, max_length=100)]

    def apply(self, before: HeadState, revision: Revision) -> HeadState:
        newest = {test.result.kind: test for test in before.tests}
        for result in self.tests:
            newest[result.kind] = StoredTest(description=self.description, result=result)
        return before.model_copy(update={"tests": tuple(newest[kind] for kind in sorted(newest))})


class ImportChange(SignedChange):
    """What a file says about the head. It stands beside the state, which never rests on it.

    The first revision of a head without evidence of its own can be one.
    """

    model_name: str
    evidence: ImportedEvidence

    def apply(self, before: HeadState | None, revision: Revision) -> HeadState:
        return HeadState(model_name=self.model_name) if before is None else before


class AssignChange(SignedChange):
    """Reviewers who are asked for a vote, or are asked no more, and why.

    It stands beside the state, which never rests on it; to take it back, the opposite is recorded.
    """

    asked: Reviewers | None = None
    released: Reviewers | None = None
    reason: str = Field(default="", max_length=MAX_REASON)

    @model_validator(mode="after")
    def _names_someone(self) -> AssignChange:
        if (self.asked is None) == (self.released is None):
            raise ValueError("an assignment either asks reviewers or releases them")
        return self

    def apply(self, before: HeadState, revision: Revision) -> HeadState:
        return before


class UndoChange(SignedChange):
    """The revision that is taken back; its evidence card, if newer, stays."""

    undoes: int


class RedoChange(SignedChange):
    """The revision, taken back by the last undo, that counts again; evidence, if newer, stays."""

    redoes: int
