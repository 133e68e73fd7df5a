"""`headlab score`, `salient` and `ablate`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from headlab.cli import show
from headlab.cli.options import (
    Commands,
    bench,
    files_option,
    json_option,
    load,
    model_options,
    positive,
)

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
    files_option(score)
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
    files_option(salient)
    salient.add_argument("head", metavar="HEAD", help="layer and head from 0, like L5H3")
    salient.add_argument("--tokens", type=positive, default=30, help="source tokens (default 30)")
    salient.add_argument("--targets", type=positive, default=5, help="targets each (default 5)")
    json_option(salient)
    salient.set_defaults(run=run_salient)

    ablate = commands.add_parser(
        "ablate",
        help="what the model loses without each head",
        description="Remove each head over prompts and list what changes. Without --prompts: the "
        "bundled set, made of the operations.",
    )
    model_options(ablate)
    ablate.add_argument(
        "--head", metavar="HEAD", action="append", help="only this head (repeatable)"
    )
    ablate.add_argument("--prompts", metavar="FILE", help="your own texts, one a line")
    ablate.add_argument(
        "--mode",
        default="zero",
        choices=("zero", "mean", "resample"),
        help="what a head is replaced by: zero (default), its mean over the prompts, or what it "
        "does in another prompt",
    )
    ablate.add_argument(
        "--reference", metavar="FILE", help="texts for mean and resample (default: the prompts)"
    )
    ablate.add_argument(
        "--per-position", action="store_true", help="a mean for each position (with --mode mean)"
    )
    ablate.add_argument(
        "--seed", type=int, default=0, help="of the draw of other prompts (with --mode resample)"
    )
    ablate.add_argument(
        "--positions",
        type=position_list,
        default="all",
        metavar="WHERE",
        help="where heads are removed and the change is measured: all (default), last (where the "
        "last token is predicted), or numbers, negative from the end, like --positions=3,-2",
    )
    ablate.add_argument("--rows", type=positive, default=10, help="heads to list (default 10)")
    json_option(ablate)
    ablate.set_defaults(run=run_ablate)


def position_list(text: str) -> str | tuple[int, ...]:
    """An argument type: `all`, `last`, or whole numbers with commas between."""
    if text in ("all", "last"):
        return text
    try:
        return tuple(int(place) for place in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not all, last, or whole numbers with commas between"
        ) from None


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
    from headlab.records.errors import PromptError
    from headlab.relations.prompts import read_prompts
    from headlab.workflow.progress import bars

    prompts = None if chosen.prompts is None else read_prompts(chosen.prompts)
    reference = None if chosen.reference is None else read_prompts(chosen.reference)
    if reference is not None and chosen.mode == "zero":
        raise PromptError("--reference goes with --mode mean or resample: zero needs no texts.")
    model = load(chosen)
    heads = None if chosen.head is None else [model.head(head) for head in chosen.head]
    with bars() as progress:
        found = bench(model, progress).ablations(
            heads,
            prompts,
            chosen.positions,
            chosen.mode,
            reference=reference,
            per_position=chosen.per_position,
            seed=chosen.seed,
        )
    if chosen.json:
        show.print_json(list(found.values()))
        return
    console = show.out()
    console.print(show.facts_line(model.facts))
    for ablation in found.values():
        for failure in ablation.failures:
            show.note(failure.reason)
    measured = {head: ablation for head, ablation in found.items() if ablation.effects}
    if measured:
        console.print(show.ablations_table(measured, chosen.rows))
    if heads is not None:
        for head, ablation in measured.items():
            for made in show.effect_tables(ablation.of(head)):
                if made.row_count:
                    made.title = f"{head}: {made.title}"
                    console.print(made)
    console.print(show.provenance_line(next(iter(found.values())).provenance))
