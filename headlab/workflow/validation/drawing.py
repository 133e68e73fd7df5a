"""Figures of validations, drawn from their tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from headlab.records.validation import Validation
from headlab.workflow.figures import figure

COLUMNS = 4
"""Small plots beside each other."""

Row = dict[str, Any]


def draw(found: Validation, file: Path) -> None:
    """Write the figure of a validation; the ending of the file decides. Raises ExportError."""
    _DRAWN[found.name](found, file)


def _draw_correlation(found: Validation, file: Path) -> None:
    """A line a relation: the pooled correlation, its templates, and what was published."""
    rows = found.table().dicts()
    lines = list(dict.fromkeys((row["relation"], row["static"]) for row in rows))
    several = len({static for _, static in lines}) > 1
    published = _published(found)
    with figure(file, size=(6.0, 1.2 + 0.28 * max(len(lines), 3))) as axes:
        for side, marker, shift in (("without_context", "o", -0.12), ("with_context", "s", 0.12)):
            pooled = [_of(rows, line, side, pooled=True) for line in lines]
            places = [place + shift for place in range(len(lines))]
            axes.scatter(
                [value[0] for value in pooled], places, marker=marker, label=side.replace("_", " ")
            )
            for place, line in zip(places, lines, strict=True):
                values = _of(rows, line, side, pooled=False)
                first = side == "with_context" and line == lines[0]
                axes.scatter(
                    values,
                    [place] * len(values),
                    marker="|",
                    s=24,
                    color="0.6",
                    zorder=0,
                    label="one template" if first else None,
                )
                known = published.get((line[0], side))
                if known is not None:
                    axes.scatter([known], [place], marker="x", color="black", zorder=3)
        axes.set_yticks(range(len(lines)))
        axes.set_yticklabels([f"{name}, {static}" if several else name for name, static in lines])
        axes.set_ylim(len(lines) - 0.5, -0.5)
        label = "Pearson correlation of static and dynamic scores"
        axes.set_xlabel(f"{label} (x: published)" if published else label)
        axes.set_title(f"{found.model.name}: {found.name}")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, fontsize=8, borderpad=0.2)


def _of(rows: list[Row], line: tuple, side: str, pooled: bool) -> list[float]:
    return [
        math.nan if row[side] is None else row[side]
        for row in rows
        if (row["relation"], row["static"]) == line and (row["template"] == "all") == pooled
    ]


def _published(found: Validation) -> dict[tuple[Any, Any], float]:
    """Published numbers by relation and measure; empty where there are none."""
    name = f"{found.name}_published"
    tables = [table for table in found.tables if table.name == name]
    return {
        (row["relation"], row["measure"]): float(row["published"])  # type: ignore[arg-type]
        for table in tables
        for row in table.dicts()
    }


def _draw_causality(found: Validation, file: Path) -> None:
    """A small plot a relation: accuracy against removed heads, beside random sets and controls."""
    rows = found.table().dicts()
    relations = list(dict.fromkeys(row["relation"] for row in rows)) or [""]
    controls = found.table("causality_controls").dicts()
    width = min(COLUMNS, len(relations))
    height = math.ceil(len(relations) / width)
    with figure(file, height, width, size=(2.6 * width, 2.1 * height), sharey=True) as plots:
        flat = list(np.ravel(plots))
        for axes, relation in zip(flat, relations, strict=False):
            own = [row for row in rows if row["relation"] == relation]
            _curves(axes, own, [row for row in controls if row["relation"] == relation])
            axes.set_title(str(relation))
        for axes in flat[len(relations) :]:
            axes.set_axis_off()
        flat[0].legend(fontsize=7)
        flat[0].set_ylabel("accuracy")
        flat[0].set_xlabel("heads removed")


def _curves(axes: Any, own: list[Row], controls: list[Row]) -> None:
    start = own[0]["base_accuracy"] if own else math.nan
    steps = [0, *(row["n_heads"] for row in own)]
    axes.plot(steps, [start, *(row["accuracy"] for row in own)], marker=".", label="relation heads")
    known = [row for row in own if row["n_random"]]
    axes.plot(
        [0, *(row["n_heads"] for row in known)],
        [start, *(row["random_mean"] for row in known)],
        label="random heads",
    )
    axes.fill_between(
        [row["n_heads"] for row in known],
        [row["random_min"] for row in known],
        [row["random_max"] for row in known],
        alpha=0.2,
        color="C1",
    )
    for number, name in enumerate(dict.fromkeys(row["control"] for row in controls)):
        curve = [row for row in controls if row["control"] == name]
        axes.plot(
            [0, *(row["n_heads"] for row in curve)],
            [curve[0]["base_accuracy"], *(row["accuracy"] for row in curve)],
            color="0.6",
            linewidth=0.8,
            label=None if number else "control relations",
        )
    axes.set_ylim(-0.03, 1.03)


def _draw_coverage(found: Validation, file: Path) -> None:
    """Share of heads with an operation by layer, for each category."""
    rows = found.table().dicts()
    with figure(file, size=(6.0, 3.2)) as axes:
        for name in dict.fromkeys(row["category"] for row in rows):
            own = [row for row in rows if row["category"] == name]
            axes.plot(
                [row["layer"] for row in own],
                [row["share"] for row in own],
                marker=".",
                linewidth=2 if name == "any" else 1,
                color="black" if name == "any" else None,
                label=str(name),
            )
        axes.set_ylim(-0.03, 1.03)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_xlabel("layer")
        axes.set_ylabel("share of heads")
        axes.set_title(f"{found.model.name}: heads with at least one operation")
        axes.legend()


def _draw_universality(found: Validation, file: Path) -> None:
    """Best likeness of each head with an operation, sorted, beside the permutation control."""
    rows = sorted(found.table().dicts(), key=lambda row: -float(row["likeness"] or 0))
    with figure(file, size=(6.0, 3.2)) as axes:
        places = range(1, len(rows) + 1)
        axes.plot(places, [row["likeness"] for row in rows], marker=".", label="best match")
        axes.plot(places, [row["control"] for row in rows], "_", label="operations permuted")
        axes.set_ylim(-0.03, 1.03)
        axes.set_xlabel("heads with an operation, most alike first")
        axes.set_ylabel("likeness of relation profiles")
        axes.set_title(f"{found.model.name} against {found.parameters['other']}")
        axes.legend()


_DRAWN: dict[str, Callable[[Validation, Path], None]] = {
    "correlation": _draw_correlation,
    "multi_token": _draw_correlation,
    "causality": _draw_causality,
    "coverage": _draw_coverage,
    "universality": _draw_universality,
}
