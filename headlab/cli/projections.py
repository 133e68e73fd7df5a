"""`headlab operations` and `headlab similar`: what heads implement, and which heads are alike."""

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
    from rich.table import Table as Shown

    from headlab.records.operations import Operations
    from headlab.records.similar import SimilarHeads
    from headlab.records.table import Table


def add_commands(commands: Commands) -> None:
    operations = commands.add_parser(
        "operations",
        help="the operations that heads implement or suppress",
        description="A head implements an operation when its relation score exceeds the threshold and "
        "the control: the highest score of any head with shuffled targets. Suppression likewise.",
    )
    model_options(operations)
    files_option(operations)
    operations.add_argument("--head", metavar="HEAD", help="only this head, like L5H3")
    operations.add_argument(
        "--threshold", type=share, default=0.15, metavar="T", help="from 0 to 1 (default 0.15)"
    )
    _output_options(operations)
    operations.set_defaults(run=run_operations)

    similar = commands.add_parser(
        "similar",
        help="the heads most like a head",
        description="By relations: likeness of the scores on all operations, in this model or in "
        "another. By weights: cosine of the heads' OV matrices, within the model.",
    )
    model_options(similar)
    files_option(similar)
    similar.add_argument("head", metavar="HEAD", help="layer and head from 0, like L5H3")
    similar.add_argument("--other", metavar="MODEL", help="look for them in this model")
    similar.add_argument("--by", default="relations", choices=("relations", "weights"))
    similar.add_argument(
        "--measure",
        default="cosine",
        choices=("cosine", "pearson"),
        help="of the relation scores (default: cosine)",
    )
    similar.add_argument("--rows", type=positive, default=10, help="heads to list (default 10)")
    _output_options(similar)
    similar.set_defaults(run=run_similar)


def _output_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FILE", help="write the table there, .csv or .parquet")
    json_option(parser)


def share(text: str) -> float:
    """An argument type: a number from 0 to below 1."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to below 1")
    return found


def run_operations(chosen: argparse.Namespace) -> None:
    from headlab.analyses.operations import operations_of
    from headlab.workflow.progress import bars

    model = load(chosen)
    head = None if chosen.head is None else model.head(chosen.head)
    with bars() as progress:
        scores = bench(model, progress).scores()
    found = operations_of(model, head, chosen.threshold, scores=scores)
    _save(chosen, found.table())
    if chosen.json:
        show.print_json(found)
        return
    console = show.out()
    console.print(show.facts_line(model.facts))
    console.print(
        show.plain(f"Operations above {found.threshold:g} and above their shuffled control:")
    )
    console.print(_operations_table(found))
    if head is None:
        console.print(_layers_table(found))
    for reason in found.not_applicable:
        show.note(f"Not applicable: {reason}.")
    console.print(show.provenance_line(found.provenance, ("operations",)))


def _operations_table(found: Operations) -> Shown:
    made = show.table("head", "operation", "kind", "score", "control", right=("score", "control"))
    for row in found.rows:
        control = "–" if row.control is None else f"{row.control:.2f}"
        made.add_row(str(row.head), show.plain(row.name), row.kind, f"{row.score:.2f}", control)
    return made


def _layers_table(found: Operations) -> Shown:
    categories = found.categories()
    columns = ("any", *categories)
    made = show.table(
        "layer", *columns, title="Share of heads with an operation", right=("layer", *columns)
    )
    shares = [found.layer_shares(category) for category in (None, *categories)]
    for layer, own in enumerate(zip(*shares, strict=True)):
        if own[0] == own[0]:  # a layer without heads has NaN
            made.add_row(str(layer), *(f"{value:.2f}" for value in own))
    return made


def run_similar(chosen: argparse.Namespace) -> None:
    from headlab.analyses.similar_heads import similar_heads
    from headlab.workflow.progress import bars

    model = load(chosen)
    head = model.head(chosen.head)
    other = None
    if chosen.other is not None:
        other = load(
            argparse.Namespace(**{**vars(chosen), "model": chosen.other, "revision": None})
        )
    with bars() as progress:
        by_relations = chosen.by == "relations"
        scores = bench(model, progress).scores() if by_relations else None
        others = bench(other, progress).scores() if by_relations and other is not None else None
        found = similar_heads(
            model,
            head,
            chosen.rows,
            other,
            chosen.by,
            chosen.measure,
            scores=scores,
            other_scores=others,
        )
    _save(chosen, found.table())
    if chosen.json:
        show.print_json(found)
        return
    console = show.out()
    console.print(show.facts_line(model.facts))
    if other is not None:
        console.print(show.facts_line(other.facts))
    over = f" on {len(found.operations)} operations" if found.operations else ""
    said = f"{found.measure} by {found.by}{over}, {found.n_compared} heads compared"
    console.print(show.plain(f"Most like {found.head}: {said}."))
    console.print(_similar_table(found))
    console.print(show.provenance_line(found.provenance, ("operations",)))


def _similar_table(found: SimilarHeads) -> Shown:
    made = show.table("head", "likeness", right=("likeness",))
    for row in found.rows:
        made.add_row(str(row.head), f"{row.likeness:.3f}")
    return made


def _save(chosen: argparse.Namespace, table: Table) -> None:
    from headlab.workflow.tables import save_table

    if chosen.out:
        show.note(f"Table: {save_table(table, chosen.out)}")
