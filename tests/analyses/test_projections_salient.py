"""Salient mappings of many heads in one pass: as one by one, and as a straightforward computation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from headlab.analyses import saliency as saliency_module
from headlab.analyses import source_embedding
from headlab.analyses.saliency import norm_factor, saliency, top_targets
from headlab.analyses.saliency_screen import SaliencyScreen, bfloat16_pays
from headlab.analyses.salient_mappings import salient_mappings, salient_mappings_of
from headlab.analyses.source_embedding import SourceMatrix
from headlab.records.errors import HeadError, ModelError
from headlab.records.head import Head
from headlab.records.mappings import SalientMappings

Load = Callable[[str], Any]


def plain(model: Any, head: Head, x: torch.Tensor, biases: str, n_tokens: int) -> Any:
    """Full product, norms, top tokens and targets of one head of a model with `v_proj`, `o_proj`."""
    attention, facts = model.module.model.layers[head.layer].self_attn, model.facts
    d = facts.d_head
    group = head.index // (facts.n_heads // facts.n_kv_heads)
    values = x @ attention.v_proj.weight[group * d : (group + 1) * d].T
    if biases == "all":
        values = values + attention.v_proj.bias[group * d : (group + 1) * d]
    outputs = values @ attention.o_proj.weight[:, head.index * d : (head.index + 1) * d].T
    if biases == "all":
        outputs = outputs + attention.o_proj.bias
    best = (outputs.norm(dim=-1) / x.norm(dim=-1)).topk(n_tokens)
    logits = outputs[best.indices] @ model.module.get_output_embeddings().weight.T
    return best.indices.tolist(), best.values.numpy(), logits.topk(4).indices.tolist()


def same(found: SalientMappings, wanted: Any) -> None:
    ids, values, targets = wanted
    assert [row.token_id for row in found.rows] == ids
    assert np.allclose([row.saliency for row in found.rows], values, rtol=1e-4)
    assert [[target.token_id for target in row.targets] for row in found.rows] == targets


@pytest.mark.parametrize(("biases", "screened"), [("none", True), ("none", False), ("all", True)])
def test_all_heads_equal_a_straightforward_computation(
    biases: Any, screened: bool, tiny_model: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In small blocks, a layer at a time, without a kept first-MLP embedding."""
    monkeypatch.setattr(saliency_module, "bfloat16_pays", lambda: screened)
    monkeypatch.setattr(saliency_module, "_BLOCK", 50)
    monkeypatch.setattr(saliency_module, "_CELLS", 300)
    monkeypatch.setattr(saliency_module, "WEIGHT_BYTES", 1)
    monkeypatch.setattr(source_embedding, "CACHE_BYTES", 0)
    model = tiny_model("llama")
    seen: list[tuple[int, int]] = []
    found = salient_mappings_of(
        model, None, 12, 4, biases=biases, progress=lambda *done: seen.append(done)
    )
    assert [one.head for one in found] == model.heads()
    assert seen == [(1, 3), (2, 3), (3, 3)]
    with torch.no_grad():
        block = model.blocks[0]
        embedding = model.module.get_input_embeddings().weight[: model.facts.n_tokens]
        x = block.mlp(block.post_attention_layernorm(embedding))
        for one in found:
            same(one, plain(model, one.head, x, biases, 12))


