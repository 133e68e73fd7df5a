"""Figures and tables of tests in exports: every number is where its scale says, and in words."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from test_exports import Tags
from tested_entries import L1H2, L3H0, LOW, OTHER, fill, result

from headlab.catalogue import Catalogue
from headlab.records.entry import StoredTest
from headlab.workflow.exports.markdown import markdown_report
from headlab.workflow.exports.origin import Origin
from headlab.workflow.exports.report import html_report
from headlab.workflow.exports.rows import read_items
from headlab.workflow.exports.states_figure import states_figure
from headlab.workflow.exports.svg import round_steps
from headlab.workflow.exports.tests_figure import figure_of_tests
from headlab.workflow.exports.write import export_catalogue


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    with Catalogue.open(tmp_path_factory.mktemp("tested") / "c.db") as opened:
        fill(opened)
        yield opened


@pytest.fixture(scope="module")
def items(catalogue):
    return read_items(catalogue, "")


def read(svg):
    return Xml.fromstring(svg)


def numbers(element, *names):
    return [float(element.get(name)) for name in names]


def panels(root):
    """Of each panel its name, measure and what a place on it means, by its own labels."""
    texts = list(root.iter("text"))
    grid = sorted({float(one.get("x1")) for one in root.iter("line") if one.get("class") == "grid"})
    found = []
    for place, head in enumerate(texts):
        if head.get("class") != "strong":
            continue
        name, measure, labels = texts[place + 1], texts[place + 2], []
        for one in texts[place + 3 :]:
            if one.get("text-anchor") != "middle":
                break
            labels.append((float(one.get("x")), float(one.text)))
        assert all(x in grid for x, _ in labels)
        (x0, low), (x1, high) = labels[0], labels[-1]
        found.append(
            (
                f"{head.text} {name.text}",
                measure.text,
                (x0, x1),
                lambda x, a=x0, b=x1, c=low, d=high: c + (x - a) / (b - a) * (d - c),
            )
        )
    return found


def shown(root):
    """What a reader sees: for each head and test the mark, score, interval and best control."""
    rows = {
        float(one.get("y")) - 4: one.text
        for one in root.iter("text")
        if one.get("text-anchor") == "end"
    }
    found = {}
    for group in root.iter("g"):
        said = group.find("title").text
        marks = {one.get("class"): one for one in group if one.tag != "title"}
        if (words := group.find("text")) is not None:
            found[said.split(",")[0], said.split()[1]] = (words.text, None, None, None)
            continue
        (score,) = (marks[name] for name in ("passes", "fails") if name in marks)
        x, y = numbers(score, "cx", "cy")
        (panel,) = (one for one in panels(root) if one[2][0] - 1 <= x <= one[2][1] + 1)
        value = panel[3]
        low, high = (value(end) for end in numbers(marks["interval"], "x1", "x2"))
        (control,) = {value(end) for end in numbers(marks["control"], "x1", "x2")}
        assert numbers(marks["interval"], "y1", "y2") == [y, y]
        found[rows[y], panel[0][:2]] = (score.get("class"), value(x), (low, high), control)
    return found


def test_a_figure_of_tests_shows_the_numbers(items):
    root = read(figure_of_tests([entry for _, entry in items]))
    assert [(name, measure) for name, measure, *_ in panels(root)] == [
        ("S1 mapping detection", "AUROC"),
        ("S2 input side", "AUROC"),
        ("S4 new pairs from the text", "relation score"),
        ("S5 causal effect on the new pairs", "fall of log p(target), nats"),
    ]
    near = lambda *values: pytest.approx(values, abs=0.02)  # noqa: E731, a place has 2 digits
    found = shown(root)
    assert set(found) == {("L1H2", kind) for kind in ("S1", "S2", "S4", "S5")} | {
        ("L3H0", "S1"),
        ("L3H0", "S4"),
    }, "a test of an older text is not in the figure"
    by_hand = {
        ("L1H2", "S1"): ("passes", 0.9, 0.8, 0.97, 0.55),
        ("L1H2", "S4"): ("fails", 0.5, 0.3, 0.7, 0.45),
        ("L1H2", "S5"): ("passes", 1.6, 1.1, 2.3, -0.25),
        ("L3H0", "S1"): ("fails", 0.5, 0.25, 0.75, 0.45),
        ("L3H0", "S4"): ("passes", 1.0, 1.0, 1.0, 0.0),
    }
    for key, (mark, *expected) in by_hand.items():
        drawn, score, (low, high), control = found[key]
        assert drawn == mark, key
        assert [score, low, high, control] == near(*expected), key
    assert found["L1H2", "S2"][0] == "not testable"


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.floats(-50, 50), min_size=4, max_size=4),
)
def test_any_numbers_lie_on_their_scale(items, values):
    low, score, high = sorted(values[:3])
    entry = next(entry for _, entry in items if str(entry.head) == "L1H2")
    test = result("S5", "passes", score, (low, high), values[3], (0.0, 1.0))
    one = entry.model_copy(
        update={"tests": (StoredTest(description=entry.description, result=test),)}
    )
    root = read(figure_of_tests([one]))
    ((_, _, (left, _), value),) = panels(root)
    ((_, drawn, bounds, control),) = shown(root).values()
    pixel = abs(value(left + 1) - value(left))
    assert [drawn, *bounds, control] == pytest.approx([score, low, high, values[3]], abs=pixel / 50)
    width = float(root.get("width"))
    for one in root.iter("line"):
        assert all(0 <= x <= width for x in numbers(one, "x1", "x2"))


@settings(max_examples=200, deadline=None)
@given(st.floats(-1e6, 0), st.floats(1, 1e6), st.integers(2, 8))
def test_round_steps_cover_what_is_drawn(low, high, most):
    steps = round_steps(low, high, most)
    assert 2 <= len(steps) <= most + 1
    slack = 1e-8 * (high - low)
    assert steps[0] - slack <= low < steps[0] + (steps[1] - steps[0])
    assert steps[-1] + slack >= high > steps[-1] - (steps[1] - steps[0])
    assert steps == sorted(set(steps))


def test_round_steps_by_hand():
    assert round_steps(0, 1) == [0, 0.5, 1]
    assert round_steps(-0.25, 2.3) == [-1, 0, 1, 2, 3]
    assert round_steps(0, 40) == [0, 10, 20, 30, 40]


def test_a_figure_of_states_counts_heads(items):
    root = read(states_figure([entry for _, entry in items]))
    said = [one.find("title").text for one in root.iter("g")]
    assert said == [
        "layer 0: 1 undescribed",
        "layer 0: 1 rejected",
        "layer 1: 1 accepted",
        "layer 3: 1 drafted",
        "layer 3: 1 edited",
    ]
    tracks = [one for one in root.iter("rect") if one.get("class") == "track"]
    assert len(tracks) == 8, "every layer of the model"
    (whole,) = {float(one.get("width")) for one in tracks}
    for group in root.iter("g"):
        bar = group.find("rect")
        assert float(bar.get("width")) == pytest.approx(whole / 8, abs=0.02), "1 of 8 heads"
        assert bar.get("class") == group.find("title").text.split()[-1]
    texts = [one.text for one in root.iter("text") if one.get("class") == "dim"]
    assert (
        texts
        == ["2 of 8 heads", "1 of 8 heads", "0 of 8 heads", "2 of 8 heads"] + ["0 of 8 heads"] * 4
    )
    first, second = (float(one.find("rect").get("x")) for one in list(root.iter("g"))[:2])
    assert second - first == pytest.approx(whole / 8, abs=0.02), "parts lie end to end"


def test_a_report_needs_nothing_and_runs_nothing(items):
    made = html_report(items, "t", Origin.of("", {}))
    assert "<script" not in made
    assert re.findall(r'src=|href="(?!#)', made) == []
    assert "prefers-color-scheme: dark" in made
    for svg in re.findall(r"<svg.*?</svg>", made, re.DOTALL):
        read(svg)  # well-formed by itself
        assert "#" not in re.sub("&#x?[0-9a-f]+;", "", svg), "colours are the style's"
    told = "".join(Tags(made).text)
    assert "# Seen in *prompts*\n\n- [x](javascript:alert(1))" in told, "a note as it was written"
    assert "Copies [U+0007]<b>words</b>." in told


def test_reports_say_score_rows_and_reason_in_words(items):
    made = markdown_report(items, "t", Origin.of("", {})).replace("\\", "")
    first, second, third = re.split(r"### L(?:1H2|3H0|3H1)", made)[1:]
    assert (
        "| S1 mapping detection | passes | AUROC | 0.90 [0.80, 0.97] | "
        + (f"{OTHER} 0.55 | +0.35 [+0.20, +0.50] | 0.012 | 24 usable, 2 invalid | – |")
        in first
    )
    assert (
        "| S2 input side | not testable | AUROC | – | – | – | – | 3 usable, 0 invalid | "
        "only 3 usable rows, 20 are needed |"
    ) in first
    assert f"| {LOW} |" in first
    assert "24 usable, 0 invalid" in second
    assert "older text" not in first + second
    assert "Tests of an older text, which say nothing of the one in force: “Copies.”" in third
    page = Tags(html_report(items, "t", Origin.of("", {}))).text
    assert page.count("24 usable, 2 invalid") == 5
    assert page.count(LOW) == 2


def test_a_data_set_has_a_row_a_test(catalogue, items, tmp_path):
    export_catalogue(catalogue, tmp_path / "set", "dataset", licence="mit")
    lines = (tmp_path / "set/data/tests.jsonl").read_text("utf-8").rstrip("\n").split("\n")
    rows = [json.loads(line, parse_constant=pytest.fail) for line in lines]
    assert [(row["head"], row["test"], row["in_force"]) for row in rows] == [
        *(("L1H2", test.kind, True) for test in L1H2),
        *(("L3H0", test.kind, True) for test in L3H0),
        ("L3H1", "S1", False),
    ]
    failed = next(row for row in rows if (row["head"], row["test"]) == ("L1H2", "S4"))
    assert failed == {
        "model_name": "demo", "model_fingerprint": "f" * 16, "head": "L1H2", "layer": 1, "index": 2,
        "description": "Maps countries to capitals.", "in_force": True, "test": "S4",
        "verdict": "fails", "measure": "relation score", "score": 0.5, "score_low": 0.3,
        "score_high": 0.7, "best_control": OTHER, "best_control_score": 0.45, "difference": 0.05,
        "low": -0.1, "high": 0.2, "p": 0.01, "q": 0.3, "specificity_gap": 0.05, "n_rows": 24,
        "n_invalid": 2, "reason": LOW,
    }  # fmt: skip
    assert {tuple(row) for row in rows} == {tuple(failed)}, "all rows have the same names"
    card = (tmp_path / "set/README.md").read_text("utf-8")
    assert "| S1 mapping detection | 1 | 1 | 0 |" in card
    assert "| S2 input side | 0 | 0 | 1 |" in card
    assert '{"config_name": "tests", "data_files": "data/tests.jsonl"}' in card
    told = set(re.findall(r"`([a-z_]+)`", card.split("## Tests of descriptions")[1]))
    assert set(failed) - {"test"} <= told | {"reason"}


def test_without_tests_there_is_no_word_of_them(catalogue, tmp_path):
    export_catalogue(catalogue, tmp_path / "set", "dataset", licence="mit", state="rejected")
    assert [one.name for one in (tmp_path / "set/data").iterdir()] == ["heads.jsonl"]
    assert "tests.jsonl" not in (tmp_path / "set/README.md").read_text("utf-8")
    items = read_items(catalogue, "", state="rejected")
    assert html_report(items, "t", Origin.of("", {})).count("<svg") == 1
