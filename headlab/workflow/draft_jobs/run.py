"""Working on a batch: several calls at once, each recorded before and after."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial

from headlab.catalogue.errors import CatalogueUnavailable
from headlab.catalogue.job_steps import CONCURRENCY
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint, draft_with_prompt
from headlab.drafting.cost import cost
from headlab.drafting.dialect import remembered
from headlab.drafting.judging.prompts import Ask
from headlab.drafting.judging.talk import answer_to
from headlab.drafting.prompt import Prompt
from headlab.records.draft import Draft
from headlab.records.draft_job import Answer, ClaimedJob, DraftBatch, Failure
from headlab.records.head import Head
from headlab.records.judge_reply import JudgeReply
from headlab.settings import Key, api_key
from headlab.workflow.draft_jobs.arriving import Texts
from headlab.workflow.draft_jobs.setbacks import ANSWERED, FIRST_WAIT, next_step

LEASE = 30.0
"""Seconds after which the calls of a process that died are sent again."""
LOOK = 0.25
"""Seconds between two looks at what is done and whether to stop."""
PAUSES = (0.1, 0.5, 2.0, 5.0)
"""Seconds between attempts to record a call that was made: a database may be back in a moment."""

OnResult = Callable[[Head, Answer | Failure], None]


def run_batch(
    ledger: JobLedger,
    batch_id: int,
    *,
    key: Key | None = None,
    on_result: OnResult | None = None,
    on_wait: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    texts: Texts | None = None,
    lease: float = LEASE,
    first_wait: float = FIRST_WAIT,
) -> DraftBatch:
    """Work on an open batch until it is finished, paused, stopped or cancelled; returns it.

    Other processes may work on the same batch at the same time. `on_result` gets the outcome of
    every call and `on_wait` the seconds of a longer wait, both in the caller's thread. When
    `cancelled` turns true, or an exception such as a KeyboardInterrupt comes, calls under way are
    ended, their jobs wait again, and what they may cost counts as spent. `texts` takes what drafts
    say while they are written, as far as the endpoint streams and a stream tells what it cost.
    Without a `key` the one of the environment or the keyring is used. `first_wait`: seconds after a
    first refusal that names no time, doubled with every further one. Raises CatalogueError for an
    unknown batch.

        batch = headlab.run_batch(ledger, batch.id)
        print(batch.state, batch.counts["done"], batch.spent)
    """
    endpoint = Endpoint.model_validate(ledger.batch(batch_id).endpoint)
    if key is None:
        found = api_key(endpoint.base_url)
        key = None if found is None else found.key
    run = _Run(ledger, batch_id, endpoint, key, texts, lease, first_wait)
    with ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="headlab-draft-job") as pool:
        try:
            run.loop(pool, on_result, on_wait, cancelled)
        finally:
            run.ending.set()
    return ledger.batch(batch_id)


class _Run:
    """One process's work on one batch."""

    def __init__(
        self,
        ledger: JobLedger,
        batch_id: int,
        endpoint: Endpoint,
        key: Key | None,
        texts: Texts | None,
        lease: float,
        first_wait: float,
    ):
        self.ledger = ledger
        self.batch_id = batch_id
        self.endpoint = endpoint
        self.key = key
        self.texts = texts
        self.lease = lease
        self.first_wait = first_wait
        self.worker = secrets.token_hex(8)
        self.ending = threading.Event()
        self.stream_tells = True
        self.calls: dict[Future[Answer | Failure], Head] = {}
        self.renewed = time.monotonic()

    def loop(
        self,
        pool: ThreadPoolExecutor,
        on_result: OnResult | None,
        on_wait: Callable[[float], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        ready, told, over = 0.0, 0.0, False
        while not (cancelled is not None and cancelled()):
            self._renew()
            while not over and len(self.calls) < CONCURRENCY and time.monotonic() >= ready:
                claim = self.ledger.claim(self.batch_id, self.worker, self.lease)
                over = claim.over
                ready = time.monotonic() + claim.wait
                if claim.wait > 1 and on_wait is not None and ready > told + 1:
                    on_wait(claim.wait)
                    told = ready
                if claim.job is None:
                    break
                call = pool.submit(self._call, claim.job)
                self.calls[call] = claim.job.head
            if over and not self.calls:
                return
            if self._take_results(on_result):
                ready = 0.0

    def _renew(self) -> None:
        if self.calls and time.monotonic() - self.renewed > self.lease / 6:
            _record(lambda: self.ledger.renew(self.worker, self.lease))
            self.renewed = time.monotonic()

    def _take_results(self, on_result: OnResult | None) -> bool:
        """Wait a moment for calls to end, and pass on those that did; whether there were any."""
        if not self.calls:
            time.sleep(LOOK)
            return False
        done, _ = wait(self.calls, LOOK, FIRST_COMPLETED)
        for call in done:
            head = self.calls.pop(call)
            result = call.result()
            if on_result is not None:
                on_result(head, result)
        return bool(done)

    def _call(self, job: ClaimedJob) -> Answer | Failure:
        """One call, recorded as soon as it has ended; in a thread of the pool."""
        try:
            return self._recorded(job)
        finally:
            if self.texts is not None:
                self.texts.forget(job.id)

    def _recorded(self, job: ClaimedJob) -> Answer | Failure:
        try:
            result = self._ask(job)
        except BaseException:  # Cancelled, or what `texts` raised: the job waits again
            _record(lambda: self.ledger.put_back(job.id, self.worker, None, None))
            raise
        spent = cost(result.usage, self.endpoint.prices).amount
        if isinstance(result, Draft | JudgeReply):
            _record(partial(self.ledger.finish, job.id, self.worker, result, spent))
            return result
        step = next_step(result, job.setbacks, self.first_wait)
        if step.again:
            back = partial(self.ledger.put_back, job.id, self.worker, result, spent)
            _record(partial(back, wait=step.wait, slower=step.slower, stop=step.stop))
        else:
            answered = result.kind in ANSWERED
            fail = partial(self.ledger.fail, job.id, self.worker, result, spent)
            _record(partial(fail, proved=answered))
        return result

    def _ask(self, job: ClaimedJob) -> Answer | Failure:
        stopped = self.ending.is_set
        if job.kind != "draft":
            ask = Ask.model_validate(job.prompt)
            return answer_to(ask, self.endpoint, self.key, cancelled=stopped)
        texts = self.texts if self._may_stream() else None
        found = draft_with_prompt(
            Prompt.model_validate(job.prompt),
            self.endpoint,
            key=self.key,
            on_text=None if texts is None else partial(texts.write, job.id),
            cancelled=stopped,
        )
        if texts is not None and isinstance(found, Draft):
            self.stream_tells = cost(found.usage, self.endpoint.prices).amount is not None
        return found

    def _may_stream(self) -> bool:
        """Whether a stream is known to tell its usage, or nobody could say what that costs.

        A call of unknown cost counts with the most that it can cost, which would use up the cap.
        """
        if not self.endpoint.prices.known:
            return True
        return self.stream_tells and remembered(self.endpoint).stream_usage


def _record(step: Callable[[], None]) -> None:
    """Take a step of the ledger, again while the database cannot be reached: a call that is not
    recorded is sent, and paid, once more."""
    for pause in PAUSES:
        try:
            return step()
        except CatalogueUnavailable:
            time.sleep(pause)
    return step()
