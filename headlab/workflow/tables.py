"""Tables as files that other tools read: CSV, or Parquet with the extra `parquet`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from headlab.records.errors import ExportError
from headlab.records.table import Cell, Table
from headlab.workflow.spreadsheet import shield


def save_table(table: Table, path: str | Path) -> Path:
    """Write a table; the ending decides: `.csv` or `.parquet`. Returns the path.

    CSV leaves a cell empty where a number is missing, puts a quote before texts that a spreadsheet
    would run as a formula, and keeps name, notes and provenance in a
    JSON file beside it (`table.csv.json`); Parquet keeps them in its metadata. Raises ExportError.
    """
    file = Path(path)
    if file.suffix not in (".csv", ".parquet"):
        raise ExportError(f"{file.name!r}: a table is written as .csv or .parquet; choose one.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".csv":
            _write_csv(table, file)
        else:
            _write_parquet(table, file)
    except OSError as error:
        raise ExportError(f"{file} cannot be written: {error.strerror or error}.") from None
    return file


def _about(table: Table) -> str:
    return table.model_dump_json(include={"name", "columns", "notes", "provenance"}, indent=2)


def _write_csv(table: Table, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(table.columns)
        writer.writerows([_written(cell) for cell in row] for row in table.rows)
    file.with_name(file.name + ".json").write_text(_about(table) + "\n", encoding="utf-8")


def _written(cell: Cell) -> Cell:
    """The cell as CSV has it: nothing for NaN, and texts shielded from spreadsheets."""
    if isinstance(cell, str):
        return shield(cell)
    return None if isinstance(cell, float) and cell != cell else cell


def _write_parquet(table: Table, file: Path) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ExportError(
            "Parquet needs the extra 'parquet' (pip install 'headlab[parquet]'); .csv needs nothing."
        ) from None
    columns = {name: list(table.column(name)) for name in table.columns}
    written = pyarrow.table(columns)
    about = json.dumps(json.loads(_about(table))).encode()
    pyarrow.parquet.write_table(written.replace_schema_metadata({"headlab": about}), file)
