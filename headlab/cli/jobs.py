"""`headlab jobs`, and the batch of `headlab draft --batch`."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from headlab.cli import catalogue_filters as filters
from headlab.cli import jobs_plan, show
from headlab.cli.batch_options import amount
from headlab.cli.options import Commands, json_option, open_catalogue, positive
from headlab.records.errors import HeadLabError

if TYPE_CHECKING:
    from rich.table import Table

    from headlab.catalogue import Catalogue
    from headlab.catalogue.jobs import JobLedger
    from headlab.drafting import Endpoint
    from headlab.records.card import EvidenceCard
    from headlab.records.draft_job import Answer, DraftBatch, DraftJob, Failure
    from headlab.records.head import Head
    from headlab.records.model import ModelFacts
    from headlab.workflow.bench import Bench
    from headlab.workflow.draft_jobs.plan import Plan
    from headlab.workflow.draft_jobs.selection import Wanted

MAX_TOLD = 300
"""Characters of an answer that a table shows."""


def add_commands(commands: Commands) -> None:
    parser = commands.add_parser(
        "jobs",
        help="batches of drafts and tests: look at them, pause, resume, cancel, send failures again",
        description="Every draft of a batch ('headlab draft MODEL --batch') and every question to a "
        "judge ('headlab test-description --llm NAME') is a job in the catalogue's ledger. No model is "
        "loaded here: what is sent was prepared by the batch. Answers of a judge become results when "
        "the test is run again, which then pays nothing for them.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="batches, the newest first")
    listing.add_argument(
        "--all", action="store_true", help="also single drafts that have ended, each a batch of one"
    )
    json_option(listing)
    listing.set_defaults(run=run_list)
    jobs_plan.add_command(actions)
    for name, text in (
        ("show", "a batch with all its jobs"),
        ("pause", "send no more; calls under way end, and their answers are kept"),
        ("resume", "go on with a batch that was interrupted, paused or stopped"),
        ("cancel", "give up the jobs that wait; what is done stays"),
        ("retry", "send the failed jobs again, and no others that are done"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("batch", metavar="BATCH", type=positive, help="number of the batch")
        if name in ("resume", "retry"):
            action.add_argument("--cap", type=amount, metavar="AMOUNT", help="another cap")
        if name == "resume":
            action.add_argument(
                "--retry-failed", action="store_true", help="send the failed jobs again as well"
            )
        json_option(action)
        action.set_defaults(run=_RUNS[name])


def batch_heads(chosen: argparse.Namespace, work: Bench) -> list[Head]:
    """The heads that the options of a batch name."""
    from headlab.workflow.draft_jobs.selection import select_heads

    if chosen.best is not None:
        raise HeadLabError("A batch takes the best heads of a measure: --top N with --relation.")
    with open_catalogue() as catalogue:
        return select_heads(work, _wanted(chosen, catalogue, work.model.facts), catalogue)


def _wanted(chosen: argparse.Namespace, catalogue: Catalogue, facts: ModelFacts) -> Wanted:
    from headlab.workflow.draft_jobs.selection import Wanted

    named = [part.strip() for part in (chosen.heads_list or "").split(",") if part.strip()]
    text, narrowed = filters.chosen_search(catalogue, chosen, "", facts)
    wanted = Wanted(
        names=(*chosen.heads, *named),
        top=chosen.top,
        measure=chosen.relation or chosen.measure,
        layers=chosen.layers,
        undescribed=chosen.undescribed,
        text=text,
        filters=narrowed,
    )
    if wanted == Wanted():
        raise HeadLabError(
            "Say which heads: --heads L1H1,L2H3, --top N --relation NAME, --layers A-B, "
            "--undescribed, --saved NAME or a filter of 'headlab catalogue list'."
        )
    return wanted


def start(chosen: argparse.Namespace, cards: list[EvidenceCard], endpoint: Endpoint) -> int | None:
    """Plan a batch, show what it may cost, and work on it once that is agreed to."""
    from headlab.workflow.draft_jobs.plan import plan_batch

    if chosen.no_save:
        raise HeadLabError("A batch lives in the catalogue; leave --no-save or --batch out.")
    cap = chosen.cap if chosen.cap is not None else chosen.max_cost
    with open_catalogue() as catalogue:
        words = _wanted(chosen, catalogue, cards[0].model).words
        plan = plan_batch(cards, endpoint, _ledger(catalogue), words)
        show.note(plan.text)
        note_cap(cap)
        if chosen.dry_run:
            return None
        return begin(chosen, plan, catalogue, cap)


def begin(
    chosen: argparse.Namespace, plan: Plan, catalogue: Catalogue, cap: float | None
) -> int | None:
    """Keep a batch once that is agreed to, and work on it; 1 unless every job is done.

    Raises HeadLabError where nobody agrees.
    """
    from headlab.workflow.draft_jobs.plan import add_batch

    if not (chosen.yes or agreed()):
        raise HeadLabError("Nothing was sent. Add --yes to start without being asked.")
    ledger = _ledger(catalogue)
    batch = add_batch(plan, catalogue, ledger, cap)
    show.note(f"Batch {batch.id} with {batch.total} jobs in {catalogue.place}")
    return _work(ledger, batch.id, chosen.json)


def note_cap(cap: float | None) -> None:
    if cap is not None:
        show.note(f"Cap: {cap:g}; the worst case of each call is reserved before it is sent.")


def agreed() -> bool:
    """Ask on standard error whether to start; no without a terminal."""
    if not sys.stdin.isatty():
        return False
    show.note("Start? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def run_list(chosen: argparse.Namespace) -> None:
    with open_catalogue(create=False) as catalogue:
        every = _ledger(catalogue).batches()
    batches = [batch for batch in every if chosen.all or not _is_folded(batch)]
    if chosen.json:
        show.print_json(batches)
        return
    if not batches:
        show.note(
            "No batch is listed. 'headlab draft MODEL --batch' and 'headlab jobs plan --start' make one."
        )
    else:
        show.out().print(_batches_table(batches))
    if hidden := len(every) - len(batches):
        drafts = "1 single draft is" if hidden == 1 else f"{hidden} single drafts are"
        show.note(f"{drafts} not listed; --all lists them.")


def _batches_table(batches: Sequence[DraftBatch]) -> Table:
    made = show.table(
        "batch",
        "state",
        "model",
        "what",
        "asked",
        "done",
        "failed",
        "waiting",
        "spent",
        "cap",
        right=("batch", "done", "failed", "waiting", "spent", "cap"),
    )
    for batch in batches:
        made.add_row(
            str(batch.id),
            batch.state,
            show.plain(batch.model_name),
            show.plain(f"{batch.kind}: {batch.selection}"),
            show.plain(str(batch.endpoint.get("model"))),
            str(batch.counts["done"]),
            str(batch.counts["failed"]),
            str(batch.unfinished),
            _short(batch) if batch.priced else "unknown",
            "–" if batch.cap is None else f"{batch.cap:g}",
        )
    return made


def run_show(chosen: argparse.Namespace) -> None:
    from headlab.drafting.plain_text import one_line, shortened

    with open_catalogue(create=False) as catalogue:
        ledger = _ledger(catalogue)
        batch, jobs = ledger.batch(chosen.batch), ledger.jobs(chosen.batch)
    if chosen.json:
        show.print_json([batch, *jobs])
        return
    numbers = ("attempts", "spent")
    made = show.table("head", "kind", "state", *numbers, "what", right=numbers)
    for job in jobs:
        told = job.message if job.draft is None else job.draft.description
        told = told if job.reply is None else one_line(job.reply.text)
        made.add_row(
            str(job.head),
            job.kind,
            f"{job.state} ({job.failure})" if job.failure else job.state,
            "known" if job.reused else str(job.attempts),
            _short(job) if batch.priced else "unknown",
            show.plain(shortened(told, MAX_TOLD) or "–"),
        )
    show.out().print(made)
    if batch.events:
        show.out().print(_events_table(batch))
    _tell(batch)


def _events_table(batch: DraftBatch) -> Table:
    """Who did what to a batch, the oldest first."""
    made = show.table("at", "by", "step", title="Steps")
    for event in batch.events:
        text = f" (sha256 {event.template[:12]})" if event.template else ""
        made.add_row(
            f"{event.created_at:%F %R}",
            show.plain(event.signed),
            show.plain(f"{event.words}{text}"),
        )
    return made


def run_pause(chosen: argparse.Namespace) -> None:
    with open_catalogue(create=False) as catalogue:
        _tell(_ledger(catalogue).pause(chosen.batch), chosen.json)


def run_cancel(chosen: argparse.Namespace) -> None:
    with open_catalogue(create=False) as catalogue:
        _tell(_ledger(catalogue).cancel(chosen.batch), chosen.json)


def run_resume(chosen: argparse.Namespace) -> int | None:
    with open_catalogue(create=False) as catalogue:
        ledger = _ledger(catalogue)
        turn = ledger.retry if chosen.retry_failed else ledger.resume
        turn(chosen.batch, chosen.cap)
        _say_held(ledger, chosen.batch)
        return _work(ledger, chosen.batch, chosen.json)


def run_retry(chosen: argparse.Namespace) -> int | None:
    with open_catalogue(create=False) as catalogue:
        ledger = _ledger(catalogue)
        ledger.retry(chosen.batch, chosen.cap)
        _say_held(ledger, chosen.batch)
        return _work(ledger, chosen.batch, chosen.json)


_RUNS = {
    "show": run_show,
    "pause": run_pause,
    "resume": run_resume,
    "cancel": run_cancel,
    "retry": run_retry,
}


def _say_held(ledger: JobLedger, batch_id: int) -> None:
    """Why nothing may happen for a while: calls of a worker that may be dead are not sent at once."""
    jobs, seconds = ledger.held_elsewhere(batch_id)
    if seconds > 0:
        calls = "1 call is" if jobs == 1 else f"{jobs} calls are"
        show.note(
            f"{calls} in the hands of another process. If that has ended, its calls are sent again "
            f"when their lease runs out: waiting for that takes {math.ceil(seconds)} s at most."
        )


def _is_folded(batch: DraftBatch) -> bool:
    return batch.kind == "single" and batch.state in ("finished", "cancelled")


def _ledger(catalogue: Catalogue) -> JobLedger:
    from headlab.catalogue.jobs import JobLedger

    return JobLedger.of(catalogue)


def _work(ledger: JobLedger, batch_id: int, as_json: bool) -> int | None:
    """Work on a batch, with a line for every outcome; 1 unless every job is done."""
    from headlab.records.draft import Draft
    from headlab.records.judge_reply import JudgeReply
    from headlab.workflow.draft_jobs.run import run_batch

    def tell(head: Head, result: Answer | Failure) -> None:
        if isinstance(result, Draft):
            show.note(f"{head}: {result.description}")
        elif isinstance(result, JudgeReply):
            show.note(f"{head}: answered")
        else:
            show.note(f"{head}: no answer ({result.kind}): {result.message}")

    try:
        batch = run_batch(
            ledger,
            batch_id,
            on_result=tell,
            on_wait=lambda seconds: show.note(f"Waiting {seconds:.0f} s ..."),
        )
    except KeyboardInterrupt:
        show.note(f"Go on with: headlab jobs resume {batch_id}")
        raise
    _tell(batch, as_json)
    return None if batch.counts["done"] == batch.total else 1


def _tell(batch: DraftBatch, as_json: bool = False) -> None:
    """A batch in two lines, on standard error, or as JSON."""
    if as_json:
        show.print_json(batch)
        return
    counts = ", ".join(f"{count} {state}" for state, count in batch.counts.items() if count)
    show.note(f"Batch {batch.id} is {batch.state}: {counts}. Cost: {_spent(batch)}")
    if batch.reason:
        show.note(batch.reason)


def _spent(batch: DraftBatch) -> str:
    if not batch.priced:
        return "unknown"
    if not batch.uncounted + batch.reserved:
        return _short(batch)
    counted = max(0.0, batch.spent - batch.uncounted)
    return f"at most {batch.spent + batch.reserved:.2g}, {counted:.2g} counted"


def _short(paid: DraftBatch | DraftJob) -> str:
    """The most that was paid, for a column of a table; ≤ where nobody told all of it."""
    sign = "≤" if paid.uncounted + paid.reserved else ""
    return f"{sign}{paid.spent + paid.reserved:.2g}"
