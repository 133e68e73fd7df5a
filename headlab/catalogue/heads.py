"""Rows of the table `entry`, and of `label` and `search`, which are derived from them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Row, delete, insert, select, update

from headlab.catalogue import damage, ledger, schema, votes
from headlab.catalogue.changes import HeadState
from headlab.catalogue.errors import DamagedEntry, StaleEdit, UnknownEntry
from headlab.catalogue.history import Change, HeadKey, Replay, apply, next_revision, stamp
from headlab.catalogue.text import canonical, plain, words
from headlab.records.card import EvidenceCard
from headlab.records.entry import (
    ActionKind,
    Entry,
    Review,
    Revision,
    RevisionSource,
    StoredDraft,
    StoredTest,
)
from headlab.records.errors import CatalogueError
from headlab.records.head import Head

_LABELS = {"category": "categories", "stage": "stages", "tag": "tags", "head_name": "head_names"}
_RECORDS = ("drafts", "reviews", "tests")
_MAX_SEARCH_TEXT = 200_000
_DRAFTS = TypeAdapter(tuple[StoredDraft, ...])
_REVIEWS = TypeAdapter(tuple[Review, ...])
_TESTS = TypeAdapter(tuple[StoredTest, ...])


@dataclass(frozen=True)
class StoredHead:
    """An entry's row: its identity, the end of its chain and its state (None: just made)."""

    id: int
    key: HeadKey
    revision: int
    hash: str
    created_at: str
    updated_at: str
    state: HeadState | None

    def entry(self, connection: Connection) -> Entry:
        """The row as a record, with its card."""
        assert self.state is not None
        try:
            return self._record(connection, self.state)
        except ValidationError as error:
            raise DamagedEntry(f"Entry {self.id} cannot be read; run verify.") from error

    def _record(self, connection: Connection, state: HeadState) -> Entry:
        n_open = len(votes.open_votes(votes.read(connection, self.id), state))
        judged = n_open > 0 or (
            state.state == "drafted" and bool(votes.asked_about(connection, self.id))
        )
        return Entry(
            id=self.id,
            model_name=state.model_name,
            model_fingerprint=self.key.fingerprint,
            head=self.key.head,
            state=state.state,
            description=state.description,
            categories=state.categories,
            stages=state.stages,
            tags=state.tags,
            note=state.note,
            head_names=state.head_names,
            tests=state.tests,
            card=ledger.read_card(connection, state.card) if state.card else None,
            drafts=state.drafts,
            reviews=state.reviews,
            imported=ledger.read_imports(connection, self.id),
            open_votes=n_open,
            in_review=judged,
            redoable=ledger.redoable(connection, self.id),
            revision=self.revision,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )


def load(connection: Connection, entry_id: int, *, lock: bool = False) -> StoredHead:
    """The row of an entry, locked for a change if asked; raises UnknownEntry if there is none."""
    if not isinstance(entry_id, int) or isinstance(entry_id, bool):
        raise CatalogueError(f"An entry's id is a whole number, not {entry_id!r}.")
    query = select(schema.entry).where(schema.entry.c.id == entry_id)
    found = None
    if 0 < entry_id < 2**63:
        found = damage.first(connection, query.with_for_update() if lock else query)
    if found is None:
        raise UnknownEntry(f"The catalogue has no entry {entry_id}. List it to see its ids.")
    return from_row(found)


def find(connection: Connection, key: HeadKey, *, lock: bool = False) -> StoredHead | None:
    """The row of a head, None when the catalogue has none."""
    if max(key.head.layer, key.head.index) > schema.MAX_INTEGER:
        return None
    columns = schema.entry.c
    query = select(schema.entry).where(
        columns.model_fingerprint == key.fingerprint,
        columns.layer == key.head.layer,
        columns.head_index == key.head.index,
    )
    row = damage.first(connection, query.with_for_update() if lock else query)
    return from_row(row) if row is not None else None


def find_or_add(connection: Connection, key: HeadKey) -> StoredHead:
    """The locked row of a head, made without a state when it is new.

    Raises CatalogueError for a head that no model has.
    """
    if max(key.head.layer, key.head.index) > schema.MAX_INTEGER:
        raise CatalogueError(f"{key.head} is no head of a model: its numbers are too large.")
    found = find(connection, key, lock=True)
    if found is None:
        values = dict.fromkeys(("model_name", "state", "description", "drafter", "note"), "")
        values |= dict.fromkeys(("hash", "card_hash", "created_at", "updated_at"), "")
        values |= dict.fromkeys((*_LABELS.values(), "drafts", "reviews", "tests"), "[]")
        add = ledger.insert_new(connection, schema.entry).values(
            model_fingerprint=key.fingerprint,
            layer=key.head.layer,
            head_index=key.head.index,
            revision=0,
            **values,
        )
        connection.execute(add)
        found = find(connection, key, lock=True)
    assert found is not None
    return found


def refuse_stale(connection: Connection, head: StoredHead, seen: int | None) -> None:
    """Raise StaleEdit when an edit was made on another revision than the newest.

    Revisions that only say who is asked for votes make no edit stale: they change nothing it is on.
    """
    if seen is None or seen == head.revision:
        return
    if seen > head.revision or ledger.is_changed_since(connection, head.id, seen):
        raise StaleEdit(head.entry(connection), seen)


def append(
    connection: Connection,
    head: StoredHead,
    action: ActionKind,
    change: Change,
    *,
    author: str,
    source: RevisionSource,
    replay: Replay | None = None,
) -> StoredHead:
    """Record a change of a locked row: one revision and the state after it."""
    revision = next_revision(
        head.key,
        entry_id=head.id,
        number=head.revision + 1,
        parent=head.hash,
        action=action,
        change=change,
        author=author,
        source=source,
    )
    state = replay.add(revision) if replay else apply(head.state, change, revision)
    return append_all(connection, head, [revision], state)


