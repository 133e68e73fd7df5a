"""The demo model's training: the exported network is the trained one, and equal runs are equal."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from headlab.models.loading import load_model
from headlab.relations.bundled import relation, relations
from headlab.workflow.demo_model.__main__ import save
from headlab.workflow.demo_model.corpus import NO_OPERATION, Corpus, shares
from headlab.workflow.demo_model.losses import away_share, homes, participation
from headlab.workflow.demo_model.mapping import MARGIN, strays
from headlab.workflow.demo_model.network import DemoNetwork, Shape
from headlab.workflow.demo_model.training import Settings, finish, train
from headlab.workflow.demo_model.vocabulary import build_tokenizer

OPERATIONS = [relation(name) for name in relations()]
SHORT = Settings(seed=3, steps=4, finish_steps=3, batch=4, length=32, n_heads=5, d_model=40)


@pytest.fixture(scope="module")
def network() -> DemoNetwork:
    return train(OPERATIONS, build_tokenizer(OPERATIONS), SHORT, lambda _step: None)


def test_the_exported_checkpoint_is_the_trained_network(
    network: DemoNetwork, tmp_path: Path
) -> None:
    with torch.no_grad():
        for bias in (network.query_bias, network.key_bias):
            bias.copy_(torch.randn(bias.shape, generator=torch.Generator().manual_seed(1)))
    save(network, tmp_path / "model", SHORT, {"seconds": 1.0})
    model = load_model(tmp_path / "model")
    tokens = torch.tensor([[0, 300, 301, 302, 5, 900, 1200, 300]])
    with torch.no_grad():
        wanted = network(tokens).resid @ network.embed.T
        found = model.module(input_ids=tokens).logits
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)
    assert model.vocabulary.word_id("Paris") is not None


def test_equal_settings_give_equal_bits(network: DemoNetwork) -> None:
    again = train(OPERATIONS, build_tokenizer(OPERATIONS), SHORT, lambda _step: None)
    assert torch.equal(again.embed, network.embed)
    other = Settings(**{**SHORT.as_dict(), "seed": 4})
    assert not torch.equal(
        train(OPERATIONS, build_tokenizer(OPERATIONS), other, lambda _step: None).embed,
        network.embed,
    )


def test_the_second_phase_can_follow_later_with_the_same_bits(network: DemoNetwork) -> None:
    tokenizer = build_tokenizer(OPERATIONS)
    alone = Settings(**{**SHORT.as_dict(), "finish_steps": 0})
    first = train(OPERATIONS, tokenizer, alone, lambda _step: None)
    kept = DemoNetwork.from_llama(first.shape, first.to_llama())
    for name, tensor in first.named_parameters():
        assert torch.equal(dict(kept.named_parameters())[name], tensor), name
    steps: list[int] = []
    finish(kept, OPERATIONS, tokenizer, SHORT, lambda step: steps.append(step.number), every=1)
    assert steps == [5, 6, 7]
    assert torch.equal(kept.embed, network.embed)
    assert not torch.equal(first.embed, network.embed)


def test_strays_have_known_values() -> None:
    """Two heads of size 1: the first writes along token 7's embedding, the second against it."""
    shape = Shape(12, n_layers=2, n_heads=2, d_head=2, d_model=4, d_mlp=4)
    network = DemoNetwork(shape)
    with torch.no_grad():
        network.output[1].zero_()
        network.output[1][0] = network.embed[7] * 3
        network.output[1][2] = -network.embed[7]
    values = torch.ones(1, 2, 2)
    target = torch.tensor([7])

    def of(at_home: list[float]) -> float:
        return strays(network, 1, values, target, torch.tensor([at_home])).item()

    assert of([0.0, 0.0]) == pytest.approx((1 - MARGIN) / 2, abs=1e-5)
    assert of([0.0, 1.0]) == pytest.approx(1 - MARGIN, abs=1e-5)
    assert of([1.0, 0.0]) == 0
    assert strays(network, 1, values * 0, target, torch.zeros(1, 2)).item() == 0


