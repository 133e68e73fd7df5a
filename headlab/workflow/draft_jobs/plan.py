"""Planning a batch of drafts: which heads, which prompts, what it may cost."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.drafting.cost import CostEstimate, estimate
from headlab.drafting.judging.prompts import Ask
from headlab.drafting.prompt import Prompt, build_prompt
from headlab.drafting.template import PromptTemplate
from headlab.drafting.template_file import read_template
from headlab.records.card import EvidenceCard
from headlab.records.draft_job import BatchKind, DraftBatch, NewBatch, NewJob
from headlab.records.errors import HeadLabError
from headlab.records.head import Head
from headlab.workflow.costs import sum_of_estimates


@dataclass(frozen=True)
class Plan:
    """Cards with their prompts, and what the calls for them would cost.

    `known` are heads whose answer is in the ledger already: they cost nothing, and the estimate is
    without them.
    """

    endpoint: Endpoint
    selection: str
    template: PromptTemplate
    prompts: tuple[tuple[EvidenceCard, Prompt], ...]
    known: frozenset[Head]
    estimate: CostEstimate

    @property
    def text(self) -> str:
        """The plan in a sentence."""
        count = len(self.prompts)
        known = f", {len(self.known)} of them answered before" if self.known else ""
        drafts = "1 draft" if count == 1 else f"{count} drafts"
        where = f"{self.endpoint.model} at {self.endpoint.base_url}"
        return f"{drafts} by {where}{known}: {self.estimate.text}"


def plan_batch(
    cards: Iterable[EvidenceCard], endpoint: Endpoint, ledger: JobLedger, selection: str = ""
) -> Plan:
    """Prompts and estimate for cards of one model; nothing is stored or sent.

    `selection` says in words which heads these are. Raises HeadLabError without a card, and for
    cards of several models; PromptError for a prompt of the user's own that lacks what it needs.
    """
    template = read_template()
    prompts = tuple((card, build_prompt(card, template)) for card in cards)
    if len({card.model.fingerprint for card, _ in prompts}) != 1:
        raise HeadLabError("A batch takes heads of one model, and at least one.")
    keys = {card.head: content_key(prompt, endpoint) for card, prompt in prompts}
    answered = ledger.answered(keys.values())
    known = frozenset(head for head, key in keys.items() if key in answered)
    parts = [estimate(prompt, endpoint) for card, prompt in prompts if card.head not in known]
    return Plan(endpoint, selection, template, prompts, known, sum_of_estimates(parts))


def add_batch(
    plan: Plan,
    catalogue: Catalogue,
    ledger: JobLedger,
    cap: float | None = None,
    *,
    kind: BatchKind = "draft",
    again: bool = False,
) -> DraftBatch:
    """Store the evidence and the jobs of a plan; nothing is sent. Raises CatalogueError.

    `again`: answers that are known are not taken; what is asked is asked anew.
    """
    asking = secrets.token_hex(8) if again else ""
    jobs = [
        NewJob(
            head=card.head,
            key=content_key(prompt, plan.endpoint, asking),
            prompt=prompt.model_dump(mode="json"),
            worst=estimate(prompt, plan.endpoint).ceiling,
        )
        for card, prompt in plan.prompts
    ]
    facts = plan.prompts[0][0].model
    batch = NewBatch(
        kind=kind,
        model_name=facts.name,
        model_fingerprint=facts.fingerprint,
        selection=plan.selection or _named([card.head for card, _ in plan.prompts]),
        endpoint=plan.endpoint.model_dump(mode="json"),
        prompt_version=plan.template.version,
        prompt_template=plan.template.text,
        cap=cap,
        jobs=tuple(jobs),
    )
    for card, _ in plan.prompts:
        catalogue.add_evidence(card)
    return ledger.add(batch)


def content_key(request: Prompt | Ask, endpoint: Endpoint, asking: str = "") -> str:
    """The hash of all that decides an answer: model name, text of the request, parameters.

    `asking`: what sets an answer apart that is wanted beside the known one.
    """
    decides = [endpoint.model, request.hash, endpoint.parameters, *([asking] if asking else [])]
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode("ascii")).hexdigest()


def _named(heads: Sequence[Head]) -> str:
    first = ", ".join(str(head) for head in heads[:10])
    return first if len(heads) <= 10 else f"{first} and {len(heads) - 10} more"
