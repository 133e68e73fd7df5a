"""`headlab test-description` and `headlab evaluate-tests`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headlab.cli import show
from headlab.cli.options import (
    Commands,
    bench,
    json_option,
    load,
    model_options,
    open_catalogue,
    positive,
)
from headlab.records.errors import HeadError

if TYPE_CHECKING:
    from headlab.models.language_model import LanguageModel
    from headlab.records.description_test import DescriptionTests
    from headlab.records.head import Head
    from headlab.records.table import Table
    from headlab.workflow.description_tests.operations import SplitOperations
    from headlab.workflow.description_tests.run import Subject

TESTS = ("S1", "S2", "S3", "S4", "S5")


def add_commands(commands: Commands) -> None:
    test = commands.add_parser(
        "test-description",
        help="test descriptions of heads on the heads themselves",
        description="S1 mapping detection, S2 input side, S3 output simulation, S4 new pairs from the "
        "text, S5 causal effect on those pairs; each against an empty description and another head's. "
        "S1 to S3 need a judge: name one with --llm. Without one, the pairs of S4 and S5 come from the "
        "operation files, by the words of the text. The description is --text, or the newest one in "
        "the catalogue, or a rule-based draft from evidence that no test uses.",
    )
    model_options(test)
    test.add_argument("heads", metavar="HEAD", nargs="+", help="heads, like L5H3")
    test.add_argument("--text", help="the description to test (one head)")
    test.add_argument(
        "--test", action="append", choices=TESTS, help="only this test (repeatable; default: all)"
    )
    _judge_options(test)
    test.add_argument(
        "--no-save", action="store_true", help="do not keep the results in the heads' entries"
    )
    test.add_argument("--out", metavar="FILE", help="write the table, .csv or .parquet")
    json_option(test)
    test.set_defaults(run=run_test)

    worth = commands.add_parser(
        "evaluate-tests",
        help="what the tests of descriptions are worth on a model",
        description="S4 on true, swapped and empty descriptions of heads whose operations are known "
        "from one half of the operation files; the pairs come from the other half, or from an LLM.",
    )
    model_options(worth)
    worth.add_argument("--n-heads", type=positive, metavar="N", help="draw N described heads")
    _judge_options(worth)
    worth.add_argument("--out", metavar="FOLDER", help="write tables and figure there")
    json_option(worth)
    worth.set_defaults(run=run_evaluation)


def _judge_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--llm", metavar="NAME", help="judge and writer at the endpoint, or 'rules' for none"
    )
    parser.add_argument("--base-url", metavar="URL", help="OpenAI-compatible endpoint, up to /v1")
    parser.add_argument("--seed", type=int, default=0, help="of every draw (default 0)")


def run_test(chosen: argparse.Namespace) -> None:
    from headlab.workflow.description_tests.operations import SplitOperations
    from headlab.workflow.description_tests.run import description_tests_of, judge_at
    from headlab.workflow.drafts import choose_endpoint
    from headlab.workflow.progress import bars

    if chosen.text is not None and len(chosen.heads) != 1:
        raise HeadError("--text describes one head: name just one.")
    endpoint = choose_endpoint(chosen.llm, chosen.base_url)
    judge = judge_at(endpoint)
    model = load(chosen)
    heads = list(dict.fromkeys(model.head(head) for head in chosen.heads))
    with bars() as progress:
        work = bench(model, progress)
        known = SplitOperations(work)
        found = description_tests_of(
            work,
            [_subject(model, head, chosen.text, known) for head in heads],
            judge,
            tests=chosen.test,
            seed=chosen.seed,
            operations=known,
            progress=lambda done, total: progress("tests", done, total),
        )
    if chosen.json:
        show.print_json(found)
    else:
        for one in found:
            _print_tests(one)
    if not chosen.no_save:
        _save(model, found)
    if endpoint is not None:
        from headlab.workflow.costs import total_cost

        show.note(f"Cost: {total_cost([one.usage for one in found], endpoint.prices).text}")
    if chosen.out:
        from headlab.records.description_test import description_tests_table
        from headlab.workflow.tables import save_table

        show.note(f"Written: {save_table(description_tests_table(found), chosen.out)}")


def _subject(model: LanguageModel, head: Head, text: str | None, known: SplitOperations) -> Subject:
    from headlab.workflow.description_tests.run import Subject, drafted_subject

    if text is not None:
        return Subject(head, text)
    with open_catalogue() as store:
        entry = store.find(model.facts.fingerprint, head)
    newest = entry.drafts[-1].draft if entry is not None and entry.drafts else None
    described = "" if entry is None else entry.description or ""
    if described or newest is not None:
        text = described or (newest.description if newest is not None else "")
        return Subject(head, text, None if newest is None else newest.drafter)
    show.note(f"{head} has no description in the catalogue: testing a rule-based draft.")
    return drafted_subject(known, head)


def _save(model: LanguageModel, found: Sequence[DescriptionTests]) -> None:
    """Keep the results in the entries of the heads; they change no state."""
    with open_catalogue() as store:
        for one in found:
            entry = store.find(model.facts.fingerprint, one.head)
            if entry is None:
                show.note(f"{one.head} has no entry in the catalogue, so its results are not kept.")
                continue
            store.add_tests(entry.id, one.tests, description=one.description)
            show.note(f"Kept in entry {entry.id} of {one.head}.")


def _print_tests(found: DescriptionTests) -> None:
    from headlab.records.description_test import TITLES

    console = show.out()
    console.print(show.plain(f"{found.head}: {found.description}"))
    numbers = ("score", "control", "difference", "rows", "invalid")
    made = show.table("test", "verdict", *numbers, "95 % interval", right=numbers)
    for test in found.tests:
        bounds = test.difference_interval
        best = None if test.best_control is None else test.control(test.best_control)
        made.add_row(
            test.kind,
            test.verdict,
            _number(test.score),
            _number(None if best is None else best.score),
            _number(test.difference),
            str(test.n_rows),
            str(test.n_invalid),
            "–" if bounds is None else f"{bounds.low:+.2f} to {bounds.high:+.2f}",
        )
    console.print(made)
    for test in found.tests:
        said = f"{test.kind} {TITLES[test.kind]} ({test.measure})"
        if test.reason:
            said += f": {test.verdict}, {test.reason}"
        if test.kind == "S4" and test.numbers.get("percentile") is not None:
            said += (
                f"; above {test.numbers['percentile']:.0%} of the other heads, "
                f"{test.numbers['n_tied_above']:.0f} do at least as well"
            )
        console.print(show.plain(f"{said}.", style="dim"))
    for warning in found.warnings:
        show.note(f"Warning: {warning}")


def run_evaluation(chosen: argparse.Namespace) -> None:
    from headlab.workflow.description_tests.evaluation import GOAL, evaluate_tests
    from headlab.workflow.description_tests.run import judge_at
    from headlab.workflow.drafts import choose_endpoint
    from headlab.workflow.progress import bars

    judge = judge_at(choose_endpoint(chosen.llm, chosen.base_url))
    model = load(chosen)
    with bars() as progress:
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
            _number(row["auroc"]),
            f"{_number(row['low'])} to {_number(row['high'])}",
        )
    return made


def _number(value: object) -> str:
    known = isinstance(value, int | float) and value == value
    return f"{value:.3f}" if known else "–"
