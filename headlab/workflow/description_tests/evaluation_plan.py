"""What an evaluation of the tests would ask a language model, and its cost, before anything is sent."""

from __future__ import annotations

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.drafting.judging.prompts import hidden
from headlab.records.draft import Draft
from headlab.workflow.costs import sum_of_estimates
from headlab.workflow.description_tests.calls import CallPlan, estimate_of, plan_calls
from headlab.workflow.description_tests.cases import make_cases
from headlab.workflow.description_tests.evaluation import drafting_prompts, drawn_heads
from headlab.workflow.description_tests.operations import SplitOperations
from headlab.workflow.description_tests.recalled import RecalledJudge
from headlab.workflow.description_tests.writers import LLMWriter
from headlab.workflow.draft_jobs.plan import content_key

LIKELY_LENGTH = 600
"""Characters of a description that is not written yet."""


def plan_evaluation(
    known: SplitOperations,
    catalogue: Catalogue,
    endpoint: Endpoint,
    *,
    n_heads: int | None = None,
    seed: int = 0,
) -> CallPlan:
    """Drafts of the heads and pairs for all texts, those of drafts that are not written yet included;
    nothing is sent or stored. The high estimate holds the further rounds of the writer. Raises
    PromptError when a prompt of one's own lacks what it needs."""
    ledger = JobLedger.of(catalogue)
    heads, random = drawn_heads(known, n_heads, seed)
    prompts = drafting_prompts(known, heads)
    keys = {head: content_key(prompt, endpoint) for head, prompt in prompts}
    answers = ledger.answers(keys.values())
    texts = {}
    for head, key in keys.items():
        answer = answers.get(key)
        if not isinstance(answer, Draft):
            texts[head] = f"{head} ".ljust(LIKELY_LENGTH, "x")
        elif not answer.unclear:
            texts[head] = hidden(answer.description)
    written = dict.fromkeys(case.text for case in make_cases(known, texts, random))
    judge = RecalledJudge(endpoint, ledger)
    writer = LLMWriter(known.model, judge)
    outlooks = [judge.outlook(writer, text) for text in written]
    parts = [
        plan_calls(ledger, endpoint, [prompt for _, prompt in prompts]),
        plan_calls(ledger, endpoint, [one.ask for one in outlooks if one.ask is not None]),
    ]
    sure = sum_of_estimates([part.estimate for part in parts])
    further = [ask for one in outlooks for ask in one.further]
    most = sum_of_estimates([sure, *(estimate_of(one, endpoint) for one in further)])
    return CallPlan(
        calls=sum(part.calls for part in parts),
        known=sum(part.known for part in parts) + sum(one.known for one in outlooks),
        estimate=most.model_copy(update={"low_tokens": sure.low_tokens, "low": sure.low}),
    )
