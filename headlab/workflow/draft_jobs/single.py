"""One draft by an endpoint's LLM, asked for by itself: a batch of one in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.drafting.cost import estimate
from headlab.drafting.prompt import build_prompt
from headlab.drafting.template_file import read_template
from headlab.records.bench import DraftEstimate
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft, DraftFailure
from headlab.records.draft_job import Answer, DraftBatch, DraftJob, Failure
from headlab.records.errors import Cancelled, CatalogueError
from headlab.records.head import Head
from headlab.workflow.draft_jobs.plan import add_batch, content_key, plan_batch
from headlab.workflow.draft_jobs.run import run_batch

OnText = Callable[[str], None]


@dataclass(frozen=True)
class _Shown:
    """Hands the one job's text on."""

    on_text: OnText

    def write(self, _job_id: int, text: str) -> None:
        self.on_text(text)

    def forget(self, _job_id: int) -> None: ...


def draft_single(
    card: EvidenceCard,
    endpoint: Endpoint,
    catalogue: Catalogue,
    *,
    again: bool = False,
    on_text: OnText | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Draft | DraftFailure:
    """Draft from a card through the catalogue's ledger: the cost is reserved before anything is sent,
    and what was spent stays recorded, for a failure as well.

    An answer to the same prompt, model and parameters is taken from the ledger and costs nothing,
    unless `again` asks for a new one. The draft is listed with the head's entry, once. A failure is
    returned as it comes: a refused request is not sent again by itself, and the batch is closed.
    `on_text` is called in another thread; what it raises ends the call and comes out. Raises
    Cancelled soon after `cancelled` turns true, CatalogueError where the entry takes no draft.
    """
    ledger = JobLedger.of(catalogue)
    plan = plan_batch([card], endpoint, ledger, str(card.head))
    batch = add_batch(plan, catalogue, ledger, kind="single", again=again)
    failures: list[DraftFailure] = []

    def take(_head: Head, result: Answer | Failure) -> None:
        if isinstance(result, DraftFailure):
            failures.append(result)

    def over() -> bool:
        return bool(failures) or (cancelled is not None and cancelled())

    try:
        run_batch(
            ledger,
            batch.id,
            on_result=take,
            cancelled=over,
            texts=None if on_text is None else _Shown(on_text),
        )
    finally:
        (job,) = _closed(ledger, batch)
    if job.draft is not None:
        if job.message:
            raise CatalogueError(job.message)
        return job.draft
    if not failures:
        raise Cancelled
    return failures[0]


def estimate_single(card: EvidenceCard, endpoint: Endpoint, catalogue: Catalogue) -> DraftEstimate:
    """What one draft of a card would cost, and whether its answer is known; nothing is sent."""
    prompt = build_prompt(card, read_template())
    found = estimate(prompt, endpoint)
    key = content_key(prompt, endpoint)
    return DraftEstimate(
        head=card.head,
        low_tokens=found.low_tokens,
        high_tokens=found.high_tokens,
        low=found.low,
        high=found.high,
        ceiling=found.ceiling,
        known=bool(JobLedger.of(catalogue).answered([key])),
    )


def _closed(ledger: JobLedger, batch: DraftBatch) -> tuple[DraftJob, ...]:
    """The job of a batch of one that nobody goes on with."""
    if ledger.batch(batch.id).state in ("open", "paused", "stopped"):
        ledger.cancel(batch.id)
    return ledger.jobs(batch.id)
