"""Lists and entries in a terminal say what is in review, from the first request on."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

from rich.console import Console, RenderableType

from headlab.catalogue import Catalogue
from headlab.cli.cards import entries_table
from headlab.cli.entries import entry_panel

_path = Path(__file__).parents[1] / "catalogue" / "conftest.py"
_spec = importlib.util.spec_from_file_location("catalogue_builders", _path)
builders = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(builders)


def shown(made: RenderableType, width: int = 100) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(made)
    return console.export_text(styles=False)


def test_what_is_in_review_is_marked_in_lists_and_on_its_own(tmp_path: Path) -> None:
    with Catalogue.open(tmp_path / "c.db") as catalogue:
        for head in ("L1H0", "L1H1"):
            card = builders.build_card(head)
            catalogue.add_draft(card, builders.build_draft(card))
        catalogue.review_round.assign([(2, "ada")])
        listed = shown(entries_table(catalogue.list()))
        asked = shown(entry_panel(catalogue.get(2)))
        catalogue.review_round.cast(2, "accepted", reviewer="ada")
        voted = shown(entry_panel(catalogue.get(2)))
        other = shown(entry_panel(catalogue.get(1)))
    first, second = listed.split("L1H1")
    assert "◔ in review" not in first
    assert "◔ in review" in second
    assert "◔ in review" in asked
    assert "votes waiting" not in asked
    assert "◔ in review, votes waiting for a decision: 1" in voted
    assert "in review" not in other
