"""Coverage, KV groups and universality: counted by hand on planted scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from headlab.analyses.relation_scores import relation_scores
from headlab.analyses.validation.coverage import (
    coverage_tables,
    implemented,
    kv_group_table,
    profiles,
)
from headlab.analyses.validation.significance import (
    benjamini_hochberg,
    standard_size,
    tail_probability,
)
from headlab.analyses.validation.universality import universality_tables
from headlab.records.errors import TaskError
from headlab.records.scores import RelationScores

Load = Callable[[str], Any]
WORDS = (
    "is the a cat dog mat sat on and then it ran red blue big small Paris France Rome Italy "
    "one two three four five six seven eight nine ten up down left right hot cold"
).split()


@pytest.fixture
def planted(tiny_model: Load) -> Callable[..., RelationScores]:
    """Scores with chosen values: `planted(name, category, {head: score}, control)`."""
    whole = relation_scores(tiny_model("llama-gqa"), list(zip(WORDS, WORDS, strict=True)))

    def make(
        name: str, category: str, values: dict[tuple[int, int], float], control: float = 0.05
    ) -> RelationScores:
        matrix = np.zeros((3, 4))
        for place, value in values.items():
            matrix[place] = value
        return whole.model_copy(
            update={"name": name, "category": category, "relation": matrix, "control": control}
        )

    return make


def test_coverage_by_hand(tiny_model: Load, planted: Any) -> None:
    scores = [
        planted("a", "algorithmic", {(0, 0): 0.9, (1, 1): 0.15, (1, 2): 0.16}),
        planted("b", "algorithmic", {(0, 0): 0.5, (2, 3): 0.4}, control=0.45),
        planted("c", "knowledge", {(0, 0): 0.2, (1, 2): 0.3, (2, 0): 0.8}),
    ]
    found = implemented(scores)
    assert found.sum((1, 2)).tolist() == [2, 1, 3]  # .15 does not exceed, .4 is below its control
    layers, summary, roles, heads = coverage_tables(tiny_model("llama-gqa"), scores)
    shares = {(row["layer"], row["category"]): row["share"] for row in layers.dicts()}
    assert shares[0, "any"] == 0.25
    assert shares[1, "any"] == 0.25
    assert shares[2, "algorithmic"] == 0
    assert shares[2, "knowledge"] == 0.25
    assert [(row["n_heads"], row["of"]) for row in summary.dicts()] == [
        (3, 12),
        (2, 3),
        (1, 3),
        (2, 3),
    ]
    assert roles.dicts() == [
        {"n_operations": 0, "n_categories": 0, "n_heads": 9},
        {"n_operations": 1, "n_categories": 1, "n_heads": 1},
        {"n_operations": 2, "n_categories": 2, "n_heads": 1},
        {"n_operations": 3, "n_categories": 2, "n_heads": 1},
    ]
    assert heads.dicts()[0]["operations"] == "a; b; c"


def test_hybrid_layers_are_left_out(tiny_model: Load, planted: Any) -> None:
    model = tiny_model("granite-hybrid")
    scores = [planted("a", "custom", {(1, 1): 0.9})]
    scores[0].relation.setflags(write=True)
    scores[0].relation[[0, 2]] = np.nan
    layers, summary, *_ = coverage_tables(model, scores)
    assert {row["layer"] for row in layers.dicts()} == {1}
    assert summary.dicts()[0]["of"] == 4


def test_kv_groups_by_hand(tiny_model: Load, planted: Any) -> None:
    """Heads 0, 1 and 2, 3 share values: planted profiles agree within groups and not between."""
    scores = [
        planted("a", "custom", {(layer, h): 0.5 for layer in range(3) for h in (0, 1)}),
        planted("b", "custom", {(layer, h): 0.5 for layer in range(3) for h in (2, 3)}),
    ]
    table = kv_group_table(tiny_model("llama-gqa"), scores, draws=200)
    assert table is not None
    whole, first, *_ = table.dicts()
    assert (first["within"], first["between"]) == (1, 0)
    assert (whole["n_within"], whole["n_between"]) == (6, 12)
    # 1 of the 3 ways of pairing four heads is the model's own, so 1/27 over three layers
    assert 0.2 < float(first["p"] or 0) < 0.5
    assert float(whole["p"] or 0) < 0.6
    assert kv_group_table(tiny_model("llama"), scores) is None
    assert kv_group_table(tiny_model("llama-tied"), scores) is None


def test_profiles_are_unit_vectors_or_missing(planted: Any) -> None:
    found = profiles([planted("a", "custom", {(0, 0): 0.3}), planted("b", "custom", {(0, 0): 0.4})])
    np.testing.assert_allclose(found[0, 0], [0.6, 0.8])
    assert np.isnan(found[1, 1]).all()


def test_universality_finds_the_same_heads_elsewhere(planted: Any) -> None:
    random = np.random.default_rng(3)
    mine = random.random((8, 4)) ** 4
    one = [planted(f"r{i}", "custom", {(0, h): mine[i, h] for h in range(4)}) for i in range(8)]
    other = [
        planted(f"r{i}", "custom", {(2, 3 - h): mine[i, h] for h in range(4)}) for i in range(8)
    ]
    matches, summary, operations = universality_tables(one, other[::-1], draws=300)
    assert len(matches) == 4
    for row in matches.dicts():
        assert (row["other_layer"], row["other_head"]) == (2, 3 - int(row["head"] or 0))
        assert row["likeness"] == pytest.approx(1)
        assert float(row["control"] or 0) < 0.9
    values = {row["measure"]: row["value"] for row in summary.dicts()}
    assert float(values["p of the mean"] or 0) < 0.02
    assert all(row["n_heads"] == row["n_heads_other"] for row in operations.dicts())
    assert [row["relation"] for row in operations.dicts()] == [f"r{i}" for i in range(8)]
    with pytest.raises(TaskError, match="share 2 operations"):
        universality_tables(one[:2], other)


def test_unlike_models_are_no_better_than_the_control(planted: Any) -> None:
    random = np.random.default_rng(5)
    sides = [
        [planted(f"r{i}", "custom", {(0, h): random.random() for h in range(4)}) for i in range(8)]
        for _ in range(2)
    ]
    _, summary, _ = universality_tables(*sides, draws=300)
    values = {row["measure"]: row["value"] for row in summary.dicts()}
    assert float(values["p of the mean"] or 0) > 0.05


def test_models_without_operations_give_empty_tables(planted: Any) -> None:
    nothing = [planted(f"r{i}", "custom", {}) for i in range(3)]
    matches, summary, operations = universality_tables(nothing, nothing)
    assert (len(matches), len(summary), len(operations)) == (0, 0, 3)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_p_values_are_scipys(p: list[float]) -> None:
    np.testing.assert_allclose(benjamini_hochberg(p), false_discovery_control(p), atol=1e-12)


def test_adjusting_nothing_gives_nothing() -> None:
    assert benjamini_hochberg([]) == []


def test_ranks_as_p_by_hand() -> None:
    others = np.array([0.1, 0.5, 0.5, np.nan, 0.9])
    assert tail_probability(1.0, others) == 1 / 5
    assert tail_probability(0.5, others) == 4 / 5  # .9 and both .5 are at least as large
    assert tail_probability(-1.0, others) == 1.0
    assert standard_size(3.0, np.array([0.0, 1.0, 2.0])) == 2.0
    assert standard_size(3.0, np.array([1.0, 1.0])) is None
