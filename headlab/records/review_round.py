"""A round of review: which entries wait for whom, in which order, and how far it is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from headlab.records.base import Record, missing
from headlab.records.entry import State
from headlab.records.head import Head
from headlab.records.vote import Decision, Vote

Order = Literal["uncertain", "failed-tests", "important", "undecided"]


class Case(Record):
    """An entry as a round sees it.

    `drafts` names the drafter of each draft by its id, `decisions` the last decision in force on
    each; `unclear`: the newest draft found no pattern. `failed_tests` are those of the description
    in force; `test_doubt`: how evenly the interval of a test of it, of (score - best control), lies
    on both sides of 0, from 0 (on one side) to 1, the largest of all tests. `loss_change` of the card
    is in nats, None where it was not measured. `open_votes` are for nobody but their reviewers until
    someone decides on them; `closed_votes` are those that decisions in force rest on.
    `decision_seconds`: the time that decisions in force took, where it was measured. `assigned`: the
    reviewers who are asked for a vote.
    """

    entry_id: int
    model_name: str
    model_fingerprint: str
    head: Head
    state: State
    unclear: bool
    drafts: dict[int, str]
    decisions: dict[int, Decision]
    failed_tests: tuple[str, ...]
    test_doubt: float = 0.0
    loss_change: float | None
    open_votes: tuple[Vote, ...]
    closed_votes: tuple[Vote, ...]
    decision_seconds: tuple[float, ...] = ()
    assigned: tuple[str, ...]

    @property
    def undecided(self) -> bool:
        """Whether there is a draft that no person has decided on, or a vote without a decision."""
        return self.state == "drafted" or bool(self.open_votes)

    def voted(self, reviewer: str) -> bool:
        """Whether this reviewer has a vote on the newest draft."""
        newest = max(self.drafts, default=None)
        votes = (*self.open_votes, *self.closed_votes)
        return any(vote.reviewer == reviewer and vote.draft_id == newest for vote in votes)

    def waits_for(self, reviewer: str) -> bool:
        """Whether this reviewer is asked for a vote; where nobody is assigned everybody is."""
        asked = not self.assigned or reviewer in self.assigned
        return self.undecided and asked and not self.voted(reviewer)


class QueueItem(Record):
    """A place in a queue; `reasons` says in words why the entry is worth a look.

    It holds the number of votes, never the votes.
    """

    entry_id: int
    model_name: str
    model_fingerprint: str
    head: Head
    state: State
    drafter: str
    n_votes: int
    assigned: tuple[str, ...]
    reasons: tuple[str, ...]


class ReviewerProgress(Record):
    """How far a reviewer is; `median_seconds` over the votes whose time was measured."""

    reviewer: str
    n_assigned: int
    n_votes: int
    n_waiting: int
    median_seconds: float | None


class RoundProgress(Record):
    """How far a round is: entries with drafts, those decided, those with votes not decided on.

    `median_seconds` is over the votes, `decision_seconds` the median over the decisions in force,
    both where the time was measured; `decision_seconds` is None for a reviewer's own progress.
    """

    n_entries: int
    n_decided: int
    n_open: int
    median_seconds: float | None
    decision_seconds: float | None = Field(default=None, exclude_if=missing)
    reviewers: tuple[ReviewerProgress, ...]


class QueuePage(Record):
    """The first `items` of a queue of `total`, and how far the round is.

    `reviewer` is the one whose votes are asked for, None for whoever leads the round.
    """

    order: Order
    reviewer: str | None
    items: tuple[QueueItem, ...]
    total: int
    progress: RoundProgress
