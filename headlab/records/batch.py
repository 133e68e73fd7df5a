"""A batch of drafts as a page asks for it and sees it."""

from __future__ import annotations

from pydantic import Field

from headlab.records.base import Record
from headlab.records.draft_job import DraftBatch
from headlab.records.head import Head
from headlab.records.page import FilterFields

MAX_HEADS = 5000


class BatchWish(Record):
    """Entries of one model to be drafted from the evidence that the catalogue holds.

    Those of `entry_ids`, else those that `text` and `filters` find. `undescribed` leaves out entries
    that have a description. `top`: of what is left only that many, the highest by `measure`: a key of
    the list of measures such as `ablation/loss`, or the name of an operation. `cap`: the most that the
    batch may cost, in the currency of the prices.
    """

    entry_ids: tuple[int, ...] = Field(default=(), max_length=MAX_HEADS)
    text: str = Field(default="", max_length=10_000)
    filters: FilterFields = Field(default_factory=lambda: FilterFields())
    undescribed: bool = True
    top: int | None = Field(default=None, ge=1, le=MAX_HEADS)
    measure: str | None = Field(default=None, min_length=1, max_length=500)
    cap: float | None = Field(default=None, gt=0, le=1e9, allow_inf_nan=False)


class BatchPlan(Record):
    """What a batch would send and cost; nothing is sent or stored by planning it.

    `known` are heads whose answer is in the ledger already: they cost nothing. `left_out` says of the
    other chosen heads why they are not in it. `low`, `high` and `ceiling` are in the currency of the
    prices, None where those are not known. `problem` says why it cannot start, "" when it can.
    """

    model_name: str
    model_fingerprint: str
    heads: tuple[Head, ...]
    known: tuple[Head, ...]
    left_out: dict[str, int]
    drafter: str
    host: str
    is_local: bool
    prompt_version: str
    low_tokens: int
    high_tokens: int
    low: float | None
    high: float | None
    ceiling: float | None
    text: str
    problem: str = ""


class BatchView(Record):
    """A batch and whether this process works on it; `seconds_left` is an estimate."""

    batch: DraftBatch
    running: bool
    seconds_left: float | None = None
    problem: str = ""


class ArrivingText(Record):
    """What the call for a job has written so far; nobody has checked it."""

    job: int
    text: str


class BatchTurn(Record):
    """What may be changed when a batch goes on: its cap, which stays as it is if None."""

    cap: float | None = Field(default=None, gt=0, le=1e9, allow_inf_nan=False)
