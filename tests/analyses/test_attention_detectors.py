"""Detectors on patterns known by hand, and against loops over the models' own patterns."""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from headlab.analyses.attention import (
    linked_detectors,
    looking,
    moving_detectors,
    row_detectors,
    weight_detectors,
)
from headlab.analyses.attention.links import (
    Links,
    after_earlier_copies,
    earlier_copies,
    previous_tokens,
    rarest_tokens,
    same_word,
    uniform_attention,
)
from headlab.models.forward import Tokens
from headlab.records.errors import TaskError

Load = Callable[[str], Any]
A, B, C, D = 5, 260, 7, 261
IDS = [A, B, C, A, B, D, A]


def own_patterns(model: Any, ids: list[int]) -> list[np.ndarray]:
    before = model.module.config._attn_implementation
    model.module.set_attn_implementation("eager")
    with torch.no_grad():
        found = model.module(input_ids=torch.tensor([ids]), output_attentions=True).attentions
    model.module.set_attn_implementation(before)
    return [one[0].double().numpy() for one in found]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """`looks(pattern)`: from then on every pass of a detector reads this pattern for all heads."""

    def give(pattern: Any) -> None:
        one = torch.tensor(pattern, dtype=torch.float32)

        def visit(model: Any, tokens: Tokens, read: Any) -> None:
            assert tokens.ids.shape[1] == one.shape[-1]
            for layer in model.head_layers:
                read(layer, one.expand(len(tokens.ids), model.facts.n_heads, -1, -1))

        monkeypatch.setattr(looking, "visit_patterns", visit)

    return give


def test_links_known_by_hand() -> None:
    assert previous_tokens(IDS).pairs == tuple((t, t - 1) for t in range(1, 7))
    assert previous_tokens(IDS, 4).pairs == ((4, 3), (5, 4), (6, 5))
    assert earlier_copies(IDS).pairs == ((3, 0), (4, 1), (6, 0), (6, 3))
    assert after_earlier_copies(IDS).pairs == ((3, 1), (4, 2), (6, 1), (6, 4))
    assert after_earlier_copies([A, A, A]).pairs == ((2, 1),), "the token itself does not count"
    rare = rarest_tokens([0, A, A, B, C], {A: 2, B: 1, C: 1}, frozenset({0}))
    assert rare.pairs == ((1, 1), (2, 1), (2, 2), (3, 3), (4, 3), (4, 4))
    assert rarest_tokens([A, B], {A: 1}, frozenset()).pairs == ((1, 1),), "unseen is rarest"
    assert uniform_attention([earlier_copies(IDS)]) == pytest.approx((1 / 4 + 1 / 5 + 2 / 7) / 3)
    with pytest.raises(TaskError, match="Position 2 cannot look at position 3"):
        Links.of([(2, 3)])
    with pytest.raises(TaskError, match="twice"):
        Links.of([(2, 1), (2, 1)])


@settings(max_examples=50)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=12))
def test_copies_equal_a_double_loop(ids: list[int]) -> None:
    pairs = [(t, s) for t in range(len(ids)) for s in range(t) if ids[s] == ids[t]]
    assert sorted(earlier_copies(ids).pairs) == pairs
    after = [(t, s + 1) for t, s in pairs if s + 1 < t]
    assert sorted(after_earlier_copies(ids).pairs) == after


def test_words_of_several_tokens(tiny_model: Load) -> None:
    vocabulary = tiny_model("gpt2").vocabulary
    ids = vocabulary.encode("the fox, é ran")
    texts = [vocabulary.bytes_of(i) for i in ids]
    assert texts[:5] == [b" the", b" ", b"f", b"o", b"x"]
    links = same_word(ids, vocabulary)
    words = [(b"o", b"f"), (b"x", b"f"), (b"x", b"o"), (b"\xa9", b"\xc3")]
    assert [(texts[t], texts[s]) for t, s in links.pairs] == words


