"""`headlab badge`: is the effect of a head more than that of the others?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from headlab.cli import show
from headlab.cli.options import Commands, json_option, load, model_options

if TYPE_CHECKING:
    from headlab.records.causal_badge import CausalBadge, CausalBadges


def add_commands(commands: Commands) -> None:
    badge = commands.add_parser(
        "badge",
        help="do heads do on prompts what their weights say?",
        description="Remove heads at the last position of an operation's own prompts, and compare "
        "the fall of log p(target) with that of every other head. Without HEAD: all heads that "
        "implement an operation, with the false discovery rate of the batch.",
    )
    model_options(badge)
    badge.add_argument("head", metavar="HEAD", nargs="?", help="layer and head from 0, like L5H3")
    badge.add_argument(
        "--relation", metavar="NAME", help="default: the operation that each head scores highest on"
    )
    badge.add_argument("--out", metavar="FILE", help="also write the table (.csv or .parquet)")
    json_option(badge)
    badge.set_defaults(run=run_badge)


def run_badge(chosen: argparse.Namespace) -> None:
    from headlab.analyses.causal_badge import causal_badges
    from headlab.workflow.progress import bars
    from headlab.workflow.tables import save_table

    model = load(chosen)
    heads = None if chosen.head is None else [model.head(chosen.head)]
    with bars() as progress:
        found = causal_badges(
            model,
            chosen.relation,
            heads,
            progress=lambda done, total: progress("badges", done, total),
        )
    if chosen.json:
        show.print_json(found)
    else:
        console = show.out()
        console.print(show.facts_line(model.facts))
        _print_badges(found)
        console.print(show.provenance_line(found.provenance))
    if chosen.out is not None:
        show.note(f"Written: {save_table(found.table(), chosen.out)}")


def _print_badges(found: CausalBadges) -> None:
    numbers = ("effect", "size", "p", "q", "base", "other")
    made = show.table("head", "operation", *numbers, "badge", title="Causal badges", right=numbers)
    for badge in found.badges:
        other = None if badge.control is None else badge.control.effect
        values = (badge.effect, badge.effect_size, badge.p, badge.q, badge.base_accuracy, other)
        made.add_row(
            str(badge.head),
            show.plain(badge.relation or "–"),
            *("–" if value is None else f"{value:.2g}" for value in values),
            badge.state,
        )
    console = show.out()
    console.print(made)
    console.print(
        show.plain("base: accuracy of the whole model; other: the effect on a control relation.")
    )
    for reason in dict.fromkeys(_reasons(found.badges)):
        console.print(show.plain(reason))
    for note in found.table().notes:
        console.print(show.plain(note, style="dim"))


def _reasons(badges: tuple[CausalBadge, ...]) -> list[str]:
    return [f"{badge.head}: {badge.reason}" for badge in badges if badge.reason]
