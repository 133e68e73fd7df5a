"""Two models side by side, by hand-made scores and texts."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headlab.catalogue import Catalogue
from headlab.records.errors import CatalogueError
from headlab.workflow.compare import (
    compare_catalogues,
    description_similarity,
    profile_similarity,
)


@pytest.fixture(scope="module")
def builders():
    path = Path(__file__).parents[1] / "catalogue" / "conftest.py"
    spec = importlib.util.spec_from_file_location("catalogue_builders", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def card_of(builders, head, scores, **model):
    card = builders.build_card(head, **model)
    (row,) = card.relations
    rows = tuple(row.model_copy(update={"name": n, "score": s}) for n, s in scores.items())
    return card.model_copy(update={"relations": rows})


@pytest.fixture
def catalogue(builders, place):
    """Model a: L0H0 capitals, L0H1 plural, L1H0 nothing; model b: L0H0 plural, L2H0 capitals."""
    rows = [
        ("a", "L0H0", {"capital": 0.8, "plural": 0.0}, "Maps countries to capitals."),
        ("a", "L0H1", {"capital": 0.0, "plural": 0.6}, "Plural of nouns."),
        ("a", "L1H0", {"capital": 0.0, "plural": 0.0}, None),
        ("b", "L0H0", {"plural": 0.5, "upper": 0.9}, "Makes the plural of a word."),
        ("b", "L2H0", {"capital": 0.6, "plural": 0.8}, "Countries to capitals"),
    ]
    with Catalogue.open(place) as opened:
        for model, head, scores, text in rows:
            card = card_of(builders, head, scores, model=model, fingerprint=model * 16)
            entry = opened.add_evidence(card)
            if text:
                opened.add_draft(entry.id, builders.build_draft(card, text))
        opened.review(1, "accepted", reviewer="ada")
        yield opened


def test_heads_are_matched_by_profile_and_by_words(catalogue):
    made = compare_catalogues(catalogue, "a", "b")
    first, second, third = made.heads.dicts()
    # (.8, 0) and (.6, .8): cosine .6; only "plural" is shared with L0H0 of b, where a scores 0
    assert first["head_b_by_profile"] == "L2H0"
    assert first["profile_similarity"] == pytest.approx(0.6)
    assert (first["shared_operation"], first["score_a"], first["score_b"]) == ("capital", 0.8, 0.6)
    assert first["head_b_by_description"] == "L2H0"
    assert first["same_head_profile_similarity"] is None
    # on the one shared operation (.6) and (.5): cosine 1
    assert (second["head_b_by_profile"], second["profile_similarity"]) == ("L0H0", pytest.approx(1))
    assert (second["head_b_by_description"], second["shared_operation"]) == ("L0H0", "plural")
    assert third["head_b_by_profile"] is third["head_b_by_description"] is None
    assert third["shared_operation"] is None


def test_coverage_is_counted_side_by_side(catalogue):
    rows = {(row["group"], row["value"]): row for row in _coverage(catalogue)}
    assert rows["all", ""] == {
        "group": "all", "value": "",
        "heads_a": 3, "described_a": 2, "accepted_a": 1,
        "heads_b": 2, "described_b": 2, "accepted_b": 0,
    }  # fmt: skip
    assert (rows["layer", "0"]["heads_a"], rows["layer", "0"]["heads_b"]) == (2, 1)
    assert (rows["layer", "2"]["heads_a"], rows["layer", "2"]["heads_b"]) == (0, 1)
    states = {
        value: (row["heads_a"], row["heads_b"])
        for (group, value), row in rows.items()
        if group == "state" and (row["heads_a"] or row["heads_b"])
    }
    assert states == {"undescribed": (1, 0), "drafted": (1, 2), "accepted": (1, 0)}
    assert (rows["category", "knowledge"]["heads_a"], rows["category", "knowledge"]["heads_b"]) == (
        1,
        0,
    )


def _coverage(catalogue):
    return compare_catalogues(catalogue, "a", "b").coverage.dicts()


def test_versions_of_a_model_are_told_apart_by_fingerprint(catalogue, builders):
    card = card_of(
        builders, "L0H0", {"capital": 0.7, "plural": 0.0}, model="a", fingerprint="c" * 16
    )
    catalogue.add_evidence(card)
    with pytest.raises(CatalogueError, match=r"2 models 'a': aaaaaaaaaaaa, cccccccccccc"):
        compare_catalogues(catalogue, "a", "b")
    with pytest.raises(CatalogueError, match="no model 'x'"):
        compare_catalogues(catalogue, "x", "b")
    first = compare_catalogues(catalogue, "aaaa", "cccc").heads.dicts()[0]
    assert first["same_head_profile_similarity"] == pytest.approx(1)
    assert first["same_head_description_similarity"] is None


def test_word_similarity_by_hand():
    """Three texts: "a" is in all, "b" in two, "c" in one; idf = ln(4 / (1 + df)) + 1."""
    b, c = math.log(4 / 3) + 1, math.log(4 / 2) + 1
    found = description_similarity(["a b", ""], ["A, b!", "a c"])
    assert found[0, 0] == pytest.approx(1)
    assert found[0, 1] == pytest.approx(1 / math.sqrt((1 + b**2) * (1 + c**2)))
    assert np.isnan(found[1]).all()


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_similarities_are_symmetric_and_bounded(texts):
    found = description_similarity(texts, texts)
    assert np.allclose(found, found.T, equal_nan=True)
    kept = found[~np.isnan(found)]
    assert ((kept >= 0) & (kept <= 1 + 1e-9)).all()
    assert np.allclose(np.diag(found)[~np.isnan(np.diag(found))], 1)


def test_profiles_agree_with_a_plain_loop(catalogue):
    ours = [catalogue.get(number) for number in (1, 2, 3)]
    theirs = [catalogue.get(number) for number in (4, 5)]
    found = profile_similarity(ours, theirs)
    for i, one in enumerate(ours):
        for j, two in enumerate(theirs):
            a = {row.name: row.score for row in one.card.relations}
            b = {row.name: row.score for row in two.card.relations}
            both = [(a[name], b[name]) for name in a if name in b]
            norm = math.sqrt(sum(x * x for x, _ in both) * sum(y * y for _, y in both))
            expected = sum(x * y for x, y in both) / norm if norm else math.nan
            assert found[i, j] == pytest.approx(expected, nan_ok=True)
