"""`headlab catalogue overview`: what REST tells of the whole catalogue, with drafters and agreement."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from headlab.catalogue import Catalogue
from headlab.cli import main
from headlab.records.catalogue_report import CatalogueReport
from headlab.records.draft import Drafter
from headlab.workflow.agreement import agreement

BUILDERS = Path(__file__).parents[1] / "catalogue" / "conftest.py"


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Model a: L0H0 accepted after two votes, L0H1 rejected, L1H0 drafted twice; model b: L0H0."""
    spec = importlib.util.spec_from_file_location("catalogue_builders", BUILDERS)
    builders = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builders)
    place = tmp_path / "c.db"
    with Catalogue.open(place) as catalogue:
        for model, head in (("a", "L0H0"), ("a", "L0H1"), ("a", "L1H0"), ("b", "L0H0")):
            card = builders.build_card(head, model=model, fingerprint=model * 16)
            catalogue.add_draft(card, builders.build_draft(card))
        own = builders.build_draft(card).model_copy(
            update={"drafter": Drafter(kind="person", name="[b]Rosa[/b]"), "description": "Mine."}
        )
        third = catalogue.get(3).card
        catalogue.add_draft(3, own.model_copy(update={"card_hash": third.content_hash()}))
        for reviewer in ("ada", "bob"):
            catalogue.review_round.cast(1, "accepted", reviewer=reviewer)
        catalogue.review_round.adjudicate(1, "accepted", reviewer="eve")
        catalogue.review(2, "rejected", reviewer="eve", reason="no")
        catalogue.annotate(1, head_names=["induction"], tags=["t"])
        catalogue.review_round.cast(4, "unclear", reviewer="bob")
    monkeypatch.setenv("HEADLAB_CATALOGUE", str(place))
    return place


def test_it_tells_what_the_catalogue_tells(path, capsys):
    assert main(["catalogue", "overview", "--json"]) == 0
    found = CatalogueReport.model_validate_json(capsys.readouterr().out)
    with Catalogue.open(path) as catalogue:
        assert found.overview == catalogue.overview()
        assert found.facets == catalogue.facets()
        assert found.agreement == agreement(catalogue.review_round.cases())
        stored = [
            {one.draft.drafter.label for one in catalogue.get(row.id).drafts}
            for row in catalogue.list()
        ]
    assert found.drafters == {
        name: sum(name in names for names in stored) for name in set.union(*stored)
    }
    assert list(found.drafters.values()) == [4, 1]


def test_the_share_judged_correct_is_that_of_the_decisions(path, capsys):
    assert main(["catalogue", "overview", "--json"]) == 0
    shares = json.loads(capsys.readouterr().out)["agreement"]["shares"]
    counted = {
        (one["by"], one["model"], one["layer"], one["drafter"]): (one["n_judged"], one["n_correct"])
        for one in shares
    }
    (drafter,) = {one["drafter"] for one in shares if one["drafter"]}
    assert counted == {
        ("all", None, None, None): (2, 1),
        ("model", "a", None, None): (2, 1),
        ("layer", "a", 0, None): (2, 1),
        ("drafter", None, None, drafter): (2, 1),
    }  # the vote on L0H0 of b is open


def test_it_is_shown_as_tables_and_nothing_in_it_is_markup(path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["catalogue", "overview"]) == 0
    shown = capsys.readouterr()
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    assert "4 entries in" in shown.err
    for line in (
        "state drafted 2",
        "in review, counted above too 1",
        "model a (aaaaaaaaaaaa) 3",
        "head name induction 1",
        "tag t 1",
        "reviewer eve 2",
    ):
        assert line in lines, (line, lines)
    assert any("[b]Rosa[/b] 1" in line for line in lines)
    assert "Drafts judged correct" in shown.out
    assert "Krippendorff's alpha" in shown.out


def test_without_judgements_and_without_entries_it_says_so(path, tmp_path, capsys):
    one = ["catalogue", "--catalogue", str(tmp_path / "empty.db"), "overview"]
    Catalogue.open(tmp_path / "empty.db").close()
    assert main(one) == 0
    assert "0 entries in" in capsys.readouterr().err
    with Catalogue.open(tmp_path / "empty.db") as empty, Catalogue.open(path) as full:
        empty.add_evidence(full.get(4).card)
    assert main(one) == 0
    shown = capsys.readouterr()
    assert "1 entry in" in shown.err
    assert "Nobody has judged a draft yet" in shown.err
    assert "Krippendorff" not in shown.out


def test_a_backup_needs_no_name(path, capsys):
    assert main(["catalogue", "backup"]) == 0
    (copy,) = path.parent.glob("c-*.backup.db")
    assert copy.name in capsys.readouterr().err.replace("\n", "")
    with Catalogue.open(copy) as opened:
        assert opened.verify() == []
        assert opened.count() == 4
