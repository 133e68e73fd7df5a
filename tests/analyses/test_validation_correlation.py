"""Dynamic scores and their correlation: a plain computation, known answers, properties."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from headlab.analyses.dynamic_scores import TokenPairs, dynamic_scores, hits_of_outputs
from headlab.analyses.relation_scores import relation_scores, usable_for
from headlab.analyses.validation.correlation import correlation, relation_correlation
from headlab.analyses.validation.multi_token import (
    LAST,
    SINGLE,
    multi_token_correlation,
    multi_token_pairs,
)
from headlab.records.errors import TaskError
from headlab.records.relation import Relation
from headlab.records.validation import StaticScores

Load = Callable[[str], Any]
Folder = Callable[[str], Path]

WORDS = (
    "is the a cat dog mat sat on and then it ran red blue big small Paris France Rome Italy "
    "one two three four five six seven eight nine ten up down left right hot cold"
).split()
WORD_PAIRS = Relation(
    name="words", k=40, pairs=tuple(zip(WORDS, WORDS[3:] + WORDS[:3], strict=True))
)
SHORT = WORD_PAIRS.model_copy(update={"pairs": WORD_PAIRS.pairs[:12]})
MIDDLE = "then the {source} ran up"


def own_weights(module: Any, layer: int, index: int) -> tuple[Any, Any, Any, Any]:
    """Of one head: what its attention reads (a function), W_V, b_V, and W_O with the norm's weight."""
    kind = module.config.model_type
    if kind == "gpt2":
        block = module.transformer.h[layer]
        d = 8
        start = 64 + index * d
        weight, bias = block.attn.c_attn.weight, block.attn.c_attn.bias
        w_o = block.attn.c_proj.weight[index * d : (index + 1) * d]
        return block.ln_1, weight[:, start : start + d], bias[start : start + d], w_o
    if kind == "gpt_neox":
        block = module.gpt_neox.layers[layer]
        fused = block.attention.query_key_value
        rows = slice(index * 24 + 16, index * 24 + 24)
        w_o = block.attention.dense.weight[:, index * 8 : index * 8 + 8].T
        return block.input_layernorm, fused.weight[rows].T, fused.bias[rows], w_o
    block = module.model.layers[layer]
    attention = block.self_attn
    d = attention.head_dim
    group = index // 2  # 4 heads over 2 key-value heads
    rows = slice(group * d, (group + 1) * d)
    bias = attention.v_proj.bias
    w_o = attention.o_proj.weight[:, index * d : (index + 1) * d].T
    if kind == "gemma2":
        w_o = w_o * (1 + block.post_attention_layernorm.weight)
    if kind == "olmo2":
        w_o = w_o * block.post_attention_layernorm.weight
    norm = torch.nn.Identity() if kind == "olmo2" else block.input_layernorm
    return norm, attention.v_proj.weight[rows].T, 0 if bias is None else bias[rows], w_o


@torch.no_grad()
def plain_dynamic(folder: Path, model: Any, template: str, k: int) -> tuple[np.ndarray, np.ndarray]:
    """With and without context, from attention maps and hidden states, with whole sorted logits."""
    from transformers import AutoModelForCausalLM

    module = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    entries = model.vocabulary.tokenizer.get_vocab()
    unembedding = module.get_output_embeddings().weight
    found = np.zeros((2, 3, 4))
    for source, target in SHORT.pairs:
        words = template.replace("{source}", source).split()
        place = template.split().index("{source}")
        ids = torch.tensor([[entries["Ġ" + word] for word in words]])
        out = module(ids, output_hidden_states=True, output_attentions=True)
        for layer in range(3):
            for index in range(4):
                norm, w_v, b_v, w_o = own_weights(module, layer, index)
                values = norm(out.hidden_states[layer][0]) @ w_v + b_v
                reads = (out.attentions[layer][0, index, -1] @ values, values[place])
                for which, z in enumerate(reads):
                    order = (z @ w_o @ unembedding.T).argsort(descending=True).tolist()
                    found[which, layer, index] += order.index(entries["Ġ" + target]) < k
    return found[0] / len(SHORT.pairs), found[1] / len(SHORT.pairs)


def pairs_of(model: Any, relation: Relation = SHORT) -> TokenPairs:
    return TokenPairs.of(usable_for(model, relation))


@pytest.mark.parametrize("name", ["llama-gqa", "stablelm", "gpt2", "neox", "gemma2", "olmo2"])
def test_scores_are_those_of_a_plain_computation(
    name: str, tiny_model: Load, tiny_folder: Folder
) -> None:
    model = tiny_model(name)
    found = dynamic_scores(model, pairs_of(model), MIDDLE)
    with_context, without = plain_dynamic(tiny_folder(name), model, MIDDLE, SHORT.k)
    assert found.n_pairs == len(SHORT.pairs)
    assert 0 < with_context.mean() < 1
    assert not np.array_equal(with_context, without)
    np.testing.assert_allclose(found.with_context, with_context, atol=1e-9)
    np.testing.assert_allclose(found.without_context, without, atol=1e-9)


