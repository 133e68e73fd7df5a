"""Imported evidence in exports: beside what was measured, named as others' with its source."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from test_exports import HOSTILE, SAFE, Tags, _unescaped, _without_fences

from headlab.catalogue import Catalogue
from headlab.records.head import Head
from headlab.records.imported import ImportedEvidence, ImportedMapping, ImportedMetric
from headlab.workflow.exports.facts import MOST_ROWS
from headlab.workflow.exports.markdown import markdown_report
from headlab.workflow.exports.origin import Origin
from headlab.workflow.exports.report import html_report
from headlab.workflow.exports.rows import flat_table, full_row, read_items
from headlab.workflow.exports.write import export_catalogue

PRINT = "f" * 16


def metrics(file, **values):
    rows = tuple(ImportedMetric(name=name, value=value) for name, value in values.items())
    return ImportedEvidence(kind="head-metrics", file=file, sha256="ab" * 32, metrics=rows)


def mappings(file, *rows):
    made = tuple(ImportedMapping(source=source, targets=targets) for source, targets in rows)
    return ImportedEvidence(kind="maps-mappings", file=file, sha256="cd" * 32, mappings=made)


@pytest.fixture
def catalogue(tmp_path):
    """L0H0 with a card and two sources, L0H1 of a source alone, L0H2 with a card alone."""
    path = Path(__file__).parents[1] / "catalogue" / "conftest.py"
    spec = importlib.util.spec_from_file_location("catalogue_builders", path)
    builders = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builders)
    with Catalogue.open(tmp_path / "c.db") as opened:
        for head in ("L0H0", "L0H2"):
            opened.add_evidence(builders.build_card(head))
        take(opened, "L0H0", mappings("maps.html", ("Oslo", ("Norway", "Sweden"))))
        both = metrics("heads.json", induction=0.25, copying=-1.5)
        take(opened, "L0H0", both)
        take(opened, "L0H1", both)
        yield opened


def take(catalogue, head, evidence):
    found = {Head.parse(head): evidence}
    return catalogue.evidence_imports.take("demo", PRINT, found, author="ada")


def test_a_report_shows_each_source_under_its_name(catalogue):
    made = markdown_report(read_items(catalogue, ""), "t", Origin.of("", {})).replace("\\", "")
    first, second = made.split("### L0H0")[1].split("### L0H1")
    assert first.index("| country_to_capital | 0.50 |") < first.index("Imported, not measured here")
    assert f"maps.html (sha256 {'cd' * 6}), by ada, 20" in first
    assert "| token | mapped to |\n| --- | --- |\n| Oslo | Norway, Sweden |" in first
    assert f"heads.json (sha256 {'ab' * 6}), by ada, 20" in first
    assert "| metric | value |\n| --- | --: |\n| induction | 0.25 |\n| copying | -1.5 |" in first
    assert second.count("Imported, not measured here") == 1
    assert "maps.html" not in second
    assert "### L0H2" not in made, "a card alone is a row of the table of heads"

    page = Tags(html_report(read_items(catalogue, ""), "t", Origin.of("", {})))
    assert page.tags <= SAFE | {"caption"}
    told = [text for text in page.text if text.startswith("Imported, not measured here: ")]
    assert [text.split()[4] for text in told] == ["maps.html", "heads.json", "heads.json"]
    assert page.text.count("induction") == 2


def test_a_long_source_is_cut_and_says_so(catalogue):
    many = {f"metric {number}": float(number) for number in range(MOST_ROWS + 3)}
    take(catalogue, "L0H2", metrics("long.json", **many))
    made = markdown_report(read_items(catalogue, ""), "t", Origin.of("", {})).replace("\\", "")
    assert f"the first {MOST_ROWS} of {MOST_ROWS + 3} rows:" in made
    assert made.count("| metric ") == MOST_ROWS + 3  # three tables of metrics with a first line


def test_saliency_stands_where_the_source_has_it(catalogue):
    rows = (
        ImportedMapping(source="Rome", targets=("Italy",), saliency=2.0),
        ImportedMapping(source="Bonn", targets=("Germany",)),
    )
    take(catalogue, "L0H2", mappings("x.csv", ("a", ("b",))).model_copy(update={"mappings": rows}))
    made = markdown_report(read_items(catalogue, ""), "t", Origin.of("", {})).replace("\\", "")
    assert "| token | mapped to | saliency |\n| --- | --- | --: |" in made
    assert "| Rome | Italy | 2 |\n| Bonn | Germany | – |" in made


def test_a_data_set_has_a_file_of_imported_evidence(catalogue, tmp_path):
    export_catalogue(catalogue, tmp_path / "set", "dataset", licence="cc0-1.0")
    lines = (tmp_path / "set/data/imported.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [(row["head"], row["file"], row["kind"]) for row in rows] == [
        ("L0H0", "maps.html", "maps-mappings"),
        ("L0H0", "heads.json", "head-metrics"),
        ("L0H1", "heads.json", "head-metrics"),
    ]
    assert len({tuple(row) for row in rows}) == 1, "every row has the same names"
    assert rows[0]["mappings"] == [
        {"token": "Oslo", "targets": ["Norway", "Sweden"], "saliency": None}
    ]
    assert rows[2]["metrics"] == [
        {"name": "induction", "value": 0.25},
        {"name": "copying", "value": -1.5},
    ]
    assert rows[0]["sha256"] == "cd" * 32
    card = (tmp_path / "set/README.md").read_text("utf-8")
    (configs,) = (line for line in card.splitlines() if line.startswith("configs: "))
    assert [one["data_files"] for one in json.loads(configs.split(": ", 1)[1])] == [
        "data/heads.jsonl",
        "data/imported.jsonl",
    ]
    assert f"| heads\\.json | {'ab' * 32} | head-metrics | 2 |" in card
    assert all(f"`{name}`" in card for name in rows[0])


def test_without_imports_there_is_no_such_file(catalogue, tmp_path):
    for row in catalogue.list():
        while catalogue.get(row.id).imported:
            catalogue.undo(row.id)
    export_catalogue(catalogue, tmp_path / "set", "dataset", licence="cc0-1.0")
    assert not (tmp_path / "set/data/imported.jsonl").exists()
    assert "mported" not in (tmp_path / "set/README.md").read_text("utf-8")


def test_tables_name_the_files_and_rows_of_measurements_stay_as_they_are(catalogue):
    items = read_items(catalogue, "")
    named = [json.loads(row["imported_from"]) for row in flat_table(items).dicts()]
    assert named == [["maps.html", "heads.json"], ["heads.json"], []]
    assert "heads.json" not in json.dumps([full_row(item) for item in items])


def test_what_files_say_stays_text(catalogue, tmp_path):
    for number, text in enumerate(HOSTILE):
        take(catalogue, f"L1H{number}", metrics(text, **{text: 1.0}))
        take(catalogue, f"L1H{number}", mappings(text, (text, (text, text))))
    items = read_items(catalogue, "")
    page = Tags(html_report(items, "t", Origin.of("", {})))
    assert page.tags <= SAFE | {"caption"}
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "src"]
    outside = _without_fences(markdown_report(items, "t", Origin.of("", {})))
    for sign in ("<", "](", "![", "://"):
        assert _unescaped(outside, sign) == 0, sign
    export_catalogue(catalogue, tmp_path / "set", "dataset", licence="mit")
    card = _without_fences((tmp_path / "set/README.md").read_text("utf-8").split("---\n", 2)[2])
    for sign in ("<", "](", "!["):
        assert _unescaped(card, sign) == 0, sign
