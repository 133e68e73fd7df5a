"""S1 to S5 on models: the same numbers as straightforward computations, and honest samples."""

import numpy as np
import pytest
import torch

from headlab.analyses.causal_badge import causal_badge
from headlab.analyses.description_tests.causal import as_relation, badge_of, prompt_effects
from headlab.analyses.description_tests.pair_scores import (
    PairScores,
    balanced,
    first_role,
    rank_for,
    score_pairs,
    shuffled,
    split_usable,
)
from headlab.analyses.description_tests.sampling import (
    mapping_items,
    targets_of,
    token_items,
    token_saliencies,
)
from headlab.analyses.description_tests.simulation import (
    best_ranks,
    hits_at,
    random_heads,
    reciprocal,
)
from headlab.analyses.description_tests.split import split_mappings
from headlab.analyses.salient_mappings import salient_mappings
from headlab.records.description_test import PairSet, WrittenPair
from headlab.records.head import Head
from headlab.relations.bundled import relation

HEAD = Head(layer=1, index=3)


def written(*pairs, **rest):
    return [WrittenPair(source=source, target=target, **rest) for source, target in pairs]


def plain_logits(model, head, ids, above=True):
    """`e' W_V W_O W_U` by whole matrices, one head at a time."""
    raw = model.W_E()[list(ids)]
    rows = model.first_mlp(raw) if above or head.layer else raw
    own = model.W_V(head.layer)[model.facts.kv_head(head.index)]
    w_o = model.W_O(head.layer, post_norm=True)[head.index]
    return rows @ own @ w_o @ model.W_U()


@pytest.mark.parametrize("name", ["llama", "gpt2"])
def test_relation_scores_of_written_pairs(tiny_model, name):
    model = tiny_model(name)
    pairs = [*written(("cat", "dog"), ("Paris", "Paris"), ("one", "two")),
             *written(("hot", "cold"), suppressed=True)]  # fmt: skip
    found = score_pairs(model, pairs)
    for head in model.heads():
        for number, pair in enumerate(pairs):
            source, target = (model.vocabulary.word_id(w) for w in (pair.source, pair.target))
            [logits] = plain_logits(model, head, [source], above=head.layer > 0)
            logits = -logits if pair.suppressed else logits
            rank = int((logits >= logits[target]).sum())
            assert found.of(head)[number] == (rank <= (1 if pair.source == pair.target else 10))


def test_copying_is_asked_of_the_very_top(demo_model):
    """A head whose own token stands second for a source does not copy it, but may map to it."""
    assert [rank_for(pair) for pair in written(("cat", "cat"), ("cat", "dog"))] == [1, 10]
    copies = written(*((word, word) for word, _ in relation("copying").pairs))
    found = score_pairs(demo_model, copies)
    assert found.scores[1, 1] == pytest.approx(0.80, abs=0.01)


def test_place_among_all_heads_by_hand():
    hits = np.array([[[1, 1], [1, 0]], [[1, 0], [np.nan, np.nan]], [[0, 0], [1, 1]]], dtype=float)
    found = PairScores((), hits)
    # scores 1, .5, .5, (no head), 0, 1
    assert found.percentile(Head.parse("L0H0")) == 3 / 4
    assert found.tied_above(Head.parse("L0H0")) == 1
    assert found.percentile(Head.parse("L0H1")) == 1 / 4
    assert found.tied_above(Head.parse("L0H1")) == 3
    assert found.percentile(Head.parse("L2H0")) == 0


def test_usable_pairs_are_one_token_each_and_different(tiny_model):
    pairs = written(("cat", "dog"), ("cat", "dog"), ("elephant", "dog"), ("cat", "elephant"))
    known, dropped = split_usable(tiny_model("llama"), pairs)
    assert known == pairs[:1]
    assert dropped == pairs[2:]


