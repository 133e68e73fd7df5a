"""Export and import: entries with their full history as open JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import Field, JsonValue, ValidationError
from sqlalchemy import Connection, select

from headlab.catalogue import heads, ledger, schema
from headlab.catalogue.changes import EvidenceChange, HeadState
from headlab.catalogue.history import HeadKey, Replay, read_change
from headlab.catalogue.text import canonical, explain, is_clean, plain, sha256
from headlab.records.base import Record
from headlab.records.card import EvidenceCard
from headlab.records.entry import ActionKind, ImportResult, Revision, RevisionSource
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.provenance import now

FORMAT, VERSION = "headlab-catalogue", 2
MAX_BYTES = 256 * 2**20


class ExportedRevision(Record):
    """A revision without the id its entry has in one catalogue."""

    number: int
    action: ActionKind
    author: Annotated[str, Field(min_length=1, max_length=200)]
    source: RevisionSource
    change: dict[str, JsonValue]
    parent: str
    hash: str
    created_at: datetime


class ExportedEntry(Record):
    """A head's history; `current` is the state it leads to, for readers of the file."""

    model_fingerprint: Annotated[str, Field(min_length=1, max_length=200)]
    head: Head
    current: HeadState
    revisions: Annotated[tuple[ExportedRevision, ...], Field(min_length=1)]


class Export(Record):
    """The whole file; `cards` are the evidence cards that revisions name by sha256."""

    format: Literal["headlab-catalogue"]
    version: Literal[1, 2]
    exported_at: datetime
    entries: tuple[ExportedEntry, ...]
    cards: dict[str, JsonValue]


def export(connection: Connection, entry_ids: Iterable[int] | None) -> dict[str, Any]:
    """The given entries, or all; raises CatalogueError for an unknown id."""
    if entry_ids is None:
        query = select(schema.entry.c.id)
        entry_ids = connection.execute(query.order_by(schema.entry.c.id)).scalars().all()
    entries: list[dict[str, Any]] = []
    cards: dict[str, Any] = {}
    for entry_id in dict.fromkeys(entry_ids):
        stored = heads.load(connection, entry_id)
        revisions = ledger.read_history(connection, entry_id)
        assert stored.state is not None
        for name in filter(None, map(_card_of, revisions)):
            cards[name] = plain(ledger.read_card(connection, name))
        entries.append(
            {
                "model_fingerprint": stored.key.fingerprint,
                "head": plain(stored.key.head),
                "current": plain(stored.state),
                "revisions": [exported(revision) for revision in revisions],
            }
        )
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": now().isoformat(),
        "entries": entries,
        "cards": cards,
    }


