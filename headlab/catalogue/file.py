"""The file of an SQLite catalogue: recognised before it is opened, made whole or not at all."""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from headlab.catalogue.schema import APPLICATION_ID, VERSIONS
from headlab.records.errors import CatalogueError

_MAGIC = b"SQLite format 3\x00"
_QUICK_CHECK_BYTES = 32 * 2**20
BUSY_SECONDS = 30
_JOURNALS = ("-journal", "-wal")


def check(path: Path) -> None:
    """Raise CatalogueError for a file that is not a catalogue of this or an older version.

    Reads the file's header only, so that a refused file stays as it is, to the byte.
    """
    keep = "The file was not touched; choose another path, or move it away to start anew."
    try:
        with path.open("rb") as file:
            header = file.read(100)
            size = file.seek(0, os.SEEK_END)
    except OSError as error:
        raise CatalogueError(f"{path} cannot be read: {error.strerror}.") from error
    if size == 0:
        raise CatalogueError(f"{path} is empty (0 bytes), not a catalogue. {keep}")
    if len(header) < 100 or not header.startswith(_MAGIC):
        raise CatalogueError(f"{path} is not an SQLite file, or its start is damaged. {keep}")
    if _number(header, 68) != APPLICATION_ID:
        raise CatalogueError(f"{path} is an SQLite database of another program. {keep}")
    version = _number(header, 60)
    if version > len(VERSIONS):
        raise CatalogueError(
            f"{path} was written by a newer HeadLab (schema {version}, this one knows up to "
            f"{len(VERSIONS)}). Update HeadLab to open it; the file was not touched."
        )
    if version == 0 or _is_cut(path):
        raise CatalogueError(
            f"{path} is damaged: a part of the file is missing. Restore a backup; the file was not "
            "touched."
        )


def _is_cut(path: Path) -> bool:
    """Whether the file is shorter than its header says, and stays so while nobody writes."""
    for _ in range(3):  # another process may just be making it longer
        with path.open("rb") as file:
            header = file.read(100)
            size = file.seek(0, os.SEEK_END)
        page_size = int.from_bytes(header[16:18], "big")
        whole = (65536 if page_size == 1 else page_size) * _number(header, 28)
        if size >= whole or any(path.with_name(path.name + end).exists() for end in _JOURNALS):
            return False
        time.sleep(0.05)
    return True


def quick_check(path: Path) -> None:
    """Raise CatalogueError when SQLite finds damage; large files are left to `verify`."""
    if path.stat().st_size > _QUICK_CHECK_BYTES:
        return
    try:
        with closing(connect(path)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise CatalogueError(f"{path} is kept busy by another program; try again.") from error
        found = str(error)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # it may name damaged text
        found = str(error)
    if found != "ok":
        raise CatalogueError(
            f"{path} is damaged ({found}). Restore a backup; the file was not touched."
        )


def connect(path: Path, mode: str = "rw") -> sqlite3.Connection:
    """A plain connection in autocommit; `rw` never makes a file."""
    return sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def create(path: Path, build: Callable[[Path], None]) -> None:
    """Make a file with `build` under another name and give it its own when it is whole.

    A file that appeared meanwhile stays; a crash leaves no half-made catalogue.
    """
    for end in _JOURNALS:
        left = path.with_name(path.name + end)
        if left.exists():
            raise CatalogueError(
                f"{left} is there without {path.name}. Put the catalogue back beside it or move it "
                "away to start anew."
            )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f".{path.name}.{secrets.token_hex(6)}.new")
        try:
            build(made)
            place_new(made, path)
        finally:
            made.unlink(missing_ok=True)
    except OSError as error:
        raise CatalogueError(
            f"A catalogue cannot be made at {path}: {error.strerror}. Give a path in a folder that "
            "can be written to."
        ) from error


def place_new(made: Path, path: Path) -> bool:
    """Name a finished file without ever replacing one; False when the name is taken."""
    with made.open("rb+") as file:
        os.fsync(file.fileno())
    try:
        os.link(made, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        if path.exists():
            return False
        made.rename(path)
    _sync_folder(path.parent)
    return True


def back_up(source: Path, target: Path) -> None:
    """Copy a catalogue that may be in use with SQLite's backup API; never over another file.

    Raises CatalogueError when the target exists or cannot be written.
    """
    made = target.with_name(f".{target.name}.{secrets.token_hex(6)}.new")
    try:
        try:
            with closing(connect(source)) as live, closing(connect(made, "rwc")) as copy:
                live.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
                found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise CatalogueError(f"{source} is damaged ({found}), so is its backup.")
            if not place_new(made, target):
                raise CatalogueError(f"{target} exists already. Give the backup another name.")
        finally:
            made.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise CatalogueError(f"No backup could be written to {target}: {error}.") from error


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    made = path.with_name(f".{path.name}.{secrets.token_hex(6)}.new")
    try:
        try:
            with made.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            made.replace(path)
            _sync_folder(path.parent)
        finally:
            made.unlink(missing_ok=True)
    except OSError as error:
        raise CatalogueError(f"{path} cannot be written: {error.strerror}.") from error


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _number(header: bytes, at: int) -> int:
    return int.from_bytes(header[at : at + 4], "big")
