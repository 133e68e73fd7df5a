"""What commands that ask a judge share: their options, the judge on the ledger, the way back in."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from headlab.cli import show
from headlab.cli.batch_options import amount

if TYPE_CHECKING:
    from headlab.catalogue import Catalogue
    from headlab.drafting import Endpoint
    from headlab.models.language_model import LanguageModel
    from headlab.records.head import Head
    from headlab.workflow.description_tests.calls import LedgerJudge


def judge_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--llm", metavar="NAME", help="judge and writer at the endpoint, or 'rules' for none"
    )
    parser.add_argument("--base-url", metavar="URL", help="OpenAI-compatible endpoint, up to /v1")
    parser.add_argument(
        "--cap",
        type=amount,
        metavar="AMOUNT",
        help="the calls never cost more, in the currency of the prices; each call's worst case is "
        "reserved in the catalogue's ledger before it is sent",
    )
    parser.add_argument("--seed", type=int, default=0, help="of every draw (default 0)")


def ledger_judge(
    store: Catalogue,
    endpoint: Endpoint,
    model: LanguageModel,
    heads: Sequence[Head],
    cap: float | None,
    progress: Any,
) -> LedgerJudge:
    """A judge whose answers are jobs of the catalogue's ledger."""
    from headlab.workflow.description_tests.calls import Calls, LedgerJudge

    named = ", ".join(map(str, heads)) or "evaluation of the tests"
    return LedgerJudge(Calls(store, endpoint, model.facts, named, cap=cap, progress=progress))


@contextmanager
def said_how_to_go_on(judge: LedgerJudge | None) -> Iterator[None]:
    """After Ctrl-C: the answers so far are kept, and the batch waits."""
    try:
        yield
    except KeyboardInterrupt:
        if judge is not None and judge.calls.batch is not None:
            number = judge.calls.batch.id
            show.note(f"Go on with: headlab jobs resume {number}, then the same command again.")
        raise


def number(value: object) -> str:
    """Three digits, or a dash where there is no number."""
    known = isinstance(value, int | float) and value == value
    return f"{value:.3f}" if known else "–"
