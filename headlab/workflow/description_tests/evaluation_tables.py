"""The figures of an evaluation: AUROC of each comparison, pass rates of each kind of text, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from headlab.analyses.description_tests.statistics import Sample, interval
from headlab.records.provenance import Provenance
from headlab.records.table import Cell, Table
from headlab.workflow.agreement import wilson
from headlab.workflow.description_tests.cases import COMPARISONS, TESTED, TRUE

GOAL = 0.95
"""AUROC of S4 that the tests shall reach on true against swapped descriptions."""
ENOUGH = 10
"""Heads below which an interval over heads says little."""
MOST_REASONS = 3

CASE_COLUMNS = (
    "layer",
    "head",
    "kind",
    "text_of",
    "text",
    "n_pairs",
    "score",
    "percentile",
    "n_tied_above",
    "verdict",
    "best_control",
    "difference",
    "low",
    "q",
    "reason",
)


def auroc_table(
    cases: Table, seed: int, notes: Sequence[str], provenance: Provenance | None
) -> Table:
    """AUROC of the score, and of the percentile, for true against false texts of each comparison."""
    rows = []
    for name, true, false in COMPARISONS:
        for measure in ("score", "percentile"):
            chosen = [row for row in cases.dicts() if row["kind"] in (true, false)]
            usable = [row for row in chosen if row[measure] is not None]
            sample = Sample(
                np.array([float(row[measure] or 0.0) for row in usable]),
                tuple(f"L{row['layer']}H{row['head']}" for row in usable),
                np.array([row["kind"] == true for row in usable], dtype=bool),
            )
            bounds = interval(sample, seed)
            n_true = sum(row["kind"] == true for row in usable)
            rows.append(
                {
                    "comparison": name,
                    "measure": measure,
                    "n_true": n_true,
                    "n_false": len(usable) - n_true,
                    "n_heads": len(set(sample.clusters)),
                    "n_heads_false": len(
                        {(row["layer"], row["head"]) for row in usable if row["kind"] == false}
                    ),
                    "n_not_testable": len(chosen) - len(usable),
                    "auroc": sample.score,
                    "low": bounds.low,
                    "high": bounds.high,
                    "goal": GOAL if (name, measure) == ("swapped", "score") else None,
                }
            )
    return Table.of(
        "description_tests_evaluation",
        rows,
        notes=(
            "auroc: of S4 for true against false descriptions; low, high: 95 % bootstrap interval "
            "over heads. NaN where one side has no case.",
            "single operations: sentences on one operation that the head has or lacks, among them "
            "operations that it has weakly.",
            *_few_heads(rows),
            *_without_auroc(rows),
            *notes,
        ),
        provenance=provenance,
    )


def pass_rates(cases: Table, provenance: Provenance | None) -> Table:
    """How many texts of each kind pass S4 by its pass rule, of those that it can be made on."""
    rows = []
    for kind in TESTED:
        chosen = [row for row in cases.dicts() if row["kind"] == kind]
        testable = [row for row in chosen if row["verdict"] in ("passes", "fails")]
        passed = sum(row["verdict"] == "passes" for row in testable)
        bounds = wilson(passed, len(testable))
        rows.append(
            {
                "text": kind,
                "n": len(chosen),
                "n_heads": len({(row["layer"], row["head"]) for row in chosen}),
                "n_not_testable": len(chosen) - len(testable),
                "passes": passed,
                "rate": passed / len(testable) if testable else None,
                "low": None if bounds is None else bounds.low,
                "high": None if bounds is None else bounds.high,
            }
        )
    return Table.of(
        "description_tests_pass_rates",
        rows,
        notes=(
            "rate: share of the testable texts that pass S4; true texts should pass, all others "
            "fail. low, high: 95 % interval (Wilson), which takes texts of one head for independent. "
            "q is adjusted over the texts of a kind. The empty text is one of its own controls.",
            *_failed_against(cases.dicts()),
            *_not_testable(cases.dicts()),
        ),
        provenance=provenance,
    )


def _few_heads(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Comparisons whose interval rests on too few heads to say how sure the AUROC is."""
    few = {
        row["comparison"]: row["n_heads"] for row in rows if 0 < cast(int, row["n_heads"]) < ENOUGH
    }
    return [
        f"{name}: {count} heads, too few for an interval over heads to say how sure the AUROC is."
        for name, count in few.items()
    ]


def _without_auroc(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Why a comparison has no AUROC."""
    without = [
        row for row in rows if row["measure"] == "score" and np.isnan(cast(float, row["auroc"]))
    ]
    return [
        f"{row['comparison']}: no AUROC, for {row['n_true']} true and {row['n_false']} false texts "
        f"could be tested and {row['n_not_testable']} could not."
        for row in without
    ]


def _failed_against(rows: Sequence[Mapping[str, Cell]]) -> list[str]:
    """Which control the true texts that fail are not surely above."""
    controls = Counter(
        str(row["best_control"])
        for row in rows
        if row["kind"] == TRUE and row["verdict"] == "fails"
    )
    named = ", ".join(f"{control} ({count})" for control, count in controls.most_common())
    return [f"true: {controls.total()} fail; their best control: {named}."] if controls else []


def _not_testable(rows: Sequence[Mapping[str, Cell]]) -> list[str]:
    """Why texts could not be tested, the commonest reasons of each kind."""
    said = []
    for kind in TESTED:
        reasons = Counter(
            str(row["reason"])
            for row in rows
            if row["kind"] == kind and row["verdict"] == "not testable"
        )
        if reasons:
            named = [f"{why} ({count})" for why, count in reasons.most_common(MOST_REASONS)]
            more = len(reasons) - len(named)
            rest = f"; {more} other reasons" if more else ""
            said.append(f"{kind}: {reasons.total()} not testable: {'; '.join(named)}{rest}.")
    return said