def test_values_known_by_hand(tiny_model: Load, looks: Callable[[Any], None]) -> None:
    model = tiny_model("gpt2")
    pattern = np.zeros((7, 7))
    pattern[:, 0] = 1  # the first token, but for
    pattern[3] = [0.2, 0.1, 0.4, 0.3, 0, 0, 0]
    pattern[6] = [0.25, 0, 0, 0.25, 0.5, 0, 0]
    looks(pattern)
    duplicate = linked_detectors.duplicate_token(model, [IDS])
    assert np.allclose(duplicate.values, (0.2 + 0 + 0.5) / 3)
    assert duplicate.control == pytest.approx((1 / 4 + 1 / 5 + 2 / 7) / 3)
    assert np.allclose(linked_detectors.induction(model, [IDS]).values, (0.1 + 0 + 0.5) / 3)
    assert np.allclose(linked_detectors.previous_token(model, [IDS]).values, (1 + 0 + 0.4) / 6)
    links = [Links.of([(3, 2), (5, 4), (6, 4), (6, 3)])]
    retrieved = linked_detectors.retrieval(model, [IDS], links)
    assert np.allclose(retrieved.values, 2 / 3), "two of three tokens: at 3 and 6"
    label = linked_detectors.label_attention(model, [IDS], [Links.of([(6, 3), (6, 4)])])
    assert np.allclose(label.values, 0.75)
    assert (label.head_name, label.stages) == ("in-context head", ("LR",))
    rare = linked_detectors.rare_words(model, [IDS], {A: 0, B: 1, C: 1, D: 1})
    assert np.allclose(rare.values, 4 / 6), "the first token is the rarest; at 3 and 6 no"


def test_the_best_offset_is_reported(tiny_model: Load, looks: Callable[[Any], None]) -> None:
    pattern = np.eye(7)
    pattern[[4, 5, 6], [4, 5, 6]] = 0
    pattern[[4, 5, 6], [2, 3, 4]] = 1
    looks(pattern)
    found = row_detectors.positional(tiny_model("gpt2"), [IDS])
    assert np.allclose(found.values, 0.5)
    assert found.detail_of("L0H0") == 0, "three at 0 and three at 2: the smaller"
    pattern[3] = np.eye(7)[1]
    looks(pattern)
    found = row_detectors.positional(tiny_model("gpt2"), [IDS])
    assert np.allclose(found.values, 4 / 6)
    assert (found.detail_of("L2H3"), found.detail_is) == (2, "the best offset, in tokens back")
    none = row_detectors.positional(tiny_model("gpt2"), [IDS], max_offset=1)
    assert np.allclose(none.values, 2 / 6)


def test_distance_makes_local_and_global_heads(
    tiny_model: Load, looks: Callable[[Any], None]
) -> None:
    pattern = np.zeros((7, 7))
    pattern[:, 0] = 1
    looks(pattern)
    local, far = row_detectors.local_and_global(tiny_model("gpt2"), [IDS])
    assert np.allclose(far.values, 3.5)
    assert np.allclose(local.values, -3.5)
    assert far.control == pytest.approx(21 / 2 / 6)


def test_the_negative_attention_score(tiny_model: Load, looks: Callable[[Any], None]) -> None:
    pattern = np.zeros((7, 7))
    pattern[:, 0] = 1
    pattern[4] = [0, 0.2, 0, 0.4, 0.4, 0, 0]
    pattern[5] = [0.7, 0.2, 0, 0.1, 0, 0, 0]
    looks(pattern)
    model = tiny_model("gpt2")
    found = row_detectors.negative_attention(model, [IDS], yes=[1], no=[3])
    wanted = 0.6 * math.log(0.4 / 0.2) + 0.3 * math.log(0.1 / 0.2)
    assert np.allclose(found.values, wanted, atol=1e-4), "rows 4 to 6, the last of them 0"
    swapped = row_detectors.negative_attention(model, [IDS], yes=[3], no=[1])
    assert np.allclose(swapped.values, -wanted, atol=1e-4)
    assert found.provenance.parameters["epsilon"] == 1e-6
    for yes, no in ((6, 1), (1, 1), (-1, 3)):
        with pytest.raises(TaskError, match="Prompt 1 has 7 tokens"):
            row_detectors.negative_attention(model, [IDS], [yes], [no])
    with pytest.raises(TaskError, match="each prompt"):
        row_detectors.negative_attention(model, [IDS], [1, 2], [3, 4])


