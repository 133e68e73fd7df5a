"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headlab.cli.show import note

if TYPE_CHECKING:
    from headlab.catalogue import Catalogue
    from headlab.models.language_model import LanguageModel
    from headlab.records.example import TaskSet
    from headlab.workflow.bench import Bench, Progress

Commands = Any
"""What `ArgumentParser.add_subparsers` returns; argparse does not name its type."""


def positive(text: str) -> int:
    """An argument type: a whole number from 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="'demo', a local folder or a hub id")
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda, mps")
    parser.add_argument(
        "--dtype",
        default="auto",
        choices=("auto", "float32", "float16", "bfloat16"),
        help="default: the checkpoint's own",
    )
    parser.add_argument("--revision", help="branch, tag or commit of a hub model")


def files_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from-files",
        action="store_true",
        help="read the weights from their files layer by layer, for models larger than the memory",
    )


def json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="machine-readable results, alone on standard output"
    )


def task_options(parser: argparse.ArgumentParser, group: Any = None) -> None:
    """`--task` (in `group`, where it excludes other options), and what a generator needs."""
    (parser if group is None else group).add_argument(
        "--task",
        required=group is None,
        metavar="FILE|NAME",
        help="a file of examples with prompt, answer and, if wanted, wrong and corrupted, or a "
        "task's name (see 'headlab tasks list')",
    )
    parser.add_argument(
        "--n", type=positive, default=32, help="examples of a task given by name (default 32)"
    )
    parser.add_argument("--seed", type=int, default=0, help="its seed (default 0)")


def chosen_task(chosen: argparse.Namespace) -> TaskSet:
    """A file where the word looks like one, else a generator's task."""
    from headlab.tasks import read_task, task

    if Path(chosen.task).suffix or Path(chosen.task).exists():
        return read_task(chosen.task)
    return task(chosen.task, n=chosen.n, seed=chosen.seed)


def load(chosen: argparse.Namespace) -> LanguageModel:
    """The model that the options name."""
    if getattr(chosen, "from_files", False):
        from headlab.models.checkpoint_model import open_checkpoint

        return open_checkpoint(chosen.model, chosen.device, chosen.dtype, chosen.revision)
    from headlab.models.loading import load_model

    return load_model(chosen.model, chosen.device, chosen.dtype, chosen.revision)


def bench(model: LanguageModel, progress: Progress) -> Bench:
    """The model with the results cache."""
    from headlab.workflow.bench import Bench
    from headlab.workflow.cache import ResultCache
    from headlab.workflow.places import cache_folder

    return Bench(model, ResultCache(cache_folder(), note), progress)


def open_catalogue(place: str | None = None, *, create: bool = True) -> Catalogue:
    """The catalogue: `place`, the settings' one, or the default; its warnings are shown.

    `create` False for what only reads: a mistyped place would else be an empty catalogue.
    """
    from headlab.catalogue import Catalogue

    opened = Catalogue.open(place, create=create)
    if opened.upgrade is not None:
        note(opened.upgrade)
    for warning in opened.warnings:
        note(f"Warning: {warning}")
    return opened
