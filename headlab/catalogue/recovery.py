"""What can still be read of a damaged catalogue, as an export; the file itself is only copied."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from headlab.catalogue import file
from headlab.catalogue.exported import MAX_BYTES, as_text, read_export
from headlab.catalogue.rescue import TABLES, Rescue, Row
from headlab.catalogue.text import clean
from headlab.records.entry import RecoveryResult
from headlab.records.errors import CatalogueError

_SMALLEST_ROWS = {"entry": 200, "revision": 200, "document": 200, "vote": 200, "draft_job": 200}
"""Bytes: these hold at least three hashes of 64 characters, or as much."""
_SMALLEST_ROW = 40
"""Bytes of a row of any other table: two times."""


def recover(source: str | os.PathLike[str], out: str | os.PathLike[str]) -> RecoveryResult:
    """Write every revision that can be read and has a valid chain as an export for `import`.

    Votes, saved searches, the log of imports and paid answers are read as well. Works on a copy: the
    damaged file stays as it is, to the byte. Rows that can be read but belong to no valid chain go as
    they are into a second file beside `out`, with "-lost" in its name. Raises CatalogueError when
    nothing can be read, and for an output that exists already.
    """
    given, target = Path(source).expanduser().absolute(), Path(out).expanduser().absolute()
    beside = target.with_name(f"{target.stem}-lost{target.suffix}")
    for path in (target, beside):
        if path.exists():
            raise CatalogueError(f"{path} exists already. Give the recovered export another name.")
    tables, lost = _read(given)
    rescue = Rescue(tables, lost)
    data = rescue.export()
    read_export(data, max_bytes=max(MAX_BYTES, 2 * given.stat().st_size))
    file.write_text(target, as_text(data))
    if rescue.leftover:
        file.write_text(beside, json.dumps(rescue.leftover, indent=1) + "\n")
    return RecoveryResult(
        entries=len(data["entries"]),
        revisions=sum(len(entry["revisions"]) for entry in data["entries"]),
        lost=tuple(map(clean, lost)),
    )


def _read(path: Path) -> tuple[dict[str, list[Row]], list[str]]:
    """The rows of each table that can still be read, and in words those that cannot."""
    lost: list[str] = []
    with tempfile.TemporaryDirectory(prefix="headlab-recover-") as folder:
        copy = Path(folder) / "copy.db"
        try:
            shutil.copyfile(path, copy)
            for end in ("-journal", "-wal"):  # what was under way belongs to the file
                if (beside := path.with_name(path.name + end)).exists():
                    shutil.copyfile(beside, copy.with_name(copy.name + end))
        except OSError as error:
            raise CatalogueError(f"{path} cannot be read: {error.strerror}.") from error
        if not _has_tables(copy):
            _mend_header(copy)
            lost.append("The head of the file is damaged; it was replaced by what it must be.")
            if not _has_tables(copy):
                raise CatalogueError(
                    f"Nothing can be recovered from {path}: it holds no tables of a catalogue that "
                    "can be read. It was not touched; restore a backup."
                )
        size = copy.stat().st_size
        with closing(_open(copy)) as connection:
            tables = {
                table: list(
                    _rows(connection, table, size // _SMALLEST_ROWS.get(table, _SMALLEST_ROW), lost)
                )
                for table in TABLES
                if _has_table(connection, table)
            }
    return tables, lost


def _has_table(connection: sqlite3.Connection, table: str) -> bool:
    """Whether a file has it: one of an older schema lacks some."""
    try:
        connection.execute(f"SELECT 1 FROM {table} LIMIT 0")  # noqa: S608
    except sqlite3.Error:
        return False
    return True


def _open(path: Path) -> sqlite3.Connection:
    connection = file.connect(path)
    connection.execute("PRAGMA writable_schema = ON")  # reads on past a broken definition
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda data: data.decode("utf-8", "backslashreplace")
    return connection


def _has_tables(path: Path) -> bool:
    try:
        with closing(_open(path)) as connection:
            connection.execute("SELECT * FROM revision LIMIT 0")
            connection.execute("SELECT * FROM document LIMIT 0")
    except sqlite3.Error:
        return False
    return True


def _mend_header(path: Path) -> None:
    """Write what is the same in the header of every catalogue over what is there."""
    with path.open("rb+") as copy:
        fixed = {
            0: b"SQLite format 3\x00",
            16: (4096).to_bytes(2, "big") + b"\x01\x01\x00\x40\x20\x20",
            44: (4).to_bytes(4, "big"),
            56: (1).to_bytes(4, "big"),
        }
        for place, data in fixed.items():
            copy.seek(place)
            copy.write(data)


def _rows(connection: sqlite3.Connection, table: str, most: int, lost: list[str]) -> Iterator[Row]:
    """All rows, by halving the range of row ids until each damaged one is alone."""
    query = f"SELECT * FROM {table} WHERE rowid BETWEEN ? AND ?"  # noqa: S608
    gone: list[tuple[int, int]] = []
    ranges = [(1, max(most, 1))]
    while ranges:
        low, high = ranges.pop()
        try:
            found = [dict(row) for row in connection.execute(query, (low, high)).fetchall()]
        except sqlite3.Error:
            if low < high:
                middle = (low + high) // 2
                ranges += [(middle + 1, high), (low, middle)]
            elif gone and gone[-1][1] == low - 1:
                gone[-1] = (gone[-1][0], low)
            else:
                gone.append((low, low))
            continue
        yield from found
    for low, high in gone:
        rows = f"Row {low}" if low == high else f"Rows {low} to at most {high}"
        lost.append(f"{rows} of the table {table} cannot be read.")
