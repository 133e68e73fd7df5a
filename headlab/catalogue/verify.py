"""Whether a catalogue is what its history says."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

from sqlalchemy import Connection, select, text

from headlab.catalogue import (
    batch_events,
    heads,
    import_log,
    ledger,
    migrations,
    prompt_texts,
    schema,
    votes,
)
from headlab.catalogue.errors import DamagedEntry
from headlab.catalogue.history import Replay, stamp
from headlab.catalogue.text import canonical, sha256
from headlab.records.card import EvidenceCard
from headlab.records.errors import CatalogueError

_PAGE = 200


def problems(connection: Connection) -> Iterator[str]:
    """Every fault found: in the file, the triggers, the cards, the chains and the stored states."""
    if connection.dialect.name == "sqlite":
        yield from _file(connection)
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = _POSTGRESQL_TRIGGERS
    present = set(connection.execute(text(query)).scalars())
    for name in schema.TRIGGERS:
        if name not in present:
            yield f"The trigger {name}, which keeps history from being changed, is gone."
    yield from _documents(connection)
    yield from _orphans(connection)
    yield from votes.problems(connection)
    yield from import_log.problems(connection)
    yield from batch_events.problems(connection)
    last = 0
    while True:
        query_page = select(schema.entry.c.id).where(schema.entry.c.id > last)
        page = connection.execute(query_page.order_by(schema.entry.c.id).limit(_PAGE)).scalars()
        ids = list(page)
        for entry_id in ids:
            yield from _entry(connection, entry_id)
        if len(ids) < _PAGE:
            return
        last = ids[-1]


_POSTGRESQL_TRIGGERS = (
    "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' "
    "AND tgrelid IN ('revision'::regclass, 'document'::regclass, 'vote'::regclass, "
    "'import_log'::regclass, 'batch_event'::regclass)"
)


_DEFINITIONS = (
    "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'search%'"
)


def _file(connection: Connection) -> Iterator[str]:
    for (found,) in connection.exec_driver_sql("PRAGMA integrity_check").all():
        if found != "ok":
            yield f"SQLite finds the file damaged: {found}"
    rows = connection.exec_driver_sql(_DEFINITIONS).all()
    definitions = {row.name: row.sql for row in rows}
    for name, sql in migrations.definitions(_DEFINITIONS).items():
        if definitions.get(name, sql) != sql:
            yield f"The definition of {name} in the file was changed."
    with closing(sqlite3.connect("")) as copy:  # SQLite before 3.44 checks words by a write only
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        source.backup(copy)
        try:
            copy.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as error:
            yield f"SQLite finds the index for searches damaged: {error}"
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        yield f"A row of {row[0]} belongs to a row of {row[2]} that is not there."


def _documents(connection: Connection) -> Iterator[str]:
    last = ""
    document = schema.document.c
    while True:
        query = select(document.sha256, document.body).where(document.sha256 > last)
        rows = connection.execute(query.order_by(document.sha256).limit(_PAGE)).all()
        for name, body in rows:
            if prompt_texts.is_text(body):
                if sha256(body) != name:
                    yield f"The prompt {name[:12]} was changed: its hash is wrong."
                continue
            try:
                if sha256(canonical(json.loads(body))) != name:
                    yield f"The evidence card {name[:12]} was changed: its hash is wrong."
                EvidenceCard.model_validate_json(body)
            except ValueError:
                yield f"The evidence card {name[:12]} cannot be read."
        if len(rows) < _PAGE:
            return
        last = rows[-1].sha256


def _orphans(connection: Connection) -> Iterator[str]:
    owned = select(schema.entry.c.id).where(schema.entry.c.id == schema.revision.c.entry_id)
    query = select(schema.revision.c.entry_id).where(~owned.exists()).distinct()
    for entry_id in connection.execute(query).scalars():
        yield f"Entry {entry_id} is gone, its history is still there."


def _entry(connection: Connection, entry_id: int) -> Iterator[str]:
    try:
        stored = heads.load(connection, entry_id)
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
    except DamagedEntry as error:
        yield f"{name}: {error}"
    identity = "rowid" if connection.dialect.name == "sqlite" else "entry_id"
    query = select(schema.search.c.body).where(schema.search.c[identity] == stored.id)
    if connection.execute(query).scalar() != heads.search_text(stored.key, stored.state):
        yield f"{name}: its text for searches is out of date."
