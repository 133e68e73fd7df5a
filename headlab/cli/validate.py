"""`headlab validate` and `headlab reproduce`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headlab.cli import show
from headlab.cli.options import Commands, json_option, load, model_options, positive

if TYPE_CHECKING:
    from headlab.records.relation import Relation
    from headlab.records.table import Cell, Table
    from headlab.records.validation import Validation

VALIDATIONS = ("correlation", "causality", "multi-token", "coverage", "universality")
OWN = {
    "template": ("correlation", "multi-token"),
    "min_pairs": ("multi-token",),
    "task": ("causality",),
    "steps": ("causality",),
    "other": ("universality",),
}
"""Options that only some validations take."""

_CORRELATION = {
    "relation": "operation",
    "k": "k",
    "n_pairs": "pairs",
    "without_context": "without context",
    "with_context": "with context",
}
BRIEF = {
    "correlation": _CORRELATION,
    "multi_token": {"relation": "operation", "static": "static", **_CORRELATION},
    "causality": {
        "relation": "operation",
        "n_heads": "heads",
        "base_accuracy": "base",
        "accuracy": "without",
        "random_mean": "random",
        "random_min": "lowest",
        "verdict": "verdict",
    },
    "universality_operations": {
        "relation": "operation",
        "n_heads": "heads",
        "best": "best",
        "best_score": "score",
        "n_heads_other": "other's heads",
        "best_other": "best",
        "best_score_other": "score",
    },
}
"""The columns that a terminal shows, under short titles; all of them for other tables."""


def add_commands(commands: Commands) -> None:
    validate = commands.add_parser(
        "validate",
        help="the validations of relation scores on a whole model",
        description="correlation: do scores by the weights predict what heads write? causality: does "
        "the model need the heads that score? multi-token: sources of several tokens. coverage: which "
        "heads have an operation. universality: the same operations in another model. Results are "
        "kept relation by relation; an interrupted command goes on where it stopped.",
    )
    model_options(validate)
    validate.add_argument(
        "what", metavar="VALIDATION", choices=VALIDATIONS, help="|".join(VALIDATIONS)
    )
    validate.add_argument(
        "--relation", metavar="NAME", action="append", help="a bundled operation (repeatable)"
    )
    validate.add_argument(
        "--pairs", metavar="FILE", action="append", help="your own pairs, JSON or CSV (repeatable)"
    )
    validate.add_argument(
        "--template",
        metavar="TEXT",
        action="append",
        help="a prompt with {source} (repeatable; correlation, multi-token)",
    )
    validate.add_argument(
        "--min-pairs", type=positive, help="pairs that a relation needs (multi-token; default 30)"
    )
    validate.add_argument(
        "--task", choices=("few-shot", "cloze"), help="prompts to remove heads on (causality)"
    )
    validate.add_argument(
        "--steps", type=_steps, metavar="N,N,...|all", help="numbers of heads to remove (causality)"
    )
    validate.add_argument("--other", metavar="MODEL", help="the second model (universality)")
    _output_options(validate)
    validate.set_defaults(run=run_validate)

    again = commands.add_parser(
        "reproduce",
        help="the published numbers, measured again",
        description="Load the models with published numbers from the hub, run correlation and "
        "causality on the published relations, and list the differences.",
    )
    again.add_argument(
        "--models", metavar="NAME", nargs="+", help="only these (default: all with numbers)"
    )
    again.add_argument("--device", default="auto", help="auto (default), cpu, cuda, mps")
    again.add_argument(
        "--dtype", default="auto", choices=("auto", "float32", "float16", "bfloat16")
    )
    _output_options(again)
    again.set_defaults(run=run_reproduce)


def _output_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FOLDER", help="write tables and figures there")
    parser.add_argument("--format", default="csv", choices=("csv", "parquet"), help="of the tables")
    json_option(parser)


def _steps(text: str) -> Sequence[int] | str:
    """An argument type: numbers from 1 with commas between them, or "all"."""
    return text if text == "all" else [positive(part.strip()) for part in text.split(",")]


def run_validate(chosen: argparse.Namespace) -> None:
    _refuse_foreign_options(chosen)
    relations = _relations(chosen)
    model = load(chosen)
    found = _validated(chosen, model, relations)
    if chosen.json:
        show.print_json(found)
        return
    _print_validation(found)
    if chosen.out:
        show.note(f"Tables and figure: {chosen.out}")


def _validated(
    chosen: argparse.Namespace, model: Any, relations: list[str | Relation] | None
) -> Validation:
    import headlab

    rest: dict[str, Any] = {"out": chosen.out, "table_format": chosen.format}
    if chosen.what == "universality":
        from headlab.models.loading import load_model

        other = load_model(chosen.other, chosen.device, chosen.dtype)
        return headlab.compare_models(  # type: ignore[no-any-return]
            model, other, relations, **rest
        )
    named = {"templates": chosen.template, **{key: getattr(chosen, key) for key in OWN}}
    for option in ("template", "other"):
        del named[option]
    given = {key: value for key, value in named.items() if value is not None}
    call = getattr(headlab, f"validate_{chosen.what.replace('-', '_')}")
    found: Validation = call(model, relations, **given, **rest)
    return found


def _refuse_foreign_options(chosen: argparse.Namespace) -> None:
    from headlab.records.errors import TaskError

    for option, takers in OWN.items():
        if getattr(chosen, option) is not None and chosen.what not in takers:
            raise TaskError(f"--{option.replace('_', '-')} belongs to {', '.join(takers)}.")
    if chosen.what == "universality" and chosen.other is None:
        raise TaskError("universality compares two models: name the second one with --other MODEL.")


def _relations(chosen: argparse.Namespace) -> list[str | Relation] | None:
    from headlab.relations.bundled import relation
    from headlab.relations.files import read_relation

    names = [relation(name).name for name in chosen.relation or ()]  # raises early
    files = [read_relation(file) for file in chosen.pairs or ()]
    return [*names, *files] or None


def _print_validation(found: Validation) -> None:
    from headlab.workflow.validation.files import summary_table

    console = show.out()
    console.print(show.facts_line(found.model))
    console.print(_as_rich(summary_table(found)))
    for table in found.tables[1:]:
        if table.name.endswith(("_summary", "_published", "_kv_groups", "_operations")):
            console.print(_as_rich(table))
    for note in found.table().notes:
        console.print(show.plain(note, style="dim"))
    for reason in found.not_applicable:
        show.note(f"Not applicable: {reason}.")


def run_reproduce(chosen: argparse.Namespace) -> int:
    from headlab.models.loading import load_model
    from headlab.workflow.validation.reproduction import reproduce

    done = reproduce(
        chosen.models,
        out=chosen.out,
        table_format=chosen.format,
        load=lambda name: load_model(name, chosen.device, chosen.dtype),
    )
    if chosen.json:
        show.print_json(done.table)
    elif len(done.table):
        show.out().print(_as_rich(done.table))
    for name, reason in done.failures.items():
        show.note(f"{name} was not measured: {reason}")
    if done.failures:
        show.note("The models come from the hub; 'headlab reproduce' goes on once it is reachable.")
    return 1 if done.failures else 0


def _as_rich(table: Table) -> Any:
    """A table of results for the terminal."""
    numbers = [
        name
        for name in table.columns
        if any(isinstance(cell, int | float) for cell in table.column(name))
    ]
    titles = BRIEF.get(table.name, {name: name.replace("_", " ") for name in table.columns})
    made = show.table(
        *titles.values(),
        title=table.name.replace("_", " "),
        right=[titles[name] for name in titles if name in numbers],
    )
    for row in table.dicts():
        made.add_row(*(show.plain(_cell(row[name])) for name in titles))
    return made


def _cell(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and cell != cell):
        return "–"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)
