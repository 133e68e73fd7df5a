"""Catalogue entries, their reviews and their history."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from headlab.records.base import Record
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft, Stage
from headlab.records.head import Head

State = Literal["undescribed", "drafted", "accepted", "edited", "rejected", "unclear"]
Decision = Literal["accepted", "edited", "rejected", "unclear"]
ActionKind = Literal["created", "evidence", "draft", "review", "annotate", "undo", "import"]
RevisionSource = Literal["human", "llm", "rules", "import"]


class Review(Record):
    """A person's decision about a draft. `description` is the text that stands after it."""

    decision: Decision
    reviewer: str
    description: str = ""
    reason: str = ""
    rating: int | None = Field(default=None, ge=1, le=5)
    draft_id: int | None = None
    created_at: datetime


class StoredDraft(Record):
    """A draft with its id: the number of the revision that added it, unique in its entry."""

    id: int
    draft: Draft


class Entry(Record):
    """One head of one model (by fingerprint) with all that is known and decided about it.

    `description` is the text in force: the accepted or edited one, else the newest draft's.
    `revision` is the number of the newest revision, for stale-edit checks.
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
    card: EvidenceCard | None = None
    drafts: tuple[StoredDraft, ...] = ()
    reviews: tuple[Review, ...] = ()
    revision: int
    created_at: datetime
    updated_at: datetime


class EntrySummary(Record):
    """A row of a list: an entry without its evidence."""

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
    revision: int
    updated_at: datetime


class Revision(Record):
    """One immutable step of an entry's history.

    `hash` is sha256 over the revision's content and `parent` (the hash of the revision before), so
    that a changed row breaks the chain. `change` holds what the step set.
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


class ImportResult(Record):
    """How many entries an import added, extended by newer revisions, or found unchanged."""

    added: int
    extended: int
    unchanged: int
    dry_run: bool = False
