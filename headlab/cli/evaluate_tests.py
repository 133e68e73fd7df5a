"""`headlab evaluate-tests`."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headlab.cli import show
from headlab.cli.judging import ledger_judge, number, said_how_to_go_on
from headlab.cli.options import bench, load, open_catalogue

if TYPE_CHECKING:
    from headlab.records.table import Table


def run_evaluation(chosen: argparse.Namespace) -> None:
    from headlab.workflow.description_tests.evaluation import GOAL, evaluate_tests
    from headlab.workflow.drafts import choose_endpoint
    from headlab.workflow.progress import bars

    endpoint = choose_endpoint(chosen.llm, chosen.base_url)
    model = load(chosen)
    with bars() as progress, ExitStack() as opened:
        judge = None
        if endpoint is not None:
            store = opened.enter_context(open_catalogue())
            judge = ledger_judge(store, endpoint, model, [], chosen.cap, progress)
        with said_how_to_go_on(judge):
            found = evaluate_tests(
                bench(model, progress),
                judge,
                n_heads=chosen.n_heads,
                seed=chosen.seed,
                progress=lambda done, total: progress("evaluation", done, total),
            )
    if chosen.json:
        show.print_json([found.summary, found.cases])
    else:
        console = show.out()
        console.print(show.facts_line(model.facts))
        console.print(_summary_table(found.summary))
        for note in (*found.summary.notes, f"The goal for swapped descriptions is {GOAL}."):
            console.print(show.plain(note, style="dim"))
    if chosen.out:
        files = found.write(chosen.out)
        show.note("Written: " + ", ".join(Path(file).name for file in files))


def _summary_table(summary: Table) -> Any:
    numbers = ("true", "false", "heads", "AUROC")
    made = show.table("against", "measure", *numbers, "95 % interval", right=numbers)
    for row in summary.dicts():
        made.add_row(
            str(row["comparison"]),
            str(row["measure"]),
            str(row["n_true"]),
            str(row["n_false"]),
            str(row["n_heads"]),
            number(row["auroc"]),
            f"{number(row['low'])} to {number(row['high'])}",
        )
    return made
