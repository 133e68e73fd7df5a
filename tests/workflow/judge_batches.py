"""Questions to a judge about items made by hand, as batches of the ledger."""

from __future__ import annotations

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.drafting.judging.judge import asks_about
from headlab.drafting.judging.prompts import Ask
from headlab.records.draft_job import DraftBatch, NewBatch
from headlab.records.head import Head
from headlab.settings import Prices
from headlab.workflow.description_tests.calls import estimate_of, new_jobs

PRICES = Prices(input=1.0, output=2.0)
COST = (100 * 1.0 + 20 * 2.0) / 1e6
"""Of one answer of the scripted server."""
HEAD = Head(layer=1, index=2)
ITEMS = [{"id": str(n), "source": f" s{n}", "targets": [" a", " b"]} for n in range(1, 11)]


def asks(count: int, first: int = 0) -> list[tuple[Head, Ask]]:
    """So many questions of about one size, each about another text."""
    found = []
    for number in range(first, first + count):
        found += asks_about("rate_rows", f"Maps things of kind {number:04}.", ITEMS)
    return [(HEAD, ask) for ask in found]


def plan(
    catalogue: Catalogue,
    endpoint: Endpoint,
    wanted: list[tuple[Head, Ask]],
    cap: float | None = None,
) -> DraftBatch:
    """A batch that waits, as a run that was killed leaves one."""
    return JobLedger.of(catalogue).add(
        NewBatch(
            kind="test",
            model_name="m",
            model_fingerprint="f",
            selection=str(HEAD),
            endpoint=endpoint.model_dump(mode="json"),
            prompt_version="1",
            cap=cap,
            jobs=tuple(new_jobs(wanted, endpoint)),
        )
    )


def worst(endpoint: Endpoint) -> float:
    """What one question reserves."""
    found = estimate_of(asks(1)[0][1], endpoint).ceiling
    assert found is not None
    return found
