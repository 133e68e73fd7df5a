"""Heads that resemble a head: planted twins, and whole matrices."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from headlab.analyses.relation_scores import all_relation_scores
from headlab.analyses.similar_heads import profile_likeness, similar_heads, weight_likeness
from headlab.records.errors import HeadError, ModelError, RelationError
from headlab.records.head import Head
from headlab.records.relation import Relation

Load = Callable[[str], Any]


@pytest.mark.parametrize("name", ["llama-gqa", "gpt2", "gemma2", "granite-hybrid"])
def test_likeness_by_weights_is_the_cosine_of_whole_matrices(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)

    def matrix(head: Head) -> torch.Tensor:
        w_v = model.W_V(head.layer)[model.facts.kv_head(head.index)]
        whole = w_v @ model.W_O(head.layer, post_norm=True)[head.index]
        return whole.double().flatten()

    one = model.heads()[-1]
    found = weight_likeness(model, one)
    wanted = np.full_like(found, np.nan)
    for head in model.heads():
        wanted[head.layer, head.index] = torch.cosine_similarity(matrix(one), matrix(head), dim=0)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)
    assert found[one.layer, one.index] == pytest.approx(1)


@pytest.fixture
def twins(tiny_model: Load) -> Any:
    """A Llama whose L2H3 is twice L0H1, written in other coordinates of z, and whose L1H0 is nothing."""
    model = copy.copy(tiny_model("llama"))
    model.module = copy.deepcopy(model.module)
    for cached in ("blocks", "final_norm", "_first_mlp_embedding"):
        model.__dict__.pop(cached, None)
    turn, _ = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(3)))
    layers = [block.self_attn for block in model.module.model.layers]
    with torch.no_grad():
        value, output = layers[0].v_proj.weight[8:16], layers[0].o_proj.weight[:, 8:16]
        layers[2].v_proj.weight[24:32] = turn @ value
        layers[2].o_proj.weight[:, 24:32] = 2 * output @ turn.T
        layers[1].o_proj.weight[:, :8] = 0
    return model


def test_a_planted_twin_is_found_by_weights(twins: Any) -> None:
    found = similar_heads(twins, "L0H1", n=3, by="weights")
    assert found.rows[0].head == Head(layer=2, index=3)
    assert found.rows[0].likeness == pytest.approx(1, abs=1e-5)
    assert abs(found.rows[1].likeness) < 0.9
    assert (found.n_compared, found.n_without, len(found.rows)) == (10, 1, 3)
    assert Head.parse("L0H1") not in found.heads()


def test_profiles_by_hand() -> None:
    own = np.array([1.0, 0.5, 0.0])
    others = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.3, 0.3, 0.3]])
    cosine = profile_likeness(own, others, "cosine")
    assert cosine[:2] == pytest.approx([1, 0])
    assert np.isnan(cosine[2])
    assert cosine[3] == pytest.approx(1.5 / np.sqrt(1.25 * 3))
    pearson = profile_likeness(own, others, "pearson")
    assert pearson[0] == pytest.approx(1)
    assert pearson[1] == pytest.approx(np.corrcoef(own, others[1])[0, 1])
    assert np.isnan(pearson[2:]).all()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0, 1, width=32), min_size=6, max_size=6),
    st.lists(st.floats(0, 1, width=32), min_size=6, max_size=6),
    st.sampled_from(["cosine", "pearson"]),
)
def test_likeness_is_symmetric_and_bounded(one: list[float], other: list[float], how: Any) -> None:
    x, y = np.array(one), np.array(other)
    there, back = profile_likeness(x, y[None], how)[0], profile_likeness(y, x[None], how)[0]
    assert np.isnan(there) == np.isnan(back)
    if not np.isnan(there):
        assert there == pytest.approx(back)
        assert abs(there) <= 1 + 1e-9


NAMES = ("country_to_capital", "copying", "verb_to_past_tense", "adjective_to_comparative")


def test_within_a_model_by_relations(demo_model: Any) -> None:
    scores = all_relation_scores(demo_model, NAMES)
    profiles = np.stack([scores[name].relation for name in NAMES], -1)
    head = scores["country_to_capital"].best()
    found = similar_heads(demo_model, head, n=500, scores=scores)
    own = profiles[head.layer, head.index]
    for row in found.rows:
        other = profiles[row.head.layer, row.head.index]
        wanted = own @ other / (np.linalg.norm(own) * np.linalg.norm(other))
        assert row.likeness == pytest.approx(wanted)
    assert [row.likeness for row in found.rows] == sorted(
        (r.likeness for r in found.rows), reverse=True
    )
    assert found.operations == NAMES
    silent = int((profiles.sum(-1) == 0).sum())
    assert (found.n_without, found.n_compared) == (silent, 59 - silent)
    assert found.table().column("likeness") == tuple(row.likeness for row in found.rows)


def test_across_models_only_shared_operations_count(demo_model: Any) -> None:
    scores = all_relation_scores(demo_model, NAMES)
    fewer = all_relation_scores(demo_model, NAMES[:3])
    head = scores["copying"].best()
    found = similar_heads(
        demo_model, head, 5, demo_model, scores=scores, other_scores=fewer, measure="pearson"
    )
    assert found.operations == NAMES[:3]
    twin = next(row for row in found.rows if row.head == head)
    assert twin.likeness == pytest.approx(1)
    assert found.other_provenance is not None
    computed = similar_heads(
        demo_model, head, 5, demo_model, names=NAMES[:3], measure="pearson", scores=fewer
    )
    assert computed.rows == found.rows


def test_models_that_share_nothing(demo_model: Any, tiny_model: Load) -> None:
    with pytest.raises(RelationError, match="both models"):
        similar_heads(demo_model, "L1H1", other=tiny_model("llama"), names=["copying"])


def test_what_is_refused(twins: Any, tiny_model: Load) -> None:
    words = "is the a cat dog mat sat on and then it ran red blue big small Paris France".split()
    more = "Rome Italy one two three four five six seven eight nine ten up down left right".split()
    every = words + more
    relation = Relation(name="words", k=5, pairs=tuple((w, "cat") for w in every))
    with pytest.raises(HeadError, match="L1H0 of .* has no profile"):
        similar_heads(twins, "L1H0", names=[relation])
    with pytest.raises(HeadError, match="no head"):
        similar_heads(twins, "L9H0")
    with pytest.raises(ModelError, match="within one model"):
        similar_heads(twins, "L0H0", other=twins, by="weights")
    with pytest.raises(ModelError, match="latent attention"):
        similar_heads(tiny_model("deepseek-v2"), "L0H0", by="weights")
    with pytest.raises(ValueError, match="measure"):
        similar_heads(twins, "L0H0", measure="dot")  # type: ignore[arg-type]
