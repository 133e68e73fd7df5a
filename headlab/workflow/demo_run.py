"""The whole path of a head on the bundled model: score, ablate, gather, draft, keep."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from headlab.catalogue import Catalogue
from headlab.models.loading import load_model
from headlab.records.ablation import Ablation
from headlab.records.draft import Draft, DraftFailure
from headlab.records.head import Head
from headlab.records.model import ModelFacts
from headlab.records.scores import AllRelationScores
from headlab.workflow.bench import Bench, Progress
from headlab.workflow.cache import ResultCache
from headlab.workflow.drafts import RULES, draft
from headlab.workflow.places import cache_folder


@dataclass(frozen=True)
class DemoRun:
    """What a run of the demo computed and kept."""

    facts: ModelFacts
    scores: AllRelationScores
    ablations: dict[Head, Ablation]
    drafts: dict[Head, Draft | DraftFailure]
    catalogue: str
    cache: Path
    seconds: float


def run_demo(progress: Progress, llm: str | None = RULES) -> DemoRun:
    """Score all operations, ablate all heads, then draft and keep the best head of each operation.

    `llm`: see `workflow.drafts.draft`. Computed results are taken from the cache, known answers of an
    LLM from the catalogue's ledger; a draft that is listed already is not listed twice.
    """
    started = time.monotonic()
    bench = Bench(load_model("demo"), ResultCache(cache_folder()), progress)
    scores = bench.scores()
    ablations = bench.ablations()
    heads = list(dict.fromkeys(found.best() for found in scores.scores))
    drafts: dict[Head, Draft | DraftFailure] = {}
    with Catalogue.open() as store:
        for number, head in enumerate(heads, 1):
            card = bench.card(head, scores, ablations)
            drafts[head] = draft(card, llm, catalogue=store)
            progress("drafts", number, len(heads))
        place = str(store.place)
    return DemoRun(
        facts=bench.model.facts,
        scores=scores,
        ablations=ablations,
        drafts=drafts,
        catalogue=place,
        cache=bench.cache.folder,
        seconds=time.monotonic() - started,
    )
