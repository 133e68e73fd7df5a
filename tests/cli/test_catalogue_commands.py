"""`headlab catalogue`: filters, saved searches, exports, comparison, recovery."""

from __future__ import annotations

import importlib.util
import json
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from headlab.catalogue import Catalogue
from headlab.cli import main
from headlab.records.page import Sort

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


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["list"], [1, 2, 3]),
        (["list", "--descending"], [3, 2, 1]),
        (["list", "--sort", "state"], [1, 2, 3]),
        (["list", "--sort", "state", "--descending"], [3, 2, 1]),
        (["list", "--sort", "score"], [1, 3, 2]),
        (["list", "--sort", "score", "--no-descending"], [2, 3, 1]),
        (["list", "--sort", "score", "--operation", "country_to_capital", "--layer", "0"], [1, 3]),
        (["search", "capit", "--sort", "score"], [1, 3, 2]),
    ],
)
def test_orders(path, capsys, words, expected):
    assert listed(capsys, *words) == expected


def test_every_order_is_that_of_the_catalogue(path, capsys):
    flags = {None: [], True: ["--descending"], False: ["--no-descending"]}
    for sort, (descending, words) in product(get_args(Sort), flags.items()):
        with Catalogue.open(path) as catalogue:
            expected = [row.id for row in catalogue.page(sort=sort, descending=descending).entries]
        assert listed(capsys, "list", "--sort", sort, *words) == expected


def test_an_unknown_order_names_those_there_are(path, capsys):
    with pytest.raises(SystemExit):
        main(["catalogue", "list", "--sort", "colour"])
    said = capsys.readouterr().err
    assert all(sort in said for sort in get_args(Sort))


def test_a_search_gets_a_name(path, capsys):
    found = listed(capsys, "search", "capitals", "--score-from", "0.4", "--save", "strong")
    assert sorted(found) == [1, 3]
    assert listed(capsys, "list", "--saved", "strong", "--model", "b") == [3]
    assert main(["catalogue", "filters"]) == 0
    shown = capsys.readouterr().out
    assert "strong" in shown
    assert "score from 0.4" in shown
    assert main(["catalogue", "list", "--saved", "weak"]) == 1
    assert "you have: strong" in " ".join(capsys.readouterr().err.split())
    assert main(["catalogue", "filters", "--forget", "strong", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("form", "name", "holds"),
    [
        ("json", "o.json", '"format":"headlab-catalogue"'),
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


def test_imports_say_every_conflict_take_the_rest_and_are_listed(path, tmp_path, capsys):
    def run(*words):
        capsys.readouterr()
        status = main(["catalogue", *words])
        shown = capsys.readouterr()
        return status, " ".join(shown.out.split()), " ".join(shown.err.split())

    out, new = tmp_path / "heads.json", ["--catalogue", str(tmp_path / "new.db")]
    assert run("export", str(out))[0] == 0
    assert run(*new, "import", str(out))[0] == 0
    with Catalogue.open(path) as here, Catalogue.open(tmp_path / "new.db") as there:
        there.annotate(there.find("a" * 16, "L0H0").id, note="there", author="bob")
        here.annotate(1, note="here")
        here.annotate(2, note="newer")
        here.review_round.cast(3, "unclear", reviewer="cy", reason="hidden")
    assert run("export", str(out), "--whole") == (
        0,
        "",
        f"Wrote the whole catalogue, 3 entries, to {out}",
    )
    status, _, said = run(*new, "import", str(out), "--dry-run")
    assert status == 1
    assert "Would import: 0 added, 1 extended, 1 unchanged, 1 new vote." in said
    assert (
        "Edited on both sides: L0H0 of a has another history here (entry 1) from revision 5" in said
    )
    assert "there annotate by ada" in said
    assert run(*new, "import", str(out))[0] == 1
    assert run(*new, "import", str(out), "--skip-conflicts")[0] == 0
    status, shown, _ = run(*new, "imports", "--json")
    first, second = json.loads(shown)
    assert [(one["author"], one["source"]) for one in (first, second)] == [
        ("ada", "heads.json")
    ] * 2
    assert [len(one["entries"]) for one in (first, second)] == [3, 2]
    assert "heads.json" in run(*new, "imports")[1]
    assert "imported" in run(*new, "show", "a", "L1H0")[1]
    assert run(*new, "verify")[0] == 0
    assert run("export", str(out), "--whole", "--model", "a")[0] == 1
    assert run("export", str(out), "--whole", "--format", "csv")[0] == 1


def test_the_schema_of_an_export_is_written(tmp_path, capsys):
    out = tmp_path / "schema.json"
    assert main(["catalogue", "schema", str(out)]) == 0
    capsys.readouterr()
    assert main(["catalogue", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(out.read_text())
    assert json.loads(out.read_text())["title"] == "Export"


@pytest.mark.parametrize(
    "words", [["list"], ["search", "capit"], ["export", "-"], ["export", "new.csv"]]
)
def test_a_model_that_is_not_there_is_an_error(path, capsys, monkeypatch, words):
    monkeypatch.chdir(path.parent)
    capsys.readouterr()
    assert main(["catalogue", *words, "--model", "nosuch"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "has no model 'nosuch'. It has: a (aaaaaaaaaaaa), b (bbbbbbbbbbbb)." in said
    assert not Path("new.csv").exists()
    assert main(["catalogue", *words, "--model", "aaaa", "--layer", "7"]) == 0


def test_a_good_export_is_not_replaced_by_nothing(path, tmp_path, capsys):
    out = tmp_path / "out.csv"
    assert main(["catalogue", "export", str(out)]) == 0
    good = out.read_bytes()
    for words in (["--model", "nosuch"], ["--state", "rejected", "--layer-from", "1"]):
        assert main(["catalogue", "export", str(out), *words]) == 1
        assert out.read_bytes() == good
    said = " ".join(capsys.readouterr().err.split())
    assert "No entry is found with state rejected, layer from 1." in said


def test_the_end_of_a_name_tells_the_format(path, tmp_path, capsys):
    for name, start in (
        ("o.JSON", "{"),
        ("o.csv", "\ufeff"),
        ("o.md", "# "),
        ("o.htm", "<!doctype"),
    ):
        assert main(["catalogue", "export", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_text("utf-8").lower().startswith(start)
    assert main(["catalogue", "export", str(tmp_path / "o.csv"), "--format", "json"]) == 0
    assert (tmp_path / "o.csv").read_text("utf-8").startswith("{")
    for name, says in (("o.txt", "does not tell a format"), ("o", ".json, .csv")):
        assert main(["catalogue", "export", str(tmp_path / name)]) == 1
        assert says in " ".join(capsys.readouterr().err.split())
        assert not (tmp_path / name).exists()
    assert main(["catalogue", "export", "-", "--format", "csv"]) == 1


def test_nothing_to_list_is_said_in_a_sentence(path, capsys):
    capsys.readouterr()
    assert main(["catalogue", "filters"]) == 0
    assert main(["jobs", "list"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "There is no saved search" in told.err
    assert "No batch is listed" in told.err
