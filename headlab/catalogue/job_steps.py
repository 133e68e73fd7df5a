"""What happens to jobs inside the transactions of their ledger."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from headlab.catalogue import batch_events, edits, heads, schema
from headlab.catalogue.history import HeadKey, stamp
from headlab.catalogue.job_rows import BATCH, JOB, at_most, load_batch, more_usage, read_answer
from headlab.catalogue.text import clean
from headlab.records.batch_event import BatchEvent
from headlab.records.draft import Draft, Usage
from headlab.records.draft_job import Answer, Failure, NewJob
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.provenance import now

CONCURRENCY = 4
"""Calls of one batch under way at once, over all processes."""
STEADY = 8
"""Answers in a row after which a lowered concurrency rises by one."""

_BATCHES, _JOBS = schema.draft_batch, schema.draft_job


def add_jobs(connection: Connection, batch_id: int, jobs: Sequence[NewJob]) -> None:
    """Jobs that wait, in the order in which they will be sent."""
    when = stamp(now())
    fresh = {"failure": "", "message": "", "worker": "", "lease": 0.0, "attempts": 0}
    fresh |= {"reserved": 0, "spent": 0, "answer": "", "reused": 0}
    fresh |= {"usage": Usage().model_dump_json(), "state": "waiting", "updated_at": when}
    rows = [
        {
            "batch_id": batch_id,
            "kind": job.kind,
            "layer": job.head.layer,
            "head_index": job.head.index,
            "key": job.key,
            "prompt": json.dumps(job.prompt),
            "worst": None if job.worst is None else at_most(job.worst),
            **fresh,
        }
        for job in jobs
    ]
    connection.execute(insert(_JOBS), rows)


def any_unpriced(connection: Connection, batch_id: int) -> bool:
    query = select(JOB.id).where(JOB.batch_id == batch_id, JOB.worst.is_(None)).limit(1)
    return connection.execute(query).first() is not None


def take_back(connection: Connection, batch: Row[Any], moment: float) -> None:
    """Jobs of a worker that is gone: their calls may have been paid, so that they count as such."""
    state = "cancelled" if batch.state == "cancelled" else "waiting"
    held = select(_JOBS).where(JOB.batch_id == batch.id, JOB.worker != "", JOB.lease < moment)
    for job in connection.execute(held).all():
        fields = {
            "state": state if job.state == "sent" else job.state,
            "spent": job.spent + job.reserved,
            "usage": more_usage(job.usage, Usage(), job.reserved),
            "reserved": 0,
            "worker": "",
        }
        connection.execute(update(_JOBS).where(JOB.id == job.id).values(**fields))


def next_job(connection: Connection, batch_id: int, moment: float) -> Row[Any] | None:
    """The first waiting job whose like is not under way, in this batch or another."""
    under_way = select(JOB.key).where(JOB.state == "sent", JOB.lease >= moment)
    query = (
        select(_JOBS)
        .where(JOB.batch_id == batch_id, JOB.state == "waiting", JOB.key.not_in(under_way))
        .order_by(JOB.id)
        .limit(1)
    )
    return connection.execute(query).first()


def known_answer(connection: Connection, key: str) -> Answer | None:
    query = select(JOB.id, JOB.kind, JOB.answer).where(JOB.key == key, JOB.state == "done")
    found = connection.execute(query.order_by(JOB.id).limit(1)).first()
    return None if found is None else read_answer(found.id, found.kind, found.answer)


def reuse(connection: Connection, batch: Row[Any], job: Row[Any], known: Answer) -> None:
    """Finish a job with an answer that is known: it costs nothing."""
    own: dict[str, Any] = {"usage": Usage()}
    if isinstance(known, Draft):
        prompt = json.loads(job.prompt)
        own |= {"card_hash": prompt["card_hash"], "held_out": prompt.get("held_out", False)}
    answer = known.model_copy(update=own)
    body = answer.model_dump_json()
    fields = {"state": "done", "failure": "", "message": "", "answer": body, "reused": 1}
    set_job(connection, job.id, **fields)
    if isinstance(answer, Draft):
        list_draft(connection, batch, job, answer)


def list_draft(connection: Connection, batch: Row[Any], job: Row[Any], draft: Draft) -> None:
    """Add the draft to its head's entry, unless the same is listed or it was made for a test.

    The answer is paid and stays with the job even where the entry does not take it.
    """
    if batch.kind == "test":
        return
    head = Head(layer=job.layer, index=job.head_index)
    try:
        with connection.begin_nested():
            key = HeadKey(batch.model_fingerprint, head)
            entry = heads.find(connection, key, lock=True)
            if entry is None or entry.state is None:
                raise CatalogueError(f"{head} has no entry in the catalogue any more")
            listed = [stored.draft for stored in entry.state.drafts]
            if not any(alike(one, draft) for one in listed):
                start = batch_events.start_of(connection, batch.id)
                edits.add_draft(
                    connection,
                    entry,
                    draft,
                    None if start is None else start.author,
                    _template_of(start, draft),
                    None if start is None else start.authenticated_by,
                )
    except CatalogueError as error:
        set_job(connection, job.id, message=clean(f"The draft is not in the catalogue: {error}"))


def _template_of(start: BatchEvent | None, draft: Draft) -> str | None:
    """The template that a batch made the draft with.

    An answer that another batch paid for can be of another template that gave the same prompt.
    """
    if start is None or draft.drafter.prompt_version != start.prompt_version:
        return None
    return start.template


def alike(one: Draft, other: Draft) -> bool:
    same = one.drafter.model_dump() == other.drafter.model_dump()  # in any order of parameters
    same = same and one.held_out == other.held_out  # the same words from less evidence are news
    return same and one.description == other.description


def settle(
    connection: Connection, job: Row[Any], worker: str, usage: Usage, cost: float | None
) -> None:
    """Count what a call cost, and end its reservation if the job is still the worker's."""
    mine = job.worker == clean(worker)
    # once the lease has run out, the reservation was counted as spent: that covers the call
    spent = 0 if not mine else job.reserved if cost is None else at_most(cost)
    ended = {"reserved": 0, "worker": "", "lease": 0.0} if mine else {}
    set_job(
        connection,
        job.id,
        spent=job.spent + spent,
        usage=more_usage(job.usage, usage, spent if cost is None else 0),
        **ended,
    )


