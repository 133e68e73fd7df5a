"""Batches planned by hand, without an endpoint: tests play the worker."""

from __future__ import annotations

from headlab.catalogue.jobs import JobLedger
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft, Drafter, DraftFailure, Usage
from headlab.records.draft_job import ClaimedJob, NewBatch, NewJob
from headlab.records.head import Head

TEMPLATE = (
    "=== system\nDescribe the head.\n=== user\n<evidence>\n{evidence}\n</evidence>\n{schema}\n"
)
LEASE = 60.0


def new_batch(
    jobs: int = 3,
    *,
    cap: float | None = None,
    worst: float | None = 0.1,
    card: EvidenceCard | None = None,
    version: str = "2",
    template: str = TEMPLATE,
    keys: str = "0123456789",
) -> NewBatch:
    """A batch of drafts of `card`'s head, else of heads that the catalogue does not hold."""
    prompt = {"card_hash": "c" if card is None else card.content_hash()}
    head = Head(layer=0, index=0) if card is None else card.head
    return NewBatch(
        model_name="demo",
        model_fingerprint="f" if card is None else card.model.fingerprint,
        selection="some heads",
        endpoint={"model": "tiny-llm"},
        prompt_version=version,
        prompt_template=template,
        cap=cap,
        jobs=tuple(
            NewJob(head=head, key=key * 64, prompt=prompt, worst=worst) for key in keys[:jobs]
        ),
    )


def claimed(ledger: JobLedger, batch_id: int) -> ClaimedJob:
    """The next job of a batch in the hands of the one worker."""
    job = ledger.claim(batch_id, "w", LEASE).job
    assert job is not None
    return job


def answer(card: EvidenceCard, version: str = "2") -> Draft:
    return Draft(
        description="Maps countries to capitals.",
        evidence=("R1",),
        drafter=Drafter(kind="llm", name="tiny-llm", prompt_version=version, prompt_hash="p"),
        card_hash=card.content_hash(),
        usage=Usage(calls=1),
    )


def failure() -> DraftFailure:
    drafter = Drafter(kind="llm", name="tiny-llm")
    return DraftFailure(kind="empty", message="It said nothing.", drafter=drafter, card_hash="c")
