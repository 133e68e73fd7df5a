"""Questions of a test as jobs of the ledger: estimated, reserved under a cap, paid once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.drafting.cost import CostEstimate, estimate, estimate_messages
from headlab.drafting.judging.judge import Judge
from headlab.drafting.judging.prompts import PROMPT_VERSION, SCHEMAS, Ask
from headlab.drafting.prompt import Prompt
from headlab.records.draft import Draft, Usage
from headlab.records.draft_job import Answer, DraftBatch, Failure, NewBatch, NewJob
from headlab.records.errors import Cancelled, HeadLabError
from headlab.records.head import Head
from headlab.records.judge_reply import JudgeFailure, JudgeReply
from headlab.records.model import ModelFacts
from headlab.settings import Key
from headlab.workflow.costs import sum_of_estimates
from headlab.workflow.draft_jobs.plan import content_key
from headlab.workflow.draft_jobs.run import LEASE, run_batch

Request = Ask | Prompt
Wanted = Sequence[tuple[Head, Request]]
Progress = Callable[[str, int, int], None]

ASKING = "answers of the language model"


class CallsStopped(HeadLabError):
    """The ledger sent no more: the cap, a refused key, or a person's pause or cancel."""


@dataclass(frozen=True)
class CallPlan:
    """What requests would cost: `calls` of them have to be sent, `known` are answered already."""

    calls: int
    known: int
    estimate: CostEstimate


