"""`headlab patch`: activation patching over all heads, or its estimate."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from headlab.cli import show
from headlab.cli.options import (
    Commands,
    chosen_task,
    json_option,
    load,
    model_options,
    positive,
    task_options,
)

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table as Shown

    from headlab.analyses.patching.prompts import Positions
    from headlab.records.patching import Attribution, Patching

METRICS = ("prob", "logprob", "logit", "logit_diff")


def add_commands(commands: Commands) -> None:
    patch = commands.add_parser(
        "patch",
        help="which heads carry the answer: activation patching",
        description="Put each head's value from the clean prompt into the corrupted one (denoise), "
        "or the other way round (noise), and measure what the answer gains or loses: the average "
        "indirect effect.",
    )
    model_options(patch)
    task_options(patch)
    patch.add_argument("--metric", default="prob", choices=METRICS, help="default: prob")
    patch.add_argument("--direction", default="denoise", choices=("denoise", "noise"))
    patch.add_argument(
        "--positions",
        default="last",
        metavar="P",
        help="last (default), all, the name of a span, or numbers like 3,4,-1",
    )
    patch.add_argument(
        "--answer-tokens",
        default="one",
        choices=("one", "first"),
        help="refuse answers of several tokens (default), or measure their first",
    )
    patch.add_argument(
        "--estimate", action="store_true", help="attribution patching: a first-order estimate"
    )
    patch.add_argument(
        "--verify", type=positive, metavar="N", help="with --estimate: compute the top N exactly"
    )
    patch.add_argument("--rows", type=positive, default=10, help="heads to list (default 10)")
    patch.add_argument("--out", metavar="FILE", help="also write all heads to .csv or .parquet")
    json_option(patch)
    patch.set_defaults(run=run_patch)


def run_patch(chosen: argparse.Namespace) -> None:
    from headlab.analyses.patching import attribution_patching, patch
    from headlab.records.errors import TaskError
    from headlab.workflow.progress import bars
    from headlab.workflow.tables import save_table

    if chosen.verify is not None and not chosen.estimate:
        raise TaskError("--verify needs --estimate: without it every effect is exact.")
    task = chosen_task(chosen)
    model = load(chosen)
    options: dict[str, Any] = {
        "metric": chosen.metric,
        "positions": _positions(chosen.positions),
        "direction": chosen.direction,
        "answer_tokens": chosen.answer_tokens,
    }
    with bars() as progress:
        options["progress"] = lambda done, total: progress("patching", done, total)
        found: Patching | Attribution
        if chosen.estimate:
            found = attribution_patching(model, task, verify=chosen.verify or 0, **options)
        else:
            found = patch(model, task, **options)
    if chosen.json:
        show.print_json(found)
    else:
        console = show.out()
        console.print(show.facts_line(model.facts))
        for line in _lines(found, chosen.rows):
            console.print(line)
    if chosen.out is not None:
        show.note(f"Written: {save_table(found.table(), chosen.out)}")


def _positions(text: str) -> Positions:
    try:
        return [int(place) for place in text.split(",")]
    except ValueError:
        return text


def _lines(found: Patching | Attribution, n_rows: int) -> Iterator[RenderableType]:
    from headlab.records.patching import Patching

    first = found if isinstance(found, Patching) else found.estimate
    yield show.plain(first.effect.title, style="bold")
    yield _effects(found, n_rows) if isinstance(found, Patching) else _estimates(found, n_rows)
    yield show.plain(
        f"Effect: {first.effect.meaning}. Without patching: clean {first.mean_clean:.4g}, corrupted "
        f"{first.mean_corrupted:.4g}."
    )
    if isinstance(found, Patching):
        curve = ", ".join(
            f"L{layer} {'–' if value != value else _signed(value)}"
            for layer, value in enumerate(found.layer_curve())
        )
        yield show.plain(f"Mean of each layer's top 15 % of heads: {curve}.")
    elif found.correlation is not None:
        yield show.plain(
            "Correlation of estimate and exact effect over the verified heads: "
            f"{found.correlation:.3f}."
        )
    yield show.provenance_line(first.effect.provenance)


def _effects(found: Patching, n_rows: int) -> Shown:
    rows = {(row["layer"], row["head"]): row for row in found.table().dicts()}
    made = show.table("head", "effect", "± error", right=("effect", "± error"))
    for head in found.top(n_rows):
        error = rows[head.layer, head.index]["standard_error"]
        made.add_row(
            str(head),
            _signed(found.effect.of(head)),
            "–" if error is None else f"{float(error):.4g}",
        )
    return made


def _estimates(found: Attribution, n_rows: int) -> Shown:
    """The largest estimates, by size, and every verified one."""
    estimate, verified = found.estimate.effect, set(found.verified())
    made = show.table("head", "estimate", "exact", right=("estimate", "exact"))
    by_size = sorted(estimate.ranked(), key=lambda head: -abs(estimate.of(head)))
    for head in by_size[: max(n_rows, len(verified))]:
        exact = "–"
        if found.exact is not None and head in verified:
            exact = _signed(found.exact.effect.of(head))
        made.add_row(str(head), _signed(estimate.of(head)), exact)
    return made


def _signed(value: float) -> str:
    return f"{value:+.4g}".replace("-", "−", 1) if value < 0 else f"{value:+.4g}"
