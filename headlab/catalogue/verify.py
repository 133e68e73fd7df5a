"""Whether a catalogue is what its history says."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Select, select, text
from sqlalchemy.exc import DBAPIError

from headlab.catalogue import (
    batch_events,
    damage,
    heads,
    import_log,
    ledger,
    migrations,
    prompt_texts,
    schema,
    votes,
)
from headlab.catalogue.errors import DamagedEntry
from headlab.catalogue.history import HeadKey, Replay, stamp
from headlab.catalogue.text import canonical, explain, sha256
from headlab.records.card import EvidenceCard
from headlab.records.errors import CatalogueError
from headlab.records.head import Head


def problems(connection: Connection) -> Iterator[str]:
    """Every fault found: in the file, the triggers, the cards, the chains and the stored states.

    What is damaged ends nothing: each row that cannot be read is named, and the others are checked.
    """
    with damage.raw_text(connection):
        parts = (_PARTS_OF_A_FILE if connection.dialect.name == "sqlite" else ()) + _PARTS
        for name, part in parts:
            yield from _to_its_end(name, part(connection))


def _to_its_end(name: str, found: Iterator[str]) -> Iterator[str]:
    """What a check finds, or that damage keeps it from going on."""
    try:
        yield from found
    except DBAPIError as error:
        if not damage.is_malformed(error):
            raise
        said = "text in it cannot be decoded" if damage.is_undecodable(error) else error.orig
        yield f"{name}: the file is damaged ({said}), so that not all of this was checked."
    except (CatalogueError, TypeError, ValueError):
        yield f"{name}: a row cannot be read, so that not all of this was checked."


def _triggers(connection: Connection) -> Iterator[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.dialect.name != "sqlite":
        query = _POSTGRESQL_TRIGGERS
    present = set(connection.execute(text(query)).scalars())
    for name in schema.TRIGGERS:
        if name not in present:
            yield f"The trigger {name}, which keeps history from being changed, is gone."


def _entries(connection: Connection) -> Iterator[str]:
    ids = connection.execute(select(schema.entry.c.id).order_by(schema.entry.c.id)).scalars().all()
    for entry_id in ids:
        yield from _to_its_end(f"Entry {entry_id}", _entry(connection, entry_id))


_POSTGRESQL_TRIGGERS = (
    "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' "
    "AND tgrelid IN ('revision'::regclass, 'document'::regclass, 'vote'::regclass, "
    "'import_log'::regclass, 'batch_event'::regclass)"
)


_DEFINITIONS = (
    "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'search%'"
)


def _integrity(connection: Connection) -> Iterator[str]:
    for (found,) in connection.exec_driver_sql("PRAGMA integrity_check").all():
        if found != "ok":
            yield f"SQLite finds the file damaged: {damage.shown(found)}"


def _definitions(connection: Connection) -> Iterator[str]:
    rows = connection.exec_driver_sql(_DEFINITIONS).all()
    definitions = {row.name: row.sql for row in rows}
    for name, sql in migrations.definitions(_DEFINITIONS).items():
        if definitions.get(name, sql) != sql:
            yield f"The definition of {name} in the file was changed."


def _search_index(connection: Connection) -> Iterator[str]:
    source = connection.connection.driver_connection
    assert isinstance(source, sqlite3.Connection)
    with closing(sqlite3.connect("")) as copy:  # SQLite before 3.44 checks words by a write only
        try:
            source.backup(copy)
            copy.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as error:
            yield f"SQLite finds the index for searches damaged: {error}"


def _foreign_keys(connection: Connection) -> Iterator[str]:
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        yield f"A row of {row[0]} belongs to a row of {row[2]} that is not there."


def _documents(connection: Connection) -> Iterator[str]:
    document = schema.document.c
    names = connection.execute(select(document.sha256).order_by(document.sha256)).scalars().all()
    for name in names:
        body = select(document.body).where(document.sha256 == name)
        shown = damage.shown(name)[:12]
        yield from _to_its_end(f"The evidence card {shown}", _document(connection, name, body))


def _document(connection: Connection, name: str, query: Select[Any]) -> Iterator[str]:
    shown, body = damage.shown(name)[:12], connection.execute(query).scalar()
    if not isinstance(body, str):
        yield f"The evidence card or prompt {shown} cannot be read.{_owners(connection, name)}"
        return
    if prompt_texts.is_text(body):
        if sha256(body) != name:
            yield f"The prompt {shown} was changed: its hash is wrong."
        return
    try:
        if sha256(canonical(json.loads(body))) != name:
            yield f"The evidence card {shown} was changed: its hash is wrong.{_owners(connection, name)}"
        EvidenceCard.model_validate_json(body)
    except ValueError:
        yield f"The evidence card {shown} cannot be read.{_owners(connection, name)}"


def _owners(connection: Connection, name: str) -> str:
    """The entries whose card it is, in a sentence."""
    entry = schema.entry.c
    query = select(entry.id).where(entry.card == name).order_by(entry.id)
    ids = list(map(str, connection.execute(query).scalars()))
    more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
    return f" It is the card of entry {', '.join(ids[:5])}{more}." if ids else ""


def _orphans(connection: Connection) -> Iterator[str]:
    owned = select(schema.entry.c.id).where(schema.entry.c.id == schema.revision.c.entry_id)
    query = select(schema.revision.c.entry_id).where(~owned.exists()).distinct()
    for entry_id in connection.execute(query).scalars():
        yield f"Entry {entry_id} is gone, its history is still there."


def _entry(connection: Connection, entry_id: int) -> Iterator[str]:
    try:
        stored = heads.load(connection, entry_id)
    except DamagedEntry as error:
        yield from _damaged(connection, entry_id, error)
        return
    try:
        revisions = ledger.read_history(connection, entry_id)
        replay = Replay(stored.key).run(revisions)
    except CatalogueError as error:
        yield f"Entry {entry_id}: {error}"
        return
    name = f"Entry {entry_id} ({stored.key.head})"
    if replay.state is None or stored.state is None:
        yield f"{name} has no history."
        return
    if (stored.revision, stored.hash) != (replay.number, replay.hash):
        yield (
            f"{name} is at revision {stored.revision}, its history ends with {replay.number}: "
            "revisions are missing, or were added past the catalogue."
        )
    times = (stamp(revisions[0].created_at), stamp(revisions[-1].created_at))
    before, after = heads.state_columns(stored.state), heads.state_columns(replay.state)
    entry = schema.entry.c
    shown = select(entry.drafter, entry.verdicts).where(entry.id == entry_id)
    before |= connection.execute(shown).one()._asdict()
    wrong = [field for field in after if before[field] != after[field]]
    if (stored.created_at, stored.updated_at) != times:
        wrong.append("times")
    if wrong:
        yield f"{name} is not what its history says; different: {', '.join(wrong)}."
    if unlike := votes.misassigned(connection, entry_id, revisions):
        yield f"{name}: its history says otherwise who is asked for a vote: {', '.join(unlike)}."
    yield from (f"{name}: {found}" for found in prompt_texts.problems(connection, revisions))
    yield from _derived(connection, stored, name)


def _damaged(connection: Connection, entry_id: int, error: DamagedEntry) -> Iterator[str]:
    """What is wrong with the row of an entry, and whether its history can still tell what it was."""
    entry = schema.entry.c
    query = select(entry.model_fingerprint, entry.layer, entry.head_index)
    row = connection.execute(query.where(entry.id == entry_id)).one()
    cause = error.__cause__
    why = explain(cause) if isinstance(cause, ValidationError) else str(cause)
    name, history = f"Entry {entry_id}", "its history cannot be checked"
    try:
        key = HeadKey(row.model_fingerprint, Head(layer=row.layer, index=row.head_index))
        name = f"{name} ({key.head})"
        number = Replay(key).run(ledger.read_history(connection, entry_id)).number
        history = f"its history of {number} revisions is whole, so that it can be recovered"
    except (CatalogueError, TypeError, ValueError):
        pass
    yield f"{name} cannot be read ({why}); {history}."


def _derived(connection: Connection, stored: heads.StoredHead, name: str) -> Iterator[str]:
    assert stored.state is not None
    label = schema.label.c
    found = connection.execute(select(label.kind, label.value).where(label.entry_id == stored.id))
    expected = {(row["kind"], row["value"]) for row in heads.label_rows(stored.id, stored.state)}
    if {(row.kind, row.value) for row in found.all()} != expected:
        yield f"{name}: its labels for filters are out of date."
    score = schema.score.c
    kept = select(score.operation, score.score, score.suppression).where(
        score.entry_id == stored.id
    )
    try:
        name_of_card = stored.state.card
        card = ledger.read_card(connection, name_of_card) if name_of_card else None
        rows = heads.score_rows(stored.id, card)
        scores = {(row["operation"], row["score"], row["suppression"]) for row in rows}
        best = select(schema.entry.c.best_score).where(schema.entry.c.id == stored.id)
        ordered = connection.execute(best).scalar() == heads.best_score(rows)
        if {tuple(row) for row in connection.execute(kept).all()} != scores or not ordered:
            yield f"{name}: its scores for filters are out of date."
    except DamagedEntry:
        yield f"{name}: its evidence card cannot be read."
    identity = "rowid" if connection.dialect.name == "sqlite" else "entry_id"
    query = select(schema.search.c.body).where(schema.search.c[identity] == stored.id)
    if connection.execute(query).scalar() != heads.search_text(stored.key, stored.state):
        yield f"{name}: its text for searches is out of date."


_PARTS_OF_A_FILE = (
    ("SQLite's check of the file", _integrity),
    ("Definitions", _definitions),
    ("The index for searches", _search_index),
    ("Rows that belong together", _foreign_keys),
)
_PARTS = (
    ("Triggers", _triggers),
    ("Evidence cards and prompts", _documents),
    ("Histories without an entry", _orphans),
    ("Votes", votes.problems),
    ("The log of imports", import_log.problems),
    ("Batches", batch_events.problems),
    ("Entries", _entries),
)