@pytest.mark.parametrize("name", ["mistral", "deepseek-v2", "granite-hybrid", "mpt", "opt"])
def test_a_token_that_sees_only_itself_is_without_context(name: str, tiny_model: Load) -> None:
    """Its attention is 1 on itself as the model runs, so the two scores are the same."""
    model = tiny_model(name)
    if model.vocabulary.encode("cat")[0] != model.vocabulary.ids_of_word("cat")[0]:
        pytest.skip("the tokenizer begins every text with a token of its own")
    found = dynamic_scores(model, pairs_of(model), "{source} ran", read_at="source")
    assert np.nanmax(found.with_context) > 0
    np.testing.assert_array_equal(found.with_context, found.without_context)
    headless = [layer for layer in range(model.facts.n_layers) if layer not in model.head_layers]
    assert np.isnan(found.with_context[headless]).all()
    assert np.isfinite(found.with_context[list(model.head_layers)]).all()


def test_the_source_is_found_where_the_template_says_its_word_too(tiny_model: Load) -> None:
    model = tiny_model("llama-gqa")
    cat = Relation(name="cat", k=40, pairs=tuple(("cat", word) for word in WORDS))
    one = dynamic_scores(model, pairs_of(model, cat), "the cat and the {source} ran")
    other = dynamic_scores(model, pairs_of(model, cat), "the {source} and the cat ran")
    assert one.n_pairs == other.n_pairs == len(WORDS)
    assert not np.array_equal(one.without_context, other.without_context)


def test_templates_that_serve_nothing_say_so(tiny_model: Load) -> None:
    model = tiny_model("llama-gqa")
    with pytest.raises(TaskError, match=r"must hold \{source\} once"):
        dynamic_scores(model, pairs_of(model), "no slot")
    with pytest.raises(TaskError, match="Put a word and a space before"):
        dynamic_scores(model, pairs_of(model), "pre{source} ran")
    with pytest.raises(ValueError, match="no templates"):
        relation_correlation(model, pairs_of(model), [], ())


def test_ties_count_against_the_target_and_blocks_change_nothing(tiny_model: Load) -> None:
    model = tiny_model("llama-gqa")
    outputs = torch.randn(50, 32, generator=torch.Generator().manual_seed(1))
    targets = torch.arange(50) * 7 % 352
    logits = outputs @ model.W_U()
    rank = (logits > logits.gather(1, targets[:, None])).sum(1)
    for k in (1, 5, 60):
        assert torch.equal(hits_of_outputs(model, outputs, targets, k), rank < k)
    assert not hits_of_outputs(model, torch.zeros(3, 32), targets[:3], 10).any()


def test_correlation_by_hand() -> None:
    static = np.array([[0.0, 1.0], [2.0, np.nan]])
    dynamic = np.array([[1.0, 2.0], [3.0, 9.0]])
    assert correlation([static], [dynamic]) == pytest.approx(1.0)
    assert correlation([static, static], [dynamic, -dynamic]) == pytest.approx(0.0)
    assert np.isnan(correlation([static], [np.ones((2, 2))]))
    x, y = np.array([[1.0, 2.0, 4.0]]), np.array([[1.0, 3.0, 2.0]])
    by_hand = ((x - 7 / 3) * (y - 2)).sum() / np.sqrt(((x - 7 / 3) ** 2).sum() * 2)
    assert correlation([x], [y]) == pytest.approx(by_hand)


@settings(deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=4, max_size=8), st.floats(0.1, 9), st.floats(-3, 3))
def test_correlation_ignores_scale_and_offset(
    values: list[float], scale: float, offset: float
) -> None:
    x = np.array([values])
    y = np.sin(x * 3)
    if np.ptp(x) < 1e-3 or np.ptp(y) < 1e-3:
        return
    assert correlation([x], [y]) == pytest.approx(correlation([x], [scale * y + offset]), abs=1e-6)


def test_demo_heads_write_what_their_weights_say(demo_model: Any) -> None:
    """Known answer: without context close to 1, with context well below (its card)."""
    relation = Relation(name="french", pairs=usable_for(demo_model, _french()).pairs[:40])
    scores = relation_scores(demo_model, relation)
    static = StaticScores(of="relation scores", n_pairs=40, scores=scores.relation)
    found = relation_correlation(
        demo_model, pairs_of(demo_model, relation), [static], ("The story of {source} is",)
    )
    (template,) = found.templates
    assert correlation([static.scores], [template.without_context]) > 0.97
    assert correlation([static.scores], [template.with_context]) < 0.9


def _french() -> Relation:
    from headlab.relations.bundled import relation

    return relation("english_to_french")


LONG = Relation(
    name="long",
    k=40,
    pairs=(*((f"zz {word}", word) for word in WORDS), *((word, word) for word in WORDS)),
)


def test_multi_token_sources_are_scored_at_their_last_token(tiny_model: Load) -> None:
    model = tiny_model("llama-gqa")
    pairs = multi_token_pairs(model, LONG)
    assert [source for source, _ in pairs.pairs] == [f"zz {word}" for word in WORDS]
    assert all(len(source) == 4 for source in pairs.source_ids)
    single = relation_scores(model, LONG)
    found = multi_token_correlation(model, pairs, single, (MIDDLE, "the {source}"))
    assert [static.of for static in found.statics] == [SINGLE, LAST]
    # the last token of "zz cat" is "cat": by the weights both sides are the same pairs
    np.testing.assert_allclose(found.statics[0].scores, found.statics[1].scores)
    middle, end = found.templates
    assert middle.n_pairs == len(WORDS)
    # what follows the source cannot reach it, and the words before it differ
    assert not np.array_equal(middle.with_context, end.with_context)
    other = multi_token_correlation(model, pairs, None, ("then the {source} is",))
    np.testing.assert_array_equal(other.templates[0].with_context, middle.with_context)
    assert [static.of for static in other.statics] == [LAST]