@pytest.mark.parametrize("name", ["llama-gqa", "gpt2", "gemma2", "deepseek-v2", "granite-hybrid"])
def test_one_pass_equals_each_head_alone(
    name: str, tiny_model: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_model(name)
    heads = model.heads()[::-3]
    together = salient_mappings_of(model, heads, 8, 3)
    assert [one.head for one in together] == heads
    monkeypatch.setattr(saliency_module, "_BLOCK", 64)
    for one in together:
        alone = salient_mappings(model, one.head, 8, 3)
        assert [row.token_id for row in alone.rows] == [row.token_id for row in one.rows]
        for mine, theirs in zip(alone.rows, one.rows, strict=True):
            assert mine.saliency == pytest.approx(theirs.saliency, rel=1e-4)
            assert [t.token_id for t in mine.targets] == [t.token_id for t in theirs.targets]


def test_a_given_source_names_its_own_tokens(tiny_model: Load) -> None:
    model = tiny_model("llama-gqa")
    rows = torch.randn(6, 32, generator=torch.Generator().manual_seed(2))
    ids = [300, 7, 40, 41, 42, 299]
    (found,) = salient_mappings_of(model, ["L1H2"], 30, 4, source=SourceMatrix.of(rows, ids))
    with torch.no_grad():
        places, values, targets = plain(model, Head.parse("L1H2"), rows, "none", 6)
    same(found, ([ids[place] for place in places], values, targets))
    assert found.provenance.parameters["source"] == "given"


def test_layer_0_reads_what_it_is_told(tiny_model: Load) -> None:
    model = tiny_model("llama")
    default = salient_mappings(model, "L0H1", 5, 4)
    raw = salient_mappings(model, "L0H1", 5, 4, first_mlp_at_layer_0=False)
    plainly = salient_mappings(model, "L0H1", 5, 4, first_mlp=False)
    assert raw.rows == plainly.rows != default.rows
    assert default.provenance.parameters["first_mlp_at_layer_0"] is True
    above = salient_mappings(model, "L1H1", 5, 4)
    assert above.rows == salient_mappings(model, "L1H1", 5, 4, first_mlp_at_layer_0=False).rows


def test_more_tokens_and_targets_than_there_are(tiny_model: Load) -> None:
    model = tiny_model("llama")
    every = salient_mappings(model, "L0H0", 10_000, 1).rows
    assert len({row.token_id for row in every}) == min(model.facts.n_tokens, model.facts.d_vocab)
    (row,) = salient_mappings(model, "L0H0", 1, 10_000).rows
    assert len({target.token_id for target in row.targets}) == model.facts.d_vocab


def test_what_is_refused(tiny_model: Load) -> None:
    model = tiny_model("llama")
    with pytest.raises(HeadError, match="no head L7H0"):
        salient_mappings_of(model, ["L0H0", "L7H0"])
    with pytest.raises(HeadError, match="No head was named"):
        salient_mappings_of(model, [])
    with pytest.raises(ModelError, match="has 5 columns"):
        salient_mappings(model, "L0H0", source=torch.ones(4, 5))
    with pytest.raises(ValueError, match="at least 1"):
        salient_mappings(model, "L0H0", n_tokens=0)


@settings(max_examples=25, deadline=None)
@given(scale=st.floats(0.01, 100))
def test_saliency_does_not_depend_on_the_sources_scale(scale: float) -> None:
    generator = torch.Generator().manual_seed(0)
    x, w_v = torch.randn(5, 8, generator=generator), torch.arange(16.0).view(8, 2) / 7
    factor = norm_factor(torch.arange(16.0).view(2, 8) / 5)
    one, other = (saliency(y @ w_v, factor, y.norm(dim=-1)) for y in (x, x * scale))
    assert torch.allclose(one, other, rtol=1e-3)
    assert saliency(torch.zeros(1, 2), factor, torch.zeros(1)).tolist() == [0.0]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    group=st.sampled_from([(0,), (0, 0, 1), (1, 0)]),
    spread=st.sampled_from([0.0, 3.0]),
)
def test_no_saliency_is_above_its_bound(seed: int, group: tuple[int, ...], spread: float) -> None:
    """Also where W_V, W_O and sources reach over many orders of magnitude."""
    generator = torch.Generator().manual_seed(seed)

    def wild(*shape: int) -> torch.Tensor:
        exponents = spread * torch.randn(shape[-1], generator=generator)
        return torch.randn(shape, generator=generator) * exponents.exp()

    w_v, w_o, x = wild(max(group) + 1, 24, 4), wild(len(group), 4, 24), wild(60, 24)
    x[-1] = 0
    screen = SaliencyScreen(w_v, norm_factor(w_o), group)
    bounds = screen.bounds(x.bfloat16(), x.norm(dim=-1))
    for head, own in enumerate(group):
        written = x.double() @ w_v[own].double() @ w_o[head].double()
        exact = written.norm(dim=-1) / x.double().norm(dim=-1)
        assert (bounds[head][:-1] >= exact[:-1]).all()
        assert (bounds[head][:-1] <= exact[:-1] + 2.1 * screen.error[head]).all(), "needless"


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), rank=st.integers(1, 6), lost=st.integers(0, 3))
def test_the_norm_factor_keeps_norms_even_of_a_singular_matrix(
    seed: int, rank: int, lost: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    w_o = torch.randn(rank, 9, generator=generator)
    w_o[:lost] = w_o[-1]
    v = torch.randn(20, rank, generator=generator)
    torch.testing.assert_close(
        (v @ norm_factor(w_o)).norm(dim=-1), (v @ w_o).norm(dim=-1), rtol=1e-4, atol=1e-5
    )


def test_top_targets_over_blocks(tiny_model: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("gpt2")
    outputs = torch.randn(7, 32, generator=torch.Generator().manual_seed(4))
    monkeypatch.setattr(saliency_module, "_BLOCK", 11)
    logits, ids = top_targets(model, outputs, 9)
    wanted = (outputs @ model.W_U()).topk(9)
    assert torch.equal(ids, wanted.indices)
    torch.testing.assert_close(logits, wanted.values)


def test_whether_bfloat16_pays_is_measured_once() -> None:
    assert bfloat16_pays() is bfloat16_pays()
    assert bfloat16_pays.cache_info().misses == 1
