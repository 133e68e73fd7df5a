"""CSV that a spreadsheet program reads as text and never as a formula."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from headlab.catalogue.file import write_text
from headlab.records.errors import ExportError
from headlab.records.table import Cell, Table

_BYTE_ORDER_MARK = "\ufeff"
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\x00", "'")


def shield(text: str) -> str:
    """The text with a leading quote where a program could take it for a formula.

    A text that starts with a quote gets one too, so that `unshield` is exact for any text.
    """
    return f"'{text}" if text.startswith(_STARTS) else text


def unshield(text: str) -> str:
    """What `shield` was given."""
    return text.removeprefix("'")


def csv_text(table: Table) -> str:
    """The table as CSV (RFC 4180), all texts shielded and quoted; a missing cell is empty."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(table.columns)
    writer.writerows([_cell(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def csv_file(table: Table) -> str:
    """`csv_text` behind a byte order mark, without which spreadsheets take UTF-8 for something else."""
    return _BYTE_ORDER_MARK + csv_text(table)


def _cell(cell: Cell) -> Cell:
    if isinstance(cell, float) and cell != cell:
        return None
    return shield(cell) if isinstance(cell, str) else cell


def write_csv(table: Table, path: Path) -> None:
    """Write a table as CSV, whole or not at all; raises CatalogueError or ExportError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{path.parent} cannot be made: {error.strerror}.") from error
    write_text(path, csv_file(table))
