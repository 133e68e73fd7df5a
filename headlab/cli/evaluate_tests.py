"""`headlab evaluate-tests`."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headlab.cli import show
from headlab.cli.jobs import agreed
from headlab.cli.judging import ledger_judge, number, said_how_to_go_on
from headlab.cli.options import bench, load, open_catalogue
from headlab.records.errors import HeadLabError

if TYPE_CHECKING:
    from headlab.catalogue import Catalogue
    from headlab.drafting import Endpoint
    from headlab.records.table import Table
    from headlab.workflow.description_tests.evaluation import Evaluation
    from headlab.workflow.description_tests.operations import SplitOperations


def run_evaluation(chosen: argparse.Namespace) -> int | None:
    from headlab.workflow.description_tests.evaluation import evaluate_tests
    from headlab.workflow.description_tests.operations import SplitOperations
    from headlab.workflow.progress import bars

    endpoint = _endpoint(chosen)
    model = load(chosen)
    with bars() as progress, ExitStack() as opened:
        work = bench(model, progress)
        known = SplitOperations(work)
        judge = None
        if endpoint is not None:
            store = opened.enter_context(open_catalogue())
            if not _planned(chosen, known, store, endpoint):
                return None
            judge = ledger_judge(store, endpoint, model, [], chosen.cap, progress)
        elif chosen.dry_run:
            show.note("No language model is asked: the evaluation costs nothing.")
            return None
        with said_how_to_go_on(judge):
            found = evaluate_tests(
                work,
                judge,
                n_heads=chosen.n_heads,
                seed=chosen.seed,
                operations=known,
                progress=lambda done, total: progress("evaluation", done, total),
            )
    if chosen.json:
        show.print_json([found.summary, found.rates, found.cases])
    else:
        show.out().print(show.facts_line(model.facts))
        _print(found, asked=judge is not None)
    if judge is not None:
        from headlab.workflow.costs import paid_cost

        cost = paid_cost(judge.calls.batch, [found.usage], judge.endpoint.prices)
        show.note(f"Cost: {cost.text}")
    if chosen.out:
        files = found.write(chosen.out)
        show.note("Written: " + ", ".join(Path(file).name for file in files))
    if not found.n_tested:
        show.note("No description could be tested, so that this says nothing about the tests.")
        return 1
    return None


def _endpoint(chosen: argparse.Namespace) -> Endpoint | None:
    """The LLM that is named here; the settings alone make nothing cost money."""
    from headlab.workflow.drafts import choose_judge

    if chosen.llm is None:
        if chosen.base_url:
            raise HeadLabError("--base-url needs --llm NAME: say which model is asked there.")
        return None
    return choose_judge(chosen.llm, chosen.base_url)


def _planned(
    chosen: argparse.Namespace, known: SplitOperations, store: Catalogue, endpoint: Endpoint
) -> bool:
    """Say what would be sent; false after a dry run. Raises HeadLabError when nobody agrees."""
    from headlab.workflow.description_tests.evaluation_plan import plan_evaluation

    plan = plan_evaluation(known, store, endpoint, n_heads=chosen.n_heads, seed=chosen.seed)
    before = f", {plan.known} more answered before" if plan.known else ""
    show.note(
        f"{plan.calls} requests to {endpoint.model} at {endpoint.base_url}{before}: "
        f"{plan.estimate.text}"
    )
    if chosen.cap is not None:
        show.note(
            f"Cap: {chosen.cap:g}; the worst case of each call is reserved before it is sent."
        )
    if chosen.dry_run:
        return False
    if plan.calls and not (chosen.yes or agreed()):
        raise HeadLabError("Nothing was sent. Add --yes to start without being asked.")
    return True


def _print(found: Evaluation, *, asked: bool) -> None:
    from headlab.workflow.description_tests.evaluation_tables import GOAL

    console = show.out()
    console.print(_rates_table(found.rates))
    console.print(_summary_table(found.summary))
    failed = ", ".join(f"{count} {kind}" for kind, count in sorted(found.failed.items())) or "none"
    said = (
        *found.rates.notes,
        *found.summary.notes,
        *((f"Failed calls: {failed}.",) if asked else ()),
        f"The goal for swapped descriptions is an AUROC of {GOAL}.",
    )
    for note in said:
        console.print(show.plain(note, style="dim"))


def _rates_table(rates: Table) -> Any:
    numbers = ("texts", "heads", "not testable", "passed", "rate")
    made = show.table("description", *numbers, "95 % interval", right=numbers)
    for row in rates.dicts():
        counts = (row["n"], row["n_heads"], row["n_not_testable"], row["passes"])
        bounds = f"{number(row['low'])} to {number(row['high'])}"
        made.add_row(
            str(row["text"]),
            *map(str, counts),
            number(row["rate"]),
            "–" if row["low"] is None else bounds,
        )
    return made


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
