"""Filters beyond the plain ones, names of heads, tests of descriptions and saved searches."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import pytest

from headlab.catalogue import Catalogue
from headlab.records.categories import NAMED_HEADS, canonical_head_name
from headlab.records.description_test import DescriptionTest, Interval
from headlab.records.errors import CatalogueError


def build_test(card, kind="S1", verdict="fails", reason="no better than another text", score=0.5):
    return DescriptionTest(
        kind=kind,
        verdict=verdict,
        reason=reason,
        measure="balanced accuracy",
        score=score,
        rows=({"token": "a\x00b", "answer": True},),
        provenance=card.provenances[0],
    )


@pytest.fixture
def three(catalogue, make_card, make_draft):
    """L0H1 of score .1 drafted, L2H0 of .5 accepted by ada, L5H3 of .9 edited by bob."""
    for head, score in (("L0H1", 0.1), ("L2H0", 0.5), ("L5H3", 0.9)):
        card = make_card(head, score=score)
        catalogue.add_draft(card, make_draft(card))
    catalogue.review(2, "accepted", reviewer="ada", stages=["KR"])
    catalogue.review(3, "rejected", reviewer="ada")
    catalogue.review(3, "edited", reviewer="bob", description="Names of cities.")
    catalogue.annotate(3, head_names=["Induction head", "our own"])
    return catalogue


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"layer_from": 2}, [2, 3]),
        ({"layer_to": 2}, [1, 2]),
        ({"layer_from": 1, "layer_to": 4}, [2]),
        ({"layer_from": -(2**70), "layer_to": 2**70}, [1, 2, 3]),
        ({"layer_from": 2**70}, []),
        ({"reviewer": "ada"}, [2, 3]),
        ({"reviewer": "bob"}, [3]),
        ({"reviewer": "eve"}, []),
        ({"head_name": "induction"}, [3]),
        ({"head_name": "our own"}, [3]),
        ({"operation": "country_to_capital"}, [1, 2, 3]),
        ({"operation": "country_to_capital", "score_from": 0.5}, [2, 3]),
        ({"operation": "country_to_capital", "score_to": 0.5}, [1, 2]),
        ({"score_from": 0.4, "score_to": 0.6}, [2]),
        ({"operation": "other", "score_from": 0.0}, []),
        ({"has_failed_test": True}, []),
        ({"has_failed_test": False}, [1, 2, 3]),
        ({"reviewer": "ada", "score_from": 0.6, "head_name": "induction"}, [3]),
    ],
)
def test_filters_narrow(three, filters, expected):
    assert [row.id for row in three.list(**filters)] == expected
    assert three.count(**filters) == len(expected)
    assert [row.id for row in three.search("country", **filters)] == expected
    assert three.page("country", limit=1, **filters).total == len(expected)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"colour": "red"}, "'colour' is no filter"),
        ({"score_from": float("nan")}, "score_from"),
        ({"layer_from": "many"}, "layer_from"),
        ({"has_failed_test": "perhaps"}, "has_failed_test"),
    ],
)
def test_wrong_filters_are_errors(three, filters, said):
    for ask in (three.list, three.count, three.page):
        with pytest.raises(CatalogueError, match=said):
            ask(**filters)


def test_names_of_heads_follow_the_vocabulary(three):
    assert three.get(3).head_names == ("induction", "our own")
    assert three.list(head_name="induction")[0].head_names == ("induction", "our own")
    assert [row.id for row in three.search("our own")] == [3]
    assert three.undo(3).head_names == ()
    assert three.verify() == []
    assert canonical_head_name("Name Mover Heads") == "name mover"
    assert canonical_head_name("C++ head") == "C++ head"
    assert (NAMED_HEADS["successor"], NAMED_HEADS["mixed"], len(NAMED_HEADS)) == ("LR", "EP", 42)


def test_tests_are_listed_and_decide_nothing(three):
    before = three.get(2)
    first = build_test(before.card)
    second = build_test(before.card, "S4", "passes", "", 0.97)
    entry = three.add_tests(2, [first, second], author="judge")
    kept = {"tests", "revision", "updated_at"}
    assert entry.model_dump(exclude=kept) == before.model_dump(exclude=kept)
    assert [(row.result.kind, row.result.verdict) for row in entry.tests] == [
        ("S1", "fails"), ("S4", "passes"),
    ]  # fmt: skip
    assert entry.tests[1].result.score == 0.97
    assert entry.tests[0].result.rows == ({"token": "a\\u0000b", "answer": True},)
    assert three.history(2)[-1].action == "test"
    (summary,) = three.list(has_failed_test=True)
    assert (summary.id, summary.verdicts) == (2, {"S1": "fails", "S4": "passes"})

    again = three.add_tests(2, [build_test(before.card, verdict="passes", reason="")])
    assert [row.result.verdict for row in again.tests] == ["passes", "passes"]
    assert three.count(has_failed_test=True) == 0
    assert three.undo(2).tests == entry.tests
    assert three.undo(2).tests == ()
    assert three.verify() == []


def test_a_test_with_a_judge_comes_from_a_language_model(three):
    rules = build_test(three.get(2).card)
    made = rules.provenance.model_copy(update={"parameters": {"judge": "some-model"}})
    three.add_tests(2, [rules, rules.model_copy(update={"provenance": made})])
    three.add_tests(2, [rules])
    assert [revision.source for revision in three.history(2)[-2:]] == ["llm", "rules"]


@pytest.mark.parametrize(
    ("bounds", "doubt"),
    [((-0.1, 0.1), 1.0), ((-0.1, 0.3), 0.5), ((0.1, 0.3), 0.0), ((-0.3, 0.0), 0.0)],
)
def test_a_queue_knows_how_undecided_a_test_is(three, bounds, doubt):
    """1 - |high + low| / (high - low) where the interval spans 0."""
    low, high = bounds
    test = build_test(three.get(2).card)
    test = test.model_copy(update={"difference_interval": Interval(low=low, high=high)})
    three.add_tests(2, [test, build_test(three.get(2).card, "S2")])
    found = {case.entry_id: case.test_doubt for case in three.review_round.cases()}
    assert found == {1: 0.0, 2: pytest.approx(doubt), 3: 0.0}
    three.review(2, "edited", description="Something else.")
    assert [case.test_doubt for case in three.review_round.cases()] == [0.0, 0.0, 0.0]


def test_a_test_counts_while_its_text_is_in_force(three):
    card = three.get(2).card
    three.add_tests(2, [build_test(card)])
    changed = three.review(2, "edited", reviewer="bob", description="Something else.")
    assert changed.tests[0].description == "Maps countries to capitals."
    assert three.count(has_failed_test=True) == 0
    assert three.list(layer=2)[0].verdicts == {}
    three.undo(2)
    assert three.count(has_failed_test=True) == 1
    other = three.add_tests(2, [build_test(card, "S2")], description="A text nobody accepted.")
    assert (other.state, three.list(layer=2)[0].verdicts) == ("accepted", {"S1": "fails"})
    with pytest.raises(CatalogueError, match="no test to add"):
        three.add_tests(2, [])
    three.review(1, "rejected")
    with pytest.raises(CatalogueError, match="no description to test"):
        three.add_tests(1, [build_test(card)])


def test_new_evidence_brings_new_scores(three, make_card):
    three.add_evidence(make_card("L0H1", score=0.75))
    assert [row.id for row in three.list(score_from=0.7)] == [1, 3]
    assert three.verify() == []


def test_saved_filters_belong_to_their_author(three):
    stamp = three.stamp()
    first = three.save_filter("mine\x00", text="capital", author="ada", layer_from=2, state=None)
    assert (first.name, first.text, first.filters) == ("mine\\u0000", "capital", {"layer_from": 2})
    three.save_filter("mine\x00", author="bob", reviewer="ada")
    three.save_filter("mine\x00", author="ada", has_failed_test=False)
    ada, bob = three.saved_filters()
    assert (ada.author, ada.text, ada.filters) == ("ada", "", {"has_failed_test": False})
    assert three.saved_filters("bob") == (bob,)
    assert [row.id for row in three.list(**bob.filters)] == [2, 3]
    three.forget_filter("mine\x00", author="ada")
    assert three.saved_filters() == (bob,)
    with pytest.raises(CatalogueError, match="no saved filter"):
        three.forget_filter("mine", author="ada")
    for bad in ({"name": " "}, {"name": "n", "colour": 1}, {"name": "n", "layer": "x"}):
        with pytest.raises(CatalogueError):
            three.save_filter(bad.pop("name"), author="ada", **bad)
    assert three.saved_filters() == (bob,)
    assert three.stamp() == stamp  # they are no part of any entry


@pytest.fixture(scope="module")
def benchmark():
    path = Path(__file__).parents[1] / "benchmarks" / "catalogue.py"
    spec = importlib.util.spec_from_file_location("catalogue_benchmark", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fuzz(benchmark, place, make_card, make_draft, n_entries, n_queries):
    drawn = random.Random(7)
    card = make_card()
    with Catalogue.open(place) as catalogue:
        benchmark.fill(catalogue, card, make_draft(card), n_entries)
        texts = [row.description.split() for row in catalogue.list(limit=n_entries)]
        for _ in range(n_queries):
            text = benchmark.random_query(drawn)
            page = catalogue.page(text, limit=20)
            assert len(page.entries) == min(20, page.total)
            words = text.split()
            if len(words) == 1 and words[0].isascii() and words[0] not in "lhcountrynamesmodel":
                starts = sum(any(word.startswith(words[0]) for word in row) for row in texts)
                assert starts <= page.total
        alone = catalogue.count(text="country")
        assert alone == n_entries
        assert [row.id for row in catalogue.search("country", limit=5)] == [1, 2, 3, 4, 5]


def test_500_random_queries(benchmark, tmp_path, make_card, make_draft):
    fuzz(benchmark, tmp_path / "c.db", make_card, make_draft, 1000, 500)


@pytest.mark.slow
def test_10000_random_queries(benchmark, tmp_path, make_card, make_draft):
    fuzz(benchmark, tmp_path / "c.db", make_card, make_draft, 20_000, 10_000)


def test_the_order_of_common_words_pages_without_gaps(benchmark, tmp_path, make_card, make_draft):
    card = make_card()
    with Catalogue.open(tmp_path / "c.db") as catalogue:
        benchmark.fill(catalogue, card, make_draft(card), 2200)
        pages = [catalogue.search("model", limit=500, offset=at) for at in range(0, 2200, 500)]
        ids = [row.id for page in pages for row in page]
        assert ids == sorted(set(ids))
        assert len(ids) == catalogue.count(text="model") == 2199
        narrowed = catalogue.search("model", category="copying", limit=2200)
        assert {row.id for row in narrowed} == {
            row.id for row in catalogue.list(category="copying", limit=2200)
        }
