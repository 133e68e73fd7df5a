"""Which operations heads have: the rule by hand, and heads made to have them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from headlab.analyses.operations import operations_of
from headlab.records.errors import HeadError, RelationError
from headlab.records.head import Head
from headlab.records.operations import Operations, operations_in
from headlab.records.provenance import Provenance
from headlab.records.relation import Relation
from headlab.records.scores import AllRelationScores, InapplicableRelation, RelationScores

Load = Callable[[str], Any]
STAMP = Provenance(
    model="by hand",
    fingerprint="",
    tokenizer_hash="",
    dtype="float32",
    device="cpu",
    attention_kernel="sdpa",
    analysis="relation_scores",
    analysis_version=1,
    headlab_version="0",
)
NAN = float("nan")


def scores(
    name: str, category: Any, relation: Any, suppression: Any, control: Any
) -> RelationScores:
    return RelationScores(
        name=name,
        category=category,
        k=10,
        n_pairs=40,
        relation=relation,
        suppression=suppression,
        control=control,
        suppression_control=control,
        control_draws=5,
        provenance=STAMP,
    )


@pytest.fixture
def by_hand() -> AllRelationScores:
    """Three layers of two heads; layer 1 has none."""
    zero = [[0, 0], [NAN, NAN], [0, 0]]
    return AllRelationScores(
        scores=(
            scores("capital", "knowledge", [[0.5, 0.15], [NAN, NAN], [0.9, 0.16]], zero, 0.1),
            scores("language", "knowledge", [[0.3, 0.2], [NAN, NAN], [0.2, 0.31]], zero, 0.3),
            scores(
                "copying",
                "algorithmic",
                [[0, 0], [NAN, NAN], [0.4, 0]],
                [[0, 0.6], [NAN, NAN], [0, 0]],
                None,
            ),
        ),
        not_applicable=(
            InapplicableRelation(
                name="years", category="custom", n_pairs=3, required=30, dropped=()
            ),
        ),
    )


def operations(found: AllRelationScores, only: Head | None = None) -> Operations:
    return Operations(
        threshold=0.15,
        names=found.names(),
        not_applicable=tuple(one.reason for one in found.not_applicable),
        measured=[[1, 1], [NAN, NAN], [1, 1]],
        rows=operations_in(found, 0.15, only),
        provenance=STAMP,
    )


def test_above_the_threshold_and_above_the_control(by_hand: AllRelationScores) -> None:
    found = operations(by_hand)
    said = [(str(row.head), row.kind, row.name) for row in found.rows]
    assert said == [
        ("L0H0", "relation", "capital"),  # language: .3 is not above its control of .3
        ("L0H1", "suppression", "copying"),  # capital: .15 is not above the threshold
        ("L2H0", "relation", "capital"),
        ("L2H0", "relation", "copying"),  # no control was asked for
        ("L2H1", "relation", "language"),
        ("L2H1", "relation", "capital"),
    ]
    assert [row.name for row in found.of("L2H1")] == ["language", "capital"]
    assert found.of("L0H1", "relation") == ()
    assert [str(head) for head in found.heads("capital")] == ["L2H0", "L0H0", "L2H1"]
    with pytest.raises(KeyError):
        found.heads("years")


def test_shares_of_layers_and_categories(by_hand: AllRelationScores) -> None:
    found = operations(by_hand)
    assert found.categories() == ("algorithmic", "knowledge")
    assert np.array_equal(found.layer_shares(), [0.5, NAN, 1], equal_nan=True)
    assert np.array_equal(found.layer_shares("algorithmic"), [0, NAN, 0.5], equal_nan=True)
    assert np.array_equal(found.layer_shares(kind="suppression"), [0.5, NAN, 0], equal_nan=True)
    counts = [[1, 0], [NAN, NAN], [2, 2]]
    assert np.array_equal(found.counts(), counts, equal_nan=True)
    rows = found.layer_table().dicts()
    assert {"layer": 2, "kind": "relation", "category": "any", "share": 1.0} in rows
    assert all(row["layer"] != 1 for row in rows)


def test_heads_with_several_operations(by_hand: AllRelationScores) -> None:
    found = operations(by_hand)
    assert [str(head) for head in found.several()] == ["L2H0", "L2H1"]
    assert [str(head) for head in found.across_categories()] == ["L2H0"]
    assert found.several("suppression") == {}


def test_the_table_and_the_json_of_all_heads(by_hand: AllRelationScores) -> None:
    found = operations(by_hand)
    rows = found.table().dicts()
    assert len(rows) == 6
    assert (rows[1]["layer"], rows[1]["head"], rows[1]["score"], rows[1]["control"]) == (
        0,
        1,
        0.6,
        None,
    )
    assert any("years" in note for note in found.table().notes)
    again = Operations.model_validate(json.loads(found.model_dump_json()))
    assert again == found


def test_a_model_whose_heads_are_trained_has_them(demo_model: Any) -> None:
    names = ["country_to_capital", "copying", "verb_to_past_tense"]
    found = operations_of(demo_model, names=names)
    assert set(found.names) == set(names)
    assert {row.name for row in found.rows if row.kind == "relation"} == set(names)
    assert all(row.score > max(0.15, row.control or 0) for row in found.rows)
    one = found.rows[-1].head
    alone = operations_of(demo_model, str(one), names=names)
    assert alone.of(one) == found.of(one) == alone.rows
    assert np.nansum(alone.measured) == 1
    said = found.provenance.parameters
    assert (said["threshold"], said["first_mlp"], said["control_draws"]) == (0.15, True, 5)
    assert "k" not in said, "copying has its own k"


def test_scores_at_hand_are_taken(demo_model: Any) -> None:
    from headlab.analyses.relation_scores import all_relation_scores

    ready = all_relation_scores(demo_model, ["country_to_capital"])
    found = operations_of(demo_model, threshold=0.5, scores=ready)
    assert found.names == ("country_to_capital",)
    count = int((ready.scores[0].relation > 0.5).sum())
    assert len(found.heads("country_to_capital")) == count > 0


def test_no_operation_applies(tiny_model: Load) -> None:
    few = Relation(name="few", pairs=(("cat", "dog"),))
    found = operations_of(tiny_model("llama"), names=[few])
    assert (found.rows, found.names) == ((), ())
    assert "30 are needed" in found.not_applicable[0]
    assert found.layer_shares().tolist() == [0, 0, 0]


def test_what_is_refused(tiny_model: Load) -> None:
    model = tiny_model("llama")
    with pytest.raises(RelationError, match="not a share"):
        operations_of(model, threshold=15)
    with pytest.raises(HeadError, match="no head L9H9"):
        operations_of(model, "L9H9")
