"""Drafting many heads of a loaded model in one call."""

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
from headlab.workflow.draft_jobs.plan import add_batch, plan_batch
from headlab.workflow.draft_jobs.run import OnResult, run_batch
from headlab.workflow.draft_jobs.selection import Wanted, select_heads
from headlab.workflow.drafts import choose_endpoint
from headlab.workflow.places import cache_folder
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
    it was interrupted or stopped, `headlab jobs resume` goes on. `catalogue` None: the settings'.

    Raises SettingsError when the settings and `llm` name no LLM, CatalogueError for a cap without
    known prices.
    """
    endpoint = llm if isinstance(llm, Endpoint) else choose_endpoint(llm)
    if endpoint is None:
        raise SettingsError(
            "A batch asks an LLM, and none is set. Give `llm`, or set llm_model; a rule-based draft "
            "is made by `headlab.draft`, and costs nothing."
        )
    opened = Catalogue.open() if catalogue is None else catalogue
    try:
        with bars() as progress:
            bench = Bench(model, ResultCache(cache_folder()), progress)
            names = () if heads is None else tuple(str(head) for head in heads)
            wanted = Wanted(names=names, undescribed=heads is None)
            chosen = select_heads(bench, wanted, opened)
            cards = gather_cards(bench, chosen)
        ledger = JobLedger.of(opened)
        plan = plan_batch(cards, endpoint, ledger, wanted.words)
        batch = add_batch(plan, opened, ledger, cap)
        return run_batch(ledger, batch.id, on_result=on_result, cancelled=cancelled)
    finally:
        if catalogue is None:
            opened.close()


def gather_cards(bench: Bench, heads: Sequence[Head]) -> list[EvidenceCard]:
    """The evidence cards of heads; what is kept on disk is not computed again."""
    scores = bench.scores()
    ablations = bench.sweep(compute=False) or bench.ablations(heads)
    cards = []
    for done, head in enumerate(heads):
        bench.progress("evidence cards", done, len(heads))
        cards.append(bench.card(head, scores, ablations))
    return cards
