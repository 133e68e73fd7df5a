"""The evidence card of one head in one call."""

from __future__ import annotations

from headlab.models.language_model import LanguageModel
from headlab.records.card import EvidenceCard
from headlab.records.head import Head
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache
from headlab.workflow.places import cache_folder
from headlab.workflow.progress import bars


def evidence_card(model: LanguageModel, head: Head | str) -> EvidenceCard:
    """Relation scores, mappings and ablation of a head on the bundled operations and prompts.

    Computed results are kept on disk, so that a second call is instant.
    """
    with bars() as progress:
        return Bench(model, ResultCache(cache_folder()), progress).card(model.head(head))