def test_shuffled_targets_are_never_the_own_ones():
    pairs = written(*((f"s{i}", f"t{i}") for i in range(30)))
    made = shuffled(pairs, 1)
    assert sorted(p.source for p in made) == sorted(p.source for p in pairs)
    assert sorted(p.target for p in made) == sorted(p.target for p in pairs)
    assert not {(p.source, p.target) for p in made} & {(p.source, p.target) for p in pairs}
    assert made == shuffled(pairs, 1) != shuffled(pairs, 2)


def test_roles_share_the_scored_pairs():
    pairs = [*written(*((f"a{i}", "x") for i in range(30)), role="a"),
             *written(*((f"b{i}", "x") for i in range(3)), role="b")]  # fmt: skip
    chosen = balanced(pairs, 10, 0)
    roles = [pair.role for pair in chosen]
    assert (roles.count("a"), roles.count("b")) == (7, 3)
    assert len(balanced(pairs, 100, 0)) == 33
    assert {p.role for p in first_role(PairSet(writer="w", pairs=tuple(pairs))).pairs} == {"a"}


def test_ranks_of_named_targets(tiny_model):
    model = tiny_model("llama")
    sources, named = [300, 301, 302], [[5, 9], [], [280]]
    ranks = best_ranks(model, HEAD, sources, named)
    logits = plain_logits(model, HEAD, sources)
    assert ranks[0] == min(int((logits[0] >= logits[0][t]).sum()) for t in (5, 9))
    assert ranks[1] == np.inf
    assert ranks[2] == int((logits[2] >= logits[2][280]).sum())
    assert list(hits_at(np.array([1.0, 10.0, 11.0, np.inf]))) == [1, 1, 0, 0]
    assert list(reciprocal(np.array([1.0, 4.0, np.inf]))) == [1, 0.25, 0]


def test_random_heads_are_others(tiny_model):
    heads = random_heads(tiny_model("llama"), HEAD, 0, 100)
    assert HEAD not in heads
    assert len(set(heads)) == len(heads) == len(tiny_model("llama").heads()) - 1


@pytest.fixture(scope="module")
def held_out(demo_model):
    return split_mappings(salient_mappings(demo_model, HEAD, 100)).held_out


def test_mapping_items_are_half_true(demo_model, held_out):
    items = mapping_items(demo_model, HEAD, held_out, 0)
    assert items == mapping_items(demo_model, HEAD, held_out, 0)
    assert items != mapping_items(demo_model, HEAD, held_out, 1)
    rows = {row.text: (row.token_id, tuple(t.text for t in row.targets)) for row in held_out}
    kinds = [item.kind for item in items]
    assert kinds.count("own row") == 20
    assert kinds.count("same source, another head") == 10
    assert kinds.count("another row, same head") == 10
    assert kinds[:20].count("own row") not in (0, 20)
    for item in items:
        token, own = rows[item.source]
        assert item.label == (item.targets == own) == (item.kind == "own row")
        if not item.label:
            assert len(set(item.targets) & set(own)) <= 2
        if item.kind == "another row, same head":
            assert item.targets in [targets for _, targets in rows.values()]
        if item.kind == "same source, another head":
            made = [targets_of(demo_model, head, [token])[0] for head in demo_model.heads()]
            assert item.targets in made
    assert {item.source for item in items} == {item.source for item in items if item.label}


def test_targets_are_those_of_the_mappings(demo_model, held_out):
    ids = [row.token_id for row in held_out[:5]]
    expected = [tuple(t.text for t in row.targets) for row in held_out[:5]]
    assert targets_of(demo_model, HEAD, ids) == expected


