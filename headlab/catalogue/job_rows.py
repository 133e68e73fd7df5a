"""Rows of the ledger of jobs as records, and its money in whole billionths."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, func, select, text

from headlab.catalogue import batch_events, schema
from headlab.catalogue.errors import DamagedEntry, Unknown
from headlab.records.base import Record
from headlab.records.draft import Draft, Usage
from headlab.records.draft_job import JOB_STATES, Answer, DraftBatch, DraftJob
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.judge_reply import JudgeReply

R = TypeVar("R", bound=Record)

BILLION = 1_000_000_000
_UNCOUNTED = "uncounted"  # beside a job's usage, in billionths
JOB, BATCH = schema.draft_job.c, schema.draft_batch.c

_PG_TIME = text("SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)")


def at_most(amount: float) -> int:
    """An amount in billionths, rounded up: what to reserve, or what was spent."""
    return _within(math.ceil(amount * BILLION))


def at_least(amount: float) -> int:
    """An amount in billionths, rounded down: a limit."""
    return _within(math.floor(amount * BILLION))


def as_amount(billionths: int | None) -> float | None:
    """An amount of billionths that need not be there, in the currency."""
    return None if billionths is None else billionths / BILLION


def _within(billionths: int) -> int:
    if billionths >= 2**62:
        raise CatalogueError("An amount of money is too large for the ledger; check the prices.")
    return billionths


def database_time(connection: Connection) -> float:
    """Seconds since 1970 by the one clock that all users of the database share."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(connection.execute(_PG_TIME).scalar_one())


def committed(connection: Connection, batch_id: int) -> tuple[int, int]:
    """Billionths that a batch has spent, and that are reserved for calls under way."""
    sums = (func.coalesce(func.sum(column), 0) for column in (JOB.spent, JOB.reserved))
    spent, reserved = connection.execute(select(*sums).where(JOB.batch_id == batch_id)).one()
    return int(spent), int(reserved)


def uncounted(connection: Connection, batch_id: int) -> int:
    """Billionths of what a batch has spent that are reservations in place of a cost nobody told."""
    query = select(JOB.usage).where(JOB.batch_id == batch_id, JOB.usage.like(f'%"{_UNCOUNTED}"%'))
    return sum(_uncounted(stored) for stored in connection.execute(query).scalars())


def held_elsewhere(connection: Connection, batch_id: int) -> tuple[int, float]:
    """How many jobs are in the hands of workers, and seconds until the last lease of those ends."""
    query = select(func.count(), func.max(JOB.lease)).where(
        JOB.batch_id == batch_id, JOB.state == "sent"
    )
    held, lease = connection.execute(query).one()
    return int(held), max(0.0, (lease or 0.0) - database_time(connection))


def count_jobs(connection: Connection, batch_id: int, state: str) -> int:
    query = select(func.count()).where(JOB.batch_id == batch_id, JOB.state == state)
    return int(connection.execute(query).scalar_one())


def load_batch(connection: Connection, batch_id: int) -> Row[Any]:
    """The row of a batch; raises Unknown when there is none."""
    found = None
    if 0 <= batch_id <= schema.MAX_INTEGER:
        query = select(schema.draft_batch).where(BATCH.id == batch_id)
        found = connection.execute(query).first()
    if found is None:
        raise Unknown(f"There is no batch {batch_id}. `headlab jobs list` shows those there are.")
    return found


def batch_record(connection: Connection, row: Row[Any]) -> DraftBatch:
    """A batch with its counts and sums at this moment."""
    counted = select(JOB.state, func.count()).where(JOB.batch_id == row.id).group_by(JOB.state)
    counts = dict.fromkeys(JOB_STATES, 0)
    counts |= {state: int(count) for state, count in connection.execute(counted)}
    unpriced = select(func.count()).where(JOB.batch_id == row.id, JOB.worst.is_(None))
    spent, reserved = committed(connection, row.id)
    over = row.state == "open" and not counts["waiting"] + counts["sent"]
    return _read(
        DraftBatch,
        row.id,
        {
            "id": row.id,
            "kind": row.kind,
            "model_name": row.model_name,
            "model_fingerprint": row.model_fingerprint,
            "selection": row.selection,
            "endpoint": row.endpoint,
            "prompt_version": row.prompt_version,
            "cap": as_amount(row.cap),
            "state": "finished" if over else row.state,
            "reason": row.reason,
            "concurrency": row.concurrency,
            "priced": connection.execute(unpriced).scalar_one() == 0,
            "reserved": reserved / BILLION,
            "spent": spent / BILLION,
            "uncounted": uncounted(connection, row.id) / BILLION,
            "counts": counts,
            "events": batch_events.of_batch(connection, row.id),
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        },
        ("endpoint",),
    )


JOB_COLUMNS = tuple(column for column in schema.draft_job.c if column.name != "prompt")


def job_record(row: Row[Any]) -> DraftJob:
    """A job out of its row of `JOB_COLUMNS`."""
    return _read(
        DraftJob,
        row.id,
        {
            "id": row.id,
            "batch_id": row.batch_id,
            "kind": row.kind,
            "head": Head(layer=row.layer, index=row.head_index),
            "key": row.key,
            "state": row.state,
            "failure": row.failure or None,
            "message": row.message,
            "attempts": row.attempts,
            "reserved": row.reserved / BILLION,
            "spent": row.spent / BILLION,
            "uncounted": _uncounted(row.usage) / BILLION,
            "usage": _told(row.usage).model_dump_json(),
            "draft" if row.kind == "draft" else "reply": row.answer or "null",
            "reused": bool(row.reused),
            "updated_at": row.updated_at,
        },
        ("usage", "draft" if row.kind == "draft" else "reply"),
    )


def read_answer(job_id: int, kind: str, body: str) -> Answer:
    """What a job that is done was answered."""
    record: type[Draft] | type[JudgeReply] = Draft if kind == "draft" else JudgeReply
    try:
        return record.model_validate_json(body)
    except ValueError as error:
        raise DamagedEntry(f"The answer of job {job_id} cannot be read: {error}.") from error


def more_usage(stored: str, usage: Usage, reservation: int = 0) -> str:
    """The usage of all attempts so far as JSON; a total is unknown once a part of it is.

    `reservation`: billionths that count as spent from now on, for nobody told what a call cost.
    """
    before, whole = _told(stored), usage
    if not before.calls or not usage.calls:
        whole = usage if usage.calls else before
    else:
        whole = Usage(
            calls=before.calls + usage.calls,
            prompt_tokens=_plus(before.prompt_tokens, usage.prompt_tokens),
            completion_tokens=_plus(before.completion_tokens, usage.completion_tokens),
        )
    reserved = _uncounted(stored) + reservation
    return json.dumps(whole.model_dump() | ({_UNCOUNTED: reserved} if reserved else {}))


def _told(stored: str) -> Usage:
    return Usage.model_validate(
        {name: value for name, value in json.loads(stored).items() if name != _UNCOUNTED}
    )


def _uncounted(stored: str) -> int:
    return int(json.loads(stored).get(_UNCOUNTED, 0))


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _read(kind: type[R], row_id: int, values: Mapping[str, Any], written: tuple[str, ...]) -> R:
    """A record out of plain values, those in `written` being JSON."""
    try:
        parsed = {name: json.loads(values[name]) for name in written}
        parsed |= {
            name: datetime.fromisoformat(values[name])
            for name in ("created_at", "updated_at")
            if name in values
        }
        return kind.model_validate({**values, **parsed})
    except ValueError as error:
        raise DamagedEntry(f"{kind.__name__} {row_id} cannot be read: {error}.") from error
