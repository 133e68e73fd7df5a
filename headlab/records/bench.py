"""What a panel shows of its kernel: the model in hand, the work under way, what can be chosen."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from headlab.records.base import Record
from headlab.records.card import EvidenceCard
from headlab.records.entry import Entry
from headlab.records.head import Head
from headlab.records.model import ModelFacts

JobState = Literal["running", "cancelling", "done", "cancelled", "failed"]
ModelSource = Literal["demo", "recent", "given"]


class Job(Record):
    """A piece of work beside the message loop.

    `done` of `total` steps; total 0 means that its length is unknown. `seconds_left` is an estimate,
    None while there is none. `message` says why it failed.
    """

    id: int
    title: str
    state: JobState
    step: str = ""
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    seconds_left: float | None = None
    message: str = ""


class ModelChoice(Record):
    """A model that can be loaded: `name` is what `load_model` takes."""

    name: str
    title: str
    source: ModelSource
    last_used: datetime | None = None


class BenchStatus(Record):
    """The state of a workbench; a page that is reloaded starts from it.

    `warning` says what a person should know about this kernel, such as results that cannot be kept.
    """

    model: ModelFacts | None = None
    model_name: str = ""
    job: Job | None = None
    warning: str = ""


class DrafterChoice(Record):
    """A way to draft. `ready` is false when something is missing, and `reason` says what."""

    key: Literal["rules", "endpoint"]
    title: str
    detail: str = ""
    ready: bool = True
    reason: str = ""


class DraftEstimate(Record):
    """What a draft of one head by the language model would take; nothing is sent by estimating.

    `low`: one short answer, `high`: with all repairs and long answers, `ceiling`: what is reserved;
    in the currency of the prices, None where those are not known. `known`: the answer is in the
    ledger already and costs nothing, unless it is asked for again.
    """

    head: Head
    low_tokens: int
    high_tokens: int
    low: float | None
    high: float | None
    ceiling: float | None
    known: bool


class HeadView(Record):
    """Everything the card of a head shows: its evidence and, once it is in the catalogue, its entry.

    `siblings` are the heads that read the same key-value head.
    """

    head: Head
    card: EvidenceCard
    entry: Entry | None = None
    siblings: tuple[Head, ...] = ()


class Problem(Record):
    """An error as a page shows it. `current` is the entry as it is, for an edit that came late.

    "early" is a decision before all who are asked for a vote have cast it.
    """

    kind: Literal["input", "stale", "early", "cancelled", "not_found", "forbidden", "internal"]
    message: str
    current: Entry | None = None
