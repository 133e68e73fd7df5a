"""An entry in the terminal: every draft with its text, row ids, tests with reasons, history."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from tested_entries import LOW, builders, fill

from headlab.catalogue import Catalogue
from headlab.cli import main
from headlab.records.ablation import (
    AffectedPosition,
    AffectedToken,
    Context,
    HeadAblation,
    TokenContext,
)
from headlab.records.draft import Draft, Drafter
from headlab.records.head import Head

LONG = "Maps names of countries, 国家の名前, to the names of their capitals " * 4


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("shown") / "c.db"
    with Catalogue.open(path) as opened:
        fill(opened)
        add(opened, "L1H2", LONG, evidence=("R1", "M1"))
        add(opened, "L1H2", "Nothing stands out [bold]here[/].", unclear=True)
    return path.read_bytes()


@pytest.fixture
def store(filled: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    """L1H2 accepted with four tests; two more drafts, the second one unclear."""
    path = tmp_path / "c.db"
    path.write_bytes(filled)
    monkeypatch.setenv("HEADLAB_CATALOGUE", str(path))
    monkeypatch.setenv("HEADLAB_REVIEWER", "ada")
    monkeypatch.setenv("COLUMNS", "80")
    with Catalogue.open() as opened:
        yield opened


def add(store: Catalogue, head: str, text: str, **more: Any) -> None:
    card = builders.build_card(head)
    drafter = Drafter(kind="llm", name="other/model", prompt_version="3")
    store.add_draft(
        card, Draft(description=text, drafter=drafter, card_hash=card.content_hash(), **more)
    )


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints, on one line and without borders."""
    capsys.readouterr()
    assert main([*words]) == 0
    out = capsys.readouterr().out
    assert all(width(line) <= 80 for line in out.splitlines())
    return " ".join(re.sub("[│╭╮╰╯─]", " ", out).split())


def width(line: str) -> int:
    from rich.cells import cell_len

    return cell_len(line)


@pytest.mark.parametrize("words", [("catalogue", "show"), ("review",)])
def test_every_draft_has_its_text_its_rows_and_whether_it_is_unclear(
    store: Catalogue, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    out = shown(capsys, *words, "demo", "L1H2")
    (in_force, long, unclear) = (out.index(f"Draft {one.id} ·") for one in store.get(1).drafts)
    assert "in force, the text above" in out[in_force:long]
    assert out.count("Maps countries to capitals.") == 1
    assert "rests on R1" in out[in_force:long]
    assert " ".join(LONG.split()) in out[long:unclear]
    assert "rests on R1, M1" in out[long:unclear]
    assert "unclear" not in out[in_force:unclear]
    assert "? unclear" in out[unclear:]
    assert "Nothing stands out [bold]here[/]." in out[unclear:], "markup stays text"
    assert "✓ accepted by ada" in out
    assert "about draft 2, rated 5 of 5: clear" in out


def test_head_names_and_tests_with_their_reasons_are_shown(
    store: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    store.annotate(1, head_names=["mover", "Induction Head"], tags=["seen"])
    out = shown(capsys, "catalogue", "show", "demo", "L1H2")
    assert "head names mover, induction" in out
    table = out[out.index("Tests of the description") : out.index("Relations")]
    for words in ("S1 passes 0.90 0.55 24", "S4 fails 0.50 0.45 24", "S5 passes 1.60 −0.25 24"):
        assert words in table
    assert "new pairs from the text: the score 0.50" in table
    assert " ".join(re.findall(r"[\w,.%+-]+", LOW)[-6:]) in table
    assert "S2 not testable – – 3" in table
    history = out[out.index("History") :]
    for words in ("S1 passes", "S4 fails", "S5 passes", "names: mover, induction", "tags: seen"):
        assert words in history


def test_a_test_of_an_earlier_text_does_not_count(
    store: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    out = shown(capsys, "catalogue", "show", "demo", "L3H1")
    assert "Of an earlier text, not counted: S1 passes." in out
    assert "S1 passes 0.75" not in out


def test_every_row_of_evidence_has_the_id_that_drafts_cite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEADLAB_CATALOGUE", str(tmp_path / "ids.db"))
    monkeypatch.setenv("COLUMNS", "80")
    card = builders.build_card("L0H2")
    context = Context(
        prompt=0, position=3, before=(" the", " cat"), next_id=4, next=" sat", after=(" on",)
    )
    place = AffectedPosition(
        context=context, change=-0.7, p_clean=0.5, p_ablated=0.25, top_clean=(), top_ablated=()
    )
    where = TokenContext(context=context, p_clean=0.5, p_ablated=0.1)
    word = AffectedToken(
        token_id=3, text=" mat", effect=0.5, count=2, p_clean=0.5, p_ablated=0.1, contexts=(where,)
    )
    effect = HeadAblation(
        heads=(Head.parse("L0H2"),),
        loss_change=0.2,
        kl=0.1,
        hurt_positions=(place, place),
        helped_positions=(place,),
        hurt_tokens=(word,),
        helped_tokens=(word, word),
    )
    card = card.model_copy(update={"ablation": effect})
    with Catalogue.open() as store:
        store.add_evidence(card)
    out = shown(capsys, "catalogue", "show", "demo", "L0H2")
    for row in card.rows():
        assert re.search(rf" {row.id} \S", out), row.id
    assert {row.id for row in card.rows()} >= {"R1", "M1", "P1", "P2", "Q1", "T1", "U1", "U2"}


def test_a_list_marks_unclear_drafts_and_cuts_long_ones(
    store: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    add(store, "L3H0", "y" * 400, unclear=True)
    rows = {str(row.head): row.draft_unclear for row in store.list()}
    assert rows == {"L0H0": False, "L0H1": False, "L1H2": True, "L3H0": True, "L3H1": False}
    out = shown(capsys, "catalogue", "list")
    assert out.count("? unclear") == 1, "an accepted text is a person's word"
    assert "Entries of demo" in out
    assert out.count("y") < 350
    assert "…" in out
    add(store, "L3H0", "Now there is one.", evidence=("R1",))
    assert "? unclear" not in shown(capsys, "catalogue", "list", "--layer", "3")


def test_one_command_is_one_revision_and_undo_takes_back_all_of_it(
    store: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    before = store.get(2)
    words = ["review", "demo", "L3H0", "--accept", "--rating", "4", "--tag", "odd"]
    words += ["--note", "look again", "--head-name", "mover", "--category", "own"]
    assert main(words) == 0
    entry = store.get(2)
    assert entry.revision == before.revision + 1
    assert (entry.state, entry.tags, entry.note) == ("accepted", ("odd",), "look again")
    assert (entry.head_names, entry.categories) == (("mover",), ("own",))
    assert store.verify() == []
    capsys.readouterr()
    assert main(["review", "demo", "L3H0", "--undo"]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert f"Took back revision {entry.revision}: review, accepted" in said
    assert "tags: odd" in said
    after = store.get(2)
    changed = ("revision", "updated_at", "redoable")
    assert after.model_dump(exclude=set(changed)) == before.model_dump(exclude=set(changed))
    assert main(["review", "demo", "L3H0", "--redo"]) == 0
    assert "Put back revision" in capsys.readouterr().err
    assert (store.get(2).state, store.get(2).tags) == ("accepted", ("odd",))
    assert main(["review", "demo", "L3H0", "--undo", "--tag", "x"]) == 1
    assert "stand alone" in capsys.readouterr().err
    assert store.get(2).tags == ("odd",)
