"""The whole path of a head on the bundled model: score, ablate, gather, draft, keep."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from headlab.catalogue import Catalogue
from headlab.models.loading import load_model
from headlab.records.ablation import Ablation
from headlab.records.card import EvidenceCard
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

    `llm`: see `workflow.drafts.draft`. Computed results are taken from the cache; a head whose newest
    draft in the catalogue rests on the same evidence and comes from the same drafter is not drafted
    again.
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
            result = draft(card, llm)
            drafts[head] = result
            if isinstance(result, Draft):
                _keep(store, card, result)
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


def _keep(store: Catalogue, card: EvidenceCard, result: Draft) -> None:
    known = store.find(card.model.fingerprint, card.head)
    if known is not None and known.drafts:
        newest = known.drafts[-1].draft
        same_text = newest.description == result.description
        if same_text and newest.card_hash == result.card_hash and newest.drafter == result.drafter:
            return
    store.add_draft(card, result)
