"""What only ever grows: revisions, and the evidence cards they name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from headlab.catalogue import damage, schema
from headlab.catalogue.errors import DamagedEntry
from headlab.catalogue.history import UNDOABLE, stamp
from headlab.catalogue.text import canonical, plain, sha256
from headlab.records.card import EvidenceCard
from headlab.records.entry import Revision
from headlab.records.imported import ImportedEvidence, StoredImport


def add_revisions(connection: Connection, entry_id: int, revisions: Sequence[Revision]) -> None:
    """Append revisions of one entry."""
    rows = [_revision_values(entry_id, revision) for revision in revisions]
    connection.execute(insert(schema.revision), rows)


def read_history(connection: Connection, entry_id: int) -> tuple[Revision, ...]:
    """Every revision of an entry, oldest first."""
    columns = schema.revision.c
    query = select(schema.revision).where(columns.entry_id == entry_id).order_by(columns.number)
    return tuple(revision_from_row(row) for row in damage.rows(connection, query))


def is_changed_since(connection: Connection, entry_id: int, seen: int) -> bool:
    """Whether anything but who is asked for votes was recorded after the revision `seen`."""
    columns = schema.revision.c
    later = (columns.entry_id == entry_id, columns.number > seen, columns.action != "assign")
    return connection.execute(select(columns.number).where(*later).limit(1)).first() is not None


def redoable(connection: Connection, entry_id: int) -> int | None:
    """The revision that a redo would put back: the last undone one, if no step was made since."""
    columns = schema.revision.c
    edits = (columns.entry_id == entry_id, columns.action.in_(UNDOABLE))
    newest = select(func.max(columns.number)).where(*edits).scalar_subquery()
    turns = (columns.action.in_(("undo", "redo")), columns.number > newest)
    query = select(columns.change).where(columns.entry_id == entry_id, *turns)
    undone: list[int] = []
    try:
        for row in damage.rows(connection, query.order_by(columns.number)):
            change = json.loads(row.change)
            if "undoes" in change:
                undone.append(change["undoes"])
            else:
                undone.pop()
    except (ValueError, IndexError, TypeError) as error:
        raise DamagedEntry(f"A revision of entry {entry_id} cannot be read; run verify.") from error
    return undone[-1] if undone else None


def revision_from_row(row: Row[Any]) -> Revision:
    values = row._asdict()
    try:
        damage.require_decoded(row)
        return Revision.model_validate(values | {"change": json.loads(values["change"])})
    except (TypeError, ValueError) as error:
        raise DamagedEntry(
            f"Revision {row.number} of entry {row.entry_id} cannot be read; run verify."
        ) from error


def read_imports(connection: Connection, entry_id: int) -> tuple[StoredImport, ...]:
    """The imported evidence in force, oldest first: what imports added and no undo took back."""
    columns = schema.revision.c
    query = (
        select(columns.number, columns.action, columns.author, columns.created_at, columns.change)
        .where(columns.entry_id == entry_id, schema.OF_IMPORTS)
        .order_by(columns.number)
    )
    found: dict[int, StoredImport] = {}
    undone: dict[int, StoredImport] = {}
    try:
        for row in damage.rows(connection, query):
            change = json.loads(row.change)
            if row.action == "undo" and change["undoes"] in found:
                undone[change["undoes"]] = found.pop(change["undoes"])
            if row.action == "redo" and change["redoes"] in undone:
                found[change["redoes"]] = undone[change["redoes"]]
            if row.action != "import":
                continue
            found[row.number] = StoredImport(
                id=row.number,
                evidence=ImportedEvidence.model_validate(change["evidence"]),
                imported_by=row.author,
                imported_at=row.created_at,
            )
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedEntry(f"A revision of entry {entry_id} cannot be read; run verify.") from error
    return tuple(found.values())


def store_card(connection: Connection, card: EvidenceCard) -> str:
    """Keep a card, once; the sha256 of its canonical JSON names it."""
    body = canonical(plain(card))
    name = sha256(body)
    known = select(schema.document.c.sha256).where(schema.document.c.sha256 == name)
    if connection.execute(known).first() is None:
        connection.execute(insert_new(connection, schema.document).values(sha256=name, body=body))
    return name


def read_card(connection: Connection, name: str) -> EvidenceCard:
    query = select(schema.document.c.body).where(schema.document.c.sha256 == name)
    try:
        found = damage.first(connection, query)
        return _card(found.body if found is not None else "")
    except ValueError as error:
        raise DamagedEntry(f"The card {name[:12]} cannot be read; run verify.") from error


@lru_cache(maxsize=32)
def _card(body: str) -> EvidenceCard:
    """A card from its JSON; an entry is edited several times while its card stays."""
    return EvidenceCard.model_validate_json(body)


def insert_new(connection: Connection, table: Any) -> Any:
    """An INSERT that leaves a row that is there already as it is."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table).on_conflict_do_nothing()


def _revision_values(entry_id: int, revision: Revision) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "number": revision.number,
        "action": revision.action,
        "author": revision.author,
        "source": revision.source,
        "change": canonical(revision.change),
        "parent": revision.parent,
        "hash": revision.hash,
        "created_at": stamp(revision.created_at),
    }
