"""Published evidence from a file to the catalogue, by call and by command."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from cards_by_hand import make_card

from headlab.catalogue import Catalogue
from headlab.cli import main
from headlab.records.errors import CatalogueError, HeadError
from headlab.workflow.imports.run import import_evidence

MAPPINGS = "Token,Mappings\n' Jedi',\"' droid', ' <img src=x onerror=alert(1)>'\"\n"


def card_of(name, **facts):
    card = make_card()
    return card.model_copy(update={"model": card.model.model_copy(update={"name": name, **facts})})


@pytest.fixture
def catalogue():
    with Catalogue.open() as opened:
        opened.add_evidence(card_of("hand"))
        yield opened


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "published" / "maps.csv"
    path.parent.mkdir()
    path.write_text(MAPPINGS)
    return path


def test_a_file_becomes_imported_evidence_with_its_source(catalogue, file):
    model = catalogue.list()[0]
    planned = import_evidence(
        catalogue, file, "maps-mappings", model.model_name, head="L0H1", dry_run=True
    )
    assert catalogue.count() == 1
    done = import_evidence(
        catalogue, file, "maps-mappings", model.model_fingerprint[:6], head="L0H1"
    )
    assert done == planned.model_copy(update={"dry_run": False})
    (stored,) = catalogue.find(model.model_fingerprint, "L0H1").imported
    assert (stored.evidence.file, stored.evidence.sha256) == (
        "maps.csv",
        hashlib.sha256(file.read_bytes()).hexdigest(),
    )
    (row,) = stored.evidence.mappings
    assert (row.source, row.targets) == (" Jedi", (" droid", " <img src=x onerror=alert(1)>"))


def test_a_copy_of_the_file_is_the_same_source(catalogue, file, tmp_path):
    import_evidence(catalogue, file, "maps-mappings", "hand", head="L0H1")
    copy = tmp_path / "renamed.csv"
    copy.write_bytes(file.read_bytes())
    again = import_evidence(catalogue, copy, "maps-mappings", "hand", head="L0H1")
    assert (len(again.unchanged), again.extended) == (1, ())


@pytest.mark.parametrize(
    ("kind", "model", "head", "said"),
    [
        ("maps-mappings", "nobody", "L0H1", "no entry of a model 'nobody'"),
        ("maps-mappings", "", "L0H1", "no entry of a model ''"),
        ("maps-mappings", "hand", "L99H0", "L99H0 is no head of hand"),
        ("maps-mappings", "hand", None, "line 2: no head is named"),
        ("head-metrics", "hand", "L0H1", "holds no number"),
        ("other", "hand", "L0H1", "'other' is no kind of evidence"),
    ],
)
def test_what_does_not_fit_changes_nothing(catalogue, file, kind, model, head, said):
    with pytest.raises(CatalogueError, match=said):
        import_evidence(catalogue, file, kind, model, head=head)
    assert catalogue.count() == 1
    with pytest.raises(HeadError):
        import_evidence(catalogue, file, "maps-mappings", "hand", head="third")


def test_rows_can_stand_for_all_heads_in_order(catalogue, tmp_path):
    facts = catalogue.get(1).card.model
    path = tmp_path / "scores.csv"
    count = facts.n_layers * facts.n_heads
    path.write_text("static\n" + "".join(f"{number}\n" for number in range(count)))
    done = import_evidence(catalogue, path, "head-metrics", "hand", in_order=True)
    assert len(done.created) + len(done.extended) == count
    (stored,) = catalogue.find(facts.fingerprint, "L1H2").imported
    assert stored.evidence.metrics[0].value == facts.n_heads + 2


def test_a_name_that_two_models_share_needs_a_fingerprint(catalogue, file):
    catalogue.add_evidence(card_of("hand", fingerprint="other"))
    with pytest.raises(
        CatalogueError, match="Several models are called 'hand'; give a fingerprint"
    ):
        import_evidence(catalogue, file, "maps-mappings", "hand", head="L0H1")


def test_the_command_plans_imports_shows_and_warns_of_conflicts(catalogue, file, tmp_path, capsys):
    words = ["catalogue", "import", "--kind", "head-metrics", "--model", "hand"]
    for number, name in enumerate(("a.json", "b.json")):
        (tmp_path / name).write_text(json.dumps({"L0H1": {"induction": 0.5 + number, "who": "x"}}))
    assert main([*words, str(tmp_path / "a.json"), "--dry-run"]) == 0
    assert "Would import" in capsys.readouterr().err
    assert catalogue.count() == 1
    for name in ("a.json", "b.json"):
        assert main([*words, str(tmp_path / name)]) == 0
    said = capsys.readouterr().err
    assert "L0H1 induction: 1.5, but 0.5 in a.json" in said
    assert "Both are kept." in said
    assert "Left out: who, which is no number." in said
    assert main(["catalogue", "show", "hand", "L0H1"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("not measured here") == 2
    assert main([*words, str(tmp_path / "b.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unchanged"] == [{"layer": 0, "index": 1}]


def test_the_command_says_what_is_missing(catalogue, file, capsys):
    assert main(["catalogue", "import", str(file), "--kind", "maps-mappings"]) == 1
    assert "--model" in capsys.readouterr().err
    assert main(["catalogue", "import", str(file), "--head", "L0H1"]) == 1
    assert "belong to --kind" in capsys.readouterr().err


def test_a_model_without_entries_is_opened_for_its_fingerprint(file, capsys):
    words = ["catalogue", "import", str(file), "--kind", "maps-mappings", "--head", "L0H1"]
    assert main([*words, "--model", "demo"]) == 0
    with Catalogue.open() as catalogue:
        (row,) = catalogue.list()
    assert (row.model_name, str(row.head), row.state) == ("demo", "L0H1", "undescribed")
    assert main([*words, "--model", "no/such/model"]) == 1
    assert "Nor can it be opened" in capsys.readouterr().err