def append_all(
    connection: Connection, head: StoredHead, revisions: Sequence[Revision], state: HeadState
) -> StoredHead:
    """Store revisions that follow a locked row's last, and the state they lead to."""
    ledger.add_revisions(connection, head.id, revisions)
    created = head.created_at or stamp(revisions[0].created_at)
    updated, last = stamp(revisions[-1].created_at), revisions[-1]
    columns = state_columns(state) | {"revision": last.number, "hash": last.hash}
    columns |= {"created_at": created, "updated_at": updated}
    connection.execute(update(schema.entry).where(schema.entry.c.id == head.id).values(columns))
    for revision in revisions:
        if revision.action == "assign":
            votes.follow(connection, head.id, revision)
    if state is not head.state:
        _derive(connection, head, state)
    return StoredHead(head.id, head.key, last.number, last.hash, created, updated, state)


def _derive(connection: Connection, head: StoredHead, state: HeadState) -> None:
    """What filters and searches read, where a change of the state has changed it."""
    before = head.state
    labels = label_rows(head.id, state)
    if before is None or label_rows(head.id, before) != labels:
        connection.execute(delete(schema.label).where(schema.label.c.entry_id == head.id))
        if labels:
            connection.execute(insert(schema.label), labels)
    if before is None or before.card != state.card:
        _score(connection, head.id, state.card)
    body = search_text(head.key, state)
    if before is None or search_text(head.key, before) != body:
        _index(connection, head.id, body)


def from_row(row: Row[Any]) -> StoredHead:
    """A row of `entry` as it is stored; raises DamagedEntry when it cannot be read."""
    try:
        damage.require_decoded(row)
        key = HeadKey(row.model_fingerprint, Head(layer=row.layer, index=row.head_index))
        state = None
        if row.revision > 0:
            state = HeadState(
                model_name=row.model_name,
                card=row.card,
                card_hash=row.card_hash,
                state=row.state,
                description=row.description,
                categories=json.loads(row.categories),
                stages=json.loads(row.stages),
                tags=json.loads(row.tags),
                note=row.note,
                drafts=_DRAFTS.validate_json(row.drafts),
                reviews=_REVIEWS.validate_json(row.reviews),
                head_names=json.loads(row.head_names),
                tests=_TESTS.validate_json(row.tests),
            )
    except (TypeError, ValueError) as error:
        raise DamagedEntry(f"Entry {row.id} cannot be read; run verify.") from error
    return StoredHead(row.id, key, row.revision, row.hash, row.created_at, row.updated_at, state)


def state_columns(state: HeadState) -> dict[str, Any]:
    """A state as columns: lists and records are JSON text."""
    data = plain(state)
    listed = {name: canonical(data[name]) for name in (*_LABELS.values(), *_RECORDS)}
    return data | listed | {"drafter": state.drafter, "verdicts": canonical(state.verdicts)}


def label_rows(entry_id: int, state: HeadState) -> list[dict[str, Any]]:
    """What filters look for: lists of the state, who reviewed it, and which tests it fails."""
    found = {kind: getattr(state, field) for kind, field in _LABELS.items()}
    found["reviewer"] = [review.reviewer for review in state.reviews]
    found["failed_test"] = [test for test, said in state.verdicts.items() if said == "fails"]
    return [
        {"kind": kind, "value": value, "entry_id": entry_id}
        for kind, values in found.items()
        for value in dict.fromkeys(values)
    ]


def score_rows(entry_id: int, card: EvidenceCard | None) -> list[dict[str, Any]]:
    """The scores of a card, one an operation."""
    if card is None:
        return []
    return [
        {
            "operation": row.name,
            "entry_id": entry_id,
            "score": row.score,
            "suppression": row.suppression,
        }
        for row in {row.name: row for row in card.relations}.values()
    ]


def best_score(rows: Sequence[dict[str, Any]]) -> float:
    """The highest relation score, below 0 where there is none: what lists are ordered by."""
    return max((float(row["score"]) for row in rows), default=-1.0)


def search_text(key: HeadKey, state: HeadState) -> str:
    """The words under which an entry is found, bounded in length."""
    drafts = [text for row in reversed(state.drafts) for text in _texts(row)]
    labels = (*state.tags, *state.head_names)
    parts = [str(key.head), state.model_name, state.description, *labels, state.note, *drafts]
    return " ".join(words("\n".join(parts)[:_MAX_SEARCH_TEXT]))


def _texts(stored: StoredDraft) -> tuple[str, ...]:
    return stored.draft.description, stored.draft.input_kind, stored.draft.pattern


def _score(connection: Connection, entry_id: int, card: str | None) -> None:
    connection.execute(delete(schema.score).where(schema.score.c.entry_id == entry_id))
    rows = score_rows(entry_id, ledger.read_card(connection, card) if card else None)
    if rows:
        connection.execute(insert(schema.score), rows)
    best = {"best_score": best_score(rows)}
    connection.execute(update(schema.entry).where(schema.entry.c.id == entry_id).values(best))


def _index(connection: Connection, entry_id: int, body: str) -> None:
    identity = "rowid" if connection.dialect.name == "sqlite" else "entry_id"
    found = schema.search.c[identity] == entry_id
    connection.execute(delete(schema.search).where(found))
    connection.execute(insert(schema.search).values({identity: entry_id, "body": body}))
