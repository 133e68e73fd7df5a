"""HeadLab: the lab bench for attention heads.

Names are loaded when they are first used, so that `import headlab` stays light: torch comes with
the first model.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Catalogue": "headlab.catalogue",
    "Draft": "headlab.records.draft",
    "DraftFailure": "headlab.records.draft",
    "EvidenceCard": "headlab.records.card",
    "Head": "headlab.records.head",
    "HeadLabError": "headlab.records.errors",
    "Relation": "headlab.records.relation",
    "Workbench": "headlab.panels",
    "ablate": "headlab.analyses.ablation",
    "all_relation_scores": "headlab.analyses.relation_scores",
    "bundled_prompts": "headlab.relations.prompts",
    "demo_path": "headlab.models.demo_checkpoint",
    "draft": "headlab.workflow.drafts",
    "evidence_card": "headlab.workflow.cards",
    "load_model": "headlab.models.loading",
    "read_relation": "headlab.relations.files",
    "relation": "headlab.relations.bundled",
    "relation_scores": "headlab.analyses.relation_scores",
    "salient_mappings": "headlab.analyses.salient_mappings",
}

__all__ = sorted([*_HOMES, "relations"])


def __getattr__(name: str) -> Any:
    if name == "relations":  # a package that is callable
        return import_module("headlab.relations")
    if name not in _HOMES:
        raise AttributeError(f"module 'headlab' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__doc__", "__name__"]
