"""Tests of a description as they are offered before any is made: what each needs and may cost."""

from __future__ import annotations

from headlab.records.base import Record
from headlab.records.description_test import Kind
from headlab.records.entry import Entry


class PlannedTest(Record):
    """One kind of test of one description.

    `judged`: only a language model can make it; the others ask one for pairs where one is named, and
    run on this machine. `reason` says why it cannot be made, "" when it can. `calls` are those that
    have to be sent, without the further rounds that `most_calls` counts; `known` answers are in the
    ledger and cost nothing. Costs are in the currency of the prices, None where those are not known.
    `seconds` is what this machine needs, without waiting for answers.
    """

    kind: Kind
    judged: bool
    reason: str = ""
    calls: int = 0
    most_calls: int = 0
    known: int = 0
    low_tokens: int = 0
    high_tokens: int = 0
    low: float | None = None
    high: float | None = None
    ceiling: float | None = None
    seconds: float = 0.0


class DescriptionTestPlan(Record):
    """What tests of the `description` of an entry would do; nothing is sent by planning them.

    `judge` is the language model that would be asked at `host`, None where none is set; `is_local`:
    it is on this machine or a private network. S4 and S5 ask for the same pairs: together they cost
    what one of them costs.
    """

    entry_id: int
    description: str
    seed: int
    judge: str | None
    host: str
    is_local: bool
    priced: bool
    warnings: tuple[str, ...]
    tests: tuple[PlannedTest, ...]


class DescriptionTestRun(Record):
    """Tests that were made: the entry that keeps them, and what a reader should know besides."""

    entry: Entry
    warnings: tuple[str, ...]
    cost: str
    batch_id: int | None
