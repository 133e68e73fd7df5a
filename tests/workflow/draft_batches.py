"""Batches of drafts on cards made by hand, as tests plan them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from cards_by_hand import MAPPINGS, make_card, relation

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.records.card import EvidenceCard
from headlab.records.draft_job import DraftBatch
from headlab.records.head import Head
from headlab.settings import Prices
from headlab.workflow.draft_jobs.plan import add_batch, plan_batch

PRICES = Prices(input=1.0, output=2.0)
COST = (100 * 1.0 + 20 * 2.0) / 1e6
"""Of one answer of the scripted server."""


def cards(count: int, first: int = 0) -> list[EvidenceCard]:
    """Cards of different heads with different evidence, so that every prompt is another."""
    return [
        make_card([relation("country_to_capital", score=0.5 + number / 1000)], MAPPINGS).model_copy(
            update={"head": Head(layer=number // 12, index=number % 12)}
        )
        for number in range(first, first + count)
    ]


def plan(
    catalogue: Catalogue,
    endpoint: Endpoint,
    chosen: Sequence[EvidenceCard] | int,
    cap: float | None = None,
) -> DraftBatch:
    wanted = cards(chosen) if isinstance(chosen, int) else chosen
    ledger = JobLedger.of(catalogue)
    return add_batch(plan_batch(wanted, endpoint, ledger), catalogue, ledger, cap)