class Calls:
    """The requests of one piece of work to one endpoint, in one batch of the ledger.

    The batch is opened with the first request that has no answer yet; later ones join it, under the
    same cap. `batch` is None while everything was known. An answer counts its usage where it was
    paid for in this batch, and once.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        endpoint: Endpoint,
        facts: ModelFacts,
        selection: str,
        *,
        cap: float | None = None,
        key: Key | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        lease: float = LEASE,
    ):
        self.endpoint = endpoint
        self.batch: DraftBatch | None = None
        self._ledger = JobLedger.of(catalogue)
        self._facts, self._selection = facts, selection
        self._cap, self._key, self._lease = cap, key, lease
        self._progress, self._cancelled = progress, cancelled
        self._failed: dict[str, JudgeFailure] = {}
        self._unpaid: set[str] = set()

    def watch(self, progress: Progress, cancelled: Callable[[], bool]) -> None:
        """Tell the progress, and look whether to end, elsewhere from now on."""
        self._progress, self._cancelled = progress, cancelled

    def send(self, wanted: Wanted) -> None:
        """Send all that has no answer yet, several at once, and wait for the answers.

        Raises CallsStopped when the batch ended before that, Cancelled once `cancelled` is true.
        """
        planned = new_jobs(wanted, self.endpoint)
        known = self._ledger.answered(job.key for job in planned)
        jobs = [job for job in planned if job.key not in known and job.key not in self._failed]
        if jobs:
            self._unpaid.update(job.key for job in jobs)
            self._work(self._open(jobs))

    def outcome(self, head: Head, request: Request) -> Answer | JudgeFailure:
        """The answer to a request, sent now if it is not known, or why there is none."""
        key = content_key(request, self.endpoint)
        found = self._outcome(key)
        if found is None:
            self.send([(head, request)])
            found = self._outcome(key)
        if found is None:
            raise CallsStopped(self._stopped())
        if key in self._unpaid:
            self._unpaid.discard(key)
            return found
        return found.model_copy(update={"usage": Usage()})

    @property
    def failures(self) -> dict[str, int]:
        """How many requests had no usable answer, by kind of failure."""
        return dict(Counter(one.kind for one in self._failed.values()))

    def abandon(self) -> None:
        """Give up what still waits, so that no open batch is left behind."""
        if self.batch is not None:
            now = self._ledger.batch(self.batch.id)
            if now.state in ("open", "paused", "stopped") and now.unfinished:
                now = self._ledger.cancel(now.id)
            self.batch = now

    def _open(self, jobs: Sequence[NewJob]) -> DraftBatch:
        if self.batch is None:
            return self._ledger.add(
                NewBatch(
                    kind="test",
                    model_name=self._facts.name,
                    model_fingerprint=self._facts.fingerprint,
                    selection=self._selection,
                    endpoint=self.endpoint.model_dump(mode="json"),
                    prompt_version=PROMPT_VERSION,
                    cap=self._cap,
                    jobs=tuple(jobs),
                )
            )
        try:
            return self._ledger.extend(self.batch.id, jobs)
        except HeadLabError as error:
            raise CallsStopped(f"{error} {self._go_on()}") from error

    def _work(self, batch: DraftBatch) -> None:
        self.batch = batch
        total = batch.total
        done = total - batch.unfinished

        def count(_head: Head, _result: Answer | Failure) -> None:
            nonlocal done
            done = min(total, done + 1)
            self._tell(done, total)

        self._tell(done, total)
        self.batch = run_batch(
            self._ledger,
            batch.id,
            key=self._key,
            on_result=count,
            cancelled=self._cancelled,
            lease=self._lease,
        )
        if self._cancelled is not None and self._cancelled():
            raise Cancelled
        for job in self._ledger.jobs(batch.id):
            if job.state == "failed" and job.failure is not None:
                self._failed[job.key] = JudgeFailure(
                    kind=job.failure, message=job.message, usage=job.usage
                )
            elif job.reused:
                self._unpaid.discard(job.key)
        if self.batch.unfinished or self.batch.state == "cancelled":
            raise CallsStopped(self._stopped())

    def _tell(self, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(ASKING, done, total)

    def _outcome(self, key: str) -> Answer | JudgeFailure | None:
        return self._failed.get(key) or self._ledger.answers([key]).get(key)

    def _stopped(self) -> str:
        assert self.batch is not None
        reason = self.batch.reason or f"Batch {self.batch.id} is {self.batch.state}."
        return f"{reason} {self._go_on()}"

    def _go_on(self) -> str:
        assert self.batch is not None
        return (
            f"No result was kept. Answers of batch {self.batch.id} are kept in the ledger: "
            f"`headlab jobs resume {self.batch.id}` goes on with it, and the test that is run again "
            "does not pay for them."
        )


def new_jobs(wanted: Wanted, endpoint: Endpoint) -> list[NewJob]:
    """A job for each different request, with the worst that it can cost."""
    keys: dict[str, tuple[Head, Request]] = {}
    for head, request in wanted:
        keys.setdefault(content_key(request, endpoint), (head, request))
    return [
        NewJob(
            kind=request.question if isinstance(request, Ask) else "draft",
            head=head,
            key=key,
            prompt=request.model_dump(mode="json"),
            worst=estimate_of(request, endpoint).ceiling,
        )
        for key, (head, request) in keys.items()
    ]


def plan_calls(ledger: JobLedger, endpoint: Endpoint, requests: Sequence[Request]) -> CallPlan:
    """Estimate requests without those whose answer is known; nothing is sent or stored."""
    keys = {content_key(request, endpoint): request for request in requests}
    known = ledger.answered(keys)
    parts = [estimate_of(one, endpoint) for key, one in keys.items() if key not in known]
    return CallPlan(len(parts), len(known), sum_of_estimates(parts))


def estimate_of(request: Request, endpoint: Endpoint) -> CostEstimate:
    if isinstance(request, Ask):
        return estimate_messages(request.messages, SCHEMAS[request.question], endpoint)
    return estimate(request, endpoint)


class LedgerJudge(Judge):
    """A judge whose every answer is a job of the ledger. Raises CallsStopped where that ended, for
    scores on a part of the answers would say something else."""

    def __init__(self, calls: Calls, head: Head | None = None):
        super().__init__(calls.endpoint)
        self.calls, self._head = calls, head

    def about(self, head: Head) -> LedgerJudge:
        return LedgerJudge(self.calls, head)

    def prepare(self, asks: Sequence[tuple[Head, Ask]]) -> None:
        self.calls.send(asks)

    def reply_to(self, ask: Ask) -> JudgeReply | JudgeFailure:
        if self._head is None:
            raise ValueError("say first which head the question is about")
        found = self.calls.outcome(self._head, ask)
        if isinstance(found, Draft):
            raise TypeError("a question was answered with a draft")
        return found
