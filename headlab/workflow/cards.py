"""The evidence card of one head in one call."""

from __future__ import annotations

from headlab.models.language_model import LanguageModel
from headlab.records.card import EvidenceCard
from headlab.records.head import Head
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache
from headlab.workflow.places import cache_folder
from headlab.workflow.progress import bars


def evidence_card(
    model: LanguageModel, head: Head | str, *, attention: bool | None = None
) -> EvidenceCard:
    """Relation scores, mappings, ablation and attention of a head on the bundled operations and prompts.

    `attention`: True measures where all heads look, False takes it only where it is kept, None
    measures it where that takes less than half a minute. Computed results are kept on disk, so that a
    second call is instant.
    """
    with bars() as progress:
        bench = Bench(model, ResultCache(cache_folder()), progress)
        return bench.card(model.head(head), attention=attention)