def test_what_later_heads_read_is_what_they_read_in_a_pass(network: DemoNetwork) -> None:
    tokens = torch.tensor([[0, 300, 301], [0, 900, 4]])
    seen: list[torch.Tensor] = []
    attend = network._attend

    def note(normed: torch.Tensor, layer: int) -> torch.Tensor:
        seen.append(normed[:, -1])
        return attend(normed, layer)

    network._attend = note  # type: ignore[method-assign]
    try:
        with torch.no_grad():
            read = network.late_inputs(tokens)
            del seen[:]
            network(tokens)
    finally:
        del network._attend
    for one, other in zip(read, seen[1:], strict=True):
        torch.testing.assert_close(one, other)


def test_pairs_and_contexts_are_those_of_the_operations() -> None:
    tokenizer = build_tokenizer(OPERATIONS)
    corpus = Corpus(OPERATIONS, tokenizer, seed=5)
    words = [
        {(corpus._word(a), corpus._word(b)) for a, b in operation.pairs} for operation in OPERATIONS
    ]
    drawn = corpus.drawn_pairs(300)
    assert len(set(drawn[:, 2])) == len(OPERATIONS)
    assert all((a, b) in words[operation] for a, b, operation in drawn)
    starts = {
        tokenizer.decode([int(i) for i in corpus.before_sources(2)[0, 1:]]) for _ in range(60)
    }
    assert " The story of" in starts
    assert len(starts) > 8, "random words too"


def test_training_leaves_the_process_computing_as_before() -> None:
    torch.manual_seed(11)
    wanted = torch.rand(3)
    torch.manual_seed(11)
    threads, during = torch.get_num_threads(), []
    settings = Settings(**{**SHORT.as_dict(), "steps": 1, "finish_steps": 0})
    train(OPERATIONS, build_tokenizer(OPERATIONS), settings, lambda _step: during.append(_half()))
    assert during == [0.0], "training rounds the smallest numbers to 0"
    assert _half() > 0
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.rand(3), wanted)


def _half() -> float:
    """Half the smallest normal number: 0 where numbers below the normal range are flushed."""
    return sys.float_info.min / float("2")


def test_every_word_of_the_operations_is_one_token_and_any_text_comes_back() -> None:
    tokenizer = build_tokenizer(OPERATIONS)
    for operation in OPERATIONS:
        for pair in operation.pairs:
            for word in pair:
                assert len(tokenizer.encode(word, add_special_tokens=False).ids) == 1, word
    for text in (" Zyzzyva 42 — naïve\n\tΩ", " the capital of France is Paris;"):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        assert tokenizer.decode(ids) == text


def test_answers_are_where_the_corpus_says() -> None:
    tokenizer = build_tokenizer(OPERATIONS)
    corpus = Corpus(OPERATIONS, tokenizer, seed=5)
    targets = [{corpus._word(target) for _, target in operation.pairs} for operation in OPERATIONS]
    batch = corpus.batch(64, 48, progress=0.9)
    assert batch.tokens.shape == (64, 49)
    marked = np.argwhere(batch.operations != NO_OPERATION)
    assert len(marked) > 100
    for row, place in marked:
        assert batch.tokens[row, place + 1] in targets[batch.operations[row, place]]
        assert batch.answers[row, place]


@pytest.mark.parametrize("progress", [0.0, 0.05, 0.15, 0.2, 1.0])
def test_shares_add_up(progress: float) -> None:
    assert sum(shares(progress)) == pytest.approx(1)
    assert min(shares(progress)) > 0


def test_participation_and_the_share_away_have_known_values() -> None:
    one = torch.zeros(3, 8)
    one[:, 5] = 2.0
    assert participation(one, torch.ones(8)).item() == pytest.approx(0, abs=1e-5)
    assert participation(torch.ones(3, 8), torch.ones(8)).exp().item() == pytest.approx(8)
    norms = torch.tensor([[3.0, 1.0, 0.0], [0.0, 0.0, 2.0]])
    home = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    assert away_share(norms, home).item() == pytest.approx((0.25 + 0) / 2)


def test_operations_share_at_most_one_home() -> None:
    drawn = homes(20, 20, seed=1)
    assert (drawn.sum(1) == 3).all()
    assert (drawn.sum(0) == 3).all()
    shared = drawn @ drawn.T - 3 * torch.eye(20)
    assert shared.max() == 1
    assert (shared == 0).float().mean() > 0.6
    assert not torch.equal(drawn, homes(20, 20, seed=2))
