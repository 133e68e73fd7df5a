"""Imports: what each one brought, and where its histories and those here part."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from headlab.records.base import Record, missing, nothing
from headlab.records.head import Head
from headlab.records.imported import ImportKind

NO_FILE = "(no file)"
"""The source of an import that came as data."""


class BroughtHead(Record):
    """What an import brought for one head: the revisions from `first` to `last`, the last of them
    with `hash`, votes by their ids, and reviewers who are `asked` without a revision that says so."""

    model_fingerprint: str = Field(min_length=1, max_length=200)
    head: Head
    first: int | None = Field(default=None, ge=1, exclude_if=missing)
    last: int | None = Field(default=None, ge=1, exclude_if=missing)
    hash: str = Field(default="", max_length=64, exclude_if=nothing)
    votes: tuple[str, ...] = Field(default=(), exclude_if=nothing)
    asked: tuple[str, ...] = Field(default=(), exclude_if=nothing)


class ImportContent(Record):
    """What an import brought. `kind` "catalogue": an export in the `version` of its format, with
    saved `filters` and paid `answers`; else published evidence. `carried_by`: the sha256 of the
    export through which this catalogue knows of an import into another one, empty for its own."""

    kind: Literal["catalogue"] | ImportKind
    version: int | None = Field(default=None, exclude_if=missing)
    entries: tuple[BroughtHead, ...] = ()
    filters: int = Field(default=0, ge=0, exclude_if=nothing)
    answers: int = Field(default=0, ge=0, exclude_if=nothing)
    carried_by: str = Field(default="", max_length=64, exclude_if=nothing)


class LoggedImport(ImportContent):
    """One import that changed something: who made it, when, of which file.

    `source` is the file's name without its folder, `sha256` that of its bytes; of data that came
    without a file, that of its JSON.
    """

    author: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1, max_length=255)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    created_at: datetime


class RevisionImport(Record):
    """The import that brought a revision into a catalogue, as in `LoggedImport`."""

    imported_by: str
    imported_at: datetime
    source: str
    sha256: str
    carried_by: str = Field(default="", exclude_if=nothing)


class HistoryEnd(Record):
    """The first revision of a history that another one lacks: who did what, and when."""

    author: str
    action: str
    created_at: datetime


class HistoryConflict(Record):
    """A head that was edited on both sides: from `revision` on, `here` and `there` differ.

    `entry_id` is that of the entry here.
    """

    entry_id: int
    model_name: str
    model_fingerprint: str
    head: Head
    revision: int
    here: HistoryEnd
    there: HistoryEnd

    @property
    def words(self) -> str:
        """The conflict in a line."""
        here, there = self.here, self.there
        return (
            f"{self.head} of {self.model_name} has another history here (entry {self.entry_id}) "
            f"from revision {self.revision} on: here {here.action} by {here.author}, "
            f"{here.created_at:%F %R}, there {there.action} by {there.author}, "
            f"{there.created_at:%F %R}"
        )
