"""What a person decides, notes or writes about an entry, as it travels from a page to the catalogue."""

from __future__ import annotations

from pydantic import Field

from headlab.records.base import Record, missing, nothing
from headlab.records.draft import Stage
from headlab.records.entry import Decision
from headlab.records.vote import MAX_VOTE_TEXT, Blind, Seconds

MAX_REASON = 1000
"""Characters of why someone is asked for votes or released."""


class ReviewEdit(Record):
    """A decision about the draft `draft_id`, the newest if None. None leaves a list as it is.

    `seconds`: the time it took. `now`: also before all who are asked for a vote have cast it.
    """

    decision: Decision
    description: str = Field(default="", max_length=4000)
    reason: str = Field(default="", max_length=4000)
    rating: int | None = Field(default=None, ge=1, le=5)
    draft_id: int | None = None
    categories: tuple[str, ...] | None = None
    stages: tuple[Stage, ...] | None = None
    seconds: Seconds | None = Field(default=None, exclude_if=missing)
    now: bool = Field(default=False, exclude_if=nothing)


class Annotation(Record):
    """Note, tags, categories, stages and names of an entry; None leaves one as it is."""

    note: str | None = Field(default=None, max_length=20_000)
    tags: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    stages: tuple[Stage, ...] | None = None
    head_names: tuple[str, ...] | None = Field(default=None, exclude_if=missing)


class OwnDraft(Record):
    """A person's own description of a head, to be listed beside other drafts."""

    description: str = Field(min_length=1, max_length=2000)
    categories: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()


class Ballot(Record):
    """A reviewer's vote as it is cast about the draft `draft_id`, the newest if None.

    Fields as in `records.vote.Vote`; who votes is looked up by the side that keeps it.
    """

    decision: Decision
    draft_id: int | None = None
    text: str = Field(default="", max_length=MAX_VOTE_TEXT)
    reason: str = Field(default="", max_length=MAX_VOTE_TEXT)
    rating: int | None = Field(default=None, ge=1, le=5)
    seconds: Seconds | None = None
    blind: tuple[Blind, ...] = ()


class Adjudication(ReviewEdit):
    """A decision that ends a round of votes; `votes_seen` are their ids, all open ones if None."""

    votes_seen: tuple[str, ...] | None = None


class Assigning(Record):
    """Sharing out the undecided entries of `model` (all models if None) among reviewers.

    `reason` goes into the history of each entry.
    """

    reviewers: tuple[str, ...] = Field(min_length=1, max_length=100)
    per_entry: int = Field(default=2, ge=1, le=100)
    model: str | None = Field(default=None, max_length=1000)
    seed: int = 0
    reason: str = Field(default="", max_length=MAX_REASON)


class Releasing(Record):
    """Asking a reviewer for nothing more about entries of `model` (all models if None).

    Votes that were cast stay. `reason` goes into the history of each entry.
    """

    reviewer: str = Field(min_length=1, max_length=200)
    model: str | None = Field(default=None, max_length=1000)
    reason: str = Field(default="", max_length=MAX_REASON)
