"""A catalogue of heads whose descriptions were tested, with every number known."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from headlab.catalogue import Catalogue
from headlab.records.description_test import ControlScore, DescriptionTest, Interval
from headlab.records.provenance import Provenance

_path = Path(__file__).parents[1] / "catalogue" / "conftest.py"
_spec = importlib.util.spec_from_file_location("catalogue_builders", _path)
builders = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(builders)

OTHER, EMPTY = "another head's description", "empty description"
LOW = (
    "the score 0.50 is not surely above the best control, another head's description, with 0.45: "
    "difference +0.05, 95 % interval -0.10 to +0.20"
)


def provenance(kind: str) -> Provenance:
    return Provenance(
        model="demo", fingerprint="f" * 16, tokenizer_hash="t" * 16, dtype="float32", device="cpu",
        attention_kernel="eager", analysis=kind, analysis_version=1, headlab_version="0",
    )  # fmt: skip


def result(
    kind: str, verdict: str, score: float, around: tuple[float, float], control: float,
    apart: tuple[float, float], measure: str = "AUROC", **more: Any,
) -> DescriptionTest:  # fmt: skip
    """A test whose best control is another head's description; the empty one has .1 less."""
    difference = round(score - control, 6)
    bounds = Interval(low=apart[0], high=apart[1])
    wider = Interval(low=apart[0] + 0.1, high=apart[1] + 0.1)
    controls = (
        ControlScore(
            name=EMPTY, score=control - 0.1, n_rows=24, difference=difference + 0.1, interval=wider
        ),
        ControlScore(
            name=OTHER, score=control, n_rows=24, difference=difference, interval=bounds
        ),
    )  # fmt: skip
    given = {"n_rows": 24, "n_invalid": 2, "q": 0.012} | more
    return DescriptionTest(
        kind=kind, verdict=verdict, measure=measure, score=score,
        interval=Interval(low=around[0], high=around[1]), controls=controls, best_control=OTHER,
        difference=difference, difference_interval=bounds, p=0.01, provenance=provenance(kind),
        **given,
    )  # fmt: skip


def untestable(kind: str, reason: str) -> DescriptionTest:
    return DescriptionTest(
        kind=kind, verdict="not testable", reason=reason, measure="AUROC", n_rows=3,
        provenance=provenance(kind),
    )  # fmt: skip


L1H2 = [
    result("S1", "passes", 0.9, (0.8, 0.97), 0.55, (0.2, 0.5)),
    untestable("S2", "only 3 usable rows, 20 are needed"),
    result("S4", "fails", 0.5, (0.3, 0.7), 0.45, (-0.1, 0.2), "relation score", reason=LOW, q=0.3),
    result("S5", "passes", 1.6, (1.1, 2.3), -0.25, (1.2, 2.4), "fall of log p(target), nats"),
]
L3H0 = [
    result("S1", "fails", 0.5, (0.25, 0.75), 0.45, (-0.1, 0.2), reason=LOW, q=0.3, n_invalid=0),
    result("S4", "passes", 1.0, (1.0, 1.0), 0.0, (1.0, 1.0), "relation score"),
]
OLD = result("S1", "passes", 0.75, (0.7, 0.8), 0.5, (0.1, 0.3))


def fill(catalogue: Catalogue, other: str = "Copies \x07<b>words</b>.") -> None:
    """L1H2 with four tests, L3H0 with two, L3H1 with one of an older text, L0H0 without, L0H1 with
    evidence alone; accepted, drafted, edited, rejected, undescribed."""
    for head, text, tests in (
        ("L1H2", "Maps countries to capitals.", L1H2),
        ("L3H0", other, L3H0),
        ("L3H1", "Copies.", [OLD]),
        ("L0H0", "Anything.", []),
    ):
        card = builders.build_card(head)
        entry = catalogue.add_draft(card, builders.build_draft(card, text))
        if tests:
            catalogue.add_tests(entry.id, tests, "judge")
    catalogue.review(1, "accepted", reviewer="ada", reason="clear", rating=5)
    catalogue.review(3, "edited", reviewer="ada", description="Copies nouns.")
    catalogue.review(4, "rejected", reviewer="grace", reason="nothing of it is there")
    catalogue.annotate(1, note="# Seen in *prompts*\n\n- [x](javascript:alert(1))")
    catalogue.add_evidence(builders.build_card("L0H1"))
