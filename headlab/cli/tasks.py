"""`headlab tasks`: the generators, and their examples as files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from headlab.cli import show
from headlab.cli.options import Commands, positive


def add_commands(commands: Commands) -> None:
    group = commands.add_parser(
        "tasks", help="make examples for experiments: IOI, succession, deduction and others"
    )
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)

    listed = actions.add_parser("list", help="the generators, their parameters and sources")
    listed.set_defaults(run=run_list)

    make = actions.add_parser(
        "make",
        help="write examples of a task as JSON, which every --task option reads",
        description="Write different examples of a task, drawn with a seed. Generators that need "
        "pairs take the capitals that come with HeadLab, or --pairs.",
    )
    make.add_argument("name", metavar="NAME", help="a generator, see 'headlab tasks list'")
    make.add_argument("--n", type=positive, default=32, help="examples (default 32)")
    make.add_argument("--seed", type=int, default=0, help="default 0")
    make.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a parameter of the generator (repeatable)",
    )
    make.add_argument("--pairs", metavar="FILE", help="your own pairs, JSON or CSV")
    make.add_argument("--out", metavar="FILE.json", help="default: standard output")
    make.set_defaults(run=run_make)


def run_list(_chosen: argparse.Namespace) -> None:
    from headlab.tasks.registry import GENERATORS

    table = show.table("task", "what it asks", "parameters", "source")
    for name, made in GENERATORS.items():
        cells = (name, made.description, ", ".join(made.parameters) or "–", made.source)
        table.add_row(*map(show.plain, cells))
    show.out().print(table)


def run_make(chosen: argparse.Namespace) -> None:
    from headlab.records.errors import TaskError
    from headlab.tasks.registry import generator, task

    parameters = _parameters(chosen.set)
    if "pairs" in generator(chosen.name).parameters:
        parameters["pairs"] = _pairs(chosen.pairs)
    elif chosen.pairs is not None:
        raise TaskError(f"Task {chosen.name} takes no pairs; leave --pairs out.")
    made = task(chosen.name, n=chosen.n, seed=chosen.seed, **parameters)
    if chosen.out is None:
        show.print_json(made)
        return
    file = Path(chosen.out)
    if file.suffix != ".json":
        raise TaskError(f"{file.name!r}: examples are written as .json.")
    try:
        file.write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise TaskError(f"{file} cannot be written: {error.strerror or error}.") from None
    show.note(f"Wrote {len(made)} examples of {made.name} to {file}.")


def _pairs(path: str | None) -> tuple[tuple[str, str], ...]:
    from headlab.relations.bundled import relation
    from headlab.relations.files import read_relation

    return (relation("country_to_capital") if path is None else read_relation(path)).pairs


def _parameters(settings: list[str]) -> dict[str, Any]:
    """NAME=VALUE as given; whole numbers and fractions are read as numbers."""
    from headlab.records.errors import TaskError

    found: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name.isidentifier() or name in ("n", "seed", "pairs"):
            raise TaskError(
                f"--set {setting!r} is no parameter; write NAME=VALUE, like --set length=4. "
                "Examples, seed and pairs have options of their own."
            )
        found[name] = _number(value)
    return found


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
