"""Decision tokens of a model whose probabilities are set by hand, and of a random one."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import headlab
from headlab.records.deduction import DecisionTokens, KnockOut, ProofAccuracy
from headlab.records.errors import TaskError
from headlab.records.head import Head

AFTER = {
    "the": {"cat": 0.7, "dog": 0.2},
    "cat": {"sat": 0.8, "ran": 0.1},
    "sat": {"on": 0.9},
    "on": {"the": 0.75},
}


@pytest.fixture(scope="module")
def bigram_model(tiny_folder: Callable[[str], Path]) -> Any:
    """A Llama without attention and MLP whose next token has the probabilities of `AFTER`."""
    model = headlab.load_model(tiny_folder("llama"))
    ids = {word: model.vocabulary.word_id(word) for word in "the cat dog sat ran on".split()}
    size = math.sqrt(model.facts.d_model)  # what the norm makes of a unit vector
    with torch.no_grad():
        for parameter in model.module.parameters():
            parameter.zero_()
        model.final_norm.weight.fill_(1)
        embedding = model.module.get_input_embeddings().weight
        unembedding = model.module.get_output_embeddings().weight
        for row, (word, following) in enumerate(AFTER.items()):
            embedding[ids[word], row] = 1
            rest = (1 - sum(following.values())) / (model.facts.d_vocab - len(following))
            unembedding[:, row] = math.log(rest) / size
            for after, p in following.items():
                unembedding[ids[after], row] = math.log(p) / size
    return model


def test_probabilities_are_those_set_by_hand(bigram_model: Any) -> None:
    found = headlab.decision_tokens(bigram_model, "the", " cat sat on the dog")
    assert found.tokens == (" cat", " sat", " on", " the", " dog")
    assert found.positions == (1, 2, 3, 4, 5)
    assert found.probabilities == pytest.approx((0.7, 0.8, 0.9, 0.75, 0.2), abs=1e-4)
    assert set(found.decisions) - {1} == {0, 3, 4}
    lower = headlab.decision_tokens(bigram_model, "the", " cat sat on the dog", threshold=0.5)
    assert lower.decisions == (4,)
    assert lower.provenance.parameters["threshold"] == 0.5


def test_a_decision_lies_below_the_threshold_not_on_it(bigram_model: Any) -> None:
    made = headlab.decision_tokens(bigram_model, "the", " cat")
    by_hand = made.model_copy(
        update={
            "tokens": ("a", "b", "c"),
            "positions": (1, 2, 3),
            "probabilities": (0.79, 0.8, 0.81),
        }
    )
    assert isinstance(by_hand, DecisionTokens)
    assert by_hand.decisions == (0,)
    assert by_hand.table().column("decision") == (True, False, False)


@pytest.mark.parametrize("family", ["gpt2", "qwen3"])
def test_probabilities_are_those_of_a_whole_pass(
    tiny_model: Callable[[str], Any], family: str
) -> None:
    model = tiny_model(family)
    prompt, response = "one two three", " cat sat on xyz"
    found = headlab.decision_tokens(model, prompt, response)
    ids = model.vocabulary.encode(prompt + response)
    with torch.no_grad():
        p = torch.softmax(model.module(input_ids=torch.tensor([ids])).logits[0].double(), -1)
    start = len(model.vocabulary.encode(prompt))
    expected = [float(p[place - 1, ids[place]]) for place in range(start, len(ids))]
    assert found.probabilities == pytest.approx(expected, abs=1e-6)
    assert len(found.tokens) == 3 + len(" xyz")


def test_what_cannot_be_measured_is_refused(bigram_model: Any) -> None:
    with pytest.raises(TaskError, match="does not continue"):
        headlab.decision_tokens(bigram_model, "the cat", "")
    with pytest.raises(ValueError, match="threshold is 0"):
        headlab.decision_tokens(bigram_model, "the", " cat", threshold=0)


def knock_out(without: float, *random: float) -> KnockOut:
    def accuracy(proofs: float) -> ProofAccuracy:
        return ProofAccuracy(proofs=proofs, words={})

    return KnockOut(
        name="union",
        heads=(Head.parse("L0H0"),),
        without=accuracy(without),
        random_heads=tuple((Head.parse("L1H1"),) for _ in random),
        without_random=tuple(map(accuracy, random)),
    )


def test_a_verdict_stands_beside_the_random_sets() -> None:
    assert knock_out(0.1, 0.9, 0.2, 0.95).verdict(base=0.97) == "specific"
    assert knock_out(0.2, 0.9, 0.2, 0.95).verdict(base=0.97) == "not specific"
    assert knock_out(0.1, 0.9).verdict(base=0.29) == "not testable"
    assert knock_out(0.1).verdict(base=0.97) == "not testable"
    assert knock_out(0.1, 0.9, 0.6).random_mean == pytest.approx(0.75)
