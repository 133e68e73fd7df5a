"""Evidence from elsewhere: beside what was measured, with its source, never in its place."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headlab.catalogue import Catalogue, recover
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.imported import ImportedEvidence, ImportedMapping, ImportedMetric

PRINT = "f" * 16
FUNCTION_FIXTURE = [HealthCheck.function_scoped_fixture]


def metrics(file="a.csv", **values):
    rows = tuple(ImportedMetric(name=name, value=value) for name, value in values.items())
    sha256 = f"{sum(map(ord, file)):064x}"
    return ImportedEvidence(kind="head-metrics", file=file, sha256=sha256, metrics=rows)


def mappings(file="m.html", **targets):
    rows = tuple(ImportedMapping(source=name, targets=to) for name, to in targets.items())
    sha256 = f"{sum(map(ord, file)):064x}"
    return ImportedEvidence(kind="maps-mappings", file=file, sha256=sha256, mappings=rows)


def take(catalogue, **rest):
    found = {Head.parse(head): one for head, one in rest.pop("found").items()}
    return catalogue.evidence_imports.take("demo", PRINT, found, author="ada", **rest)


def names(heads):
    return [str(head) for head in heads]


def test_evidence_stands_beside_and_its_source_is_kept(catalogue, make_card, make_draft):
    card = make_card("L5H3")
    before = catalogue.add_draft(card, make_draft(card))
    found = {"L5H3": metrics(induction=0.5), "L0H1": metrics(induction=0.25)}
    result = take(catalogue, found=found)
    assert (names(result.created), names(result.extended)) == (["L0H1"], ["L5H3"])
    entry = catalogue.get(before.id)
    (stored,) = entry.imported
    assert (stored.evidence, stored.imported_by, stored.id) == (found["L5H3"], "ada", 3)
    changed = {"imported": (), "revision": 2, "updated_at": before.updated_at}
    assert entry.model_copy(update=changed) == before, "nothing of ours changed"
    last = catalogue.history(entry.id)[-1]
    assert (last.action, last.source, last.author) == ("import", "import", "ada")
    assert catalogue.count(operation="induction") == 0
    assert catalogue.search("induction") == ()
    assert catalogue.verify() == []


def test_a_head_that_only_an_import_names_gains_its_own_evidence_later(catalogue, make_card):
    take(catalogue, found={"L0H1": metrics(induction=0.25)})
    entry = catalogue.find(PRINT, "L0H1")
    assert (entry.card, entry.state, entry.model_name) == (None, "undescribed", "demo")
    assert catalogue.list()[0].best_operation == ""
    assert catalogue.verify() == []
    entry = catalogue.add_evidence(make_card("L0H1"))
    assert entry.card == make_card("L0H1").model_copy(update={"created_at": entry.card.created_at})
    assert [row.action for row in catalogue.history(entry.id)] == ["import", "evidence"]
    assert len(entry.imported) == 1
    assert catalogue.verify() == []


def test_the_same_source_changes_nothing_and_another_stands_beside(catalogue):
    take(catalogue, found={"L0H1": metrics(induction=0.25, copying=1.0)})
    again = take(catalogue, found={"L0H1": metrics(induction=0.25, copying=1.0)})
    assert (names(again.unchanged), again.conflicts) == (["L0H1"], ())
    other = take(catalogue, found={"L0H1": metrics("b.csv", induction=0.75, copying=1.0)})
    (conflict,) = other.conflicts
    said = (conflict.about, conflict.known, conflict.known_file, conflict.new)
    assert said == ("induction", "0.25", "a.csv", "0.75")
    tokens = take(catalogue, found={"L0H1": mappings(France=("Paris",))})
    assert tokens.conflicts == ()
    more = take(catalogue, found={"L0H1": mappings("n.html", France=("Rome", "Paris"))})
    assert [(one.known, one.new) for one in more.conflicts] == [("Paris", "Rome, Paris")]
    entry = catalogue.find(PRINT, "L0H1")
    files = [one.evidence.file for one in entry.imported]
    assert files == ["a.csv", "b.csv", "m.html", "n.html"]
    assert entry.revision == 4


def test_a_dry_run_says_the_same_and_writes_nothing(catalogue):
    found = {"L0H1": metrics(induction=0.25)}
    planned = take(catalogue, found=found, dry_run=True)
    assert catalogue.count() == 0
    assert take(catalogue, found=found) == planned.model_copy(update={"dry_run": False})


def test_one_bad_head_takes_all_back(catalogue):
    with pytest.raises(CatalogueError, match="too large"):
        take(catalogue, found={"L0H1": metrics(a=1.0), "L9999999999H0": metrics(a=1.0)})
    assert catalogue.count() == 0
    with pytest.raises(CatalogueError, match="one file"):
        take(catalogue, found={})
    with pytest.raises(CatalogueError, match="one file"):
        take(catalogue, found={"L0H1": metrics("a", x=1.0), "L0H2": metrics("b", x=1.0)})


def test_an_import_can_be_taken_back_also_the_first_revision(catalogue, make_card):
    take(catalogue, found={"L0H1": metrics(induction=0.25)})
    entry = catalogue.find(PRINT, "L0H1")
    assert catalogue.undo(entry.id).imported == ()
    with pytest.raises(CatalogueError, match="nothing to undo"):
        catalogue.undo(entry.id)
    take(catalogue, found={"L0H1": metrics(induction=0.25)})
    catalogue.annotate(entry.id, note="seen")
    assert len(catalogue.undo(entry.id).imported) == 1
    assert catalogue.undo(entry.id).imported == ()
    assert catalogue.verify() == []


def test_exports_carry_it_and_damage_is_reported(on_file, path, tmp_path, make_card):
    on_file.add_evidence(make_card("L5H3"))
    take(on_file, found={"L5H3": metrics(a=1.0)})
    take(on_file, found={"L0H1": mappings(France=("Paris",))})
    data = json.loads(json.dumps(on_file.export()))
    with Catalogue.open(tmp_path / "other.db") as other:
        other.import_(data)
        for head in ("L5H3", "L0H1"):
            before, after = on_file.find(PRINT, head), other.find(PRINT, head)
            assert after == before.model_copy(update={"id": after.id})
        assert other.verify() == []
    assert recover(path, tmp_path / "out.json").revisions == 3
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER revision_update")
        connection.execute("UPDATE revision SET change = '{}' WHERE action = 'import'")
        connection.commit()
    with pytest.raises(CatalogueError, match="run verify"):
        on_file.find(PRINT, "L5H3")
    assert any("hash is wrong" in problem for problem in on_file.verify())


sources = st.tuples(
    st.sampled_from(["L0H0", "L0H1"]),
    st.sampled_from(["a", "b"]),
    st.sampled_from([0.25, 0.5]),
)


@settings(max_examples=15, deadline=None, suppress_health_check=FUNCTION_FIXTURE)
@given(steps=st.lists(st.one_of(sources, st.sampled_from(["L0H0", "L0H1"])), max_size=8))
def test_what_is_in_force_is_what_was_taken_and_not_undone(on_file, steps):
    """Against a list a head, the newest last, of which an undo takes the last."""
    entry_print = f"{on_file.count():016x}"
    kept = {"L0H0": [], "L0H1": []}
    for step in steps:
        if isinstance(step, str):
            entry = on_file.find(entry_print, step)
            if kept[step]:
                kept[step].pop()
                on_file.undo(entry.id)
            continue
        head, file, value = step
        on_file.evidence_imports.take("m", entry_print, {Head.parse(head): metrics(file, x=value)})
        if (file, value) not in kept[head]:
            kept[head].append((file, value))
    for head, expected in kept.items():
        entry = on_file.find(entry_print, head)
        stored = entry.imported if entry else ()
        said = [(one.evidence.file, one.evidence.metrics[0].value) for one in stored]
        assert said == expected
    assert on_file.verify() == []
