"""Every parameter of a projection against a straightforward computation, and what is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from headlab.analyses import rivals, source_embedding
from headlab.analyses.head_factors import Projection
from headlab.analyses.projections import PairIds, hits
from headlab.analyses.relation_scores import all_relation_scores, relation_scores
from headlab.analyses.source_embedding import SourceMatrix, mean_residual
from headlab.records.errors import HeadError, ModelError, RelationError, TaskError
from headlab.records.head import Head
from headlab.records.relation import Relation
from headlab.records.scores import RelationScores

Load = Callable[[str], Any]
RAW = Projection("raw")
WORDS = (
    "is the a cat dog mat sat on and then it ran red blue big small Paris France Rome Italy "
    "one two three four five six seven eight nine ten up down left right hot cold"
).split()
NEXT = tuple(zip(WORDS, WORDS[1:] + WORDS[:1], strict=True))


def random_pairs(n: int = 90, seed: int = 5) -> PairIds:
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(0, 300, (2, n), generator=generator)
    return PairIds(ids[0], ids[1], torch.tensor([1, 5, 40] * (n // 3)))


def ranks(outputs: torch.Tensor, unembedding: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """How many other tokens have a logit as large, in float64, one dot product at a time."""
    products = outputs.double()[:, None] * unembedding.double()[None]
    logits = products.sum(-1)
    own = logits.gather(1, targets[:, None])
    reached = logits >= own
    reached[torch.arange(len(targets)), targets] = False
    return reached.sum(1)


def edited(model: Any) -> Any:
    """A copy whose weights can be changed."""
    copied = copy.copy(model)
    copied.module = copy.deepcopy(model.module)
    for cached in ("blocks", "final_norm", "_first_mlp_embedding"):
        copied.__dict__.pop(cached, None)
    return copied


def llama_outputs(
    model: Any, layer: int, index: int, x: torch.Tensor, biases: str = "none"
) -> torch.Tensor:
    """`x W_V W_O` of one head of a model with `v_proj` and `o_proj`, sliced by hand."""
    attention, facts = model.module.model.layers[layer].self_attn, model.facts
    d = facts.d_head
    group = index // (facts.n_heads // facts.n_kv_heads)
    own = slice(group * d, (group + 1) * d)
    values = x @ attention.v_proj.weight[own].T
    if biases != "none" and attention.v_proj.bias is not None:
        values = values + attention.v_proj.bias[own]
    outputs = values @ attention.o_proj.weight[:, index * d : (index + 1) * d].T
    if biases == "all" and attention.o_proj.bias is not None:
        outputs = outputs + attention.o_proj.bias
    return outputs


def compare(
    model: Any, projection: Projection, outputs: Callable[[int, int], torch.Tensor]
) -> None:
    """Hits of random pairs against ranks of `outputs(layer, index)` `[n_pairs, d_model]`."""
    pairs = random_pairs()
    relation, suppression = hits(model, pairs, projection)
    unembedding = model.module.get_output_embeddings().weight.detach()
    for layer in model.head_layers:
        for index in range(model.facts.n_heads):
            with torch.no_grad():
                made = outputs(layer, index)
            for found, signed in ((relation, made), (suppression, -made)):
                wanted = ranks(signed, unembedding, pairs.targets) < pairs.k
                assert torch.equal(found[layer, index], wanted), (layer, index)
    assert relation.any(), "the comparison would hold for an empty answer"
    assert suppression.any()


@pytest.mark.parametrize("biases", ["none", "value", "all"])
def test_biases_in_or_out(biases: Any, tiny_model: Load) -> None:
    model, pairs = tiny_model("llama"), random_pairs()
    x = model.module.get_input_embeddings().weight.detach()[pairs.sources]
    compare(
        model,
        Projection("raw", biases=biases),
        lambda layer, index: llama_outputs(model, layer, index, x, biases),
    )


@pytest.mark.parametrize("post_norm", [True, False])
@pytest.mark.parametrize("name", ["gemma2", "olmo2"])
def test_the_weight_of_a_norm_after_attention(name: str, post_norm: bool, tiny_model: Load) -> None:
    model, pairs = tiny_model(name), random_pairs()
    x = model.module.get_input_embeddings().weight.detach()[pairs.sources]

    def outputs(layer: int, index: int) -> torch.Tensor:
        scale = model.module.model.layers[layer].post_attention_layernorm.weight
        made = llama_outputs(model, layer, index, x)
        return made * (scale + (name == "gemma2")) if post_norm else made

    compare(model, Projection("raw", post_norm=post_norm), outputs)


def test_the_output_bias_passes_the_norm_after_attention_too(tiny_model: Load) -> None:
    model, pairs = edited(tiny_model("olmo2")), random_pairs()
    x = model.module.get_input_embeddings().weight.detach()[pairs.sources]
    generator = torch.Generator().manual_seed(9)
    for block in model.blocks:
        bias = 3 * torch.randn(model.facts.d_model, generator=generator)
        block.self_attn.o_proj.bias = torch.nn.Parameter(bias)

    def outputs(layer: int, index: int) -> torch.Tensor:
        scale = model.module.model.layers[layer].post_attention_layernorm.weight
        return llama_outputs(model, layer, index, x, "all") * scale

    compare(model, Projection("raw", biases="all"), outputs)


def test_a_given_matrix_takes_the_place_of_the_embedding_in_every_layer(tiny_model: Load) -> None:
    model, pairs = tiny_model("llama-gqa"), random_pairs()
    generator = torch.Generator().manual_seed(1)
    rows = torch.randn(300, model.facts.d_model, generator=generator)

    def outputs(layer: int, index: int) -> torch.Tensor:
        return llama_outputs(model, layer, index, rows[pairs.sources])

    compare(model, Projection(SourceMatrix.of(rows)), outputs)
    order = torch.randperm(300, generator=generator)
    compare(model, Projection(SourceMatrix.of(rows[order].numpy(), order.tolist())), outputs)


def test_latent_attention_has_its_norm_between_both_value_matrices(tiny_model: Load) -> None:
    model, pairs = tiny_model("deepseek-v2"), random_pairs()
    d = model.facts.d_head
    x = model.module.get_input_embeddings().weight.detach()[pairs.sources]

    def outputs(layer: int, index: int) -> torch.Tensor:
        attention = model.module.model.layers[layer].self_attn
        rank = attention.kv_lora_rank
        latent = attention.kv_a_layernorm(attention.kv_a_proj_with_mqa(x)[:, :rank])
        both = attention.kv_b_proj(latent).view(len(x), model.facts.n_heads, -1)
        values = both[:, index, -d:]
        return values @ attention.o_proj.weight[:, index * d : (index + 1) * d].T

    compare(model, RAW, outputs)


@pytest.mark.parametrize("first_mlp", [True, False])
def test_blocks_of_any_size_give_the_same_hits(
    first_mlp: bool, tiny_model: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, pairs = tiny_model("llama-gqa"), random_pairs(240)
    projection = Projection("first_mlp" if first_mlp else "raw")
    whole = hits(model, pairs, projection)
    for screen, blocks, cells in (((1, 7), (3, 10), 60), ((8, 60), (16, 64), 1 << 10)):
        monkeypatch.setattr(rivals, "_SCREEN", screen)
        monkeypatch.setattr(rivals, "_BLOCKS", blocks)
        monkeypatch.setattr(rivals, "_CELLS", cells)
        parts = hits(model, pairs, projection)
        assert torch.equal(parts[0], whole[0])
        assert torch.equal(parts[1], whole[1])


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**31), steps=st.integers(1, 3), k=st.integers(1, 6))
def test_logits_that_float32_cannot_tell_apart(seed: int, steps: int, k: int) -> None:
    """Rivals that are the target's own weights, a few units in the last place up or down."""
    model = edited(_TINY["llama"]) if "llama" in _TINY else None
    assert model is not None
    generator = torch.Generator().manual_seed(seed)
    table = model.module.get_output_embeddings().weight.data
    for twin in range(310, 318):
        rival = table[twin - 300].clone()
        for _ in range(steps):
            up = torch.rand(rival.shape, generator=generator) < 0.5
            rival = torch.nextafter(rival, torch.where(up, torch.inf, -torch.inf))
        table[twin] = rival
    table[318:322] = table[10]  # exact ties
    pairs = PairIds(torch.arange(40), 10 + torch.arange(40) % 8, torch.full((40,), k))
    relation, suppression = hits(model, pairs, RAW)
    x = model.module.get_input_embeddings().weight.detach()[pairs.sources]
    for layer, index in ((0, 0), (1, 3), (2, 2)):
        w_v, w_o = model.W_V(layer)[model.facts.kv_head(index)], model.W_O(layer)[index]
        outputs = (x @ w_v).double() @ w_o.double()
        for found, signed in ((relation, outputs), (suppression, -outputs)):
            wanted = ranks(signed, table, pairs.targets) < k
            assert torch.equal(found[layer, index], wanted)


