"""What tests of a description found, as words, tables and rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from headlab.records.description_test import TITLES, DescriptionTest, Interval, result_row
from headlab.records.entry import Entry, StoredTest
from headlab.workflow.exports.facts import ReportTable
from headlab.workflow.exports.rows import Item, head_fields

NAMES = ("test", "verdict", "measure", "score", "best control", "difference", "q", "rows", "why")
NUMBERS = ("score", "difference", "q")


def in_force(entry: Entry) -> list[DescriptionTest]:
    """Results for the text that is the entry's description now."""
    return [one.result for one in entry.tests if one.description == entry.description]


def tables_of_tests(entry: Entry) -> Iterator[ReportTable]:
    """Tests of the description in force, then those of each older text, which say nothing of it."""
    by_text: dict[str, list[StoredTest]] = {}
    for one in entry.tests:
        by_text.setdefault(one.description, []).append(one)
    for description in sorted(by_text, key=lambda one: one != entry.description):
        rows = tuple(_cells(one.result) for one in by_text[description])
        caption = "Tests of the description on the head, brackets: 95 % intervals"
        if description != entry.description:
            caption = (
                f"Tests of an older text, which say nothing of the one in force: “{description}”"
            )
        yield ReportTable(NAMES, rows, NUMBERS, caption)


def told(test: DescriptionTest) -> str:
    """One line: verdict, score, best control, rows."""
    found = f"{test.kind} {TITLES[test.kind]}: {test.verdict}"
    if test.score is not None:
        found += f"; {test.measure} {_score(test)}"
    if test.beside is not None:
        found += f"; best control, {test.beside.name}, {test.beside.score:.2f}"
    return f"{found}; {_rows(test)}"


def result_rows(item: Item) -> list[dict[str, Any]]:
    """The newest result of each kind of test, a row a test, with the text that was tested."""
    entry = item[1]
    return [
        head_fields(entry)
        | {"description": one.description, "in_force": one.description == entry.description}
        | result_row(one.result)
        | {
            "score_low": one.result.interval and one.result.interval.low,
            "score_high": one.result.interval and one.result.interval.high,
            "best_control_score": one.result.beside and one.result.beside.score,
        }
        for one in entry.tests
    ]


def _cells(test: DescriptionTest) -> tuple[str, ...]:
    best = test.beside
    return (
        f"{test.kind} {TITLES[test.kind]}",
        test.verdict,
        test.measure,
        _score(test),
        "–" if best is None else f"{best.name} {best.score:.2f}",
        _with_interval("+.2f", test.difference, test.difference_interval),
        "–" if test.q is None else f"{test.q:.3f}",
        _rows(test),
        test.reason or "–",
    )


def _score(test: DescriptionTest) -> str:
    return _with_interval(".2f", test.score, test.interval)


def _with_interval(form: str, value: float | None, interval: Interval | None) -> str:
    if value is None:
        return "–"
    bounds = f" [{interval.low:{form}}, {interval.high:{form}}]" if interval else ""
    return f"{value:{form}}{bounds}"


def _rows(test: DescriptionTest) -> str:
    return f"{test.n_rows} usable, {test.n_invalid} invalid"


def verdict_counts(items: Sequence[Item]) -> Iterator[tuple[str, dict[str, int]]]:
    """For each kind of test of descriptions in force how often it had which verdict."""
    found = [test for _, entry in items for test in in_force(entry)]
    for kind, words in TITLES.items():
        said = [test.verdict for test in found if test.kind == kind]
        if said:
            yield (
                f"{kind} {words}",
                {one: said.count(one) for one in ("passes", "fails", "not testable")},
            )
