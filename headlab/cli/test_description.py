"""`headlab test-description` and `headlab evaluate-tests`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from headlab.cli import show
from headlab.cli.evaluate_tests import run_evaluation
from headlab.cli.judging import judge_options, ledger_judge, number, said_how_to_go_on
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
    from headlab.catalogue import Catalogue
    from headlab.drafting import Endpoint
    from headlab.models.language_model import LanguageModel
    from headlab.records.description_test import DescriptionTests
    from headlab.records.head import Head
    from headlab.workflow.bench import Bench
    from headlab.workflow.description_tests.operations import SplitOperations
    from headlab.workflow.description_tests.run import Subject

TESTS = ("S1", "S2", "S3", "S4", "S5")


def add_commands(commands: Commands) -> None:
    test = commands.add_parser(
        "test-description",
        help="test descriptions of heads on the heads themselves",
        description="S1 mapping detection, S2 input side, S3 output simulation, S4 new pairs from the "
        "text, S5 causal effect on those pairs; each against an empty description and another head's. "
        "S1 to S3 need a judge: name one with --llm, or set judge_model or llm_model. Without one, the "
        "pairs of S4 and S5 come from the operation files, by the words of the text. The description "
        "is --text, or the newest one in the catalogue, or a rule-based draft from evidence that no "
        "test uses.",
    )
    model_options(test)
    test.add_argument("heads", metavar="HEAD", nargs="+", help="heads, like L5H3")
    test.add_argument("--text", help="the description to test (one head)")
    test.add_argument(
        "--test", action="append", choices=TESTS, help="only this test (repeatable; default: all)"
    )
    judge_options(test)
    test.add_argument(
        "--no-save",
        action="store_true",
        help="do not keep the results in the heads' entries (answers of a judge stay in the ledger)",
    )
    test.add_argument(
        "--dry-run", action="store_true", help="only say what a judge would be asked, and its cost"
    )
    test.add_argument("--out", metavar="FILE", help="write the table, .csv or .parquet")
    json_option(test)
    test.set_defaults(run=run_test)

    worth = commands.add_parser(
        "evaluate-tests",
        help="what the tests of descriptions are worth on a model",
        description="S4 on true, swapped and empty descriptions of heads whose operations are known "
        "from one half of the operation files; the pairs come from the other half. With --llm NAME that "
        "language model drafts the descriptions and writes the pairs; the settings name none for this. "
        "Exit status 1 when no description could be tested.",
    )
    model_options(worth)
    worth.add_argument("--n-heads", type=positive, metavar="N", help="draw N described heads")
    judge_options(worth)
    worth.add_argument("--yes", action="store_true", help="start without asking")
    worth.add_argument(
        "--dry-run", action="store_true", help="only say what the LLM would be asked, and its cost"
    )
    worth.add_argument("--out", metavar="FOLDER", help="write tables and figure there")
    json_option(worth)
    worth.set_defaults(run=run_evaluation)


def run_test(chosen: argparse.Namespace) -> None:
    from headlab.workflow.description_tests.operations import SplitOperations
    from headlab.workflow.description_tests.run import description_tests_of
    from headlab.workflow.drafts import choose_judge
    from headlab.workflow.progress import bars

    if chosen.text is not None and len(chosen.heads) != 1:
        raise HeadError("--text describes one head: name just one.")
    endpoint = choose_judge(chosen.llm, chosen.base_url)
    model = load(chosen)
    heads = list(dict.fromkeys(model.head(head) for head in chosen.heads))
    with bars() as progress, ExitStack() as opened:
        work = bench(model, progress)
        known = SplitOperations(work)
        subjects = [_subject(model, head, chosen.text, known) for head in heads]
        judge = None
        if endpoint is not None or chosen.dry_run:
            store = opened.enter_context(open_catalogue())
            _tell_plan(chosen, work, subjects, known, store, endpoint)
            if chosen.dry_run:
                return
        if endpoint is not None:
            judge = ledger_judge(store, endpoint, model, heads, chosen.cap, progress)
        with said_how_to_go_on(judge):
            found = description_tests_of(
                work,
                subjects,
                judge,
                tests=chosen.test,
                seed=chosen.seed,
                operations=known,
                progress=progress,
            )
    if chosen.json:
        show.print_json(found)
    else:
        for one in found:
            _print_tests(one)
    if not chosen.no_save:
        _save(model, found)
    if judge is not None:
        from headlab.workflow.costs import paid_cost

        usages = [one.usage for one in found]
        show.note(f"Cost: {paid_cost(judge.calls.batch, usages, judge.endpoint.prices).text}")
    if chosen.out:
        from headlab.records.description_test import description_tests_table
        from headlab.workflow.tables import save_table

        show.note(f"Written: {save_table(description_tests_table(found), chosen.out)}")


def _tell_plan(
    chosen: argparse.Namespace,
    work: Bench,
    subjects: Sequence[Subject],
    known: SplitOperations,
    store: Catalogue,
    endpoint: Endpoint | None,
) -> None:
    from headlab.workflow.costs import sum_of_estimates
    from headlab.workflow.description_tests.plan import estimate_of_tests, plan_tests, shared_once
    from headlab.workflow.description_tests.run import KINDS

    kinds = tuple(dict.fromkeys(chosen.test or KINDS))
    plans = [
        plan_tests(work, one, known, store, endpoint, tests=kinds, seed=chosen.seed)
        for one in subjects
    ]
    if endpoint is None:
        show.note("No language model is asked: the tests run on this machine and cost nothing.")
        return
    whole = sum_of_estimates([estimate_of_tests(plan) for plan in plans])
    calls = sum(one.calls for plan in plans for one in shared_once(plan))
    known_already = sum(one.known for plan in plans for one in shared_once(plan))
    before = f", {known_already} more answered before" if known_already else ""
    show.note(f"{calls} questions to {endpoint.model} at {endpoint.base_url}{before}: {whole.text}")
    if chosen.cap is not None:
        show.note(
            f"Cap: {chosen.cap:g}; the worst case of each call is reserved before it is sent."
        )


def _subject(model: LanguageModel, head: Head, text: str | None, known: SplitOperations) -> Subject:
    from headlab.workflow.description_tests.run import Subject, drafted_subject, subject_of

    if text is not None:
        return Subject(head, text)
    with open_catalogue() as store:
        entry = store.find(model.facts.fingerprint, head)
    if entry is not None and entry.description:
        return subject_of(entry)
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
            number(test.score),
            number(None if best is None else best.score),
            number(test.difference),
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
