"""A validation as files: its tables, and its figure as PNG and SVG."""

from __future__ import annotations

from pathlib import Path

from headlab.records.errors import ExportError
from headlab.records.table import Table
from headlab.records.validation import Validation
from headlab.workflow.tables import save_table
from headlab.workflow.validation.drawing import draw

FORMATS = ("csv", "parquet")


def checked_format(table_format: str) -> str:
    """The format of tables; raises ExportError for an unknown one."""
    if table_format not in FORMATS:
        raise ExportError(f"Format {table_format!r} is unknown. Known: {', '.join(FORMATS)}.")
    return table_format


def save_validation(found: Validation, folder: str | Path, table_format: str = "csv") -> list[Path]:
    """Write every table and the figure into a folder; returns the files. Raises ExportError."""
    ending = checked_format(table_format)
    place = Path(folder)
    files = [save_table(table, place / f"{table.name}.{ending}") for table in found.tables]
    for kind in ("png", "svg"):
        files.append(place / f"{found.name}.{kind}")
        draw(found, files[-1])
    return files


def summary_table(found: Validation) -> Table:
    """The rows of the main table that a person reads first: pooled templates, last steps."""
    main = found.table()
    if "template" in main.columns:
        place = main.columns.index("template")
        rows = [row for row in main.rows if row[place] == "all"]
    elif "last" in main.columns:
        place = main.columns.index("last")
        rows = [row for row in main.rows if row[place]]
    else:
        return main
    kept = [i for i in range(len(main.columns)) if i != place]
    return main.model_copy(
        update={
            "columns": tuple(main.columns[i] for i in kept),
            "rows": tuple(tuple(row[i] for i in kept) for row in rows),
        }
    )
