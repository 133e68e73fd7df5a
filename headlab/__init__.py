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
    "JobLedger": "headlab.catalogue.jobs",
    "Relation": "headlab.records.relation",
    "SteeringVector": "headlab.records.steering",
    "Workbench": "headlab.panels",
    "ablate": "headlab.analyses.ablation",
    "agreement": "headlab.workflow.agreement",
    "all_relation_scores": "headlab.analyses.relation_scores",
    "apply_credit": "headlab.analyses.attention.credit",
    "attention_metrics": "headlab.analyses.attention.metrics",
    "attention_pattern": "headlab.analyses.attention.metrics",
    "attribution_patching": "headlab.analyses.patching.attribution",
    "bundled_prompts": "headlab.relations.prompts",
    "causal_badge": "headlab.analyses.causal_badge",
    "causal_badges": "headlab.analyses.causal_badge",
    "compare_catalogues": "headlab.workflow.compare",
    "compare_models": "headlab.workflow.validation.run",
    "decision_tokens": "headlab.analyses.deduction.decision_tokens",
    "deduction_study": "headlab.analyses.deduction.study",
    "demo_path": "headlab.models.demo_checkpoint",
    "description_tests": "headlab.workflow.description_tests.run",
    "description_tests_of": "headlab.workflow.description_tests.run",
    "detect_heads": "headlab.analyses.attention.detectors",
    "detectors": "headlab.analyses.attention.detectors",
    "direct_logit_attribution": "headlab.analyses.patching.direct",
    "draft": "headlab.workflow.drafts",
    "draft_batch": "headlab.workflow.draft_jobs.batch",
    "draft_by_person": "headlab.workflow.drafts",
    "evaluate": "headlab.analyses.changed_model",
    "evaluate_tests": "headlab.workflow.description_tests.on_model",
    "evaluate_with_harness": "headlab.workflow.harness",
    "evidence_card": "headlab.workflow.cards",
    "export_catalogue": "headlab.workflow.exports.write",
    "import_evidence": "headlab.workflow.imports.run",
    "load_model": "headlab.models.loading",
    "mean_difference": "headlab.analyses.patching.steering_vectors",
    "mean_residual": "headlab.analyses.source_embedding",
    "open_checkpoint": "headlab.models.checkpoint_model",
    "operations_of": "headlab.analyses.operations",
    "pad_credit": "headlab.analyses.attention.credit",
    "patch": "headlab.analyses.patching.activation",
    "path_patching": "headlab.analyses.patching.path",
    "plan_draft_batch": "headlab.workflow.draft_jobs.batch",
    "preplan_anchor": "headlab.analyses.attention.preplan",
    "probe_heads": "headlab.analyses.probing",
    "read_relation": "headlab.relations.files",
    "read_task": "headlab.tasks.files",
    "relation": "headlab.relations.bundled",
    "relation_scores": "headlab.analyses.relation_scores",
    "review_queue": "headlab.workflow.review_queue",
    "run_batch": "headlab.workflow.draft_jobs.run",
    "salient_mappings": "headlab.analyses.salient_mappings",
    "salient_mappings_of": "headlab.analyses.salient_mappings",
    "save_table": "headlab.workflow.tables",
    "similar_heads": "headlab.analyses.similar_heads",
    "start_draft_batch": "headlab.workflow.draft_jobs.batch",
    "steer": "headlab.analyses.patching.steering",
    "steering": "headlab.analyses.patching.steering",
    "task": "headlab.tasks.registry",
    "validate_causality": "headlab.workflow.validation.causality",
    "validate_correlation": "headlab.workflow.validation.run",
    "validate_coverage": "headlab.workflow.validation.run",
    "validate_multi_token": "headlab.workflow.validation.run",
}

__all__ = sorted([*_HOMES, "relations", "tasks"])


def __getattr__(name: str) -> Any:
    if name in ("relations", "tasks"):  # packages that are callable
        return import_module(f"headlab.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'headlab' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__doc__", "__name__"]