_TINY: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def _keep_for_properties(tiny_model: Load) -> None:
    _TINY["llama"] = tiny_model("llama")


def test_mean_residual_is_what_enters_the_layer(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    carriers = ("the cat sat on {source} and then", "it ran {source}", "{source} is red")
    ids = [260, 5, 270]
    found = mean_residual(model, 2, ids, carriers)
    wanted = torch.zeros(3, model.facts.d_model)
    for row, token in enumerate(ids):
        for prefix in (" the cat sat on", " it ran", "<|bos|>"):
            before = model.vocabulary.tokenizer(prefix)["input_ids"]
            with torch.no_grad():
                states = model.module(
                    torch.tensor([[*before, token, 270, 271]]), output_hidden_states=True
                ).hidden_states
            wanted[row] += states[2][0, len(before)] / 3
    torch.testing.assert_close(found.rows, wanted, rtol=1e-4, atol=1e-5)
    assert found.ids == tuple(ids)


def test_mean_residual_serves_as_a_source_and_is_recorded(
    tiny_model: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_model("llama-gqa")
    ids = [model.vocabulary.word_id(word) for word in WORDS]
    source = mean_residual(model, 1, ids)
    monkeypatch.setattr(source_embedding, "_POSITIONS", 20)
    parts = mean_residual(model, 1, ids)
    torch.testing.assert_close(parts.rows, source.rows, rtol=1e-4, atol=1e-5)
    found = relation_scores(model, NEXT, k=40, source=source)
    by_hand = hits(model, PairIds.of(ids, ids[1:] + ids[:1], 40), Projection(source))
    assert np.allclose(found.relation, by_hand[0].double().mean(-1).numpy())
    said = found.provenance.parameters
    assert (said["source"], said["mean_residual_of_layer"], said["carriers"]) == ("given", 1, 4)
    other = relation_scores(model, NEXT, k=40, source=mean_residual(model, 2, ids))
    assert said["source_hash"] != other.provenance.parameters["source_hash"]


def test_parameters_are_recorded(tiny_model: Load) -> None:
    found = relation_scores(tiny_model("llama"), NEXT, biases="all", post_norm=False)
    said = found.provenance.parameters
    assert (said["source"], said["biases"], said["post_norm"]) == ("first_mlp", "all", False)
    assert said["first_mlp_is"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (torch.zeros(4), "has shape"),
        (torch.zeros(300, 7), "has 7 columns"),
        (torch.full((300, 32), torch.nan), "not finite"),
        (torch.zeros(258, 32), "no row for token 258"),
    ],
)
def test_a_source_that_does_not_serve(source: Any, message: str, tiny_model: Load) -> None:
    with pytest.raises(ModelError, match=message):
        relation_scores(tiny_model("llama"), NEXT, source=source)


def test_rows_and_tokens_of_a_source_go_together(tiny_model: Load) -> None:
    with pytest.raises(ModelError, match="2 rows for 1 tokens"):
        SourceMatrix.of(torch.zeros(2, 32), [1])
    with pytest.raises(ModelError, match="a token twice"):
        SourceMatrix.of(torch.zeros(2, 32), [1, 1])
    with pytest.raises(ModelError, match="biases 'both' is unknown"):
        relation_scores(tiny_model("llama"), NEXT, biases="both")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("layer", "ids", "carriers", "message"),
    [
        (9, [1], ("{source}",), "no layer 9"),
        (1, [9999], ("{source}",), "no token 9999"),
        (1, [], ("{source}",), "nothing to average"),
        (1, [1], ("a cat",), "must hold {source} once"),
        (1, [1], (), "at least one carrier"),
    ],
)
def test_what_mean_residual_refuses(
    layer: int, ids: list[int], carriers: tuple[str, ...], message: str, tiny_model: Load
) -> None:
    with pytest.raises(TaskError, match=message):
        mean_residual(tiny_model("llama"), layer, ids, carriers)


