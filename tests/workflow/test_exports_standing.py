"""Exports say what is in review, which drafts are unclear, and where they come from."""

from __future__ import annotations

import csv
import json
import re
import sys
import xml.etree.ElementTree as Xml
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tested_entries import builders, fill

from headlab.catalogue import Catalogue
from headlab.records.table import Table
from headlab.workflow.exports.markdown import markdown_report
from headlab.workflow.exports.origin import Origin, counted
from headlab.workflow.exports.report import html_report
from headlab.workflow.exports.rows import COLUMNS, Item, flat_table, full_row, read_items
from headlab.workflow.exports.states_figure import states_figure
from headlab.workflow.exports.write import export_catalogue
from headlab.workflow.imports.file import read_file
from headlab.workflow.imports.metrics import read_metrics
from headlab.workflow.spreadsheet import write_csv

JUDGED = {"L3H0", "L0H0"}
ORIGIN = Origin(
    datetime(2026, 1, 2, 23, 30, tzinfo=timezone(timedelta(hours=-1))),
    "1.2.3",
    ("with the words '<b>x</b>'", "layer 3"),
)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """L3H0 is drafted and ada is asked; L0H0 is rejected and has a vote of hers; L2H0 is unclear."""
    with Catalogue.open(tmp_path_factory.mktemp("standing") / "c.db") as opened:
        fill(opened, "复制单词。")
        card = builders.build_card("L2H0")
        draft = builders.build_draft(card, "Nothing.").model_copy(update={"unclear": True})
        opened.add_draft(card, draft)
        opened.review_round.assign([(2, "ada"), (1, "ada")])
        opened.review_round.cast(4, "accepted", reviewer="ada")
        yield opened


@pytest.fixture(scope="module")
def items(catalogue: Catalogue) -> list[Item]:
    return read_items(catalogue, "")


def test_rows_say_what_the_filter_finds(catalogue: Catalogue, items: list[Item]) -> None:
    assert {str(row.head) for row in catalogue.list(state="in_review")} == JUDGED
    rows = list(flat_table(items).dicts())
    assert COLUMNS[-2:] == ("in_review", "draft_unclear")  # older columns keep their places
    assert {row["head"] for row in rows if row["in_review"]} == JUDGED
    unclear = {row["head"]: row["draft_unclear"] for row in rows}
    assert unclear.pop("L2H0") is True
    assert unclear.pop("L0H1") is None  # it has no draft
    assert set(unclear.values()) == {False}
    for row, item in zip(rows, items, strict=True):
        full = full_row(item)
        assert [full[name] for name in COLUMNS[-2:]] == [row[name] for name in COLUMNS[-2:]]


def test_csv_is_what_spreadsheets_take_for_utf_8(catalogue: Catalogue, tmp_path: Path) -> None:
    export_catalogue(catalogue, tmp_path / "t.csv", "csv", state="in_review")
    assert (tmp_path / "t.csv").read_bytes()[:3] == b"\xef\xbb\xbf"
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["head"]: row for row in csv.DictReader(file)}
    assert set(rows) == JUDGED
    assert rows["L3H0"]["description"] == "复制单词。"
    assert (rows["L3H0"]["in_review"], rows["L3H0"]["draft_unclear"]) == ("True", "False")


def test_a_csv_of_ours_is_read_as_one_of_others(tmp_path: Path) -> None:
    rows = ((0, 5, 0.25), (1, 2, -0.5))
    write_csv(Table(name="t", columns=("layer", "head", "copying"), rows=rows), tmp_path / "t.csv")
    assert read_file(tmp_path / "t.csv").text.startswith('"layer"')
    found, _ = read_metrics(read_file(tmp_path / "t.csv"), None)
    assert sorted(map(str, found)) == ["L0H5", "L1H2"]


def test_a_data_set_says_so_in_rows_and_card(catalogue: Catalogue, tmp_path: Path) -> None:
    export_catalogue(catalogue, tmp_path / "set", "dataset", licence="mit", layer_to=3)
    lines = (tmp_path / "set/data/heads.jsonl").read_text("utf-8").splitlines()
    found = {row["head"]: row for row in map(json.loads, lines)}
    assert {head for head, row in found.items() if row["in_review"]} == JUDGED
    card = (tmp_path / "set/README.md").read_text("utf-8").replace("\\", "")
    assert "| in review, counted above too | 2 |" in card
    assert "| drafted | 2 |\n| accepted | 1 |" in card
    assert re.search(r"Exported on \d{4}-\d\d-\d\d at \d\d:\d\d UTC with HeadLab \S+\.", card)
    assert "Selection: layer to 3." in card


def test_reports_say_so_of_every_head_and_count(items: list[Item]) -> None:
    page = html_report(items, "t", ORIGIN)
    assert page.count("drafted · ◔ in review") == 2  # in the table and above the head
    assert page.count("rejected · ◔ in review") == 2
    document = markdown_report(items, "t", ORIGIN).replace("\\", "")
    assert "| L3H0 | drafted · ◔ in review |" in document
    assert "### L0H0: rejected · ◔ in review" in document
    told = (
        "6 heads: 1 undescribed, 2 drafted, 1 accepted, 1 edited, 1 rejected. In review, whatever"
    )
    assert counted(items) == f"{told} the state: 2."
    assert counted([]) == "0 heads."
    assert counted(items) in page
    assert counted(items) in document
    assert page.count("newest draft: unclear") == 1


def test_a_report_says_where_it_comes_from(items: list[Item]) -> None:
    first, second = ORIGIN.lines()
    assert first == "Exported on 2026-01-03 at 00:30 UTC with HeadLab 1.2.3."
    assert second == "Selection: with the words '<b>x</b>', layer 3."
    assert Origin.of(" ", {"model": None}).lines()[1] == "Selection: all entries of the catalogue."
    page = html_report(items, "t", ORIGIN)
    assert first in page
    assert "&lt;b&gt;x&lt;/b&gt;&#x27;, layer 3." in page
    assert first in markdown_report(items, "t", ORIGIN)
    now = datetime.now(UTC)
    assert abs((Origin.of("", {}).exported_at - now).total_seconds()) < 60


def test_every_head_is_linked_from_the_table_and_back(items: list[Item]) -> None:
    page = html_report(items, "t", ORIGIN)
    ids = re.findall(r' id="([^"]+)"', page)
    links = re.findall(r'href="#([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(links) <= set(ids)
    told = [str(entry.head) for _, entry in items if str(entry.head) != "L0H1"]
    for head in told:
        assert f'<td class="text"><a href="#m1-{head}">{head}</a></td>' in page
    assert '<td class="text">L0H1</td>' in page  # nothing more is told of it
    assert links.count("m1-heads") == len(told) + 1  # and once in the contents
    assert {"m1", "m1-states", "m1-tests"} <= set(links)


def test_a_strip_of_the_figure_is_as_long_as_what_is_in_review(items: list[Item]) -> None:
    root = Xml.fromstring(states_figure([entry for _, entry in items]))
    groups = {one.find("title").text: one.find("rect") for one in root.iter("g")}
    strips = {said: one for said, one in groups.items() if one.get("class") == "in-review"}
    assert set(strips) == {"layer 0: 1 rejected, in review", "layer 3: 1 drafted, in review"}
    for said, strip in strips.items():
        bar = groups[said.removesuffix(", in review")]
        assert [strip.get(name) for name in ("x", "width")] == [bar.get("x"), bar.get("width")]
    assert root.get("aria-label", "").endswith("; 2 of them in review")
    without = [entry for _, entry in items if not entry.in_review]
    assert "in review" not in states_figure(without)
