"""History: one immutable revision a change, chained by hashes, and equal to what is stored."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headlab.catalogue import Catalogue
from headlab.records.errors import CatalogueError

FUNCTION_FIXTURE = [HealthCheck.function_scoped_fixture]


def test_revisions_form_a_chain(filled):
    history = filled.history(1)
    assert [row.number for row in history] == [1, 2, 3, 4]
    assert [row.action for row in history] == ["created", "draft", "review", "annotate"]
    assert [row.parent for row in history] == ["", *(row.hash for row in history[:-1])]
    assert history[3].change == {"note": "a note", "tags": ["t"]}
    assert len({row.hash for row in history}) == 4


@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = 'x'", "DELETE FROM {}"])
@pytest.mark.parametrize(("table", "column"), [("revision", "author"), ("document", "body")])
def test_history_refuses_changes(place, make_card, statement, table, column):
    with Catalogue.open(place) as catalogue:
        catalogue.add_evidence(make_card())
        sql = statement.format(table, column)
        if catalogue.place.startswith("postgresql"):
            url = place.replace("+psycopg", "")
            with (
                psycopg.connect(url, options="-c search_path=headlab") as connection,
                pytest.raises(psycopg.errors.RaiseException, match="immutable"),
            ):
                connection.execute(sql)
        else:
            with (
                closing(sqlite3.connect(place)) as connection,
                pytest.raises(sqlite3.IntegrityError, match="immutable"),
            ):
                connection.execute(sql)
        assert catalogue.verify() == []


def test_history_refuses_replacement_and_truncation(filled, path, postgresql):
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT * FROM revision LIMIT 1").fetchone()
        marks = ",".join("?" * len(row))
        with pytest.raises(sqlite3.IntegrityError, match="immutable"):
            connection.execute(f"INSERT OR REPLACE INTO revision VALUES ({marks})", row)
    with Catalogue.open(postgresql):
        options = "-c search_path=headlab"
        url = postgresql.replace("+psycopg", "")
        with (
            psycopg.connect(url, options=options) as connection,
            pytest.raises(psycopg.errors.RaiseException, match="immutable"),
        ):
            connection.execute("TRUNCATE revision")


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        ("UPDATE revision SET author = 'eve' WHERE number = 3", "hash is wrong"),
        ("UPDATE revision SET created_at = '2020-01-01T00:00:00+00:00'", "hash is wrong"),
        ("UPDATE revision SET change = 'no json' WHERE number = 3", "cannot be read"),
        ('UPDATE revision SET change = \'{"note":"b"}\' WHERE number = 4', "hash is wrong"),
        ("DELETE FROM revision WHERE number = 3", "one is missing"),
        ("DELETE FROM revision WHERE number = 4", "revisions are missing"),
        ("DELETE FROM revision WHERE entry_id = 2", "no history"),
        ("UPDATE entry SET description = 'other' WHERE id = 1", "different: description"),
        ("UPDATE entry SET state = 'nonsense' WHERE id = 1", "cannot be read"),
        ("UPDATE entry SET updated_at = created_at || 'x'", "times"),
        ("UPDATE entry SET revision = 9 WHERE id = 1", "revision 9"),
        ("DELETE FROM label WHERE kind = 'tag'", "labels"),
        ("UPDATE search SET body = 'x'", "searches"),
        ("UPDATE document SET body = replace(body, 'Paris', 'Rome')", "card"),
        ("DELETE FROM document", "belongs to a row"),
        ("DELETE FROM entry WHERE id = 1", "is gone"),
    ],
)
def test_verify_finds_tampering(filled, path, tamper, said):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = found.fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(tamper)
        for _, sql in triggers:
            connection.execute(sql)
    problems = filled.verify()
    assert any(said in problem for problem in problems), problems


def test_verify_reports_triggers_that_are_gone(filled, path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER revision_update")
    assert filled.verify() == [
        "The trigger revision_update, which keeps history from being changed, is gone."
    ]


def test_a_forged_chain_is_held_to_the_rules(filled):
    """Hashes that fit do not make an acceptance without a draft valid."""
    data = json.loads(json.dumps(filled.export(entry_ids=[2])))
    from headlab.catalogue.history import HeadKey, revision_hash
    from headlab.records.entry import Revision
    from headlab.records.head import Head

    first = data["entries"][0]["revisions"][0]
    change = {"decision": "accepted", "description": "x", "categories": [], "stages": []}
    forged = first | {"number": 2, "action": "review", "change": change, "parent": first["hash"]}
    key = HeadKey("f" * 16, Head.parse("L0H0"))
    forged["hash"] = revision_hash(key, Revision.model_validate(forged | {"entry_id": 0}))
    data["entries"][0]["revisions"].append(forged)
    with pytest.raises(CatalogueError, match="no draft to accept"):
        filled.import_(data)


texts = st.text(max_size=20)
labels = st.lists(texts, max_size=3)
stages = st.lists(st.sampled_from(["KR", "ICI", "LR", "EP"]), max_size=2)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("draft"), st.text(min_size=1, max_size=20)),
        st.tuples(st.just("accepted"), texts),
        st.tuples(st.just("edited"), texts),
        st.tuples(st.sampled_from(["rejected", "unclear"]), texts),
        st.tuples(st.just("note"), texts),
        st.tuples(st.just("labels"), st.tuples(labels, labels, stages)),
        st.tuples(st.just("evidence"), st.floats(0, 1)),
        st.tuples(st.just("undo"), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=10, deadline=None, suppress_health_check=FUNCTION_FIXTURE)
@given(steps=steps)
def test_replay_equals_what_is_stored(catalogue, make_card, make_draft, steps):
    head = f"L0H{catalogue.count()}"
    card = make_card(head)
    entry = catalogue.add_evidence(card)
    back = []
    for kind, value in steps:
        before = entry
        try:
            entry = act(catalogue, entry, kind, value, make_card, make_draft)
        except CatalogueError:
            assert catalogue.get(entry.id) == before
            if kind == "undo":
                assert back == []
            continue
        if entry.revision == before.revision:
            continue
        assert entry.revision == before.revision + 1
        if kind == "undo":
            kept = {"revision", "updated_at", "card", "redoable"}
            now = {name: getattr(entry, name) for name in kept}
            assert entry == back.pop().model_copy(update=now)
        elif kind != "evidence":
            back.append(before)
    assert catalogue.get(entry.id) == entry
    assert catalogue.verify() == []


def act(catalogue, entry, kind, value, make_card, make_draft):
    match kind:
        case "draft":
            return catalogue.add_draft(entry.id, make_draft(entry.card, value))
        case "edited":
            return catalogue.review(entry.id, "edited", description=value)
        case "accepted" | "rejected" | "unclear":
            return catalogue.review(entry.id, kind, reason=value)
        case "note":
            return catalogue.annotate(entry.id, note=value)
        case "labels":
            tags, categories, stages = value
            return catalogue.annotate(entry.id, tags=tags, categories=categories, stages=stages)
        case "evidence":
            return catalogue.add_evidence(make_card(str(entry.head), score=value))
        case _:
            return catalogue.undo(entry.id)
