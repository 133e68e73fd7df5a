"""Relation scores and salient mappings: known answers, and a straightforward computation."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from headlab.analyses.head_factors import Projection
from headlab.analyses.projections import PairIds, hits
from headlab.analyses.relation_scores import all_relation_scores, relation_scores
from headlab.analyses.salient_mappings import salient_mappings
from headlab.records.errors import ModelError, RelationError
from headlab.records.relation import Relation

Load = Callable[[str], Any]
RAW = Projection("raw")
FAMILIES = ("llama", "llama-gqa", "llama-tied", "qwen2", "gpt2", "neox", "neox-serial")


def plain_value_and_output(model: Any, layer: int, index: int) -> tuple[Any, Any]:
    """W_V and W_O of one head, sliced by hand from each family's own weights."""
    module, facts = model.module, model.facts
    d, name = facts.d_head, facts.family
    rows = slice(index * d, (index + 1) * d)
    if name == "gpt2":
        attention = module.transformer.h[layer].attn
        start = 2 * facts.d_model + index * d
        return attention.c_attn.weight[:, start : start + d], attention.c_proj.weight[rows]
    if name == "gpt_neox":
        attention = module.gpt_neox.layers[layer].attention
        start = index * 3 * d + 2 * d
        value = attention.query_key_value.weight[start : start + d].T
        return value, attention.dense.weight[:, rows].T
    attention = module.model.layers[layer].self_attn
    group = index // (facts.n_heads // facts.n_kv_heads)
    value = attention.v_proj.weight[group * d : (group + 1) * d].T
    return value, attention.o_proj.weight[:, rows].T


def plain_hits(model: Any, pairs: PairIds, first_mlp: bool) -> tuple[np.ndarray, np.ndarray]:
    """Whole logits of every head and pair, sorted: no shortcut of any kind."""
    facts, module = model.facts, model.module
    embedding = module.get_input_embeddings().weight
    block = model.blocks[0]
    norm = block.ln_2 if facts.family == "gpt2" else block.post_attention_layernorm
    mapped = block.mlp(norm(embedding)) if first_mlp else embedding
    found = np.zeros((2, facts.n_layers, facts.n_heads, len(pairs.k)), dtype=bool)
    for layer in range(facts.n_layers):
        for index in range(facts.n_heads):
            w_v, w_o = plain_value_and_output(model, layer, index)
            source = embedding if layer == 0 else mapped
            unembedding = module.get_output_embeddings().weight
            logits = source[pairs.sources] @ w_v @ w_o @ unembedding.T
            for which, signed in enumerate((logits, -logits)):
                for row, (target, k) in enumerate(zip(pairs.targets, pairs.k, strict=True)):
                    best = signed[row].topk(int(k)).indices
                    found[which, layer, index, row] = bool((best == target).any())
    return found[0], found[1]


@pytest.mark.parametrize(("first_mlp", "largest"), [(True, 60), (False, 20), (True, 300)])
@pytest.mark.parametrize("name", FAMILIES)
def test_hits_equal_a_straightforward_computation(
    name: str, first_mlp: bool, largest: int, tiny_model: Load
) -> None:
    """`largest`: below and above the number of distinct targets, with and without a first screen."""
    model = tiny_model(name)
    generator = torch.Generator().manual_seed(3)
    pairs = PairIds(
        torch.randint(0, 300, (240,), generator=generator),
        torch.randint(0, 300, (240,), generator=generator),
        torch.tensor([1, 5, 10, largest] * 60),
    )
    with torch.no_grad():
        wanted = plain_hits(model, pairs, first_mlp)
    found = hits(model, pairs, Projection("first_mlp" if first_mlp else "raw"))
    assert np.array_equal(found[0].numpy(), wanted[0])
    assert np.array_equal(found[1].numpy(), wanted[1])
    assert wanted[0].any(), "the comparison would hold for an empty answer"
    assert wanted[1].any()


@pytest.fixture
def mapping_model(tiny_model: Load) -> Any:
    """A Llama by hand: orthogonal token embeddings; L1H0 maps token i to i + 1, L1H1 to minus it,
    L1H2 copies, L1H3 has a W_O of zero; the first MLP is left out by the caller."""
    model = copy.copy(tiny_model("llama"))
    model.module = copy.deepcopy(model.module)
    for cached in ("blocks", "final_norm", "_first_mlp_embedding"):
        model.__dict__.pop(cached, None)
    d_model, d_head = model.facts.d_model, model.facts.d_head
    assert d_head == 8
    embedding = torch.zeros(model.facts.d_vocab, d_model)
    embedding[:d_model] = torch.eye(d_model)
    shift = torch.zeros(4, d_model, d_model)
    for i in range(7):
        shift[0, i, i + 1] = 1
        shift[1, i, i + 1] = -1
        shift[2, i, i] = 1
    with torch.no_grad():
        model.module.get_input_embeddings().weight.copy_(embedding)
        model.module.get_output_embeddings().weight.copy_(embedding)
        attention = model.blocks[1].self_attn
        for index in range(4):
            rows = slice(index * d_head, (index + 1) * d_head)
            attention.v_proj.weight[rows] = torch.eye(d_model)[:, :d_head].T
            attention.o_proj.weight[:, rows] = shift[index][:d_head].T
    return model


def test_heads_by_hand_score_exactly_one_and_zero(mapping_model: Any) -> None:
    pairs = PairIds.of(list(range(7)), list(range(1, 8)), 1)
    relation, suppression = hits(mapping_model, pairs, RAW)
    shares = relation[1].float().mean(-1).tolist()
    suppressed = suppression[1].float().mean(-1).tolist()
    assert shares == [1.0, 0.0, 0.0, 0.0]
    assert suppressed == [0.0, 1.0, 0.0, 0.0]
    copying, _ = hits(mapping_model, PairIds.of(list(range(7)), list(range(7)), 1), RAW)
    assert copying[1].float().mean(-1).tolist() == [0.0, 0.0, 1.0, 0.0]


