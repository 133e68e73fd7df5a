"""The JSON form of a catalogue: what an export holds, and how a file of it is read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, get_args

from pydantic import Field, JsonValue, ValidationError, model_validator

from headlab.catalogue.changes import HeadState
from headlab.catalogue.text import canonical, explain, is_clean, sha256
from headlab.records.base import Record
from headlab.records.draft import Draft
from headlab.records.draft_job import JobKind
from headlab.records.entry import ActionKind, RevisionSource
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.import_log import NO_FILE, LoggedImport
from headlab.records.judge_reply import JudgeReply
from headlab.records.page import SavedFilter
from headlab.records.text import escape
from headlab.records.vote import Vote

FORMAT = "headlab-catalogue"
Version = Literal[1, 2, 3]  # 1 had no head names and tests, 2 nothing beside the entries
VERSION = 3
MAX_BYTES = 256 * 2**20

Name = Annotated[str, Field(min_length=1, max_length=200)]


class ExportedRevision(Record):
    """A revision without the id its entry has in one catalogue."""

    number: int
    action: ActionKind
    author: Name
    source: RevisionSource
    change: dict[str, JsonValue]
    parent: str
    hash: str
    created_at: datetime


class AskedReviewer(Record):
    """Someone who was asked for a vote when no revision said so."""

    reviewer: Name
    assigned_by: str = Field(max_length=200)
    created_at: datetime


class ExportedEntry(Record):
    """A head's history; `current` is the state it leads to, for readers of the file.

    `votes`: every vote, in the order in which they were cast; only an export of the whole catalogue
    has them, for nobody is to see another's before a decision.
    """

    model_fingerprint: Name
    head: Head
    current: HeadState
    revisions: Annotated[tuple[ExportedRevision, ...], Field(min_length=1)]
    votes: tuple[Vote, ...] = ()
    asked: tuple[AskedReviewer, ...] = ()


class PaidAnswer(Record):
    """What an endpoint answered to the job `key`: a draft, or the reply to a question."""

    key: str = Field(pattern="^[0-9a-f]{64}$")
    kind: JobKind
    model_name: str
    model_fingerprint: str
    head: Head
    draft: Draft | None = None
    reply: JudgeReply | None = None

    @model_validator(mode="after")
    def _is_of_its_kind(self) -> PaidAnswer:
        is_draft = self.kind == "draft"
        if (self.draft is not None, self.reply is not None) != (is_draft, not is_draft):
            raise ValueError("a job for a draft has a draft, any other a reply, and not both")
        return self


class Export(Record):
    """The whole file.

    `cards` are the evidence cards and `prompts` the prompt templates that revisions name by sha256,
    `imports` those that brought revisions into the catalogue of the export. Saved `filters` and paid
    `answers` are in exports of the whole catalogue.
    """

    format: Literal["headlab-catalogue"]
    version: Version
    exported_at: datetime
    entries: tuple[ExportedEntry, ...]
    cards: dict[str, JsonValue]
    prompts: dict[str, str] = Field(default_factory=dict)
    imports: tuple[LoggedImport, ...] = ()
    filters: tuple[SavedFilter, ...] = ()
    answers: tuple[PaidAnswer, ...] = ()


def as_text(data: Mapping[str, Any]) -> str:
    """An export as JSON with a line for every entry, card and so on, short and fit to be compared."""

    def packed(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def part(value: object) -> str:
        if isinstance(value, dict) and value:
            lines = (f"{packed(name)}:{packed(one)}" for name, one in value.items())
            return "{\n" + ",\n".join(lines) + "\n}"
        if isinstance(value, list) and value:
            return "[\n" + ",\n".join(map(packed, value)) + "\n]"
        return packed(value)

    return "{\n" + ",\n".join(f"{packed(name)}:{part(one)}" for name, one in data.items()) + "\n}\n"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of an export."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Export.model_json_schema(mode="validation"),
    }


@dataclass(frozen=True)
class SourceFile:
    """What identifies a file: its name without its folder, and the sha256 of its bytes."""

    name: str
    sha256: str

    @classmethod
    def of(cls, name: str, data: bytes) -> SourceFile:
        """A file by its content; nothing is told of the folder in its name."""
        bare = escape(name.replace("\\", "/").rsplit("/", 1)[-1])[:255]
        return cls(bare or NO_FILE, hashlib.sha256(data).hexdigest())


def read_export(
    source: str | os.PathLike[str] | Mapping[str, Any], max_bytes: int
) -> tuple[Export, SourceFile]:
    """A validated export from a file or a dict, and what identifies it.

    Raises CatalogueError naming what is wrong.
    """
    name = "The import"
    try:
        if isinstance(source, Mapping):
            text = canonical(dict(source))
            origin = SourceFile(NO_FILE, sha256(text))
        else:
            name, path = str(source), Path(source).expanduser()
            if (size := path.stat().st_size) > max_bytes:
                raise CatalogueError(_too_large(name, size, max_bytes))
            data = path.read_bytes()
            text, origin = data.decode("utf-8"), SourceFile.of(path.name, data)
        if len(text) > max_bytes:
            raise CatalogueError(_too_large(name, len(text), max_bytes))
        return _parsed(name, text), origin
    except OSError as error:
        raise CatalogueError(f"{name} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise CatalogueError(f"{name} is not a valid export: {explain(error)}.") from error
    except (TypeError, ValueError, RecursionError) as error:
        raise CatalogueError(f"{name} is not valid JSON: {str(error)[:200]}.") from error


def _parsed(name: str, text: str) -> Export:
    data = json.loads(text, parse_constant=_refuse_constant)
    kind = data.get("format") if isinstance(data, dict) else None
    if kind != FORMAT:
        raise CatalogueError(f"{name} is not an export of a catalogue (no format {FORMAT!r}).")
    if data.get("version") not in get_args(Version):
        raise CatalogueError(
            f"{name} has version {data.get('version')!r} of the format; this HeadLab reads "
            f"versions 1 to {VERSION}. Update HeadLab, or export again."
        )
    if not is_clean(data):
        raise CatalogueError(f"{name} holds NUL or lone surrogates, which no export writes.")
    return Export.model_validate_json(canonical(data))


def _too_large(name: str, size: int, most: int) -> str:
    return f"{name} has {size:,} bytes; an import may have {most:,}. Export fewer entries a file."


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
