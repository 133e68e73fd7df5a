"""What tells a catalogue's file from another one that was put in its place."""

from __future__ import annotations

from pathlib import Path

FileId = tuple[int, int] | None


def file_id(path: Path | None) -> FileId:
    """Device and inode of a file; None where there is none, as for a database on a server.

    An open database stays with the file that it was opened on: once that was deleted, or replaced by a
    backup, it shows what was, and SQLite writes no more to it.
    """
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
