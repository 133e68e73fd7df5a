"""Who did what to a batch: a table that only ever grows, written with what it tells of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from headlab.catalogue import schema
from headlab.catalogue.errors import DamagedEntry
from headlab.catalogue.history import stamp
from headlab.catalogue.signature import authenticated_by, signature
from headlab.catalogue.text import canonical, clean_record, plain
from headlab.records.batch_event import LEDGER, BatchAction, BatchEvent, BatchStep
from headlab.records.errors import CatalogueError
from headlab.records.provenance import now

_EVENT, _BATCH = schema.batch_event.c, schema.draft_batch.c
_LEADS_TO: Mapping[BatchAction, str] = {
    "started": "open",
    "paused": "paused",
    "stopped": "stopped",
    "resumed": "open",
    "retried": "open",
    "cancelled": "cancelled",
}


def note(
    connection: Connection,
    batch_id: int,
    action: BatchAction,
    author: str | None,
    **step: Any,
) -> None:
    """Add a step of `BatchStep`'s fields; `author` None: who works here."""
    told = plain(clean_record(BatchStep(**step, authenticated_by=authenticated_by(author))))
    values = {
        "batch_id": batch_id,
        "author": signature(author),
        "action": action,
        "body": canonical({name: value for name, value in told.items() if value is not None}),
        "created_at": stamp(now()),
    }
    connection.execute(insert(schema.batch_event).values(**values))


def note_stop(connection: Connection, batch_id: int, reason: str) -> None:
    """The ledger stopped a batch by itself."""
    note(connection, batch_id, "stopped", LEDGER, reason=reason)


def of_batch(connection: Connection, batch_id: int) -> tuple[BatchEvent, ...]:
    """Every step of a batch, the oldest first; a batch of before they were kept lacks the first."""
    query = select(schema.batch_event).where(_EVENT.batch_id == batch_id).order_by(_EVENT.id)
    return tuple(map(_record, connection.execute(query)))


def start_of(connection: Connection, batch_id: int) -> BatchEvent | None:
    """Who planned a batch and with which prompt; None for one of before that was kept."""
    found = (_EVENT.batch_id == batch_id, _EVENT.action == "started")
    query = select(schema.batch_event).where(*found).order_by(_EVENT.id).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _record(row)


def templates_of(connection: Connection, version: str) -> list[str]:
    """The templates, by sha256, that batches planned here had under a version."""
    query = select(schema.batch_event).where(_EVENT.action == "started").order_by(_EVENT.id)
    starts = (_record(row) for row in connection.execute(query))
    found = (one.template for one in starts if one.prompt_version == version)
    return list(dict.fromkeys(name for name in found if name is not None))


def problems(connection: Connection) -> Iterator[str]:
    """Batches that are not what the steps say that were kept of them."""
    for batch in connection.execute(select(schema.draft_batch).order_by(_BATCH.id)):
        try:
            events = of_batch(connection, batch.id)
        except CatalogueError as error:
            yield f"Batch {batch.id}: {error}"
            continue
        states = [_LEADS_TO[one.action] for one in events if one.action in _LEADS_TO]
        if states and states[-1] != batch.state:
            yield (
                f"Batch {batch.id} is {batch.state}, but the last step kept of it made it "
                f"{states[-1]}."
            )
        caps = [one.cap for one in events if one.action in ("started", "cap")]
        cap = None if batch.cap is None else batch.cap / 1e9
        if caps and caps[-1] != cap:
            yield f"Batch {batch.id} has another cap than the steps kept of it say."


def _record(row: Row[Any]) -> BatchEvent:
    told = {"author": row.author, "action": row.action, "created_at": row.created_at}
    try:
        return BatchEvent.model_validate_json(json.dumps({**json.loads(row.body), **told}))
    except (TypeError, ValueError) as error:
        raise DamagedEntry(f"Step {row.id} of batch {row.batch_id} cannot be read.") from error
