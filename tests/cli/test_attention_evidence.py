"""Attention on a card in a terminal."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from cards_by_hand import ATTENTION, make_card, measure, pair

from headlab.cli.cards import card_tables
from headlab.records.attention_evidence import AttentionEvidence
from headlab.records.card import EvidenceCard


def shown(card: EvidenceCard) -> str:
    console = Console(file=io.StringIO(), width=140, highlight=False)
    for made in card_tables(card):
        console.print(made)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_measures_stand_beside_their_controls() -> None:
    lines = [" ".join(line.split()) for line in shown(make_card(attention=ATTENTION)).split("\n")]
    assert "A1 previous token 0.62 2 0.10 probability" in lines
    assert "A2 positional 0.40 1 0.16 share of tokens; tokens: 1" in lines
    assert any(line.startswith("A3 ·The·capital·of") and "0.90 0.17" in line for line in lines)
    ids = {line.split()[0] for line in lines if line[:1] == "A" and line[1:2].isdigit()}
    assert ids == {"A1", "A2", "A3"}, "the card's own ids"


def test_what_was_not_measured_is_said() -> None:
    card = make_card(attention=AttentionEvidence(skipped=("No probabilities.",)))
    assert "Not measured: No probabilities." in shown(card)
    assert "Attention" not in shown(make_card())


@pytest.mark.parametrize("text", ["[red]x[/red]", "\x1b[2J", "\u202egnp.exe", "a\nb"])
def test_hostile_text_stays_text(text: str) -> None:
    looks = AttentionEvidence(
        measures=(measure("m", 0.5, title=text, unit=text, detail=1.0, detail_is=text),),
        pairs=(pair(text, text),),
        skipped=(text,),
    )
    written = shown(make_card(attention=looks))
    assert "\x1b" not in written
    assert "\u202e" not in written
    if text.startswith("["):
        assert text in written
