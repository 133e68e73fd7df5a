"""A file of published evidence: its text, within bounds, and what identifies it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from headlab.records.errors import CatalogueError
from headlab.records.text import escape

MAX_BYTES = 32 * 2**20

ENDINGS = {".html": "html", ".htm": "html", ".csv": "csv", ".json": "json"}


@dataclass(frozen=True)
class EvidenceFile:
    """`name` is the file's without its folder, `form` one of html, csv and json."""

    name: str
    form: str
    sha256: str
    text: str

    def refuse(self, where: str, what: str) -> NoReturn:
        """Raise CatalogueError; `where` is a line or a row."""
        raise CatalogueError(f"{self.name}, {where}: {what}")


def given_file(name: str, data: bytes) -> EvidenceFile:
    """A file by its content; raises CatalogueError for another form, and for what is no UTF-8."""
    form = _form(name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CatalogueError(
            f"{name}, line {line}: byte {error.start} is no UTF-8. Save the file as UTF-8."
        ) from error
    return EvidenceFile(escape(name)[:255], form, hashlib.sha256(data).hexdigest(), text)


def read_file(path: str | os.PathLike[str], max_bytes: int = MAX_BYTES) -> EvidenceFile:
    """The file's text, UTF-8; raises CatalogueError for a large one, another text or another form."""
    place = Path(path).expanduser()
    _form(place.name)  # before it is read
    try:
        with place.open("rb") as handle:
            data = handle.read(max_bytes + 1)
    except OSError as error:
        raise CatalogueError(f"{place} cannot be read: {error.strerror}.") from error
    if len(data) > max_bytes:
        raise CatalogueError(f"{place.name} has more than {max_bytes:,} bytes; split it by layers.")
    return given_file(place.name, data)


def _form(name: str) -> str:
    form = ENDINGS.get(Path(name).suffix.lower())
    if form is None:
        raise CatalogueError(f"{escape(name)[:255]} must end in {', '.join(ENDINGS)}.")
    return form
