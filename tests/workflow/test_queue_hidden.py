"""A place in a queue tells nothing of what is hidden from a reviewer."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from headlab.records.head import Head
from headlab.records.review_round import Case, QueueItem
from headlab.records.vote import Blind
from headlab.workflow.review_queue import review_queue, without_hidden

ALL: tuple[Blind, ...] = ("draft", "scores", "source")
SETS = tuple(chain.from_iterable(combinations(ALL, size) for size in range(4)))


def place() -> QueueItem:
    case = Case(
        entry_id=7,
        model_name="secret-model",
        model_fingerprint="f00d" * 16,
        head=Head(layer=1, index=2),
        state="drafted",
        unclear=True,
        drafts={1: "language model secret-drafter"},
        decisions={},
        failed_tests=("S4",),
        loss_change=0.0123,
        open_votes=(),
        closed_votes=(),
        assigned=("Rosa",),
    )
    return review_queue([case])[0]


def test_nothing_hidden_changes_nothing() -> None:
    assert without_hidden(place(), ()) == place()


@pytest.mark.parametrize("blind", SETS)
def test_what_is_hidden_is_not_in_the_reply(blind: tuple[Blind, ...]) -> None:
    reply = without_hidden(place(), blind).model_dump_json()
    told = {
        "secret-model": "source" not in blind,
        "f00df00d": "source" not in blind,
        "secret-drafter": not {"draft", "source"} & set(blind),
        "no pattern": "draft" not in blind,
        "failed S4": not {"draft", "scores"} & set(blind),
        "loss change": True,
        '"entry_id":7': True,
        "Rosa": True,
    }
    assert {words: words in reply for words in told} == told
