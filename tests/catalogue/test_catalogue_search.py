"""Lists, filters and full-text search."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headlab.catalogue import Catalogue
from headlab.records.errors import CatalogueError


def fill(catalogue, make_card, make_draft):
    for head, model, text in [
        ("L0H1", "demo", "Copies the token before."),
        ("L5H3", "demo", "Maps countries to capitals; C++ and head-5, can't fail."),
        ("L5H4", "other", "Größe écrite: Straße 東京"),
    ]:
        card = make_card(head, model=model, fingerprint=f"{model}_print")
        catalogue.add_draft(card, make_draft(card, text))
    catalogue.review(2, "accepted", categories=["knowledge"], stages=["KR", "LR"])
    catalogue.annotate(3, note="look again\nsoon", tags=["todo", "100%"])
    return catalogue


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request, tmp_path_factory, make_card, make_draft):
    """One catalogue for all tests that only read."""
    if request.param == "sqlite":
        place = tmp_path_factory.mktemp("search") / "catalogue.db"
    else:
        place = request.getfixturevalue("new_database")("search")
    with Catalogue.open(place) as opened:
        yield fill(opened, make_card, make_draft)


def heads(summaries):
    return [str(summary.head) for summary in summaries]


def test_a_list_goes_by_model_and_head_in_pages(filled):
    assert heads(filled.list()) == ["L0H1", "L5H3", "L5H4"]
    assert heads(filled.list(limit=1, offset=1)) == ["L5H3"]
    assert filled.list(limit=0) == filled.list(offset=10**9) == ()
    assert filled.count() == 3
    for page in ({"limit": -1}, {"offset": -1}, {"limit": 2**70}):
        with pytest.raises(CatalogueError, match="is no page"):
            filled.list(**page)
    (first, *_) = filled.list()
    entry = filled.get(first.id)
    shared = first.model_dump(exclude={"drafter", "best_operation", "best_score"})
    assert shared == {name: getattr(entry, name) for name in shared} | {"head": shared["head"]}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"model": "demo"}, ["L0H1", "L5H3"]),
        ({"model": "demo_"}, ["L0H1", "L5H3"]),
        ({"model": "%"}, []),
        ({"model": ""}, []),
        ({"state": "accepted"}, ["L5H3"]),
        ({"layer": 5}, ["L5H3", "L5H4"]),
        ({"category": "knowledge"}, ["L5H3"]),
        ({"stage": "LR", "category": "knowledge"}, ["L5H3"]),
        ({"tag": "100%"}, ["L5H4"]),
        ({"tag": "100"}, []),
        ({"tag": "knowledge"}, []),
        ({"layer": 2**70}, []),
        ({"layer": -1}, []),
    ],
)
def test_filters_narrow_lists_counts_and_searches(filled, filters, expected):
    assert heads(filled.list(**filters)) == expected
    assert filled.count(**filters) == len(expected)
    assert sorted(heads(filled.search("tiny", **filters))) == []
    assert sorted(heads(filled.search("", **filters))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("capitals", ["L5H3"]),
        ("capi", ["L5H3"]),
        ("COUNTRIES map", ["L5H3"]),
        ("COUNTRI maps", []),
        ("countries Maps", ["L5H3"]),
        ("head-5", ["L5H3"]),
        ("C++", ["L0H1", "L5H3", "L5H4"]),
        ("can't", ["L5H3"]),
        ("grosse strasse", ["L5H4"]),
        ("ecrite", ["L5H4"]),
        ("東京", ["L5H4"]),
        ("L5H3", ["L5H3"]),
        ("other", ["L5H4"]),
        ("again soon", ["L5H4"]),
        ("todo", ["L5H4"]),
        ("country names", ["L0H1", "L5H3", "L5H4"]),
        ("", ["L0H1", "L5H3", "L5H4"]),
        ("  \n", ["L0H1", "L5H3", "L5H4"]),
        ('"', []),
        ("!?* AND (", ["L5H3"]),
        ("!?* (", []),
        ("body:copies NEAR", []),
    ],
)
def test_search_finds_words_in_any_text(filled, text, expected):
    assert sorted(heads(filled.search(text))) == expected
    assert filled.count(text=text) == len(expected)


def test_search_follows_changes(catalogue, make_card, make_draft):
    fill(catalogue, make_card, make_draft)
    assert heads(catalogue.search("again")) == ["L5H4"]
    catalogue.undo(3)
    assert catalogue.search("again") == ()
    catalogue.review(1, "edited", description="Previous token head")
    assert heads(catalogue.search("previous")) == ["L0H1"]
    assert heads(catalogue.search("copies")) == ["L0H1"]
    catalogue.annotate(1, note="y" * 19_000 + " end")
    assert heads(catalogue.search("previous end")) == ["L0H1"]


def test_long_searches_are_bounded(filled):
    assert filled.search("word " * 100_000) == ()
    assert filled.search("x" * 1_000_000) == ()


@settings(max_examples=40, deadline=None)
@given(text=st.text(alphabet=st.characters(), max_size=30))
@example("a\x00b \ud800")
@example("'; DROP TABLE entry; --")
@example("a:* & !b | (c <-> 'd')")
@example("\\")
def test_no_text_is_an_error(filled, text):
    filled.search(text)
    filled.count(model=text, tag=text, text=text)