def test_token_items_are_salient_against_median(demo_model, held_out):
    ids, found = token_saliencies(demo_model, HEAD)
    rows = demo_model.first_mlp(demo_model.W_E()[torch.tensor(ids)])
    w_v = demo_model.W_V(1)[demo_model.facts.kv_head(HEAD.index)]
    w_o = demo_model.W_O(1)[HEAD.index]
    plain = ((rows @ w_v @ w_o).norm(dim=1) / rows.norm(dim=1)).numpy()
    assert found == pytest.approx(plain, rel=1e-4)
    by_text = {demo_model.vocabulary.text_of(int(token)): value
               for token, value in zip(ids, found, strict=True)}  # fmt: skip
    low, high = np.quantile(found, [0.35, 0.65])
    items = token_items(demo_model, HEAD, held_out, 0)
    assert [item.label for item in items].count(True) == 20
    assert len({item.source for item in items}) == len(items) == 40
    for item in items:
        value = by_text[item.source]
        assert value > high if item.label else low <= value <= high


def test_tokens_are_matched_by_the_frequency_given(demo_model, held_out):
    n = demo_model.facts.d_vocab
    counts = np.random.default_rng(0).permutation(n)
    by_text = {demo_model.vocabulary.text_of(token): token for token in range(n)}
    gaps = {}
    for name, given in (("ids", None), ("counts", counts)):
        items = token_items(demo_model, HEAD, held_out, 0, given)
        of = [np.log1p(counts[by_text[item.source]]) for item in items]
        labels = np.array([item.label for item in items])
        gaps[name] = abs(np.sort(np.array(of)[labels]) - np.sort(np.array(of)[~labels])).mean()
    assert 10 * gaps["counts"] < gaps["ids"]


def test_no_form_of_a_token_tells_its_label(demo_model, held_out):
    """Median tokens are neither special nor blank, so that salient ones must not be either; another
    form of a salient word is no median token."""
    special = min(demo_model.vocabulary.special_ids)
    plain = token_items(demo_model, HEAD, held_out, 0)
    median = next(item.source for item in plain if not item.label)
    odd = [
        held_out[0].model_copy(update={"token_id": token, "text": text})
        for token, text in ((special, demo_model.vocabulary.text_of(special)), (5, "  "))
    ]
    other_form = held_out[0].model_copy(update={"text": median.strip().upper()})
    items = token_items(demo_model, HEAD, [*odd, other_form, *held_out], 0, n_rows=200)
    sources = [item.source for item in items]
    assert not {row.text for row in odd} & set(sources)
    assert median not in sources
    assert [item.label for item in items].count(True) == len(held_out) + 1


@pytest.fixture(scope="module")
def capitals():
    pairs = written(*relation("country_to_capital").pairs[:34])
    return PairSet(writer="w", pairs=tuple(pairs))


def test_effects_are_those_of_the_badge(demo_model, capitals):
    controls = [relation("verb_to_past_tense")]
    badge = badge_of(demo_model, Head.parse("L1H1"), capitals, controls, 0)
    effects = prompt_effects(demo_model, Head.parse("L1H1"), capitals, 0)
    assert badge.effect == pytest.approx(float(effects.effects.mean()), abs=1e-9)
    assert (badge.template, badge.base_accuracy) == (effects.template, effects.base_accuracy)
    assert len(effects.effects) == badge.n_prompts == 34
    direct = causal_badge(demo_model, "L1H1", as_relation(capitals), among=controls)
    assert (badge.p, badge.effect) == (direct.p, direct.effect)


def test_few_pairs_make_no_causal_test(demo_model, capitals):
    few = capitals.model_copy(update={"pairs": capitals.pairs[:29]})
    assert badge_of(demo_model, HEAD, few, [], 0) == (
        "only 29 usable pairs that the head would write, 30 are needed"
    )
    none = capitals.model_copy(update={"pairs": capitals.pairs[:9]})
    assert prompt_effects(demo_model, HEAD, none, 0) is None


def test_suppressed_pairs_make_no_prompts(demo_model, capitals):
    against = tuple(pair.model_copy(update={"suppressed": True}) for pair in capitals.pairs)
    assert as_relation(capitals.model_copy(update={"pairs": against})) is None
