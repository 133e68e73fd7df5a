"""The package as a whole: light imports, frozen names, torch only where it belongs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import headlab

PUBLIC = [
    "Catalogue",
    "Draft",
    "DraftFailure",
    "EvidenceCard",
    "Head",
    "HeadLabError",
    "JobLedger",
    "Relation",
    "SteeringVector",
    "Workbench",
    "ablate",
    "agreement",
    "all_relation_scores",
    "apply_credit",
    "attention_metrics",
    "attention_pattern",
    "attribution_patching",
    "bundled_prompts",
    "causal_badge",
    "causal_badges",
    "compare_catalogues",
    "compare_models",
    "decision_tokens",
    "deduction_study",
    "demo_path",
    "description_tests",
    "description_tests_of",
    "detect_heads",
    "detectors",
    "direct_logit_attribution",
    "draft",
    "draft_batch",
    "draft_by_person",
    "evaluate",
    "evaluate_tests",
    "evaluate_with_harness",
    "evidence_card",
    "export_catalogue",
    "import_evidence",
    "load_model",
    "mean_difference",
    "mean_residual",
    "open_checkpoint",
    "operations_of",
    "pad_credit",
    "patch",
    "path_patching",
    "plan_draft_batch",
    "preplan_anchor",
    "probe_heads",
    "read_relation",
    "read_task",
    "relation",
    "relation_scores",
    "relations",
    "review_queue",
    "run_batch",
    "salient_mappings",
    "salient_mappings_of",
    "save_table",
    "similar_heads",
    "start_draft_batch",
    "steer",
    "steering",
    "task",
    "tasks",
    "validate_causality",
    "validate_correlation",
    "validate_coverage",
    "validate_multi_token",
]
HEAVY = "torch transformers openai sqlalchemy anywidget ipywidgets".split()


def loaded_after(code: str) -> set[str]:
    """Which heavy packages a fresh interpreter has loaded after running `code`."""
    check = f"{code}\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, timeout=120
    )
    return set(done.stdout.split())


def test_the_public_names_are_frozen_and_all_load() -> None:
    assert headlab.__all__ == PUBLIC
    for name in PUBLIC:
        assert getattr(headlab, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = headlab.nothing


def test_importing_headlab_is_light() -> None:
    assert loaded_after("import headlab; headlab.relations(); headlab.demo_path()") == set()


@pytest.mark.parametrize(
    "package", ["records", "settings", "relations", "tasks", "drafting", "server"]
)
def test_floors_without_a_model_load_nothing_heavy(package: str) -> None:
    code = f"import pkgutil, importlib, headlab.{package} as p\n" + (
        "for m in pkgutil.walk_packages(p.__path__, p.__name__ + '.'):\n"
        "    importlib.import_module(m.name)"
    )
    assert loaded_after(code) <= {"openai"}


def test_the_catalogue_stays_free_of_torch() -> None:
    code = "import tempfile; from headlab import Catalogue; Catalogue.open(tempfile.mkdtemp() + '/c.db')"
    assert loaded_after(code) == {"sqlalchemy"}


def test_relations_is_a_package_and_a_call() -> None:
    import headlab.relations.bundled

    assert headlab.relations() == headlab.relations.bundled.NAMES
