"""Tests of a description on the head itself: what was measured, beside which controls, and a verdict."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue, model_validator

from headlab.records.base import Record, nothing
from headlab.records.draft import Drafter, Usage
from headlab.records.errors import HeadError
from headlab.records.head import Head
from headlab.records.mappings import Mapping
from headlab.records.model import ModelFacts
from headlab.records.provenance import Provenance
from headlab.records.table import Table

Kind = Literal["S1", "S2", "S3", "S4", "S5"]
Verdict = Literal["passes", "fails", "not testable"]
Row = dict[str, JsonValue]

TITLES: dict[Kind, str] = {
    "S1": "mapping detection",
    "S2": "input side",
    "S3": "output simulation",
    "S4": "new pairs from the text",
    "S5": "causal effect on the new pairs",
}

EMPTY, OTHER, SHUFFLED = "empty description", "another head's description", "shuffled targets"
RANDOM_HEADS, OTHER_HEADS, CONTROL_RELATION = "random heads", "other heads", "control relation"


class Interval(Record):
    """A percentile bootstrap interval of level .95."""

    low: float
    high: float


class MappingSplit(Record):
    """A head's salient mappings, split into those a drafter may see and those kept for tests.

    Tokens of one lemma, whatever their case and leading space, lie on one side. `drafting` and
    `held_out` are in order of saliency.
    """

    head: Head
    share: float
    seed: int
    n_groups: int
    drafting: tuple[Mapping, ...]
    held_out: tuple[Mapping, ...]
    provenance: Provenance


class WrittenPair(Record):
    """A pair that a text implies. `suppressed`: the text says that the head writes against it.

    `role` names what of the text it comes from, where the writer can tell.
    """

    source: str = Field(min_length=1)
    target: str = Field(min_length=1)
    suppressed: bool = False
    role: str = ""


class PairSet(Record):
    """Pairs written from a text alone. `dropped` are pairs that the tokenizer cannot serve, `seen`
    those left out because the drafter may have seen them or the text gives them as examples."""

    writer: str
    pairs: tuple[WrittenPair, ...] = ()
    dropped: tuple[WrittenPair, ...] = ()
    seen: tuple[WrittenPair, ...] = Field(default=(), exclude_if=nothing)
    few_shot: str = "{source} -> {target}"
    n_rounds: int = 1
    reason: str = ""


class ControlScore(Record):
    """The same measure where the description plays no part, or is not the head's own.

    `difference` is the description's score minus this one, on the rows that both have.
    """

    name: str
    score: float
    n_rows: int
    difference: float
    interval: Interval


class DescriptionTest(Record):
    """One test. It passes when the lower bound of the 95 % interval of (score - best control) is
    above 0 and `q`, p adjusted over the batch, is at most the batch's rate.

    `score` by `measure`; `n_rows` usable rows; `n_invalid` answers of the judge or writer that could
    not be used: they are in no score. `numbers` are further figures by name, `rows` everything that
    was asked and measured, one by one. Not measured numbers are None; `reason` says in words why the
    test failed or could not be made.
    """

    kind: Kind
    verdict: Verdict
    reason: str = ""
    measure: str
    score: float | None = None
    interval: Interval | None = None
    controls: tuple[ControlScore, ...] = ()
    best_control: str | None = None
    difference: float | None = None
    difference_interval: Interval | None = None
    p: float | None = None
    q: float | None = None
    n_rows: int = 0
    n_invalid: int = 0
    numbers: dict[str, float | None] = Field(default_factory=dict)
    pairs: PairSet | None = None
    rows: tuple[Row, ...] = ()
    usage: Usage = Usage()
    provenance: Provenance

    @model_validator(mode="after")
    def _says_why(self) -> DescriptionTest:
        if self.verdict != "passes" and not self.reason:
            raise ValueError(f"a test that {self.verdict} must say why")
        return self

    @property
    def specificity_gap(self) -> float | None:
        """The description's score minus that of another head's description."""
        found = [one.difference for one in self.controls if one.name == OTHER]
        return found[0] if found else None

    @property
    def beside(self) -> ControlScore | None:
        """The best control."""
        return None if self.best_control is None else self.control(self.best_control)

    def control(self, name: str) -> ControlScore | None:
        return next((one for one in self.controls if one.name == name), None)


class DescriptionTests(Record):
    """All tests of one description of one head.

    `judge` rates and names, `writer` writes pairs; both see the text alone. `alpha` is the false
    discovery rate over the `n_tests` testable tests of the batch. `other` is the head whose
    description served as a control.
    """

    model: ModelFacts
    head: Head
    description: str
    drafter: Drafter | None
    judge: str | None
    writer: str
    other: Head | None
    seed: int
    alpha: float
    n_tests: int
    warnings: tuple[str, ...] = ()
    tests: tuple[DescriptionTest, ...]

    def of(self, kind: Kind) -> DescriptionTest:
        """The test of that kind; raises HeadError when it was not made."""
        for one in self.tests:
            if one.kind == kind:
                return one
        raise HeadError(f"{kind} was not made for {self.head}.")

    @property
    def usage(self) -> Usage:
        """Calls and tokens of all tests; tokens None where an endpoint did not say."""
        return total_usage([one.usage for one in self.tests])


def total_usage(parts: list[Usage]) -> Usage:
    """The sum; tokens are None once a part that made calls does not know its own."""
    made = [part for part in parts if part.calls]
    prompt = [part.prompt_tokens for part in made]
    completion = [part.completion_tokens for part in made]
    known_prompt = [count for count in prompt if count is not None]
    known_completion = [count for count in completion if count is not None]
    return Usage(
        calls=sum(part.calls for part in made),
        prompt_tokens=sum(known_prompt) if made and len(known_prompt) == len(made) else None,
        completion_tokens=(
            sum(known_completion) if made and len(known_completion) == len(made) else None
        ),
    )


COLUMNS = (
    "layer",
    "head",
    "test",
    "verdict",
    "measure",
    "score",
    "best_control",
    "difference",
    "low",
    "high",
    "p",
    "q",
    "specificity_gap",
    "n_rows",
    "n_invalid",
    "reason",
)


def result_row(test: DescriptionTest) -> dict[str, JsonValue]:
    """A test as plain values; `low` and `high` bound (score - best control)."""
    bounds = test.difference_interval
    return {
        "test": test.kind,
        "verdict": test.verdict,
        "measure": test.measure,
        "score": test.score,
        "best_control": test.best_control,
        "difference": test.difference,
        "low": None if bounds is None else bounds.low,
        "high": None if bounds is None else bounds.high,
        "p": test.p,
        "q": test.q,
        "specificity_gap": test.specificity_gap,
        "n_rows": test.n_rows,
        "n_invalid": test.n_invalid,
        "reason": test.reason,
    }


def description_tests_table(found: list[DescriptionTests]) -> Table:
    """A row a test of every head."""
    rows = [
        {"layer": one.head.layer, "head": one.head.index, **result_row(test)}
        for one in found
        for test in one.tests
    ]
    return Table.of(
        "description_tests",
        rows,
        COLUMNS,
        notes=(
            "difference: score minus the best control's; low, high: its 95 % bootstrap interval.",
            "A test passes when low > 0 and q is at most the false discovery rate of the batch. A "
            "failed test is no proof that the description is wrong, and a passed one none that it is "
            "right: a person decides.",
        ),
    )
