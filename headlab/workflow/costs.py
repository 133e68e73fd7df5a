"""The cost of a batch of drafts or tests: estimated before, counted after."""

from __future__ import annotations

from collections.abc import Sequence

from headlab.drafting import Endpoint
from headlab.drafting.cost import Cost, CostEstimate, cost, estimate
from headlab.drafting.prompt import build_prompt
from headlab.drafting.template_file import read_template
from headlab.records.card import EvidenceCard
from headlab.records.draft import Usage
from headlab.records.draft_job import DraftBatch
from headlab.settings import Prices


def total_estimate(cards: Sequence[EvidenceCard], endpoint: Endpoint) -> CostEstimate:
    """Tokens and cost of drafting all cards; no call is made."""
    template = read_template()
    return sum_of_estimates([estimate(build_prompt(card, template), endpoint) for card in cards])


def sum_of_estimates(parts: Sequence[CostEstimate]) -> CostEstimate:
    """The estimate of several requests together; no request costs nothing."""
    return CostEstimate(
        low_tokens=sum(part.low_tokens for part in parts),
        high_tokens=sum(part.high_tokens for part in parts),
        low=_sum([part.low for part in parts]),
        high=_sum([part.high for part in parts]),
        ceiling=_sum([part.ceiling for part in parts]),
    )


def total_cost(usages: Sequence[Usage], prices: Prices) -> Cost:
    """The cost of all answers and failures by the endpoint's own count."""
    prompts = [usage.prompt_tokens for usage in usages if usage.calls]
    answers = [usage.completion_tokens for usage in usages if usage.calls]
    whole = Usage(
        calls=sum(usage.calls for usage in usages),
        prompt_tokens=None if None in prompts else sum(filter(None, prompts)),
        completion_tokens=None if None in answers else sum(filter(None, answers)),
    )
    return cost(whole, prices)


def paid_cost(batch: DraftBatch | None, usages: Sequence[Usage], prices: Prices) -> Cost:
    """What a batch of questions has cost by the ledger, calls that nobody saw the end of included;
    None where every answer was known."""
    if batch is None:
        return Cost(amount=0.0, text="nothing: every answer was in the ledger")
    counted = total_cost(usages, prices)
    if not batch.priced:
        return Cost(amount=None, text=f"{counted.text} (batch {batch.id})")
    lost = counted.amount is None or batch.spent > counted.amount + 1e-9
    known = f"{batch.spent:.2g}, calls without a count at their most" if lost else counted.text
    return Cost(amount=batch.spent, text=f"{known} (batch {batch.id})")


def _sum(parts: Sequence[float | None]) -> float | None:
    return None if any(part is None for part in parts) else sum(part or 0.0 for part in parts)
