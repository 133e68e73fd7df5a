"""`headlab evaluate` and `probe`: what a changed model can do, and what can be read from heads."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

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
    from headlab.records.evaluation import Evaluation
    from headlab.records.probing import Probing
    from headlab.records.table import Table


def add_commands(commands: Commands) -> None:
    evaluate = commands.add_parser(
        "evaluate",
        help="what the model can do with heads removed or scaled",
        description="Accuracy and perplexity on a task, for the model as it is, with heads removed "
        "or scaled, and with the same done to random other heads.",
    )
    model_options(evaluate)
    what = evaluate.add_mutually_exclusive_group(required=True)
    task_options(evaluate, what)
    what.add_argument(
        "--harness",
        metavar="TASKS",
        help="tasks of the lm-evaluation-harness instead, separated by commas (extra 'evaluation')",
    )
    evaluate.add_argument(
        "--ablate", metavar="HEAD", action="append", default=[], help="remove it (repeatable)"
    )
    evaluate.add_argument(
        "--scale",
        metavar="HEAD=FACTOR",
        action="append",
        default=[],
        help="multiply what it writes (repeatable)",
    )
    evaluate.add_argument(
        "--random-sets", type=int, default=3, help="sets of other heads to compare with (default 3)"
    )
    evaluate.add_argument(
        "--task-folder", metavar="FOLDER", help="YAML files of your own harness tasks"
    )
    evaluate.add_argument("--limit", type=positive, help="examples of each harness task")
    evaluate.add_argument("--out", metavar="FILE", help="also write the table (.csv or .parquet)")
    json_option(evaluate)
    evaluate.set_defaults(run=run_evaluate)

    probe = commands.add_parser(
        "probe",
        help="what a linear probe can read from each head",
        description="Cross-validated linear probes on every head, beside shuffled labels. The file "
        "has the columns text and label (.csv). Needs the extra 'probing'.",
    )
    model_options(probe)
    probe.add_argument("--texts", required=True, metavar="FILE.csv", help="columns text and label")
    probe.add_argument(
        "--head", metavar="HEAD", action="append", help="only this head (repeatable)"
    )
    probe.add_argument(
        "--position", type=int, default=-1, help="token to read at, from the end (default -1)"
    )
    probe.add_argument("--folds", type=positive, default=5, help="default 5")
    probe.add_argument("--rows", type=positive, default=10, help="heads to list (default 10)")
    probe.add_argument("--out", metavar="FILE", help="also write all heads to .csv or .parquet")
    json_option(probe)
    probe.set_defaults(run=run_probe)


def run_evaluate(chosen: argparse.Namespace) -> None:
    from headlab.analyses.changed_model import evaluate
    from headlab.workflow.progress import bars

    scale = _factors(chosen.scale)
    if chosen.harness is not None:
        _run_harness(chosen, scale)
        return
    task = chosen_task(chosen)
    model = load(chosen)
    with bars() as progress:
        found = evaluate(
            model,
            task,
            chosen.ablate,
            scale,
            random_sets=chosen.random_sets,
            seed=chosen.seed,
            progress=lambda done, total: progress("evaluation", done, total),
        )
    if chosen.json:
        show.print_json(found)
    else:
        console = show.out()
        console.print(show.facts_line(model.facts))
        _print_evaluation(found)
        console.print(show.provenance_line(found.provenance))
    _write(found.table(), chosen.out)


def _run_harness(chosen: argparse.Namespace, scale: dict[str, float]) -> None:
    from headlab.workflow.harness import evaluate_with_harness

    names = [name.strip() for name in chosen.harness.split(",") if name.strip()]
    model = load(chosen)
    found = evaluate_with_harness(
        model,
        names,
        chosen.ablate,
        scale,
        limit=chosen.limit,
        task_folder=chosen.task_folder,
        seed=chosen.seed,
    )
    if chosen.json:
        show.print_json(found)
    else:
        numbers = ("unchanged", "changed", "difference")
        made = show.table("task", "metric", *numbers, title=found.notes[0], right=numbers)
        for row in found.dicts():
            cells = [_number(row[name]) for name in numbers]
            made.add_row(show.plain(str(row["task"])), show.plain(str(row["metric"])), *cells)
        show.out().print(made)
    _write(found, chosen.out)


def _print_evaluation(found: Evaluation) -> None:
    numbers = ("accuracy", "choice_accuracy", "answer_logprob", "perplexity")
    title = f"{found.task}, {found.n_examples} examples"
    made = show.table("run", *(one.replace("_", " ") for one in numbers), title=title)
    for row in found.table().dicts():
        made.add_row(show.plain(str(row["run"])), *(_number(row[name]) for name in numbers))
    show.out().print(made)


def run_probe(chosen: argparse.Namespace) -> None:
    from headlab.analyses.probing import probe_heads
    from headlab.workflow.progress import bars

    texts, labels = _labelled(Path(chosen.texts))
    model = load(chosen)
    with bars() as progress:
        found = probe_heads(
            model,
            texts,
            labels,
            chosen.head,
            chosen.position,
            folds=chosen.folds,
            progress=lambda done, total: progress("probes", done, total),
        )
    if chosen.json:
        show.print_json(found)
    else:
        console = show.out()
        console.print(show.facts_line(model.facts))
        _print_probing(found, chosen.rows)
        console.print(show.provenance_line(found.accuracy.provenance))
    _write(found.table(), chosen.out)


def _print_probing(found: Probing, n_rows: int) -> None:
    numbers = ("accuracy", "± folds", "shuffled")
    made = show.table("head", *numbers, title="Linear probes, best heads", right=numbers)
    for head in found.accuracy.ranked()[:n_rows]:
        at = (head.layer, head.index)
        made.add_row(
            str(head),
            f"{found.accuracy.of(head):.3f}",
            f"{found.spread[at]:.3f}",
            f"{found.control[at]:.3f}",
        )
    console = show.out()
    console.print(made)
    console.print(
        show.plain(
            f"Balanced accuracy over {len(found.classes)} classes; chance {found.chance:.3f}, "
            f"highest shuffled run of any head {found.control_best:.3f}; "
            f"{len(found.above_control())} heads are above it. A probe shows what can be read from "
            "a head, not that the model uses it."
        )
    )


def _labelled(file: Path) -> tuple[list[str], list[str]]:
    from headlab.tasks.reading import csv_rows, read_text

    path, text = read_text(file, (".csv",))
    rows = [cells for _, cells in csv_rows(text, path, ("text", "label"))]
    return [row["text"] for row in rows], [row["label"] for row in rows]


def _factors(written: list[str]) -> dict[str, float]:
    from headlab.records.errors import HeadError

    found: dict[str, float] = {}
    for one in written:
        head, _, factor = one.partition("=")
        try:
            found[head] = float(factor)
        except ValueError:
            raise HeadError(f"--scale {one!r}: write a head and a factor, like L1H3=0.5.") from None
    return found


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else "–"


def _write(table: Table, out: str | None) -> None:
    from headlab.workflow.tables import save_table

    if out is not None:
        show.note(f"Written: {save_table(table, out)}")
