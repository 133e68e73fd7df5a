"""The options of batches of drafts."""

from __future__ import annotations

import argparse
from typing import Any

from headlab.cli import catalogue_filters as filters
from headlab.cli.options import positive
from headlab.records.errors import HeadLabError
from headlab.records.page import FilterFields

_ONLY_BATCH = (
    *("heads_list", "top", "relation", "measure", "layers", "undescribed", "cap", "yes", "saved"),
    *(name for name in FilterFields.__annotations__ if name != "model"),
)
_FLAGS = ("undescribed", "yes")
_OPTIONS = {"heads_list": "heads", "has_failed_test": "failed-test"}


def amount(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1e9:
        raise argparse.ArgumentTypeError(f"expected an amount above 0, got {text}")
    return value


def add_options(parser: argparse.ArgumentParser) -> None:
    """What `headlab draft` needs for a batch."""
    group = parser.add_argument_group("batch of many heads")
    group.add_argument("--batch", action="store_true", help="keep the drafts as jobs in the ledger")
    group.add_argument("--heads", dest="heads_list", metavar="L1H1,L2H3", help="heads by name")
    top_options(group)
    group.add_argument("--layers", metavar="A-B", help="only heads of these layers")
    group.add_argument(
        "--undescribed", action="store_true", help="only heads without a description"
    )
    group.add_argument("--cap", type=amount, metavar="AMOUNT", help="the batch never costs more")
    group.add_argument("--yes", action="store_true", help="start without asking")
    found = parser.add_argument_group(
        "of the batch only heads whose entries in the catalogue a search finds"
    )
    filters.add_options(found, of_models=False)


def top_options(group: Any) -> None:
    """The highest heads of a measure."""
    group.add_argument("--top", type=positive, metavar="N", help="the N highest heads of a measure")
    ranked = group.add_mutually_exclusive_group()
    ranked.add_argument("--relation", metavar="NAME", help="for --top: scores of an operation")
    ranked.add_argument("--measure", metavar="KEY", help="for --top: like ablation/loss")


def refuse_options(chosen: argparse.Namespace) -> None:
    """Raise HeadLabError for an option that means nothing without --batch."""
    for name in _ONLY_BATCH:
        value = getattr(chosen, name)
        if value is None or (value is False and name in _FLAGS):
            continue
        option = _OPTIONS.get(name, name).replace("_", "-")
        raise HeadLabError(f"--{option} belongs to a batch: add --batch.")
