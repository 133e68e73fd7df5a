"""Tables as files: what is written is what was there, and nothing in it runs."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headlab.records.errors import ExportError
from headlab.records.table import Table
from headlab.workflow.spreadsheet import shield, unshield
from headlab.workflow.tables import save_table

ROWS = [
    {"name": "a,b\n", "value": 0.5, "count": 3, "flag": True},
    {"name": "=1+1", "value": float("nan"), "count": None, "flag": False},
]


def test_csv_holds_every_cell(tmp_path: Path) -> None:
    file = save_table(Table.of("t", ROWS, notes=("a note",)), tmp_path / "deep" / "t.csv")
    rows = list(csv.DictReader(file.open(newline="")))
    assert rows[0] == {"name": "a,b\n", "value": "0.5", "count": "3", "flag": "True"}
    assert rows[1] == {"name": "'=1+1", "value": "", "count": "", "flag": "False"}
    about = json.loads((tmp_path / "deep" / "t.csv.json").read_text())
    assert about["notes"] == ["a note"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1))
def test_no_text_starts_a_formula_and_every_one_comes_back(
    tmp_path: Path, texts: list[str]
) -> None:
    file = save_table(
        Table.of("t", [{"text": text, "end": 1} for text in texts]), tmp_path / "t.csv"
    )
    with file.open(encoding="utf-8", newline="") as handle:
        found = [row["text"] for row in csv.DictReader(handle)]
    assert not any(text.startswith(("=", "+", "-", "@", "\t", "\r")) for text in found)
    assert found == [shield(text) for text in texts]
    assert [unshield(text) for text in found] == texts


def test_parquet_keeps_types_and_notes(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra 'parquet'")
    file = save_table(Table.of("t", ROWS, notes=("a note",)), tmp_path / "t.parquet")
    found = parquet.read_table(file)
    assert found.column("count").to_pylist() == [3, None]
    assert found.column("name").to_pylist() == ["a,b\n", "=1+1"]
    assert json.loads(found.schema.metadata[b"headlab"])["notes"] == ["a note"]


def test_other_endings_and_unwritable_places_are_named(tmp_path: Path) -> None:
    table = Table.of("t", ROWS)
    with pytest.raises(ExportError, match=r"as \.csv or \.parquet"):
        save_table(table, tmp_path / "t.xlsx")
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be written"):
        save_table(table, tmp_path / "file" / "t.csv")
