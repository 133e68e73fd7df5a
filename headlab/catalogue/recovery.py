"""What can still be read of a damaged catalogue, as an export; the file itself is only copied."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from headlab.catalogue import file, transfer
from headlab.catalogue.changes import EvidenceChange
from headlab.catalogue.history import HeadKey, Replay, read_change
from headlab.catalogue.text import canonical, clean, plain, sha256
from headlab.records.card import EvidenceCard
from headlab.records.entry import RecoveryResult, Revision
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.provenance import now

Row = dict[str, Any]

_SMALLEST_ROW = 200
"""Bytes: a row of any table that is read here holds at least three hashes of 64 characters."""


def recover(source: str | os.PathLike[str], out: str | os.PathLike[str]) -> RecoveryResult:
    """Write every revision that can be read and has a valid chain as an export for `import`.

    Works on a copy: the damaged file stays as it is, to the byte. Rows that can be read but belong
    to no valid chain go as they are into a second file beside `out`, with "-lost" in its name.
    Raises CatalogueError when nothing can be read, and for an output that exists already.
    """
    given, target = Path(source).expanduser().absolute(), Path(out).expanduser().absolute()
    beside = target.with_name(f"{target.stem}-lost{target.suffix}")
    for path in (target, beside):
        if path.exists():
            raise CatalogueError(f"{path} exists already. Give the recovered export another name.")
    tables, lost = _read(given)
    rescue = _Rescue(tables, lost)
    data = rescue.export()
    transfer.read_export(data, max_bytes=max(transfer.MAX_BYTES, 2 * given.stat().st_size))
    file.write_text(target, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
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
        most = copy.stat().st_size // _SMALLEST_ROW
        with closing(_open(copy)) as connection:
            tables = {
                table: list(_rows(connection, table, most, lost))
                for table in ("entry", "revision", "document")
            }
    return tables, lost


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


class _Rescue:
    """Puts rows together again to histories, as far as their chains are valid."""

    def __init__(self, tables: dict[str, list[Row]], lost: list[str]) -> None:
        self._lost = lost
        self.leftover: list[Row] = []
        self._cards = dict(filter(None, map(self._card, tables["document"])))
        self._keys = {row["id"]: row for row in tables["entry"]}
        self._histories: dict[int, list[Row]] = defaultdict(list)
        for row in sorted(tables["revision"], key=lambda row: (row["entry_id"], row["number"])):
            self._histories[row["entry_id"]].append(row)

    def export(self) -> dict[str, Any]:
        entries = []
        used: dict[str, Any] = {}
        for entry_id, rows in self._histories.items():
            found = self._entry(entry_id, rows, used)
            if found is not None:
                entries.append(found)
        for entry_id in sorted(set(self._keys) - set(self._histories)):
            self._lost.append(f"Entry {entry_id}: no revision of it can be read.")
        return {
            "format": transfer.FORMAT,
            "version": transfer.VERSION,
            "exported_at": now().isoformat(),
            "entries": entries,
            "cards": used,
        }

    def _card(self, row: Row) -> tuple[str, EvidenceCard] | None:
        try:
            if sha256(canonical(json.loads(row["body"]))) == row["sha256"]:
                return row["sha256"], EvidenceCard.model_validate_json(row["body"])
        except (TypeError, ValueError):
            pass
        self._lost.append(f"The evidence card {str(row['sha256'])[:12]} was changed.")
        self.leftover.append(row)
        return None

    def _entry(self, entry_id: int, rows: list[Row], used: dict[str, Any]) -> Row | None:
        key = self._key(entry_id, rows)
        replay = Replay(key) if key is not None else None
        kept: list[dict[str, Any]] = []
        why = "neither its head nor its first evidence can be read"
        for row in rows:
            if replay is None:
                break
            try:
                revision = _revision(row)
                name = self._evidence(revision)
                replay.add(revision)
            except CatalogueError as error:
                why = str(error).rstrip(".")
                break
            if name is not None:
                used[name] = plain(self._cards[name])
            kept.append(transfer.exported(revision))
        if len(kept) < len(rows):
            cut = f"revisions from {rows[len(kept)]['number']} on ({len(rows) - len(kept)})"
            self._lost.append(f"Entry {entry_id}{f', {key.head}' if key else ''}: {cut}: {why}.")
            self.leftover += rows[len(kept) :]
        if not kept or replay is None or replay.state is None or key is None:
            return None
        stored = self._keys.get(entry_id)
        if stored is not None and stored["revision"] != replay.number and len(kept) == len(rows):
            self._lost.append(f"Entry {entry_id}, {key.head}: revisions after {replay.number}.")
        return {
            "model_fingerprint": key.fingerprint,
            "head": plain(key.head),
            "current": plain(replay.state),
            "revisions": kept,
        }

    def _key(self, entry_id: int, rows: list[Row]) -> HeadKey | None:
        """From the evidence of the first revision, which its hash protects, else from the entry."""
        try:
            name = self._evidence(_revision(rows[0]))
        except CatalogueError:
            name = None
        if name is not None:
            card = self._cards[name]
            return HeadKey(card.model.fingerprint, card.head)
        row = self._keys.get(entry_id)
        if row is None:
            return None
        try:
            head = Head(layer=row["layer"], index=row["head_index"])
        except ValidationError:
            return None
        return HeadKey(str(row["model_fingerprint"]), head)

    def _evidence(self, revision: Revision) -> str | None:
        """The card that a revision needs; raises CatalogueError when it is lost."""
        try:
            change = read_change(revision)
        except ValueError as error:
            raise CatalogueError(f"revision {revision.number} cannot be read") from error
        if not isinstance(change, EvidenceChange):
            return None
        if change.card not in self._cards:
            raise CatalogueError(f"the evidence card {change.card[:12]} is lost")
        return change.card


def _revision(row: Row) -> Revision:
    try:
        return Revision.model_validate(row | {"change": json.loads(row["change"])})
    except (TypeError, ValueError) as error:
        raise CatalogueError(f"revision {row['number']} cannot be read") from error