def read_export(source: str | os.PathLike[str] | Mapping[str, Any], max_bytes: int) -> Export:
    """A validated export from a file or a dict; raises CatalogueError naming what is wrong."""
    name = "The import"
    try:
        if isinstance(source, Mapping):
            text = canonical(dict(source))
        else:
            name = str(source)
            source = Path(source).expanduser()
            if (size := source.stat().st_size) > max_bytes:
                raise CatalogueError(_too_large(name, size, max_bytes))
            text = source.read_text(encoding="utf-8")
        if len(text) > max_bytes:
            raise CatalogueError(_too_large(name, len(text), max_bytes))
        data = json.loads(text, parse_constant=_refuse_constant)
        kind = data.get("format") if isinstance(data, dict) else None
        if kind != FORMAT:
            raise CatalogueError(f"{name} is not an export of a catalogue (no format {FORMAT!r}).")
        if data.get("version") not in (1, VERSION):  # 1 had no head names and tests
            raise CatalogueError(
                f"{name} has version {data.get('version')!r} of the format; this HeadLab reads "
                f"versions 1 and {VERSION}. Update HeadLab, or export again."
            )
        if not is_clean(data):
            raise CatalogueError(f"{name} holds NUL or lone surrogates, which no export writes.")
        return Export.model_validate_json(canonical(data))
    except OSError as error:
        raise CatalogueError(f"{name} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise CatalogueError(f"{name} is not a valid export: {explain(error)}.") from error
    except (TypeError, ValueError, RecursionError) as error:
        raise CatalogueError(f"{name} is not valid JSON: {str(error)[:200]}.") from error


def plan(connection: Connection, found: Export, *, lock: bool) -> list[Step]:
    """What an import would do, after checking every entry; raises CatalogueError on a conflict."""
    for name, card in found.cards.items():
        if sha256(canonical(card)) != name:
            raise CatalogueError(f"The evidence card {name[:12]} was changed: its hash is wrong.")
    steps: dict[HeadKey, Step] = {}
    for exported in found.entries:
        key = HeadKey(exported.model_fingerprint, exported.head)
        if key in steps:
            raise CatalogueError(f"{_title(exported)} is there twice; each head has one history.")
        steps[key] = _step(connection, found, exported, key, lock)
    return list(steps.values())


class Step:
    """One entry of an import: the revisions that are new here, and the state they lead to."""

    def __init__(self, key: HeadKey, state: HeadState, new: list[Revision], known: bool) -> None:
        self.key = key
        self.state = state
        self.new = new
        self.known = known

    def run(self, connection: Connection, cards: Mapping[str, JsonValue]) -> None:
        """Write it; the caller's transaction holds all steps."""
        if not self.new:
            return
        for name in filter(None, map(_card_of, self.new)):
            ledger.store_card(connection, EvidenceCard.model_validate(cards[name]))
        stored = heads.find_or_add(connection, self.key)
        if stored.hash != self.new[0].parent:
            raise CatalogueError(f"{self.key.head} was changed during the import; try again.")
        heads.append_all(connection, stored, self.new, self.state)


def result(steps: list[Step], *, dry_run: bool) -> ImportResult:
    return ImportResult(
        added=sum(not step.known for step in steps),
        extended=sum(step.known and bool(step.new) for step in steps),
        unchanged=sum(not step.new for step in steps),
        dry_run=dry_run,
    )


def _step(
    connection: Connection, found: Export, exported: ExportedEntry, key: HeadKey, lock: bool
) -> Step:
    revisions = [Revision(entry_id=0, **dict(row)) for row in exported.revisions]
    try:
        replay = Replay(key).run(revisions)
        _check_cards(found, exported, revisions)
    except CatalogueError as error:
        raise CatalogueError(f"{_title(exported)}: {error}") from error
    if replay.state is None or replay.state != exported.current:
        raise CatalogueError(f"{_title(exported)}: 'current' is not what its history leads to.")
    stored = heads.find(connection, key, lock=lock)
    if stored is None:
        return Step(key, replay.state, revisions, known=False)
    here = [row.hash for row in ledger.read_history(connection, stored.id)]
    there = [row.hash for row in revisions]
    common = min(len(here), len(there))
    if here[:common] != there[:common]:
        raise CatalogueError(
            f"{_title(exported)} has another history here (entry {stored.id}): the two were edited "
            "apart. Nothing was imported; export without this head, or compare them by hand."
        )
    return Step(key, replay.state, revisions[common:], known=True)


def _check_cards(found: Export, exported: ExportedEntry, revisions: list[Revision]) -> None:
    for name in filter(None, map(_card_of, revisions)):
        if name not in found.cards:
            raise CatalogueError(f"The evidence card {name[:12]} is missing from the file.")
        try:
            card = EvidenceCard.model_validate_json(canonical(found.cards[name]))
        except ValidationError as error:
            raise CatalogueError(f"The evidence card {name[:12]}: {explain(error)}.") from error
        if canonical(plain(card)) != canonical(found.cards[name]):
            raise CatalogueError(f"The evidence card {name[:12]} is not written in full.")
        if (card.model.fingerprint, card.head) != (exported.model_fingerprint, exported.head):
            raise CatalogueError(f"The evidence card {name[:12]} is of another head.")


def _card_of(revision: Revision) -> str | None:
    if revision.action not in ("created", "evidence"):
        return None
    change = read_change(revision)
    return change.card if isinstance(change, EvidenceChange) else None


def exported(revision: Revision) -> dict[str, Any]:
    """A revision without the id that its entry has here."""
    data = plain(revision)
    del data["entry_id"]
    return data


def _title(exported: ExportedEntry) -> str:
    return f"{exported.head} of {exported.current.model_name}"


def _too_large(name: str, size: int, most: int) -> str:
    return f"{name} has {size:,} bytes; an import may have {most:,}. Export fewer entries a file."


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
