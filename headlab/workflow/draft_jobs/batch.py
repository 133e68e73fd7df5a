"""Drafting many heads of a loaded model: planned, started and worked on, in one call or step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.models.language_model import LanguageModel
from headlab.records.card import EvidenceCard
from headlab.records.draft_job import DraftBatch
from headlab.records.errors import SettingsError
from headlab.records.head import Head
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache
from headlab.workflow.draft_jobs.plan import Plan, add_batch, plan_batch
from headlab.workflow.draft_jobs.run import OnResult, run_batch
from headlab.workflow.draft_jobs.selection import Wanted, select_heads
from headlab.workflow.drafts import choose_endpoint
from headlab.workflow.places import cache_folder, opened_catalogue
from headlab.workflow.progress import bars


def draft_batch(
    model: LanguageModel,
    heads: Sequence[Head | str] | None = None,
    *,
    llm: str | Endpoint | None = None,
    cap: float | None = None,
    catalogue: Catalogue | None = None,
    on_result: OnResult | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> DraftBatch:
    """Draft heads by an endpoint's LLM, and keep evidence and drafts in the catalogue.

    `heads` None: all that the catalogue has no description of. `cap`: the most that all calls
    together may cost, in the currency of the prices; the worst case of a call is reserved before it
    is sent, so that the cap holds whatever happens. An answer to the same prompt, model and
    parameters is taken from the ledger and not paid again. The batch stays in the catalogue: where
    it was interrupted or stopped, `run_batch` or `headlab jobs resume` goes on. `catalogue` None: the
    settings'. Step by step: `plan_draft_batch`, `start_draft_batch`, `run_batch`.

    Raises SettingsError when the settings and `llm` name no LLM, CatalogueError for a cap without
    known prices.
    """
    with opened_catalogue(catalogue) as store:
        plan = plan_draft_batch(model, heads, llm=llm, catalogue=store)
        batch = start_draft_batch(plan, cap=cap, catalogue=store)
        ledger = JobLedger.of(store)
        return run_batch(ledger, batch.id, on_result=on_result, cancelled=cancelled)


def plan_draft_batch(
    model: LanguageModel,
    heads: Sequence[Head | str] | None = None,
    *,
    llm: str | Endpoint | None = None,
    catalogue: Catalogue | None = None,
) -> Plan:
    """What `draft_batch` would send and cost; the evidence is gathered, nothing is stored or sent.

    Returns a plan: `.text` in a sentence, `.prompts` (cards with the prompts that would be sent),
    `.known` (heads whose answer is in the ledger and costs nothing) and `.estimate` in tokens and in
    the currency of the prices, None where these are not known: `.low` and `.high`, and `.ceiling`,
    the worst case. Raises as `draft_batch`, and HeadLabError where no head is left to draft.

        plan = headlab.plan_draft_batch(model, ["L1H1", "L2H0"], llm="name-at-the-endpoint")
        print(plan.text)
    """
    endpoint = llm if isinstance(llm, Endpoint) else choose_endpoint(llm)
    if endpoint is None:
        raise SettingsError(
            "A batch asks an LLM, and none is set. Give `llm`, or set llm_model; a rule-based draft "
            "is made by `headlab.draft`, and costs nothing."
        )
    with opened_catalogue(catalogue) as store:
        with bars() as progress:
            bench = Bench(model, ResultCache(cache_folder()), progress)
            names = () if heads is None else tuple(str(head) for head in heads)
            wanted = Wanted(names=names, undescribed=heads is None)
            cards = gather_cards(bench, select_heads(bench, wanted, store))
        return plan_batch(cards, endpoint, JobLedger.of(store), wanted.words)


def start_draft_batch(
    plan: Plan, *, cap: float | None = None, catalogue: Catalogue | None = None
) -> DraftBatch:
    """Keep a plan's evidence and jobs in the catalogue, under a cap; nothing is sent yet.

    `run_batch(JobLedger.of(catalogue), batch.id)` works on it, here or in another process. Raises
    CatalogueError for a cap without known prices.
    """
    with opened_catalogue(catalogue) as store:
        return add_batch(plan, store, JobLedger.of(store), cap)


def gather_cards(bench: Bench, heads: Sequence[Head]) -> list[EvidenceCard]:
    """The evidence cards of heads; what is kept on disk is not computed again."""
    scores = bench.scores()
    ablations = bench.sweep(compute=False) or bench.ablations(heads)
    cards = []
    for done, head in enumerate(heads):
        bench.progress("evidence cards", done, len(heads))
        cards.append(bench.card(head, scores, ablations))
    return cards
