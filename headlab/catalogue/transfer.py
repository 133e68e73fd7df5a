"""Exports: entries with their full history as open JSON, or the whole catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from headlab.catalogue import (
    beside,
    heads,
    import_log,
    ledger,
    paid_answers,
    prompt_texts,
    saved,
    schema,
    votes,
)
from headlab.catalogue.changes import EvidenceChange
from headlab.catalogue.exported import FORMAT, VERSION
from headlab.catalogue.history import HeadKey, read_change
from headlab.catalogue.text import plain
from headlab.records.base import Record
from headlab.records.entry import Revision
from headlab.records.provenance import now


def export(
    connection: Connection, entry_ids: Iterable[int] | None, *, whole: bool
) -> dict[str, Any]:
    """The given entries, or all; raises CatalogueError for an unknown id.

    `whole` adds what stands beside them: votes, saved filters and paid answers.
    """
    if entry_ids is None:
        query = select(schema.entry.c.id)
        entry_ids = connection.execute(query.order_by(schema.entry.c.id)).scalars().all()
    entries: list[dict[str, Any]] = []
    cards: dict[str, Any] = {}
    prompts: dict[str, str] = {}
    keys: set[HeadKey] = set()
    for entry_id in dict.fromkeys(entry_ids):
        stored = heads.load(connection, entry_id)
        revisions = ledger.read_history(connection, entry_id)
        assert stored.state is not None
        for name in filter(None, map(card_of, revisions)):
            cards[name] = plain(ledger.read_card(connection, name))
        prompts |= prompt_texts.of_revisions(connection, revisions)
        keys.add(stored.key)
        entries.append(
            {
                "model_fingerprint": stored.key.fingerprint,
                "head": plain(stored.key.head),
                "current": plain(stored.state),
                "revisions": [exported(revision) for revision in revisions],
                "votes": _plain(votes.read(connection, entry_id) if whole else ()),
                "asked": _plain(beside.unsaid(connection, entry_id, revisions)),
            }
        )
    logged = import_log.read(connection)
    return assemble(
        entries,
        cards,
        prompts,
        imports=_plain(import_log.narrowed(logged, keys, with_votes=whole)),
        filters=_plain(saved.read_all(connection, None) if whole else ()),
        answers=_plain(paid_answers.read(connection) if whole else ()),
    )


def assemble(
    entries: list[dict[str, Any]],
    cards: dict[str, Any],
    prompts: dict[str, str],
    **rest: list[dict[str, Any]],
) -> dict[str, Any]:
    """The whole file, of `Export`'s fields as plain values."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": now().isoformat(),
        "entries": entries,
        "cards": cards,
        "prompts": prompts,
        **rest,
    }


def card_of(revision: Revision) -> str | None:
    """The evidence card that a revision names."""
    if revision.action not in ("created", "evidence"):
        return None
    change = read_change(revision)
    return change.card if isinstance(change, EvidenceChange) else None


def exported(revision: Revision) -> dict[str, Any]:
    """A revision without the id that its entry has here."""
    data = plain(revision)
    del data["entry_id"]
    return data


def _plain(records: Iterable[Record]) -> list[dict[str, Any]]:
    return [plain(one) for one in records]
