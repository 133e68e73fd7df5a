"""A batch of an endpoint's jobs as the ledger keeps them: drafts, or questions of tests of them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from pydantic import Field, JsonValue

from headlab.records.base import Record
from headlab.records.batch_event import BatchEvent
from headlab.records.draft import Draft, DraftFailure, FailureKind, Usage
from headlab.records.head import Head
from headlab.records.judge_reply import JudgeFailure, JudgeReply, Question

BatchKind = Literal["draft", "single", "test"]
"""Drafts of several heads; one draft, asked for by itself; questions of tests."""
JobKind = Literal["draft"] | Question
Answer = Draft | JudgeReply
Failure = DraftFailure | JudgeFailure

JobState = Literal["waiting", "sent", "done", "failed", "cancelled"]
BatchState = Literal["open", "paused", "stopped", "cancelled", "finished"]

JOB_STATES: tuple[JobState, ...] = get_args(JobState)


class NewJob(Record):
    """A job that is planned.

    `key` is the hash of all that decides the answer: model name, prompt and parameters. `prompt` is
    the prompt itself, so that a later process sends the same text. `worst` is what one attempt can
    cost at most, None where prices are not known. `kind` is a draft, or a question to a judge or a
    writer.
    """

    kind: JobKind = "draft"
    head: Head
    key: str = Field(min_length=64, max_length=64)
    prompt: dict[str, JsonValue]
    worst: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class NewBatch(Record):
    """A batch that is planned: `endpoint` is the endpoint as plain data, without its key; `cap` the
    most that all its jobs together may cost. `prompt_template` is the text of the template that the
    prompts were made of, "" where there is none. Drafts of a batch of kind `test` join no entry."""

    kind: BatchKind = "draft"
    model_name: str
    model_fingerprint: str
    selection: str
    endpoint: dict[str, JsonValue]
    prompt_version: str
    prompt_template: str = ""
    cap: float | None = Field(default=None, gt=0, le=1e9, allow_inf_nan=False)
    jobs: tuple[NewJob, ...] = Field(min_length=1)


class DraftJob(Record):
    """One head's draft in a batch, or one question about a head's description.

    `sent` means that a process has it in hand, and `reserved` is what it may yet cost; `spent` is
    what all attempts cost, with the reservation in place of a cost that nobody told: `uncounted` is
    that part of it. `failure` is the kind of the last failure. `reused`: the answer was known and
    nothing was sent. A job that is done has a `draft` or, for a question, a `reply`.
    """

    id: int
    batch_id: int
    kind: JobKind = "draft"
    head: Head
    key: str
    state: JobState
    failure: FailureKind | None = None
    message: str = ""
    attempts: int = 0
    reserved: float = 0.0
    spent: float = 0.0
    uncounted: float = 0.0
    usage: Usage = Usage()
    draft: Draft | None = None
    reply: JudgeReply | None = None
    reused: bool = False
    updated_at: datetime


class DraftBatch(Record):
    """A batch: `open` may be worked on, `stopped` ended by itself for its `reason`.

    Sums are in the currency of the endpoint's prices; `priced` is false where those are not known,
    and the sums then say nothing. `spent` is at most what was paid: in place of a cost that nobody
    told, after a killed process for instance, it has the reservation, and `uncounted` is the sum of
    those. `concurrency` is how many calls may be under way at once. `events` say who did what to it,
    the oldest first.
    """

    id: int
    kind: BatchKind = "draft"
    model_name: str
    model_fingerprint: str
    selection: str
    endpoint: dict[str, JsonValue]
    prompt_version: str
    cap: float | None
    state: BatchState
    reason: str = ""
    concurrency: int
    priced: bool
    reserved: float
    spent: float
    uncounted: float = 0.0
    counts: dict[JobState, int]
    events: tuple[BatchEvent, ...] = ()
    created_at: datetime
    updated_at: datetime

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def unfinished(self) -> int:
        return self.counts["waiting"] + self.counts["sent"]


class ClaimedJob(Record):
    """A job in the hands of one worker, its cost reserved."""

    id: int
    kind: JobKind = "draft"
    head: Head
    prompt: dict[str, JsonValue]
    reserved: float
    setbacks: int


class Claim(Record):
    """What a worker that asks for a job gets: a job, or seconds to wait, or the end (`over`)."""

    job: ClaimedJob | None = None
    wait: float = 0.0
    over: bool = False
