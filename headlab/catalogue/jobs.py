"""The ledger of jobs: what an endpoint is paid for, each sent once and never over the cap.

A job's worst case is reserved in the transaction that hands it to a worker, before anything is sent;
no transaction is open while a call is under way. A worker holds its jobs by a lease that it renews:
when a process dies, its leases run out, its reservations count as spent, and its jobs are sent again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, insert, select, text, update

from headlab.catalogue import batch_events, prompt_texts, schema
from headlab.catalogue.batch_turns import Turn, turn_batch
from headlab.catalogue.engine import Database
from headlab.catalogue.history import stamp
from headlab.catalogue.job_rows import (
    BATCH,
    JOB,
    JOB_COLUMNS,
    as_amount,
    at_least,
    batch_record,
    committed,
    count_jobs,
    database_time,
    held_elsewhere,
    job_record,
    load_batch,
    read_answer,
)
from headlab.catalogue.job_steps import (
    CONCURRENCY,
    add_jobs,
    cap_reached,
    known_answer,
    list_draft,
    load_job,
    next_job,
    note_answer,
    reuse,
    set_batch,
    set_job,
    settle,
    take_back,
    why,
)
from headlab.catalogue.store import Catalogue
from headlab.catalogue.text import clean, clean_record
from headlab.records.draft import Draft, Usage
from headlab.records.draft_job import (
    Answer,
    Claim,
    ClaimedJob,
    DraftBatch,
    DraftJob,
    Failure,
    NewBatch,
    NewJob,
)
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.provenance import now

POLL = 0.5
"""Seconds after which a worker that got no job asks again."""

_BATCHES, _JOBS = schema.draft_batch, schema.draft_job
REUSED_AT_ONCE = 50
"""Known answers that one transaction lists, about a quarter of a second: other writers wait for it."""
_LOCK = {"key": schema.APPLICATION_ID + 1}


class JobLedger:
    """Batches of jobs in a catalogue's database. May be shared by threads; other processes may
    work on the same batches. Methods raise CatalogueError; nothing is then changed.

        with headlab.Catalogue.open() as catalogue:
            ledger = headlab.JobLedger.of(catalogue)
            for batch in ledger.batches():  # the newest first; sums in the currency of the prices
                print(batch.id, batch.state, batch.counts, batch.spent)
            ledger.resume(batch.id, cap=2.0)  # or pause, cancel, retry
            headlab.run_batch(ledger, batch.id)
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def of(cls, catalogue: Catalogue) -> JobLedger:
        """The ledger beside a catalogue's entries."""
        return cls(catalogue._database)

    # batches

    def add(self, batch: NewBatch, author: str | None = None) -> DraftBatch:
        """Plan a batch; nothing is sent. Raises CatalogueError for a cap without known prices.

        Its drafts will be signed by `author`, None: who works here; its template is kept for them.
        """
        batch = clean_record(batch)
        if batch.cap is not None and any(job.worst is None for job in batch.jobs):
            raise CatalogueError(
                "A cap needs prices, for without them no cost can be reserved. Set them for this "
                "model, or plan the batch without a cap."
            )
        when = stamp(now())
        with self._writing() as connection:
            added = insert(_BATCHES).values(
                kind=batch.kind,
                model_name=batch.model_name,
                model_fingerprint=batch.model_fingerprint,
                selection=batch.selection,
                endpoint=json.dumps(batch.endpoint),
                prompt_version=batch.prompt_version,
                cap=None if batch.cap is None else at_least(batch.cap),
                state="open",
                reason="",
                proved=0,
                concurrency=CONCURRENCY,
                streak=0,
                setbacks=0,
                not_before=0.0,
                created_at=when,
                updated_at=when,
            )
            batch_id = connection.execute(added.returning(BATCH.id)).scalar_one()
            add_jobs(connection, batch_id, batch.jobs)
            row = load_batch(connection, batch_id)
            text_of_prompt = batch.prompt_template
            batch_events.note(
                connection,
                batch_id,
                "started",
                author,
                jobs=len(batch.jobs),
                prompt_version=batch.prompt_version,
                template=prompt_texts.keep(connection, text_of_prompt) if text_of_prompt else None,
                cap=as_amount(row.cap),
            )
            return batch_record(connection, row)

    def extend(
        self, batch_id: int, jobs: Sequence[NewJob], author: str | None = None
    ) -> DraftBatch:
        """Add jobs to an open batch, under the same cap; nothing is sent."""
        more = [clean_record(job) for job in jobs]
        with self._writing() as connection:
            row = load_batch(connection, batch_id)
            if row.state != "open":
                raise CatalogueError(f"Batch {batch_id} is {row.state} and takes no more jobs.")
            if row.cap is not None and any(job.worst is None for job in more):
                raise CatalogueError("The prices of these jobs are not known: they fit no cap.")
            add_jobs(connection, batch_id, more)
            batch_events.note(connection, batch_id, "extended", author, jobs=len(more))
            return batch_record(connection, row)

    def batches(self) -> tuple[DraftBatch, ...]:
        """Every batch, the newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(_BATCHES).order_by(BATCH.id.desc())).all()
            return tuple(batch_record(connection, row) for row in rows)

    def batch(self, batch_id: int) -> DraftBatch:
        """A batch with its counts, sums and steps; raises CatalogueError when there is none."""
        with self._database.reading() as connection:
            return batch_record(connection, load_batch(connection, batch_id))

    def jobs(self, batch_id: int) -> tuple[DraftJob, ...]:
        """The jobs of a batch in the order in which they are sent."""
        with self._database.reading() as connection:
            load_batch(connection, batch_id)
            query = select(*JOB_COLUMNS).where(JOB.batch_id == batch_id).order_by(JOB.id)
            return tuple(job_record(row) for row in connection.execute(query))

    def answered(self, keys: Iterable[str]) -> frozenset[str]:
        """Those of the keys whose answer is known: they are not sent, and cost nothing."""
        return frozenset(self.answers(keys))

    def answers(self, keys: Iterable[str]) -> dict[str, Answer]:
        """What is known of these keys; the first answer of each that was paid for."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, Answer] = {}
        columns = (JOB.id, JOB.kind, JOB.key, JOB.answer)
        with self._database.reading() as connection:
            for start in range(0, len(wanted), 500):
                some = JOB.key.in_(wanted[start : start + 500])
                query = select(*columns).where(some, JOB.state == "done").order_by(JOB.id)
                for row in connection.execute(query):
                    if row.key not in found:
                        found[row.key] = read_answer(row.id, row.kind, row.answer)
        return found

    def held_elsewhere(self, batch_id: int) -> tuple[int, float]:
        """How many jobs are in the hands of workers, and within how many seconds all of them are
        sent again if those workers are gone."""
        with self._database.reading() as connection:
            load_batch(connection, batch_id)
            return held_elsewhere(connection, batch_id)

    # turns by `author`, None: who works here

    def pause(self, batch_id: int, author: str | None = None) -> DraftBatch:
        """Hand out no more jobs; calls under way end, and their answers are kept."""
        return self._turn(batch_id, "paused", author)

    def resume(
        self, batch_id: int, cap: float | None = None, author: str | None = None
    ) -> DraftBatch:
        """Let a paused or stopped batch go on, with another cap if one is given."""
        return self._turn(batch_id, "resumed", author, cap)

    def cancel(self, batch_id: int, author: str | None = None) -> DraftBatch:
        """Give up all jobs that wait; calls under way end, and their answers are kept."""
        return self._turn(batch_id, "cancelled", author)

    def retry(
        self, batch_id: int, cap: float | None = None, author: str | None = None
    ) -> DraftBatch:
        """Let the failed jobs of a batch, and no finished one, be sent again."""
        return self._turn(batch_id, "retried", author, cap)

    # workers

    def claim(self, batch_id: int, worker: str, lease: float) -> Claim:
        """The next job for a worker, its worst case reserved; jobs with a known answer are done on
        the way, some at a time: a claim without a job, wait or end means to ask again. `lease`: seconds
        after which the job goes to another unless it is renewed.

        Until a first answer has come, one call is under way at a time, so that a wrong key or name
        costs one request.
        """
        with self._writing() as connection:
            row = load_batch(connection, batch_id)
            moment = database_time(connection)
            take_back(connection, row, moment)
            if row.state != "open":
                return Claim(over=True)
            if moment < row.not_before:
                return Claim(wait=row.not_before - moment)
            under_way = count_jobs(connection, batch_id, "sent")
            if under_way >= (row.concurrency if row.proved else 1):
                return Claim(wait=POLL)
            reused = 0
            while (job := next_job(connection, batch_id, moment)) is not None:
                known = known_answer(connection, job.key)
                if known is None:
                    break
                if reused == REUSED_AT_ONCE:
                    return Claim()
                reuse(connection, row, job, known)
                reused += 1
            if job is None:
                unfinished = under_way or count_jobs(connection, batch_id, "waiting")
                return Claim(wait=POLL) if unfinished else Claim(over=True)
            if row.cap is not None and sum(committed(connection, batch_id)) + job.worst > row.cap:
                if under_way:  # what they do not use of their reservations may be enough
                    return Claim(wait=POLL)
                left = count_jobs(connection, batch_id, "waiting")
                reason = cap_reached(left)
                set_batch(connection, batch_id, state="stopped", reason=reason)
                batch_events.note_stop(connection, batch_id, reason)
                return Claim(over=True)
            set_job(
                connection,
                job.id,
                state="sent",
                worker=clean(worker),
                lease=moment + lease,
                attempts=job.attempts + 1,
                reserved=job.worst or 0,
            )
            return Claim(
                job=ClaimedJob(
                    id=job.id,
                    kind=job.kind,
                    head=Head(layer=job.layer, index=job.head_index),
                    prompt=json.loads(job.prompt),
                    reserved=(job.worst or 0) / 1e9,
                    setbacks=row.setbacks,
                )
            )

    def renew(self, worker: str, lease: float) -> None:
        """Hold on to all jobs of a worker for another `lease` seconds."""
        with self._writing() as connection:
            until = database_time(connection) + lease
            mine = update(_JOBS).where(JOB.worker == clean(worker))
            connection.execute(mine.values(lease=until))

    def finish(self, job_id: int, worker: str, answer: Answer, cost: float | None) -> None:
        """Keep a job's answer, and list a draft with its head's entry, in one transaction.

        `cost` None: nobody told, so the reservation counts. An answer that comes after the lease
        ran out is kept as well, for it is paid.
        """
        answer = clean_record(answer)
        with self._writing() as connection:
            job, batch = load_job(connection, job_id)
            settle(connection, job, worker, answer.usage, cost)
            if job.state == "done":
                return
            body = answer.model_dump_json()
            set_job(connection, job_id, state="done", failure="", message="", answer=body)
            if isinstance(answer, Draft):
                list_draft(connection, batch, job, answer)
            note_answer(connection, batch)

    def fail(
        self, job_id: int, worker: str, failure: Failure, cost: float | None, proved: bool
    ) -> None:
        """Record why a job has no answer. `proved`: the endpoint took key, model and request."""
        with self._writing() as connection:
            job, batch = load_job(connection, job_id)
            settle(connection, job, worker, failure.usage, cost)
            if job.state == "sent" and job.worker == clean(worker):
                set_job(connection, job_id, state="failed", **why(failure))
            if proved:
                note_answer(connection, batch)

    def put_back(
        self,
        job_id: int,
        worker: str,
        failure: Failure | None,
        cost: float | None,
        *,
        wait: float = 0.0,
        slower: bool = False,
        stop: str = "",
    ) -> None:
        """Let a job wait again: its call was refused, or ended by this side (`failure` None).

        `wait`: seconds in which the batch sends nothing; `slower` halves its concurrency; `stop` is
        the reason to stop the batch until a person resumes it.
        """
        with self._writing() as connection:
            job, batch = load_job(connection, job_id)
            usage = Usage() if failure is None else failure.usage
            settle(connection, job, worker, usage, cost)
            if job.state == "sent" and job.worker == clean(worker):
                state = "cancelled" if batch.state == "cancelled" else "waiting"
                fields = {} if failure is None else why(failure)
                set_job(connection, job_id, state=state, **fields)
            changes: dict[str, Any] = {}
            moment = database_time(connection)
            if wait:
                changes["not_before"] = max(batch.not_before, moment + wait)
            if failure is not None and moment >= batch.not_before:
                # calls that were under way together are refused together: one setback
                changes["setbacks"] = batch.setbacks + 1
                if slower:
                    changes |= {"concurrency": max(1, batch.concurrency // 2), "streak": 0}
            if stop and batch.state == "open":
                changes |= {"state": "stopped", "reason": clean(stop), "proved": 0}
                batch_events.note_stop(connection, batch.id, clean(stop))
            if changes:
                set_batch(connection, batch.id, **changes)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A write transaction that no other of any ledger runs beside."""
        with self._database.writing() as connection:
            if connection.dialect.name != "sqlite":  # there BEGIN IMMEDIATE does it
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), _LOCK)
            yield connection

    def _turn(
        self, batch_id: int, action: Turn, author: str | None, cap: float | None = None
    ) -> DraftBatch:
        with self._writing() as connection:
            turn_batch(connection, load_batch(connection, batch_id), action, author, cap)
            return batch_record(connection, load_batch(connection, batch_id))
