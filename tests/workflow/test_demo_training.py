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
from headlab.workflow.demo_model.network import DemoNetwork
from headlab.workflow.demo_model.training import Settings, train
from headlab.workflow.demo_model.vocabulary import build_tokenizer

OPERATIONS = [relation(name) for name in relations()]
SHORT = Settings(seed=3, steps=4, batch=4, length=32, n_heads=4, d_model=32)


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


def test_training_leaves_the_process_computing_as_before() -> None:
    torch.manual_seed(11)
    wanted = torch.rand(3)
    torch.manual_seed(11)
    threads, during = torch.get_num_threads(), []
    settings = Settings(**{**SHORT.as_dict(), "steps": 1})
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
