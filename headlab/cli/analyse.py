"""`headlab score`, `salient` and `ablate`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from headlab.cli import show
from headlab.cli.options import Commands, bench, json_option, load, model_options, positive

if TYPE_CHECKING:
    from headlab.records.relation import Relation


def add_commands(commands: Commands) -> None:
    score = commands.add_parser(
        "score",
        help="relation and suppression scores of all heads",
        description="How far each head maps sources to targets, by its weights (MAPS). Without "
        "--relation or --pairs: all bundled operations.",
    )
    model_options(score)
    what = score.add_mutually_exclusive_group()
    what.add_argument("--relation", metavar="NAME", help="a bundled operation")
    what.add_argument("--pairs", metavar="FILE", help="your own pairs, JSON or CSV")
    score.add_argument("--k", type=positive, help="rank that counts (default: the operation's own)")
    score.add_argument("--rows", type=positive, default=10, help="heads to list (default 10)")
    json_option(score)
    score.set_defaults(run=run_score)

    salient = commands.add_parser(
        "salient", help="the most salient tokens of a head and what it maps them to"
    )
    model_options(salient)
    salient.add_argument("head", metavar="HEAD", help="layer and head from 0, like L5H3")
    salient.add_argument("--tokens", type=positive, default=30, help="source tokens (default 30)")
    salient.add_argument("--targets", type=positive, default=5, help="targets each (default 5)")
    json_option(salient)
    salient.set_defaults(run=run_salient)

    ablate = commands.add_parser(
        "ablate",
        help="what the model loses without each head",
        description="Zero each head over prompts and list what changes. Without --prompts: the "
        "bundled set, made of the operations.",
    )
    model_options(ablate)
    ablate.add_argument(
        "--head", metavar="HEAD", action="append", help="only this head (repeatable)"
    )
    ablate.add_argument("--prompts", metavar="FILE", help="your own texts, one a line")
    ablate.add_argument("--mode", default="zero", choices=("zero",), help="zero")
    ablate.add_argument(
        "--positions",
        default="all",
        choices=("all", "last"),
        help="where heads are removed: all positions, or only where the last token is predicted",
    )
    ablate.add_argument("--rows", type=positive, default=10, help="heads to list (default 10)")
    json_option(ablate)
    ablate.set_defaults(run=run_ablate)


def run_score(chosen: argparse.Namespace) -> None:
    from headlab.records.errors import RelationError
    from headlab.workflow.progress import bars

    wanted = _wanted(chosen)
    model = load(chosen)
    with bars() as progress:
        found = bench(model, progress).scores(wanted)
    if wanted is not None and found.not_applicable:
        raise RelationError(found.not_applicable[0].reason + ".")
    if chosen.json:
        show.print_json(found if wanted is None else found.scores[0])
        return
    console = show.out()
    console.print(show.facts_line(model.facts))
    if wanted is None:
        console.print(show.scores_table(found))
    else:
        scores = found.scores[0]
        console.print(show.heads_table(scores, chosen.rows))
        console.print(show.control_line(scores))
        if scores.dropped:
            show.note(show.dropped_line(scores))
    for skipped in found.not_applicable:
        show.note(f"Not applicable: {skipped.reason}.")
    if found.scores:
        each_its_own = ("relation", "k") if wanted is None else ()
        console.print(show.provenance_line(found.scores[0].provenance, each_its_own))


def _wanted(chosen: argparse.Namespace) -> list[Relation] | None:
    from headlab.records.errors import RelationError
    from headlab.relations.bundled import relation
    from headlab.relations.files import read_relation

    if chosen.relation is None and chosen.pairs is None:
        if chosen.k is not None:
            raise RelationError("--k needs --relation or --pairs: each operation has its own k.")
        return None
    one = relation(chosen.relation) if chosen.relation else read_relation(chosen.pairs)
    return [one if chosen.k is None else one.model_copy(update={"k": chosen.k})]


def run_salient(chosen: argparse.Namespace) -> None:
    from headlab.workflow.progress import bars

    model = load(chosen)
    head = model.head(chosen.head)
    with bars() as progress:
        found = bench(model, progress).mappings(head, chosen.tokens, chosen.targets)
    if chosen.json:
        show.print_json(found)
        return
    console = show.out()
    console.print(show.facts_line(model.facts))
    console.print(show.mappings_table(found.rows, f"Most salient mappings of {head}"))
    console.print(show.provenance_line(found.provenance))


def run_ablate(chosen: argparse.Namespace) -> None:
    from headlab.relations.prompts import read_prompts
    from headlab.workflow.progress import bars

    prompts = None if chosen.prompts is None else read_prompts(chosen.prompts)
    model = load(chosen)
    heads = None if chosen.head is None else [model.head(head) for head in chosen.head]
    with bars() as progress:
        found = bench(model, progress).ablations(heads, prompts, chosen.positions)
    if chosen.json:
        show.print_json(list(found.values()))
        return
    console = show.out()
    console.print(show.facts_line(model.facts))
    console.print(show.ablations_table(found, chosen.rows))
    if heads is not None:
        for head, ablation in found.items():
            for made in show.effect_tables(ablation.of(head)):
                if made.row_count:
                    made.title = f"{head}: {made.title}"
                    console.print(made)
    console.print(show.provenance_line(next(iter(found.values())).provenance))
