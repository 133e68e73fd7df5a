"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from headlab.cli.show import note

if TYPE_CHECKING:
    from headlab.catalogue import Catalogue
    from headlab.models.language_model import LanguageModel
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


def json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="machine-readable results, alone on standard output"
    )


def load(chosen: argparse.Namespace) -> LanguageModel:
    """The model that the options name."""
    from headlab.models.loading import load_model

    return load_model(chosen.model, chosen.device, chosen.dtype, chosen.revision)


def bench(model: LanguageModel, progress: Progress) -> Bench:
    """The model with the results cache."""
    from headlab.workflow.bench import Bench
    from headlab.workflow.cache import ResultCache
    from headlab.workflow.places import cache_folder

    return Bench(model, ResultCache(cache_folder()), progress)


def open_catalogue(place: str | None = None) -> Catalogue:
    """The catalogue: `place`, the settings' one, or the default; its warnings are shown."""
    from headlab.catalogue import Catalogue

    opened = Catalogue.open(place)
    for warning in opened.warnings:
        note(f"Warning: {warning}")
    return opened