def note_answer(connection: Connection, batch: Row[Any]) -> None:
    streak = batch.streak + 1
    rises = streak >= STEADY and batch.concurrency < CONCURRENCY
    set_batch(
        connection,
        batch.id,
        proved=1,
        setbacks=0,
        streak=0 if rises else streak,
        concurrency=batch.concurrency + rises,
    )


def why(failure: Failure) -> dict[str, str]:
    return {"failure": failure.kind, "message": clean(failure.message)}


def load_job(connection: Connection, job_id: int) -> tuple[Row[Any], Row[Any]]:
    job = connection.execute(select(_JOBS).where(JOB.id == job_id)).first()
    if job is None:
        raise CatalogueError(f"There is no job {job_id}.")
    return job, load_batch(connection, job.batch_id)


def set_job(connection: Connection, job_id: int, **values: Any) -> None:
    values["updated_at"] = stamp(now())
    connection.execute(update(_JOBS).where(JOB.id == job_id).values(**values))


def set_batch(connection: Connection, batch_id: int, **values: Any) -> None:
    values["updated_at"] = stamp(now())
    connection.execute(update(_BATCHES).where(BATCH.id == batch_id).values(**values))


def cap_reached(left: int) -> str:
    jobs = "1 job is" if left == 1 else f"{left} jobs are"
    return (
        f"The cap is reached: the next call could cost more than what is left of it. {jobs} not "
        "sent; resume with a higher cap."
    )
