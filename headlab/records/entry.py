"""Catalogue entries, their reviews and their history."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from headlab.records.base import Record, missing, nothing
from headlab.records.card import EvidenceCard
from headlab.records.description_test import DescriptionTest, Verdict
from headlab.records.draft import Draft, Stage
from headlab.records.head import Head
from headlab.records.import_log import HistoryConflict, RevisionImport
from headlab.records.imported import StoredImport
from headlab.records.vote import Decision as Decision
from headlab.records.vote import Seconds, Vote, signed_name

State = Literal["undescribed", "drafted", "accepted", "edited", "rejected", "unclear"]
ActionKind = Literal[
    "created", "evidence", "draft", "review", "annotate", "test", "undo", "redo", "import", "assign"
]
RevisionSource = Literal["human", "llm", "rules", "import"]


class Review(Record):
    """A person's decision about a draft. `description` is the text that stands after it.

    `votes` are those that it rests on, where it ended a round of independent votes. `seconds`: the
    time it took, where that was measured. `now`: made before all who were asked had voted.
    `authenticated_by`: the identity provider of the server where the reviewer was signed in; None for a
    name as its bearer gave it.
    """

    decision: Decision
    reviewer: str
    description: str = ""
    reason: str = ""
    rating: int | None = Field(default=None, ge=1, le=5)
    draft_id: int | None = None
    votes: tuple[Vote, ...] = Field(default=(), exclude_if=nothing)
    seconds: Seconds | None = Field(default=None, exclude_if=missing)
    now: bool = Field(default=False, exclude_if=nothing)
    authenticated_by: str | None = Field(default=None, exclude_if=missing)
    created_at: datetime

    @property
    def signed(self) -> str:
        """The reviewer's name as it is shown."""
        return signed_name(self.reviewer, self.authenticated_by)


class StoredDraft(Record):
    """A draft with its id: the number of the revision that added it, unique in its entry.

    `template`: the sha256 of the text of the prompt that it was made with, where that is kept.
    """

    id: int
    draft: Draft
    template: str | None = Field(default=None, exclude_if=missing)


class StoredTest(Record):
    """The newest result of one kind of test, with the text that was tested.

    It counts while that text is the entry's description.
    """

    description: str
    result: DescriptionTest


class Entry(Record):
    """One head of one model (by fingerprint) with all that is known and decided about it.

    `description` is the text in force: the accepted or edited one, else the newest draft's.
    `revision` is the number of the newest revision, for stale-edit checks. `open_votes` counts the
    votes that no decision rests on yet: with any, the entry is `in_review`, whatever its state; a
    drafted one is so too while someone is asked about it.
    `redoable` is the revision that a redo would put back, None where there is none.
    `imported` is what others published; nothing measured or decided here rests on it. `card` is
    None for a head that only an import has named.
    """

    id: int
    model_name: str
    model_fingerprint: str
    head: Head
    state: State
    description: str
    categories: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""
    head_names: tuple[str, ...] = Field(default=(), exclude_if=nothing)
    tests: tuple[StoredTest, ...] = Field(default=(), exclude_if=nothing)
    card: EvidenceCard | None = None
    drafts: tuple[StoredDraft, ...] = ()
    reviews: tuple[Review, ...] = ()
    imported: tuple[StoredImport, ...] = Field(default=(), exclude_if=nothing)
    open_votes: int = Field(default=0, exclude_if=nothing)
    in_review: bool = Field(default=False, exclude_if=nothing)
    redoable: int | None = Field(default=None, exclude_if=missing)
    revision: int
    created_at: datetime
    updated_at: datetime


class EntrySummary(Record):
    """A row of a list: an entry without its evidence.

    `verdicts` are those of tests of the description in force, by test. `open_votes` and `in_review`
    as in `Entry`. `draft_unclear`: the drafter of the newest draft found no pattern.
    `best_operation` is the one with the highest relation score, `best_score`; for a list about an
    operation it is that one.
    `damaged` says that the stored row cannot be read, "" for a whole one; of such a row only model,
    head, revision and time are given, where they could be read, and nothing else means anything.
    """

    id: int
    model_name: str
    model_fingerprint: str
    head: Head
    state: State
    description: str
    drafter: str
    categories: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    tags: tuple[str, ...] = ()
    head_names: tuple[str, ...] = Field(default=(), exclude_if=nothing)
    verdicts: dict[str, Verdict] = Field(default_factory=dict, exclude_if=nothing)
    open_votes: int = Field(default=0, exclude_if=nothing)
    in_review: bool = Field(default=False, exclude_if=nothing)
    draft_unclear: bool = Field(default=False, exclude_if=nothing)
    best_operation: str = Field(default="", exclude_if=nothing)
    best_score: float | None = Field(default=None, exclude_if=missing)
    damaged: str = Field(default="", exclude_if=nothing)
    revision: int
    updated_at: datetime


class Revision(Record):
    """One immutable step of an entry's history.

    `hash` is sha256 over the revision's content and `parent` (the hash of the revision before), so
    that a changed row breaks the chain. `change` holds what the step set. `imports` are those that
    brought it, the newest last; no part of the hash.
    """

    entry_id: int
    number: int
    action: ActionKind
    author: str
    source: RevisionSource
    change: dict[str, JsonValue]
    parent: str
    hash: str
    created_at: datetime
    imports: tuple[RevisionImport, ...] = Field(default=(), exclude_if=nothing)

    @property
    def signed(self) -> str:
        """The author's name as it is shown."""
        provider = self.change.get("authenticated_by")
        return signed_name(self.author, provider if isinstance(provider, str) else None)


class ImportResult(Record):
    """How many entries an import added, extended by newer revisions, or found unchanged.

    `votes`, reviewers `asked` for one without a revision that says so, saved `filters` and paid
    `answers` are those that were new here. `conflicts` are the entries that were edited on both
    sides: left as they are, if the import was to take the rest. `kept`: saved filters, by author and
    name, of which another one is here already and stays.
    """

    added: int
    extended: int
    unchanged: int
    votes: int = Field(default=0, exclude_if=nothing)
    asked: int = Field(default=0, exclude_if=nothing)
    filters: int = Field(default=0, exclude_if=nothing)
    answers: int = Field(default=0, exclude_if=nothing)
    conflicts: tuple[HistoryConflict, ...] = Field(default=(), exclude_if=nothing)
    kept: tuple[str, ...] = Field(default=(), exclude_if=nothing)
    dry_run: bool = False

    @property
    def changes(self) -> bool:
        """Whether anything was or would be new here."""
        beside = self.votes + self.asked + self.filters + self.answers
        return bool(self.added + self.extended + beside)


class RecoveryResult(Record):
    """What was read from a damaged catalogue, and in words what was not.

    `entries` and `revisions` are those with a valid chain; `lost` says what is missing and why.
    """

    entries: int
    revisions: int
    lost: tuple[str, ...] = ()