def test_layers_without_heads_have_no_score(tiny_model: Load) -> None:
    model = tiny_model("granite-hybrid")
    without = list(model.facts.layers_without_heads)
    assert without, "the model has heads in every layer"
    found = relation_scores(model, NEXT, k=40)
    assert np.isnan(found.relation[without]).all()
    assert np.isfinite(found.relation[list(model.head_layers)]).all()
    assert set(found.ranked()) == set(model.heads())
    assert found.best() == found.ranked()[0]
    assert found.best().layer in model.head_layers
    assert found.control is not None
    assert 0 <= found.control <= 1
    with pytest.raises(HeadError, match="no attention heads"):
        found.rank(Head(layer=without[0], index=0))
    again = RelationScores.model_validate(json.loads(found.model_dump_json()))
    assert np.array_equal(again.relation, found.relation, equal_nan=True)


@pytest.mark.parametrize("k", [352, 10_000])
def test_a_k_that_takes_in_the_vocabulary_is_refused(k: int, tiny_model: Load) -> None:
    with pytest.raises(RelationError, match="Choose k from 1 to 351"):
        relation_scores(tiny_model("llama"), NEXT, k=k)
    assert relation_scores(tiny_model("llama"), NEXT, k=351).k == 351


def test_pairs_that_are_none(tiny_model: Load) -> None:
    model = tiny_model("llama")
    for pairs in ([], [("cat", "")], ["cat"], [("cat", "dog", "mat")]):
        with pytest.raises(RelationError, match="cannot be used"):
            relation_scores(model, pairs)  # type: ignore[arg-type]
    unknown = Relation(name="unknown", pairs=(("qwertz", "zxcvb"),))
    found = all_relation_scores(model, [unknown])
    assert (found.scores, found.not_applicable[0].n_pairs) == ((), 0)
    empty = torch.zeros(0, dtype=torch.long)
    assert hits(model, PairIds(empty, empty, empty))[0].shape == (3, 4, 0)


def test_weights_that_are_not_finite_are_an_error(tiny_model: Load) -> None:
    def damaged(change: Callable[[Any], torch.Tensor]) -> Any:
        model = edited(tiny_model("llama"))
        change(model.module).data[3, 3] = torch.nan
        return model

    with pytest.raises(ModelError, match="heads of layer 1"):
        relation_scores(damaged(lambda m: m.model.layers[1].self_attn.o_proj.weight), NEXT)
    with pytest.raises(ModelError, match="heads of layer 2"):
        relation_scores(damaged(lambda m: m.model.layers[2].self_attn.v_proj.weight), NEXT)
    with pytest.raises(ModelError, match="unembedding"):
        relation_scores(damaged(lambda m: m.get_output_embeddings().weight), NEXT)
    with pytest.raises(ModelError, match="source embeddings"):
        relation_scores(damaged(lambda m: m.model.layers[0].mlp.down_proj.weight), NEXT)


def test_an_exception_from_progress_ends_the_work(tiny_model: Load) -> None:
    seen: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        relation_scores(tiny_model("llama"), NEXT, progress=stop)
    assert seen == [(1, 3), (2, 3)]
