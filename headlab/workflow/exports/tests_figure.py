"""Scores of tests beside their best controls, a row a head and a panel a test."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from headlab.drafting.plain_text import shortened
from headlab.records.description_test import TITLES, DescriptionTest, Kind, Verdict
from headlab.records.entry import Entry
from headlab.workflow.exports.svg import drawing, element, line, round_steps, text, title
from headlab.workflow.exports.tested import in_force, told

LEFT, GAP, WIDE = 72, 34, 900
WIDEST, NARROWEST = 320, 142
LEGEND, TOP, ROW = 16, 106, 22
LETTERS = 30
"""Of the name of a measure; the tables have all of it."""


@dataclass(frozen=True)
class Panel:
    """One kind of test by one measure: its place and scale, in pixels and in the measure."""

    kind: Kind
    measure: str
    left: float
    width: float
    steps: tuple[float, ...]

    def x(self, value: float) -> float:
        low, high = self.steps[0], self.steps[-1]
        return self.left + self.width * (value - low) / (high - low)


def figure_of_tests(entries: Sequence[Entry]) -> str:
    """Every head whose description in force was tested; "" where none was."""
    rows = [(str(entry.head), found) for entry in entries if (found := in_force(entry))]
    if not rows:
        return ""
    panels = _panels([test for _, tests in rows for test in tests])
    width = panels[-1].left + panels[-1].width + GAP
    bottom = TOP + len(rows) * ROW
    parts = list(_legend())
    for panel in panels:
        parts += _frame(panel, bottom)
    for number, (head, tests) in enumerate(rows):
        y = TOP + (number + 0.5) * ROW
        parts.append(text(LEFT - 12, y + 4, head, text_anchor="end"))
        for panel in panels:
            parts += [
                _result(panel, head, test, y)
                for test in tests
                if (test.kind, test.measure) == (panel.kind, panel.measure)
            ]
    label = f"Scores of tests of {len(rows)} descriptions beside their best controls"
    return drawing(max(width, 560), bottom + 6, label, parts)


def _panels(tests: Sequence[DescriptionTest]) -> list[Panel]:
    by_measure: dict[tuple[Kind, str], list[DescriptionTest]] = {}
    for test in sorted(tests, key=lambda test: test.kind):
        by_measure.setdefault((test.kind, test.measure), []).append(test)
    pitch = (WIDE - LEFT) / len(by_measure)
    width = min(WIDEST, max(NARROWEST, pitch - GAP))
    return [
        Panel(kind, measure, LEFT + place * (width + GAP), width, tuple(_steps(found)))
        for place, ((kind, measure), found) in enumerate(by_measure.items())
    ]


def _steps(tests: Sequence[DescriptionTest]) -> list[float]:
    """From 0 to 1, or as far as anything drawn reaches."""
    values = [value for test in tests for value in _drawn(test) if math.isfinite(value)]
    return round_steps(min([0.0, *values]), max([1.0, *values]))


def _drawn(test: DescriptionTest) -> Iterator[float]:
    if test.score is not None:
        yield test.score
    if test.interval is not None:
        yield from (test.interval.low, test.interval.high)
    if test.beside is not None:
        yield test.beside.score


def _frame(panel: Panel, bottom: float) -> Iterator[str]:
    yield text(panel.left, TOP - 58, panel.kind, kind="strong")
    yield text(panel.left, TOP - 44, TITLES[panel.kind], kind="small")
    yield text(panel.left, TOP - 30, shortened(panel.measure, LETTERS), kind="small dim")
    for step in panel.steps:
        x = panel.x(step)
        yield line(x, TOP, x, bottom, kind="grid")
        yield text(x, TOP - 6, f"{step:g}", text_anchor="middle", kind="dim")


def _result(panel: Panel, head: str, test: DescriptionTest, y: float) -> str:
    said = title(f"{head}, {told(test)}")
    if test.score is None:
        return element("g", said, text(panel.left + 4, y + 4, test.verdict, kind="dim"))
    parts = []
    if test.interval is not None and all(map(math.isfinite, _bounds(test))):
        low, high = _bounds(test)
        parts.append(line(panel.x(low), y, panel.x(high), y, kind="interval"))
    if test.beside is not None:
        parts.append(_control(panel.x(test.beside.score), y))
    return element("g", said, *parts, _score(panel.x(test.score), y, test.verdict))


def _bounds(test: DescriptionTest) -> tuple[float, float]:
    assert test.interval is not None
    return test.interval.low, test.interval.high


def _control(x: float, y: float) -> str:
    return line(x, y - 7, x, y + 7, kind="control")


def _score(x: float, y: float, verdict: Verdict) -> str:
    if verdict == "not testable":
        corners = [(x, y - 5.5), (x + 5.5, y), (x, y + 5.5), (x - 5.5, y)]
        return element(
            "polygon", points=" ".join(f"{a:.2f},{b:.2f}" for a, b in corners), kind="untestable"
        )
    return element("circle", cx=x, cy=y, r=4, kind=verdict)


def _legend() -> Iterator[str]:
    """The marks of the figure with their names."""
    names = ("passes", "fails", "not testable", "95 % interval of the score", "best control")
    starts = [float(LEFT)]
    for name in names:
        starts.append(starts[-1] + 32 + 6.4 * len(name))
    for name, (x, _) in zip(names, pairwise(starts), strict=True):
        if name == "best control":
            yield _control(x, LEGEND)
        elif name.startswith("95"):
            yield line(x - 6, LEGEND, x + 6, LEGEND, kind="interval")
        else:
            yield _score(x, LEGEND, name)  # type: ignore[arg-type]
        yield text(x + 12, LEGEND + 4, name)
