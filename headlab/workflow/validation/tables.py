"""Tidy tables of correlations and of causality."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from headlab.analyses.validation.correlation import correlation
from headlab.records.table import Table
from headlab.records.validation import RelationCausality, RelationCorrelation, StaticScores

CORRELATION = (
    "relation",
    "category",
    "k",
    "static",
    "n_static_pairs",
    "template",
    "n_pairs",
    "without_context",
    "with_context",
)


def correlation_table(name: str, results: Sequence[RelationCorrelation]) -> Table:
    """A row for each relation, static side and template; template 'all' pools the templates."""
    rows = [row for result in results for row in _correlation_rows(result)]
    read_at = "the prompt's last position"
    if results and results[0].read_at == "source":
        read_at = "the last token of the source"
    notes = (
        "without_context, with_context: Pearson correlation over all heads (and templates) of static "
        "and dynamic relation scores; empty where one side is constant.",
        f"The head's output is read at {read_at}; without context its attention is forced to the "
        "(last) source token.",
        "static: where the static scores start from; n_static_pairs: their pairs; n_pairs: pairs "
        "whose source was found in the prompts.",
    )
    return Table.of(name, rows, CORRELATION, notes=notes)


def _correlation_rows(result: RelationCorrelation) -> Iterator[dict[str, Any]]:
    for static in result.statics:
        for template, chosen in (
            ("all", result.templates),
            *((one.template, (one,)) for one in result.templates),
        ):
            sides = {
                side: correlation(
                    [static.scores] * len(chosen), [getattr(one, side) for one in chosen]
                )
                for side in ("without_context", "with_context")
            }
            yield {
                "relation": result.name,
                "category": result.category,
                "k": result.k,
                "static": static.of,
                "n_static_pairs": static.n_pairs,
                "template": template,
                "n_pairs": min(one.n_pairs for one in chosen),
                **sides,
            }


def heads_table(name: str, results: Sequence[RelationCorrelation]) -> Table:
    """The points behind the correlations: static and mean dynamic scores of every head."""
    rows = []
    for result in results:
        dynamic = {
            side: np.mean([getattr(one, side) for one in result.templates], axis=0)
            for side in ("without_context", "with_context")
        }
        for static in result.statics:
            rows += list(_points(result, static, dynamic))
    columns = ("relation", "static", "layer", "head", "score", "without_context", "with_context")
    notes = (
        "score: static relation score; without_context, with_context: dynamic ones, means over "
        "templates.",
    )
    return Table.of(name, rows, columns, notes=notes)


def _points(
    result: RelationCorrelation, static: StaticScores, dynamic: dict[str, np.ndarray]
) -> Iterator[dict[str, Any]]:
    for layer, index in np.argwhere(np.isfinite(dynamic["with_context"])).tolist():
        yield {
            "relation": result.name,
            "static": static.of,
            "layer": layer,
            "head": index,
            "score": float(static.scores[layer, index]),
            **{side: float(values[layer, index]) for side, values in dynamic.items()},
        }


CAUSALITY = (
    "relation",
    "category",
    "k",
    "task",
    "n_prompts",
    "n_heads",
    "last",
    "base_accuracy",
    "accuracy",
    "random_mean",
    "random_min",
    "random_max",
    "n_random",
    "verdict",
)


def causality_table(results: Sequence[RelationCausality]) -> Table:
    """A row for each relation and number of removed heads, beside the random sets of that size."""
    rows = [
        {
            "relation": one.name,
            "category": one.category,
            "k": one.k,
            "task": one.task,
            "n_prompts": one.n_prompts,
            "n_heads": step,
            "last": step == one.steps[-1],
            "base_accuracy": one.base_accuracy,
            "accuracy": one.accuracy_at(step),
            **_random(one.random_at(step)),
            "verdict": one.verdict(step),
        }
        for one in results
        for step in one.steps
    ]
    notes = (
        "accuracy: share of prompts with the right next token, the n_heads best-scoring heads zeroed "
        "at the last position; last: the largest number of heads tried for the relation.",
        "random_*: the same for n_random sets of other heads.",
        "verdict: whether the accuracy is below that of every random set; base accuracies below 0.3 "
        "are not testable.",
    )
    return Table.of("causality", rows, CAUSALITY, notes=notes)


def _random(accuracies: tuple[float, ...]) -> dict[str, float | int | None]:
    known = len(accuracies) > 0
    return {
        "random_mean": float(np.mean(accuracies)) if known else None,
        "random_min": min(accuracies) if known else None,
        "random_max": max(accuracies) if known else None,
        "n_random": len(accuracies),
    }


def controls_table(results: Sequence[RelationCausality]) -> Table:
    """Accuracy of control relations while the relation's heads are removed."""
    rows = [
        {
            "relation": one.name,
            "control": control.name,
            "overlap": control.overlap,
            "base_accuracy": control.base_accuracy,
            "n_heads": step,
            "accuracy": accuracy,
        }
        for one in results
        for control in one.controls
        for step, accuracy in zip(one.steps, control.accuracy, strict=True)
    ]
    columns = ("relation", "control", "overlap", "base_accuracy", "n_heads", "accuracy")
    notes = (
        "control: a relation that shares less than 15 % of the removed heads and whose base accuracy "
        "differs by at most 0.2; accuracy: on the control's task, the heads of `relation` removed.",
        "overlap: share of the removed heads that are relation heads of the control too.",
    )
    return Table.of("causality_controls", rows, columns, notes=notes)


def removed_table(results: Sequence[RelationCausality]) -> Table:
    """The heads in the order of their removal."""
    rows = [
        {"relation": one.name, "order": place, "layer": h.layer, "head": h.index, "score": score}
        for one in results
        for place, (h, score) in enumerate(zip(one.heads, one.scores, strict=True), 1)
    ]
    columns = ("relation", "order", "layer", "head", "score")
    return Table.of("causality_heads", rows, columns, notes=("score: static relation score.",))
