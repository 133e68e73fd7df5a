"""Lists in every order, and what their rows and facets tell, against plain Python."""

from __future__ import annotations

import random
from itertools import product

import pytest

from headlab.catalogue import searches
from headlab.records.card import RelationEvidence
from headlab.records.head import Head

OPERATIONS = ("copying", "country_to_capital", "plural")
SORTS = ("head", "state", "updated", "score")


def a_relation(name, score):
    return RelationEvidence(
        name=name,
        category="knowledge",
        k=10,
        n_pairs=30,
        score=score,
        rank=1,
        control=0.05,
        suppression=0.0,
        suppression_rank=1,
        suppression_control=0.05,
        n_heads=64,
    )


@pytest.fixture
def many(catalogue, make_card, make_draft):
    """Twelve entries with scores, equal ones among them, and three without any."""
    drawn = random.Random(1)
    for number in range(15):
        card = make_card().model_copy(
            update={
                "head": Head(layer=number % 4, index=number // 4),
                "relations": tuple(
                    a_relation(name, drawn.choice((0.0, 0.25, 0.5, 0.75)))
                    for name in OPERATIONS
                    if number % 5 and drawn.random() < 0.8
                ),
            }
        )
        if number % 2:
            catalogue.add_evidence(card)
        else:
            catalogue.add_draft(card, make_draft(card, f"text {number}"))
    catalogue.review(1, "accepted", reviewer="ada")
    return catalogue


def keys(catalogue, operation):
    """What each order sorts by, from whole entries."""

    def best(row):
        card = catalogue.get(row.id).card
        found = [one.score for one in card.relations if operation in (None, one.name)]
        return max(found, default=-1.0)

    head = lambda row: (row.model_name, row.model_fingerprint, row.head)  # noqa: E731
    return {
        "head": head,
        "state": lambda row: (row.state, *head(row)),
        "updated": lambda row: (row.updated_at, row.id),
        "score": lambda row: (best(row), row.id),
    }


def test_an_order_is_that_of_plain_sorting(many):
    for operation in (None, "plural"):
        filters = {} if operation is None else {"operation": operation}
        rows = many.list(**filters)
        by = keys(many, operation)
        for sort, descending in product(SORTS, (None, True, False)):
            asked = {"sort": sort, "descending": descending, **filters}
            down = sort in ("updated", "score") if descending is None else descending
            expected = [row.id for row in sorted(rows, key=by[sort], reverse=down)]
            found = many.page(**asked)
            assert [row.id for row in found.entries] == expected, asked
            assert found.total == len(expected) > 5
            pages = [many.page(limit=4, offset=start, **asked) for start in range(0, 16, 4)]
            assert [row.id for page in pages for row in page.entries] == expected


def test_filters_and_words_narrow_every_order(many):
    for sort in SORTS:
        found = many.page("text", sort=sort, layer_from=1, score_from=0.2, operation="plural")
        same = many.search("text", layer_from=1, score_from=0.2, operation="plural")
        assert {row.id for row in found.entries} == {row.id for row in same}
        assert found.total == len(same) > 0
        assert many.page("?!", sort=sort).entries == ()


def test_rows_tell_the_best_score_and_open_votes(many):
    many.review_round.cast(1, "unclear", reviewer="ada")
    many.review_round.cast(1, "rejected", reviewer="bob")
    many.review_round.cast(3, "accepted", reviewer="bob")
    many.review_round.adjudicate(3, "accepted")
    for operation in (None, "plural"):
        for row in many.list(**({} if operation is None else {"operation": operation})):
            entry = many.get(row.id)
            scores = {
                one.name: one.score for one in entry.card.relations if operation in (None, one.name)
            }
            if not scores:
                assert (row.best_operation, row.best_score) == ("", None)
                continue
            best = min(scores, key=lambda name: (-scores[name], name))
            assert (row.best_operation, row.best_score) == (best, scores[best])
    assert {row.id: row.open_votes for row in many.list() if row.open_votes} == {1: 2}


def test_facets_count_entries(many):
    many.annotate(2, tags=["seen"], categories=["copying"])
    many.annotate(3, tags=["seen", "odd"])
    found = many.facets()
    rows = [many.get(row.id) for row in many.list()]
    assert found.tags == {"seen": 2, "odd": 1}
    assert list(found.tags) == ["seen", "odd"]
    assert found.reviewers == {"ada": 1}
    for name in OPERATIONS:
        counted = sum(name in [one.name for one in row.card.relations] for row in rows)
        assert found.operations[name] == counted


def test_new_evidence_moves_an_entry(many):
    card = many.get(1).card
    high = card.model_copy(update={"relations": (a_relation("plural", 0.99),)})
    many.add_evidence(high)
    assert many.page(sort="score").entries[0].id == 1
    assert many.verify() == []
    many.add_evidence(card.model_copy(update={"relations": ()}))
    assert many.page(sort="score", descending=False).entries[0].best_score is None
    assert many.verify() == []


@pytest.mark.parametrize("least", [-1.0, 0.0, 0.25, 0.6])
def test_the_best_score_tells_who_reaches_a_limit_and_nobody_without_scores_does(many, least):
    whole = {row.id: [one.score for one in many.get(row.id).card.relations] for row in many.list()}
    wanted = {number for number, scores in whole.items() if any(one >= least for one in scores)}
    assert wanted < set(whole)
    assert {row.id for row in many.list(score_from=least)} == wanted
    assert many.count(score_from=least) == len(wanted)
    best_first = many.page(sort="score", limit=99, score_from=least).entries
    assert {row.id for row in best_first} == wanted


@pytest.mark.parametrize("ranked", [0, 3, 2000])
def test_few_and_many_matches_are_narrowed_alike(many, monkeypatch, ranked):
    """Ids and totals of searches are those of a list's entries that hold the word."""
    monkeypatch.setattr(searches, "RANKED", ranked)
    many.annotate(4, tags=["seen"], categories=["copying"])
    many.annotate(9, categories=["copying"])
    drawn = random.Random(3)
    kept = {row.id for row in many.list() if row.state != "undescribed"}  # their drafts say "text"
    choices = {
        "state": ("drafted", "accepted", "undescribed", "in_review"),
        "category": ("copying", "none"),
        "tag": ("seen",),
        "reviewer": ("ada",),
        "layer_from": (1, 2),
        "layer_to": (1, 2),
        "operation": OPERATIONS,
        "score_from": (0.0, 0.25, 0.6),
        "score_to": (0.3, 1.0),
        "has_failed_test": (True, False),
        "model": ("demo", "none"),
    }
    emptied = 0
    for _ in range(60):
        names = drawn.sample(sorted(choices), drawn.randrange(4))
        filters = {name: drawn.choice(choices[name]) for name in names}
        wanted = {row.id for row in many.list(**filters)} & kept
        emptied += not wanted
        page = many.page("text", limit=2, offset=1, **filters)
        found = many.search("text", **filters)
        assert {row.id for row in found} == wanted, filters
        assert page.total == many.count(text="text", **filters) == len(wanted), filters
        assert page.entries == found[1:3], filters
        beyond = many.page("text", limit=2, offset=99, **filters)
        assert (beyond.entries, beyond.total) == ((), len(wanted))
    assert emptied < 40
