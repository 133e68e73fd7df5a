"""`headlab jobs plan`: a batch of heads whose evidence the catalogue holds, without their model."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from headlab.cli import catalogue_filters as filters
from headlab.cli import show
from headlab.cli.batch_options import amount, top_options
from headlab.cli.options import Commands, json_option, open_catalogue
from headlab.records.batch import MAX_HEADS, BatchWish
from headlab.records.errors import HeadLabError

if TYPE_CHECKING:
    from headlab.records.batch import BatchPlan

N_NAMED = 20


def add_command(actions: Commands) -> None:
    parser = actions.add_parser(
        "plan",
        help="a batch from the evidence in the catalogue: heads and cost; --start begins it",
        description="Heads of one model whose evidence is in the catalogue, as the filters find them; "
        "no model is loaded. Nothing is sent or stored without --start. 'headlab draft MODEL --batch' "
        "gathers evidence first.",
    )
    parser.add_argument("--text", default="", metavar="WORDS", help="words that the entries hold")
    filters.add_options(parser)
    top_options(parser)
    parser.add_argument(
        "--described", action="store_true", help="also heads that have a description"
    )
    parser.add_argument("--cap", type=amount, metavar="AMOUNT", help="the batch never costs more")
    parser.add_argument("--start", action="store_true", help="keep the batch and work on it")
    parser.add_argument("--yes", action="store_true", help="start without asking")
    json_option(parser)
    parser.set_defaults(run=run_plan)


def run_plan(chosen: argparse.Namespace) -> int | None:
    from headlab.cli import jobs
    from headlab.workflow.draft_jobs.wish import plan_wish

    if chosen.yes and not chosen.start:
        raise HeadLabError("--yes belongs to --start: a plan alone sends nothing.")
    if chosen.top is not None and chosen.top > MAX_HEADS:
        raise HeadLabError(f"A batch takes {MAX_HEADS} heads at most, not {chosen.top}.")
    with open_catalogue(create=False) as catalogue:
        text, narrowed = filters.chosen_search(catalogue, chosen, chosen.text)
        wish = BatchWish(
            text=text,
            filters=narrowed,
            undescribed=not chosen.described,
            top=chosen.top,
            measure=chosen.relation or chosen.measure,
            cap=chosen.cap,
        )
        if not catalogue.count(text=text, **narrowed):
            filters.require_model(catalogue, narrowed.get("model"))
        planned = plan_wish(catalogue, wish)
        if chosen.json and not chosen.start:
            show.print_json(planned.shown)
        else:
            _tell(planned.shown)
        if planned.plan is None or planned.shown.problem:
            return 1
        jobs.note_cap(chosen.cap)
        return jobs.begin(chosen, planned.plan, catalogue, chosen.cap) if chosen.start else None


def _tell(shown: BatchPlan) -> None:
    """A plan in lines: which heads, which are left out, the cost, what speaks against it."""
    if shown.heads:
        named = ", ".join(str(head) for head in shown.heads[:N_NAMED])
        more = len(shown.heads) - N_NAMED
        show.note(
            f"{len(shown.heads)} of {shown.model_name}: {named}"
            f"{f' and {more} more' if more > 0 else ''}"
        )
    for why, count in shown.left_out.items():
        show.note(f"Left out: {count} {why}")
    for line in filter(None, (shown.text, shown.problem)):
        show.note(line)