@pytest.mark.parametrize(
    ("row", "value", "variance"),
    [
        ([0, 0.25, 0, 0.25, 0, 0.25, 0.25], 0.75, 0),
        ([0, 0.6, 0, 0, 0, 0, 0.4], 0, 0.08),
        ([1, 0, 0, 0, 0, 0, 0], 0, 0),
        ([0.4, 0.3, 0, 0.3, 0, 0, 0], 0.6 * 0.75, 0.02),
    ],
)
def test_constant_heads(
    row: list[float],
    value: float,
    variance: float,
    tiny_model: Load,
    looks: Callable[[Any], None],
) -> None:
    looks(np.vstack([np.eye(7)[:6], row]))
    found = row_detectors.constant(tiny_model("gpt2"), [IDS], [[1, 3, 5]])
    assert np.allclose(found.values, value)
    assert found.detail_of("L0H0") == pytest.approx(variance)
    assert found.control == pytest.approx(3 / 7)


def test_detectors_equal_loops_over_the_models_patterns(tiny_model: Load) -> None:
    model = tiny_model("llama-gqa")
    prompts = [IDS, [9, C, 9, C, B]]
    counts = Counter(i for ids in prompts for i in ids)
    wanted = {name: np.zeros((3, 4)) for name in ("duplicate", "induction", "rare")}
    totals = dict.fromkeys(wanted, 0)
    for ids in prompts:
        copies = [[s for s in range(t) if ids[s] == ids[t]] for t in range(len(ids))]
        totals["duplicate"] += sum(bool(one) for one in copies)
        totals["induction"] += sum(any(s + 1 < t for s in one) for t, one in enumerate(copies))
        totals["rare"] += len(ids) - 1
        for layer, pattern in enumerate(own_patterns(model, ids)):
            for head in range(4):
                for t in range(len(ids)):
                    row = pattern[head, t]
                    wanted["duplicate"][layer, head] += sum(row[s] for s in copies[t])
                    after = [s + 1 for s in copies[t] if s + 1 < t]
                    wanted["induction"][layer, head] += sum(row[s] for s in after)
                    lowest = min(counts[i] for i in ids[: t + 1])
                    if t and counts[ids[int(row.argmax())]] == lowest:
                        wanted["rare"][layer, head] += 1
    found = {
        "duplicate": linked_detectors.duplicate_token(model, prompts),
        "induction": linked_detectors.induction(model, prompts),
        "rare": linked_detectors.rare_words(model, prompts),
    }
    for name, one in found.items():
        assert np.allclose(one.values, wanted[name] / totals[name], atol=1e-5), name


