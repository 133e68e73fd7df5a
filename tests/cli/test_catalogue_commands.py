"""`headlab catalogue`: filters, saved searches, exports, comparison, recovery."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from headlab.catalogue import Catalogue
from headlab.cli import main

BUILDERS = Path(__file__).parents[1] / "catalogue" / "conftest.py"


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """The bytes of a catalogue: models a (L0H0 accepted, L1H0) and b (L0H0)."""
    spec = importlib.util.spec_from_file_location("catalogue_builders", BUILDERS)
    builders = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builders)
    path = tmp_path_factory.mktemp("cli") / "c.db"
    with Catalogue.open(path) as catalogue:
        for model, head, score in (("a", "L0H0", 0.9), ("a", "L1H0", 0.2), ("b", "L0H0", 0.5)):
            card = builders.build_card(head, model=model, fingerprint=model * 16, score=score)
            catalogue.add_draft(card, builders.build_draft(card))
        catalogue.review(1, "accepted", reviewer="ada")
        catalogue.annotate(1, head_names=["mover"], note="=1+1 <b>")
    return path.read_bytes()


@pytest.fixture
def path(filled, tmp_path, monkeypatch):
    place = tmp_path / "c.db"
    place.write_bytes(filled)
    monkeypatch.setenv("HEADLAB_CATALOGUE", str(place))
    monkeypatch.setenv("HEADLAB_REVIEWER", "ada")
    return place


def listed(capsys, *words):
    capsys.readouterr()
    assert main(["catalogue", *words, "--json"]) == 0
    return [row["id"] for row in json.loads(capsys.readouterr().out)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["list", "--layer-from", "1"], [2]),
        (["list", "--layer-to", "0"], [1, 3]),
        (["list", "--reviewer", "ada"], [1]),
        (["list", "--head-name", "mover"], [1]),
        (["list", "--score-from", ".4", "--operation", "country_to_capital"], [1, 3]),
        (["list", "--score-to", ".4"], [2]),
        (["list", "--failed-test"], []),
        (["list", "--no-failed-test", "--model", "b"], [3]),
        (["search", "capit", "--layer", "0"], [1, 3]),
    ],
)
def test_filters(path, capsys, words, expected):
    assert sorted(listed(capsys, *words)) == expected


def test_a_search_gets_a_name(path, capsys):
    found = listed(capsys, "search", "capitals", "--score-from", "0.4", "--save", "strong")
    assert sorted(found) == [1, 3]
    assert listed(capsys, "list", "--saved", "strong", "--model", "b") == [3]
    assert main(["catalogue", "filters"]) == 0
    shown = capsys.readouterr().out
    assert "strong" in shown
    assert "score_from 0.4" in shown
    assert main(["catalogue", "list", "--saved", "weak"]) == 1
    assert "you have: strong" in " ".join(capsys.readouterr().err.split())
    assert main(["catalogue", "filters", "--forget", "strong", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("form", "name", "holds"),
    [
        ("json", "o.json", '"format": "headlab-catalogue"'),
        ("csv", "o.csv", '"\'=1+1 <b>"'),
        ("markdown", "o.md", "# My heads"),
        ("html", "o.html", "=1+1 &lt;b&gt;"),
        ("dataset", "set", None),
    ],
)
def test_exports(path, tmp_path, capsys, form, name, holds):
    out = tmp_path / name
    words = ["catalogue", "export", str(out), "--format", form, "--model", "a"]
    words += ["--title", "My heads", "--licence", "cc0-1.0"]
    assert main(words) == 0
    assert "Wrote 2 entries" in " ".join(capsys.readouterr().err.split())
    if holds is None:
        assert len((out / "data" / "heads.jsonl").read_text("utf-8").splitlines()) == 2
    else:
        assert holds in out.read_text("utf-8")


def test_json_to_the_output_is_narrowed_too(path, capsys):
    assert main(["catalogue", "export", "-", "--model", "b"]) == 0
    assert len(json.loads(capsys.readouterr().out)["entries"]) == 1


def test_two_models_are_compared(path, tmp_path, capsys):
    assert main(["catalogue", "compare", "a", "b"]) == 0
    shown = capsys.readouterr().out
    assert "Coverage" in shown
    assert "L1H0" in shown
    assert main(["catalogue", "compare", "a", "b", "--out", str(tmp_path / "out")]) == 0
    heads = (tmp_path / "out" / "compared_heads.csv").read_text("utf-8").splitlines()
    assert len(heads) == 3
    assert (tmp_path / "out" / "compared_coverage.csv").exists()
    assert main(["catalogue", "compare", "a", "b", "--other", str(path)]) == 0
    assert main(["catalogue", "compare", "a", "nothing"]) == 1
    assert "no model 'nothing'" in capsys.readouterr().err


def test_a_damaged_file_is_recovered(path, tmp_path, capsys):
    data = bytearray(path.read_bytes())
    data[3] ^= 1
    path.write_bytes(data)
    assert main(["catalogue", "list"]) == 1
    assert "not an SQLite file" in " ".join(capsys.readouterr().err.split())
    out = tmp_path / "out.json"
    assert main(["catalogue", "recover", str(path), "--out", str(out)]) == 1
    assert "3 entries with 8 revisions" in " ".join(capsys.readouterr().err.split())
    assert path.read_bytes() == data
    new = ["catalogue", "--catalogue", str(tmp_path / "new.db")]
    assert main([*new, "import", str(out)]) == 0
    assert main([*new, "verify"]) == 0
