"""A model whose heads were written by hand: each detector finds its head, and no other.

GPT-2 with one-hot tokens and positions, no MLPs and a residual stream in four parts: the token, the
position, the token before (written by the previous-token head), and the output.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from headlab.analyses.attention import linked_detectors as linked
from headlab.analyses.attention import moving_detectors as moving
from headlab.analyses.attention import row_detectors as rows
from headlab.analyses.attention import weight_detectors as weights
from headlab.analyses.attention.links import Links
from headlab.analyses.attention.metrics import attention_metrics
from headlab.analyses.attention.repetition import repeated_tokens, repetition_scores
from headlab.models.loading import load_model
from headlab.records.attention import HeadDetection

N = 32
TOKEN, POSITION, BEFORE, OUTPUT = (slice(start, start + N) for start in range(0, 4 * N, N))
WORDS = range(1, 20)
NAMES = range(20, 26)
SERIES = [26, 27, 28, 29, 30, 31]
SHARP = 8.0

PREVIOUS, DUPLICATE, SUCCESSOR, THREE_BACK = "L0H0", "L0H1", "L0H2", "L0H3"
INDUCTION, NAME_MOVER, NEGATIVE, ANTI = "L1H0", "L1H1", "L1H2", "L1H3"


class Weights:
    """Weights of one layer's attention, head by head."""

    def __init__(self, attention: Any):
        self.attention = attention
        self.width = attention.c_attn.weight.shape[0]

    def columns(self, which: int, head: int) -> slice:
        start = which * self.width + head * N
        return slice(start, start + N)

    def look(self, head: int, query: Any, key: Any, read: slice, at: slice) -> None:
        """Scores of `x[read] query` and `x[at] key`, sharp enough to leave one source."""
        weight = self.attention.c_attn.weight
        weight[read, self.columns(0, head)] = torch.as_tensor(query, dtype=torch.float32) * SHARP
        weight[at, self.columns(1, head)] = torch.as_tensor(key, dtype=torch.float32)

    def always_ask(self, head: int, place: int, size: float) -> None:
        """A query that is the same everywhere."""
        self.attention.c_attn.bias[self.columns(0, head).start + place] = size

    def write(self, head: int, value: Any, to: slice, size: float = 1.0) -> None:
        self.attention.c_attn.weight[TOKEN, self.columns(2, head)] = torch.eye(N)
        projection = self.attention.c_proj.weight
        projection[head * N : (head + 1) * N, to] = torch.as_tensor(value).float() * size


def shift(steps: int) -> np.ndarray:
    """Maps one-hot i to one-hot i + steps."""
    return np.eye(N, k=steps)