def test_a_head_that_writes_nothing_hits_nothing_even_at_a_large_k(mapping_model: Any) -> None:
    pairs = PairIds.of(list(range(7)), list(range(1, 8)), mapping_model.facts.d_vocab - 1)
    relation, suppression = hits(mapping_model, pairs, RAW)
    assert not relation[1, 3].any()
    assert not suppression[1, 3].any()


def test_ties_count_against_the_target(mapping_model: Any) -> None:
    with torch.no_grad():
        mapping_model.module.get_output_embeddings().weight[100] = torch.eye(32)[1]
    pairs = PairIds.of([0], [1], 1)
    assert not hits(mapping_model, pairs, RAW)[0][1, 0].any()
    assert hits(mapping_model, PairIds.of([0], [1], 2), RAW)[0][1, 0].all()


WORDS = (
    "is the a cat dog mat sat on and then it ran red blue big small Paris France Rome Italy "
    "one two three four five six seven eight nine ten up down left right hot cold"
).split()


def word_relation(name: str = "words", k: int = 5) -> Relation:
    return Relation(name=name, k=k, pairs=tuple(zip(WORDS, WORDS[1:] + WORDS[:1], strict=True)))


def test_scores_are_shares_of_the_hits(tiny_model: Load) -> None:
    model, relation = tiny_model("llama-gqa"), word_relation(k=30)
    found = relation_scores(model, relation)
    ids = [model.vocabulary.word_id(word) for word in WORDS]
    wanted, suppressed = hits(model, PairIds.of(ids, ids[1:] + ids[:1], 30))
    assert np.allclose(found.relation, wanted.double().mean(-1).numpy())
    assert np.allclose(found.suppression, suppressed.double().mean(-1).numpy())
    assert found.n_pairs == len(WORDS)
    assert found.of(found.best()) == found.relation.max()
    assert found.rank(found.best()) == 1


def test_the_control_permutes_targets_within_the_relation(tiny_model: Load) -> None:
    model = tiny_model("llama")
    constant = Relation(name="constant", k=30, pairs=tuple((word, "cat") for word in WORDS))
    found = relation_scores(model, constant)
    assert found.control == found.relation.max(), "permuting one target changes nothing"
    without = relation_scores(model, word_relation(), control_draws=0)
    assert without.control is None
    again = relation_scores(model, word_relation())
    assert again.control == relation_scores(model, word_relation()).control
    assert np.array_equal(again.relation, without.relation)


def test_one_pass_over_many_relations_equals_each_alone(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    many = [word_relation("a", 3), word_relation("b", 40)]
    together = all_relation_scores(model, many)
    for relation in many:
        alone = relation_scores(model, relation)
        assert np.array_equal(together[relation.name].relation, alone.relation)
        assert together[relation.name].control == alone.control


def test_too_few_pairs_are_not_applicable(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    found = all_relation_scores(model)
    assert len(found.scores) + len(found.not_applicable) == 20
    assert all(skipped.n_pairs < 30 for skipped in found.not_applicable)
    assert found.not_applicable[0].dropped[0].reason
    with pytest.raises(RelationError, match="30 are needed"):
        relation_scores(model, "country_to_capital")
    with pytest.raises(RelationError, match="30 are needed"):
        relation_scores(model, [("cat", "dog")])


def test_layer_0_uses_the_raw_embedding_unless_told(tiny_model: Load) -> None:
    model, relation = tiny_model("llama"), word_relation(k=60)
    default = relation_scores(model, relation)
    raw = relation_scores(model, relation, first_mlp=False)
    everywhere = relation_scores(model, relation, first_mlp_at_layer_0=True)
    assert np.array_equal(default.relation[0], raw.relation[0])
    assert np.array_equal(default.relation[1:], everywhere.relation[1:])
    assert not np.array_equal(default.relation[0], everywhere.relation[0])
    assert default.provenance.parameters["first_mlp_at_layer_0"] is False
    assert everywhere.provenance.parameters["first_mlp_at_layer_0"] is True


def test_without_a_first_mlp_the_error_says_what_works(tiny_model: Load) -> None:
    model = copy.copy(tiny_model("llama"))
    model.facts = model.facts.model_copy(update={"first_mlp": None})
    with pytest.raises(ModelError, match="first_mlp=False"):
        relation_scores(model, word_relation())


@pytest.mark.parametrize("name", FAMILIES)
def test_salient_mappings_equal_a_straightforward_computation(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    found = salient_mappings(model, "L1H2", n_tokens=12, n_targets=4)
    known = model.facts.n_tokens
    with torch.no_grad():
        block = model.blocks[0]
        norm = block.ln_2 if model.facts.family == "gpt2" else block.post_attention_layernorm
        source = block.mlp(norm(model.module.get_input_embeddings().weight[:known]))
        w_v, w_o = plain_value_and_output(model, 1, 2)
        written = source @ w_v @ w_o
        wanted = written.norm(dim=-1) / source.norm(dim=-1)
        best = wanted.topk(12)
        logits = written[best.indices] @ model.module.get_output_embeddings().weight.T
    assert [row.token_id for row in found.rows] == best.indices.tolist()
    assert np.allclose([row.saliency for row in found.rows], best.values, rtol=1e-4)
    targets = [[target.token_id for target in row.targets] for row in found.rows]
    assert targets == logits.topk(4).indices.tolist()
