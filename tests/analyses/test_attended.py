"""What heads look at in running text: against the model's own attentions, read pair by pair."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from headlab.analyses.attention import attended
from headlab.analyses.attention.attended import attended_texts
from headlab.analyses.attention.looking import HELD
from headlab.records.errors import PromptError

Load = Callable[[str], Any]
PROMPTS = (
    "the cat sat on the mat and then it ran",
    "one two three four one two three four",
    "Paris France Rome Italy Paris",
    "hot day",
    "the dog sat on the big red mat",
)


def own_attentions(model: Any, ids: list[int]) -> list[np.ndarray]:
    """What the model itself returns for `output_attentions`, `[head, query, key]` each."""
    before = model.module.config._attn_implementation
    model.module.set_attn_implementation("eager")
    with torch.no_grad():
        found = model.module(input_ids=torch.tensor([ids]), output_attentions=True).attentions
    model.module.set_attn_implementation(before)
    return [one[0].double().numpy() for one in found]


def plainly(model: Any, layer: int, head: int) -> tuple[float, float, list[tuple[int, int, int]]]:
    """Both shares, and the places of the pairs, by loops."""
    first, itself, rows, looks = 0.0, 0.0, 0, []
    every = [model.vocabulary.encode(text) for text in PROMPTS]
    for prompt, ids in enumerate(every):
        pattern = own_attentions(model, ids)[layer][head]
        best = (-2.0, 0, 0, 0.0)
        for query in range(1, len(ids)):
            first, itself, rows = (
                first + pattern[query, 0],
                itself + pattern[query, query],
                rows + 1,
            )
            for key in range(1, query):
                weight = pattern[query, key]
                best = max(best, (weight - 1 / (query + 1), -query, -key, weight))
        if best[0] >= 0 and best[3] >= 0.1:
            looks.append((best[0], prompt, -best[1], -best[2]))
    queries, keys, pairs = Counter[int](), Counter[int](), []
    for _, prompt, query, key in sorted(looks, reverse=True):
        one, other = every[prompt][query], every[prompt][key]
        if queries[one] < 2 and keys[other] < 2:
            queries[one] += 1
            keys[other] += 1
            pairs.append((prompt, query, key))
    return first / rows, itself / rows, pairs


@pytest.mark.parametrize("name", ["gpt2", "llama-gqa", "gemma2"])
def test_shares_and_pairs_are_those_of_a_plain_reading(name: str, tiny_model: Load) -> None:
    model = tiny_model(name)
    found = attended_texts(model, PROMPTS)
    seen = 0
    for head in model.heads():
        first, itself, pairs = plainly(model, head.layer, head.index)
        assert found.first_position.of(head) == pytest.approx(first, abs=1e-5)
        assert found.itself.of(head) == pytest.approx(itself, abs=1e-5)
        assert [one[:3] for one in found.pairs[head.layer][head.index]] == pairs
        seen += len(pairs)
    assert seen > 20
    rows = sum(len(model.vocabulary.encode(text)) - 1 for text in PROMPTS)
    even = sum(
        1 / (place + 1)
        for text in PROMPTS
        for place in range(1, len(model.vocabulary.encode(text)))
    )
    assert found.first_position.control == pytest.approx(even / rows)


def test_a_pair_says_what_stands_there(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    found = attended_texts(model, PROMPTS)
    pair = next(one for head in model.heads() for one in found.pairs_of(head, n_before=3))
    ids = model.vocabulary.encode(PROMPTS[pair.prompt])
    texts = model.vocabulary.texts(ids)
    assert (pair.query_id, pair.key_id) == (ids[pair.query_position], ids[pair.key_position])
    assert (pair.query, pair.key) == (texts[pair.query_position], texts[pair.key_position])
    assert pair.before == texts[max(0, pair.query_position - 3) : pair.query_position]
    assert pair.uniform == 1 / (pair.query_position + 1)
    assert 0 < pair.key_position < pair.query_position
    own = own_attentions(model, ids)
    near = [one[:, pair.query_position, pair.key_position] for one in own]
    assert np.abs(np.array(near) - pair.weight).min() < 1e-5


def test_batches_change_nothing(tiny_model: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prompts that do not fit one batch are read in several."""
    model = tiny_model("llama")
    whole = attended_texts(model, PROMPTS)
    monkeypatch.setattr("headlab.analyses.attention.looking.HELD", 4 * 12**2)
    assert HELD > 4 * 12**2
    ticks: list[int] = []
    parts = attended_texts(model, PROMPTS, progress=lambda _done, total: ticks.append(total))
    assert ticks[0] > model.facts.n_layers, "more than one batch"
    places = [[[one[:3] for one in own] for own in layer] for layer in whole.pairs]
    assert [[[one[:3] for one in own] for own in layer] for layer in parts.pairs] == places
    assert np.allclose(parts.itself.values, whole.itself.values, atol=1e-6)


def test_separators_do_not_fill_the_pairs() -> None:
    """Twelve prompts whose strongest look is the same: two are kept, then others."""
    ids = [[0, 7, 8 + n, 9] for n in range(12)] + [[0, 5, 6, 4]]
    found = [(n, 3, 1, 0.9) for n in range(12)] + [(12, 3, 2, 0.4)]
    assert attended._strongest(found, ids, 8) == ((0, 3, 1, 0.9), (1, 3, 1, 0.9), (12, 3, 2, 0.4))
    assert attended._strongest(found, ids, 1) == ((0, 3, 1, 0.9),)


def test_layers_without_heads_have_neither(tiny_model: Load) -> None:
    model = tiny_model("lfm2")
    found = attended_texts(model, PROMPTS)
    assert model.facts.layers_without_heads
    for layer in range(model.facts.n_layers):
        absent = layer in model.facts.layers_without_heads
        assert np.isnan(found.itself.values[layer]).all() == absent
        assert not (absent and any(found.pairs[layer]))


def test_attention_of_a_row_is_shared_out(tiny_model: Load) -> None:
    """Position 0 and the token itself together never take more than everything."""
    found = attended_texts(tiny_model("gpt2"), PROMPTS)
    both = found.first_position.values + found.itself.values
    assert both.min() > 0
    assert both.max() < 1 + 1e-6
    weights = [one[3] for layer in found.pairs for own in layer for one in own]
    assert min(weights) >= attended.MIN_WEIGHT
    assert max(weights) <= 1 + 1e-6


def test_records_come_back_as_they_were(tiny_model: Load) -> None:
    found = attended_texts(tiny_model("gpt2"), PROMPTS)
    assert type(found).model_validate_json(found.model_dump_json()) == found
    assert math.isfinite(found.first_position.values.sum())


def test_unusable_prompts(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    with pytest.raises(PromptError):
        attended_texts(model, [])
    with pytest.raises(PromptError):
        attended_texts(model, [[0, 10**6]])
