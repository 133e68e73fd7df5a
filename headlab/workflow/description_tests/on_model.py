"""The evaluation of the tests of descriptions on a loaded model, in one call."""

from __future__ import annotations

from contextlib import ExitStack

from headlab.catalogue import Catalogue
from headlab.drafting import Endpoint
from headlab.models.language_model import LanguageModel
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache
from headlab.workflow.description_tests import evaluation
from headlab.workflow.description_tests.calls import Calls, LedgerJudge
from headlab.workflow.drafts import choose_endpoint
from headlab.workflow.places import cache_folder, opened_catalogue
from headlab.workflow.progress import bars


def evaluate_tests(
    model: LanguageModel,
    llm: str | Endpoint | None = None,
    *,
    n_heads: int | None = None,
    seed: int = 0,
    cap: float | None = None,
    catalogue: Catalogue | None = None,
) -> evaluation.Evaluation:
    """What the test S4 is worth on a model: how it tells true descriptions from swapped and empty ones.

    The heads are those that implement a known operation, or `n_heads` of them drawn by `seed`.
    Without an `llm` their descriptions name the operations, pairs come from the held-out halves of
    the operation files by the text alone, and nothing is sent; the settings alone make nothing cost
    money. An `llm` (a model's name at the settings' endpoint, or an `Endpoint`) drafts and writes the
    pairs; its answers are kept in the ledger of the `catalogue` (None: the settings') under `cap`, in
    the currency of the prices, and never paid twice.

    Returns an `Evaluation`: `.cases` (a row a text and head: `score` from 0 to 1, the head's share of
    pairs hit; `verdict`; `percentile` among all heads), `.rates` (pass rates by kind of text),
    `.summary` (AUROC of each comparison with a 95 % interval, bootstrapped over heads), `.notes` and
    `.write(folder)`. Raises CallsStopped when the cap, the endpoint or a person ended the calls,
    CatalogueError for a cap without known prices.

        found = headlab.evaluate_tests(headlab.load_model("demo"), n_heads=4)
        print(found.summary.dicts()[0]["auroc"])
    """
    endpoint = llm if isinstance(llm, Endpoint | None) else choose_endpoint(llm)
    with bars() as progress, ExitStack() as opened:
        judge = None
        if endpoint is not None:
            store = opened.enter_context(opened_catalogue(catalogue))
            what = "evaluation of the tests"
            judge = LedgerJudge(
                Calls(store, endpoint, model.facts, what, cap=cap, progress=progress)
            )
        return evaluation.evaluate_tests(
            Bench(model, ResultCache(cache_folder()), progress),
            judge,
            n_heads=n_heads,
            seed=seed,
            progress=lambda done, total: progress("evaluation", done, total),
        )