def plant(module: Any) -> None:
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.zero_()
            if name.endswith(("ln_1.weight", "ln_2.weight", "ln_f.weight")):
                parameter.fill_(1)
        module.transformer.wte.weight[:, TOKEN] = torch.eye(N)
        module.transformer.wpe.weight[:, POSITION] = torch.eye(N)
        module.lm_head.weight[:, OUTPUT] = torch.eye(N)
        first, second = (Weights(block.attn) for block in module.transformer.h)
        first.look(0, shift(-1), np.eye(N), POSITION, POSITION)
        first.write(0, np.eye(N), BEFORE)
        token_match = np.diag([1.0] * (N - 1) + [0])
        first.look(1, token_match, token_match, TOKEN, TOKEN)
        earlier = np.zeros((N, N))
        earlier[:, N - 1] = -0.02 * np.arange(N)  # of equal tokens the earliest
        first.attention.c_attn.weight[POSITION, first.columns(1, 1)] = torch.tensor(earlier).float()
        first.always_ask(1, N - 1, SHARP * 30)
        successor = np.zeros((N, N))
        successor[SERIES[:-1], SERIES[1:]] = 1
        first.write(2, successor, OUTPUT, 0.05)
        first.look(3, shift(-3), np.eye(N), POSITION, POSITION)
        names = np.zeros((N, N))
        names[NAMES, 0] = 1
        for head, sign in ((0, 1), (3, -1)):
            second.look(head, np.eye(N), np.eye(N), TOKEN, BEFORE)
            second.write(head, sign * np.eye(N), OUTPUT)
        for head, sign in ((1, 1), (2, -1)):
            second.look(head, np.zeros((N, N)), names, TOKEN, TOKEN)
            second.always_ask(head, 0, SHARP * 8)
            second.write(head, sign * np.diag(names[:, 0]), OUTPUT)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel

    folder: Path = tmp_path_factory.mktemp("planted")
    config = GPT2Config(
        vocab_size=N,
        n_positions=N,
        n_embd=4 * N,
        n_layer=2,
        n_head=4,
        tie_word_embeddings=False,
        bos_token_id=0,
        eos_token_id=0,
    )
    module = GPT2LMHeadModel(config)
    plant(module)
    module.save_pretrained(folder)
    words = {"<|bos|>": 0} | {f"w{number}": number for number in range(1, N)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<|bos|>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(["<|bos|>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    about = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|bos|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(about))
    return load_model(folder)


REPEATED = repeated_tokens(list(WORDS), 8, 12, seed=1, prefix=[0])


def only(found: HeadDetection, *heads: str, least: float, others: float) -> None:
    """These heads reach `least`, no other passes `others`."""
    assert {str(head) for head in found.ranked()[: len(heads)]} == set(heads)
    assert min(found.of(head) for head in heads) >= least, found.values
    rest = [found.of(head) for head in found.ranked()[len(heads) :]]
    assert max(rest) <= others, found.values


def test_the_previous_token_head(planted: Any) -> None:
    only(linked.previous_token(planted, REPEATED), PREVIOUS, least=0.99, others=0.3)
    metrics = attention_metrics(planted, REPEATED)
    assert str(metrics["previous_token"].best()) == PREVIOUS
    assert metrics["query_key_distance"].of(PREVIOUS) == pytest.approx(1, abs=1e-3)
    assert metrics["query_key_distance_variance"].of(PREVIOUS) == pytest.approx(0, abs=1e-3)
    assert metrics["entropy"].of(PREVIOUS) == pytest.approx(0, abs=1e-3)


def test_the_duplicate_token_head(planted: Any) -> None:
    only(linked.duplicate_token(planted, REPEATED), DUPLICATE, least=0.99, others=0.2)


def test_both_heads_that_look_behind_earlier_copies(planted: Any) -> None:
    """The induction head and its opposite look at the same; what they write tells them apart."""
    only(linked.induction(planted, REPEATED), INDUCTION, ANTI, least=0.99, others=0.2)
    scores = repetition_scores(planted, REPEATED, 12)
    for name, head in (("induction", (1, 0)), ("duplicate_token", (0, 1))):
        assert scores[name][head] > 0.99
    taken = moving.anti_induction(planted, REPEATED)
    only(taken, ANTI, least=1, others=0.1)
    assert taken.of(INDUCTION) == pytest.approx(-taken.of(ANTI), rel=1e-3)


def test_the_head_that_looks_three_back(planted: Any) -> None:
    """Earlier copies are at a fixed offset too, in random tokens that are said twice."""
    rng = np.random.default_rng(0)
    prompts = [[0, *rng.permutation(WORDS)[:16].tolist()] for _ in range(6)]
    found = rows.positional(planted, prompts)
    assert found.of(THREE_BACK) > 0.85
    assert found.detail_of(THREE_BACK) == 3
    assert found.of(PREVIOUS) > 0.99
    assert found.detail_of(PREVIOUS) == 1
    local, far = rows.local_and_global(planted, prompts)
    assert far.of(PREVIOUS) == pytest.approx(1, abs=1e-3)
    assert local.of(PREVIOUS) > local.of(THREE_BACK)


def test_the_name_movers(planted: Any) -> None:
    rng = np.random.default_rng(0)
    prompts, links = [], []
    for name in NAMES:
        words = rng.permutation(WORDS)[:8].tolist()
        prompts.append([0, *words[:3], name, *words[3:]])
        links.append(Links.of([(len(prompts[-1]) - 1, 4)]))
    mover = moving.name_mover(planted, prompts, links, k=1, first_mlp=False)
    only(mover, NAME_MOVER, least=0.99, others=0.2)
    assert mover.detail_of(NAME_MOVER) == 1
    assert mover.detail_of(NEGATIVE) == 0
    taken = moving.negative_name_mover(planted, prompts, links)
    only(taken, NEGATIVE, least=1, others=0.05)
    assert taken.of(NAME_MOVER) == pytest.approx(-taken.of(NEGATIVE), rel=1e-3)
    suppression = weights.copy_suppression(planted, list(NAMES), k=1, first_mlp=False)
    only(suppression, NEGATIVE, ANTI, least=1, others=0)


def test_the_successor_head(planted: Any) -> None:
    found = weights.successor(planted, {"series": SERIES}, first_mlp=False)
    only(found, SUCCESSOR, least=1, others=0)
    assert found.control is not None
    assert found.control < 1
    assert found.control_is == "highest value of any head with the sequences in another order"
