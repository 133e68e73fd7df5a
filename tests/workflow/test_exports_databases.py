"""Exports of a catalogue on a server: the same bytes as of the same catalogue in a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tested_entries import builders, fill

from headlab.catalogue import Catalogue
from headlab.workflow.exports.write import export_catalogue

STRANGE = "=1+1 | \u202e<b>\x07</b>\u200b \u6771\u4eac \\n % \u2028 '; DROP TABLE entry --"
FILES = ("csv", "markdown", "html")


def written(catalogue, folder):
    """Every file of every format by its name."""
    folder.mkdir()
    for name in FILES:
        export_catalogue(catalogue, folder / name, name)
    export_catalogue(catalogue, folder / "set", "dataset", licence="mit")
    export_catalogue(catalogue, folder / "found.csv", "csv", text="capitals", state="accepted")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_exports_are_the_same_from_both_databases(postgresql, tmp_path):
    with Catalogue.open(tmp_path / "c.db") as on_file, Catalogue.open(postgresql) as on_server:
        fill(on_file, STRANGE)
        on_file.annotate(2, note=STRANGE, tags=[STRANGE], head_names=[STRANGE])
        whole = tmp_path / "all.json"
        assert export_catalogue(on_file, whole, "json") == 5
        on_server.import_(whole)
        here, there = written(on_file, tmp_path / "a"), written(on_server, tmp_path / "b")
        assert {"set/README.md", "set/data/heads.jsonl", "set/data/tests.jsonl"} < set(here)
        assert there == here
        again = tmp_path / "again.json"
        export_catalogue(on_server, again, "json")
        first, second = (json.loads(path.read_text("utf-8")) for path in (whole, again))
        assert second["entries"] == first["entries"]
        assert on_server.verify() == []


@pytest.mark.slow
def test_a_table_of_columns_is_the_same_from_both_databases(postgresql, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    with Catalogue.open(tmp_path / "c.db") as on_file, Catalogue.open(postgresql) as on_server:
        for layer in range(8):
            for index in range(8):
                card = builders.build_card(f"L{layer}H{index}", score=index / 8)
                on_file.add_draft(card, builders.build_draft(card, f"{STRANGE} {layer} {index}"))
        export_catalogue(on_file, tmp_path / "all.json", "json")
        on_server.import_(tmp_path / "all.json")
        tables = []
        for catalogue, name in ((on_file, "a"), (on_server, "b")):
            export_catalogue(catalogue, tmp_path / name, "parquet", layer=3)
            tables.append(parquet.read_table(tmp_path / name).to_pylist())
        assert len(tables[0]) == 8
        assert tables[1] == tables[0]
