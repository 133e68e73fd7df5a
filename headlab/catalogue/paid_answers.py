"""What endpoints answered and were paid for, on its way from one catalogue into another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from headlab.catalogue import schema
from headlab.catalogue.exported import PaidAnswer
from headlab.catalogue.history import stamp
from headlab.catalogue.job_rows import BATCH, JOB, read_answer
from headlab.catalogue.job_steps import CONCURRENCY, add_jobs
from headlab.records.draft import Draft
from headlab.records.draft_job import BatchKind, NewJob
from headlab.records.head import Head
from headlab.records.provenance import now

_BATCHES, _JOBS = schema.draft_batch, schema.draft_job
_AT_ONCE = 500


def read(connection: Connection) -> tuple[PaidAnswer, ...]:
    """The answer of every job that has one; of equal jobs the first, which was paid."""
    columns = (JOB.id, JOB.kind, JOB.key, JOB.layer, JOB.head_index, JOB.answer)
    joined = _JOBS.join(_BATCHES, JOB.batch_id == BATCH.id)
    query = select(*columns, BATCH.model_name, BATCH.model_fingerprint).select_from(joined)
    rows = connection.execute(query.where(JOB.state == "done").order_by(JOB.id))
    return first(map(from_row, rows))


def first(answers: Iterable[PaidAnswer]) -> tuple[PaidAnswer, ...]:
    """Of equal jobs the first."""
    found: dict[str, PaidAnswer] = {}
    for one in answers:
        found.setdefault(one.key, one)
    return tuple(found.values())


def from_row(row: Any) -> PaidAnswer:
    """A job that is done, with the model of its batch; raises DamagedEntry, ValueError."""
    answer = read_answer(row.id, row.kind, row.answer)
    return PaidAnswer(
        key=row.key,
        kind=row.kind,
        model_name=row.model_name,
        model_fingerprint=row.model_fingerprint,
        head=Head(layer=row.layer, index=row.head_index),
        draft=answer if isinstance(answer, Draft) else None,
        reply=None if isinstance(answer, Draft) else answer,
    )


def new(connection: Connection, given: Iterable[PaidAnswer]) -> tuple[PaidAnswer, ...]:
    """Those whose job has no answer here."""
    wanted = {one.key: one for one in given}
    keys = list(wanted)
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        query = select(JOB.key).where(JOB.key.in_(some), JOB.state == "done")
        for key in connection.execute(query).scalars():
            wanted.pop(key, None)
    return tuple(wanted.values())


def add(connection: Connection, answers: Sequence[PaidAnswer], source: str) -> None:
    """Keep answers as finished jobs that cost nothing here, in a batch a model and kind."""
    batches: defaultdict[tuple[str, str, BatchKind], list[PaidAnswer]] = defaultdict(list)
    for one in answers:
        kind: BatchKind = "draft" if one.kind == "draft" else "test"
        batches[one.model_name, one.model_fingerprint, kind].append(one)
    for (name, fingerprint, kind), mine in batches.items():
        batch_id = _add_batch(connection, name, fingerprint, kind, f"answers out of {source}")
        jobs = [
            NewJob(kind=one.kind, head=one.head, key=one.key, prompt={}, worst=0.0) for one in mine
        ]
        add_jobs(connection, batch_id, jobs)
        this = (JOB.batch_id == batch_id, JOB.key == bindparam("of"))
        done = {"state": "done", "reused": 1, "answer": bindparam("said")}
        bodies = [{"of": one.key, "said": _body(one)} for one in mine]
        connection.execute(update(_JOBS).where(*this).values(done), bodies)


def _body(one: PaidAnswer) -> str:
    answer = one.draft or one.reply
    assert answer is not None
    return answer.model_dump_json()


def _add_batch(
    connection: Connection, name: str, fingerprint: str, kind: BatchKind, selection: str
) -> int:
    when = stamp(now())
    values: dict[str, Any] = {
        "kind": kind,
        "model_name": name,
        "model_fingerprint": fingerprint,
        "selection": selection,
        "endpoint": "{}",
        "prompt_version": "",
        "state": "open",
        "reason": "",
        "proved": 0,
        "concurrency": CONCURRENCY,
        "streak": 0,
        "setbacks": 0,
        "not_before": 0.0,
        "created_at": when,
        "updated_at": when,
    }
    added = insert(_BATCHES).values(values).returning(BATCH.id)
    return int(connection.execute(added).scalar_one())
