"""Changes of an entry, each inside a transaction of the caller, each one revision."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from headlab.catalogue import heads, ledger
from headlab.catalogue import votes as cast_votes
from headlab.catalogue.changes import (
    AnnotateChange,
    AssignChange,
    DraftChange,
    EvidenceChange,
    RedoChange,
    ReviewChange,
    TestsChange,
    UndoChange,
)
from headlab.catalogue.errors import VotesMissing
from headlab.catalogue.heads import StoredHead
from headlab.catalogue.history import Change, HeadKey, Replay
from headlab.catalogue.signature import authenticated_by, signature
from headlab.catalogue.text import clean
from headlab.records.card import EvidenceCard
from headlab.records.categories import canonical, canonical_head_name
from headlab.records.description_test import DescriptionTest
from headlab.records.draft import Draft, Stage
from headlab.records.entry import ActionKind, Decision, RevisionSource
from headlab.records.errors import CatalogueError
from headlab.records.vote import Vote

Texts = Iterable[str]


def add_evidence(connection: Connection, card: EvidenceCard, author: str | None) -> StoredHead:
    """The head with this evidence; unchanged evidence adds no revision."""
    head = heads.find_or_add(connection, HeadKey(card.model.fingerprint, card.head))
    content = card.content_hash()
    if head.state is not None and head.state.card_hash == content:
        return head
    name = ledger.store_card(connection, card)
    change = EvidenceChange(model_name=card.model.name, card=name, card_hash=content)
    action: ActionKind = "created" if head.state is None else "evidence"
    return _append(connection, head, action, change, author, "rules")


def add_draft(
    connection: Connection,
    head: StoredHead,
    draft: Draft,
    author: str | None,
    template: str | None = None,
    vouched: str | None = None,
) -> StoredHead:
    """List a draft; `template` is the sha256 of its prompt's text, which is kept already.

    `vouched`: the provider where an author was signed in who asked for it earlier.
    """
    kind = draft.drafter.kind
    source: RevisionSource = "human" if kind == "person" else kind
    change = DraftChange(draft=draft, template=template, authenticated_by=vouched)
    return _append(connection, head, "draft", change, author, source)


def add_tests(
    connection: Connection,
    head: StoredHead,
    tests: tuple[DescriptionTest, ...],
    description: str | None,
    author: str | None,
) -> StoredHead:
    """List results of tests of a text, the one in force if None."""
    assert head.state is not None
    tested = head.state.description if description is None else clean(description)
    if not tests or not tested:
        what = "description to test" if tests else "test to add"
        raise CatalogueError(f"{head.key.head} has no {what}; give one.")
    change = TestsChange(description=tested, tests=tests)
    judged = any("judge" in test.provenance.parameters for test in tests)
    return _append(connection, head, "test", change, author, "llm" if judged else "rules")


def review(
    connection: Connection,
    head: StoredHead,
    decision: Decision,
    *,
    reviewer: str | None,
    description: str,
    reason: str,
    rating: int | None,
    draft_id: int | None,
    categories: Texts | None,
    stages: Iterable[Stage] | None,
    seconds: float | None,
    now: bool,
    votes: tuple[Vote, ...] = (),
    note: str | None = None,
    tags: Texts | None = None,
    head_names: Texts | None = None,
) -> StoredHead:
    """Record a decision, with what is not given filled in from the draft it is about.

    Note, tags and names are set by the same step where they are given.

    Raises VotesMissing while some who are asked for a vote have not cast it, unless `now`.
    """
    state = head.state
    assert state is not None
    missing = cast_votes.missing(connection, head.id, state)
    if missing and not now:
        raise VotesMissing(str(head.key.head), missing)
    if draft_id is None and state.drafts:
        draft_id = state.drafts[-1].id
    draft = state.find_draft(draft_id) if draft_id is not None else None
    if decision == "accepted" and draft is not None and not description:
        description = draft.description
    taken = draft if decision in ("accepted", "edited") else None
    if categories is None:
        categories = state.categories or (taken.categories if taken else ())
    if stages is None:
        stages = state.stages or (taken.stages if taken else ())
    change = ReviewChange(
        decision=decision,
        description=clean(description),
        reason=clean(reason),
        rating=rating,
        draft_id=draft_id,
        categories=_categories(categories),
        stages=tuple(dict.fromkeys(stages)),
        votes=votes or None,
        seconds=seconds,
        now=True if missing else None,
        note=None if note is None else clean(note),
        tags=None if tags is None else _labels(tags),
        head_names=None if head_names is None else _names(head_names),
    )
    return _append(connection, head, "review", change, reviewer)


def annotate(
    connection: Connection,
    head: StoredHead,
    *,
    note: str | None,
    tags: Texts | None,
    categories: Texts | None,
    stages: Iterable[Stage] | None,
    head_names: Texts | None = None,
    author: str | None,
) -> StoredHead:
    """Set what is given; values that are in force already add no revision."""
    change = AnnotateChange(
        note=None if note is None else clean(note),
        tags=None if tags is None else _labels(tags),
        categories=None if categories is None else _categories(categories),
        stages=None if stages is None else tuple(dict.fromkeys(stages)),
        head_names=None if head_names is None else _names(head_names),
    )
    given = change.given()
    if not given:
        raise CatalogueError("Nothing to set: give a note, tags, categories, stages or head names.")
    if all(getattr(head.state, name) == value for name, value in given.items()):
        return head
    return _append(connection, head, "annotate", change, author)


def assign(
    connection: Connection,
    head: StoredHead,
    *,
    asked: Texts = (),
    released: Texts = (),
    reason: str,
    author: str | None,
) -> StoredHead:
    """Ask reviewers for votes, or release them: one of the two, with at least one name."""
    change = AssignChange(
        asked=tuple(asked) or None, released=tuple(released) or None, reason=clean(reason)
    )
    return _append(connection, head, "assign", change, author)


def undo(connection: Connection, head: StoredHead, author: str | None) -> StoredHead:
    """Take back the last step that is in force; evidence stays as it is."""
    replay = Replay(head.key).run(ledger.read_history(connection, head.id))
    if replay.last_undoable is None:
        raise CatalogueError(f"There is nothing to undo for {head.key.head}.")
    change = UndoChange(undoes=replay.last_undoable)
    return _append(connection, head, "undo", change, author, replay=replay)


def redo(connection: Connection, head: StoredHead, author: str | None) -> StoredHead:
    """Let the step that the last undo took back count again; evidence stays as it is.

    Raises VotesMissing where that is a decision made before a vote that is asked for since then: it
    is to be decided anew.
    """
    replay = Replay(head.key).run(ledger.read_history(connection, head.id))
    if replay.last_redoable is None:
        raise CatalogueError(
            f"There is nothing to redo for {head.key.head}: only what was undone last can be, until "
            "another step is made."
        )
    assert head.state is not None
    missing = cast_votes.missing(connection, head.id, head.state)
    change = RedoChange(redoes=replay.last_redoable)
    after = _append(connection, head, "redo", change, author, replay=replay)
    assert after.state is not None
    decides = len(after.state.reviews) > len(head.state.reviews)
    if missing and decides and not after.state.reviews[-1].now:
        raise VotesMissing(str(head.key.head), missing)
    return after


def _append(
    connection: Connection,
    head: StoredHead,
    action: ActionKind,
    change: Change,
    author: str | None,
    source: RevisionSource = "human",
    replay: Replay | None = None,
) -> StoredHead:
    if vouched := authenticated_by(author):
        change = change.model_copy(update={"authenticated_by": vouched})
    name = signature(author)
    return heads.append(connection, head, action, change, author=name, source=source, replay=replay)


def _labels(labels: Texts) -> tuple[str, ...]:
    if isinstance(labels, str):
        raise CatalogueError(f"Labels are a list of texts, not the text {labels!r}.")
    cleaned = (clean(label).strip() for label in labels)
    return tuple(dict.fromkeys(label for label in cleaned if label))


def _categories(labels: Texts) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(canonical, _labels(labels))))


def _names(names: Texts) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(canonical_head_name, _labels(names))))