@pytest.mark.parametrize("name", ["llama-gqa", "gpt2", "gemma2", "granite"])
def test_what_a_head_takes_is_its_direct_logit_attribution(name: str, tiny_model: Load) -> None:
    """Removing the head's output from the last residual, norm scale held, moves the logit by it."""
    model = tiny_model(name)
    links = [Links.of([(6, 1)])]
    found = moving_detectors.negative_name_mover(model, [IDS], links)
    last = model.head_layers[-1]
    resid: list[torch.Tensor] = []
    attended: list[torch.Tensor] = []
    z: list[torch.Tensor] = []
    handles = [
        model.final_norm.register_forward_pre_hook(lambda _m, a: resid.append(a[0][0, 6])),
        model.output_projection(last).register_forward_pre_hook(lambda _m, a: z.append(a[0][0, 6])),
        model.output_projection(last).register_forward_hook(
            lambda _m, _a, o: attended.append(o[0, 6])
        ),
    ]
    with torch.no_grad():
        model.module(input_ids=torch.tensor([IDS]))
    for handle in handles:
        handle.remove()
    looked = own_patterns(model, IDS)[last]
    x = resid[0].double()
    norm, post = model.final_norm, model.post_attention_norm(last)
    centre = x.mean() if isinstance(norm, torch.nn.LayerNorm) else torch.zeros(())
    with torch.no_grad():
        gain = (norm(resid[0]) - getattr(norm, "bias", 0)).double() / (x - centre)
        after = post(attended[0]).double() / attended[0].double() if name == "gemma2" else 1.0
    rows = model.W_U_rows().double()
    direction = (rows[IDS[1]] - rows.mean(0)) * model.logit_multiplier
    for index in range(model.facts.n_heads):
        own = z[0].view(model.facts.n_heads, -1)[index].double() @ model.W_O(last)[index].double()
        own = own * after * model.residual_multiplier
        moved = own - own.mean() if isinstance(norm, torch.nn.LayerNorm) else own
        taken = -float(looked[index, 6, 1] * ((moved * gain) @ direction))
        assert found.of(f"L{last}H{index}") == pytest.approx(taken, abs=2e-4)


def test_successors_equal_a_plain_product(tiny_model: Load) -> None:
    model = tiny_model("llama-gqa")
    items = [300, 301, 302, 303, 304]
    found = weight_detectors.successor(model, {"some": items}, first_mlp=False)
    embedding, unembedding = model.W_E()[items], model.W_U()[:, items]
    for head in model.heads():
        w_v = model.W_V(head.layer)[model.facts.kv_head(head.index)]
        logits = embedding @ w_v @ model.W_O(head.layer)[head.index] @ unembedding
        share = (logits[:-1].argmax(1) == torch.arange(1, 5)).double().mean()
        assert found.of(head) == pytest.approx(float(share))
    again = weight_detectors.successor(model, {"some": items, "same": items}, first_mlp=False)
    assert np.allclose(again.values, found.values), "sequences count alike"
    with pytest.raises(TaskError, match="series few"):
        weight_detectors.successor(model, {"series few": [5, 6]})
    with pytest.raises(TaskError, match="no sequence"):
        weight_detectors.successor(model, {})


def test_copying_equals_a_plain_product(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    ids = [5, 9, 300, 12]
    copied, suppressed = weight_detectors.copying_scores(model, ids, k=50, first_mlp=False)
    for head in model.heads():
        w_v = model.W_V(head.layer)[head.index]
        logits = model.W_E()[ids] @ w_v @ model.W_O(head.layer)[head.index] @ model.W_U()
        rank = (logits > logits[range(4), ids][:, None]).sum(1)
        assert copied[head.layer, head.index] == (rank < 50).double().mean()
        assert suppressed[head.layer, head.index] == (rank > 351 - 50).double().mean()
    found = weight_detectors.copy_suppression(model, ids, k=50, first_mlp=False)
    assert np.array_equal(found.values, suppressed)
    assert found.control == pytest.approx(50 / 352)
    assert found.stages == (), "the survey does not name it"


def test_a_head_that_writes_nothing_does_nothing(tiny_model: Load) -> None:
    model = copy.copy(tiny_model("gpt2"))
    model.module = copy.deepcopy(model.module)
    model.__dict__.pop("blocks", None)
    with torch.no_grad():
        model.output_projection(1).weight[:8] = 0
    found = weight_detectors.successor(model, {"some": [5, 6, 7, 8]}, first_mlp=False)
    assert found.of("L1H0") == 0
    copied, suppressed = weight_detectors.copying_scores(model, [5, 6], 5, False)
    assert copied[1, 0] == suppressed[1, 0] == 0
