"""Path patching against whole passes with plain hooks, and against the path computed by hand."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from plain_runs import ANSWERS, CLEAN, CORRUPTED, WRONG, ids_of, metric_of, private, run, word

from headlab.analyses.patching import patch, path_patching
from headlab.models.forward import Tokens, head_values
from headlab.records.errors import HeadError, ModelError, PromptError
from headlab.records.head import Head

Load = Callable[[str], Any]
FAMILIES = ("llama-gqa", "gpt2", "neox", "gemma2", "falcon-new", "opt")
N = 2


def columns(model: Any, index: int) -> slice:
    return slice(index * model.facts.d_head, (index + 1) * model.facts.d_head)


def held(values: dict[int, torch.Tensor], layer: int) -> Callable[[torch.Tensor], None]:
    return lambda z: z.copy_(values[layer])


def mlp_outputs(model: Any, text: str) -> dict[str, Any]:
    """The clean outputs of whatever writes the MLP's output, by its place in the module tree."""
    kept: dict[str, Any] = {}
    names = [f"{number}.{model.family.mlp}" for number in range(model.facts.n_layers)]
    modules = {name: dict(zip_blocks(model))[name] for name in names}
    run(model, text, hooks=tuple((m, keeping(kept, name)) for name, m in modules.items()))
    return {name: (modules[name], kept[name]) for name in names}


def keeping(kept: dict[str, Any], name: str) -> Any:
    return lambda _m, _a, output: kept.__setitem__(name, copy.deepcopy(output))


def zip_blocks(model: Any) -> list[tuple[str, Any]]:
    return [
        (f"{number}.{name}", module)
        for number, block in enumerate(model.blocks)
        for name, module in block.named_modules()
    ]


def plain_effects(
    model: Any, number: int, receiver: tuple[int, int] | None, metric: str, through_mlps: bool
) -> np.ndarray:
    """`[layer, head]`: three whole passes for each sender, everything held by hooks."""
    facts = model.facts
    answer, wrong = word(model, ANSWERS[number]), [word(model, w) for w in WRONG[number]]
    before, clean = run(model, CLEAN[number])
    _, corrupted = run(model, CORRUPTED[number])
    mlps = (
        ()
        if through_mlps
        else tuple(
            (module, lambda _m, _a, _o, kept=kept: copy.deepcopy(kept))
            for module, kept in mlp_outputs(model, CLEAN[number]).values()
        )
    )
    effects = np.full((facts.n_layers, facts.n_heads), np.nan)
    below = facts.n_layers if receiver is None else receiver[0]
    for layer in range(below):
        for index in range(facts.n_heads):
            part = columns(model, index)

            def send(z: torch.Tensor, layer: int = layer, part: slice = part) -> None:
                z.copy_(clean[layer])
                z[:, part] = corrupted[layer][:, part]

            changes: dict[int, Any] = {one: held(clean, one) for one in range(below)}
            changes[layer] = send
            after, seen = run(model, CLEAN[number], changes, mlps)
            if receiver is not None:
                own = columns(model, receiver[1])

                def receive(z: torch.Tensor, own: slice = own, seen: Any = seen) -> None:
                    z[:, own] = seen[receiver[0]][:, own]

                after, _ = run(model, CLEAN[number], {receiver[0]: receive})
            effects[layer, index] = metric_of(metric, before, answer, wrong) - metric_of(
                metric, after, answer, wrong
            )
    return effects


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("receiver", ["output", "L2H1"])
@pytest.mark.parametrize("through_mlps", [True, False])
def test_effects_equal_those_of_plain_hooks(
    name: str, receiver: str, through_mlps: bool, tiny_model: Load
) -> None:
    model = tiny_model(name)
    found = path_patching(
        model,
        CLEAN[:N],
        CORRUPTED[:N],
        ANSWERS[:N],
        receiver,
        "logit_diff",
        wrong=WRONG[:N],
        through_mlps=through_mlps,
    )
    target = None if receiver == "output" else (2, 1)
    wanted = np.stack(
        [plain_effects(model, number, target, "logit_diff", through_mlps) for number in range(N)]
    )
    assert np.nanmax(abs(wanted)) > 1e-3
    scale = max(1.0, np.nanmax(abs(wanted)))
    np.testing.assert_allclose(found.effects, wanted.reshape(N, -1), atol=2e-5 * scale)
    assert found.direction == "noise"
    end = "the output" if target is None else "z of L2H1"
    around = "" if through_mlps else " around the MLPs"
    assert found.effect.title.startswith(f"Path patching to {end}{around}, noise, logit_diff")
    assert f"corrupted value sent to {end}{around}: logit_diff" in found.effect.meaning
    assert found.effect.provenance.parameters["through_mlps"] is through_mlps


@pytest.mark.parametrize("name", ["llama-gqa", "gpt2"])
def test_the_direct_path_around_the_mlps_is_a_sum(name: str, tiny_model: Load) -> None:
    """In a pre-norm family it adds the change of the head's output to the final residual stream."""
    model = tiny_model(name)
    found = path_patching(
        model, CLEAN[:1], CORRUPTED[:1], ANSWERS[:1], metric="logprob", through_mlps=False
    )
    answer = word(model, ANSWERS[0])
    ids = Tokens.pad([ids_of(model, CLEAN[0])], model.device)
    _, clean = head_values(model, ids, [])
    assert clean.resid is not None
    _, before = run(model, CLEAN[0])
    _, after = run(model, CORRUPTED[0])
    for layer, index in ((0, 2), (1, 0), (2, 3)):
        part = columns(model, index)
        change = (after[layer] - before[layer])[-1, part] @ model.W_O(layer)[index]
        logits = [model.logits(clean.resid[0, -1] + step) for step in (0, change)]
        lost = torch.log_softmax(logits[0], 0)[answer] - torch.log_softmax(logits[1], 0)[answer]
        assert found.effect.of(f"L{layer}H{index}") == pytest.approx(float(lost), abs=2e-5)


@pytest.mark.parametrize("via", ["q", "k", "v"])
def test_one_input_of_the_receiver_by_hand(via: str, tiny_model: Load) -> None:
    """GPT-2 has no rotary embedding: queries, keys, values and the softmax are written out here."""
    model = private(tiny_model("gpt2"))
    with torch.no_grad():
        model.attention(2).c_attn.weight[:, :64] *= 6  # sharp attention, which inputs can move
    receiver, sender = Head.parse("L2H3"), Head.parse("L1H1")
    d, part = model.facts.d_head, columns(model, 1)
    ids = Tokens.pad([ids_of(model, CLEAN[0])], model.device)
    _, kept = head_values(model, ids, [])
    resid = kept.hidden(2)[0]
    clean_logits, before = run(model, CLEAN[0])
    _, after = run(model, CORRUPTED[0])
    changed = resid + (after[1] - before[1])[:, part] @ model.W_O(1)[sender.index]
    attention = model.attention(2)
    read = {}
    with torch.no_grad():
        for one in "qkv":
            source = changed if one == via else resid
            fused = model.blocks[2].ln_1(source) @ attention.c_attn.weight + attention.c_attn.bias
            read[one] = fused.split(32, -1)["qkv".index(one)][:, columns(model, receiver.index)]
    scores = read["q"] @ read["k"].T / d**0.5
    scores += torch.full_like(scores, float("-inf")).triu(1)
    z = torch.softmax(scores, -1) @ read["v"]

    def receive(values: torch.Tensor) -> None:
        values[:, columns(model, receiver.index)] = z

    after_logits, _ = run(model, CLEAN[0], {2: receive})
    answer = word(model, ANSWERS[0])
    found = path_patching(
        model,
        CLEAN[:1],
        CORRUPTED[:1],
        ANSWERS[:1],
        receiver,
        "logit",
        senders=sender,
        via=via,
        through_mlps=False,  # type: ignore[arg-type]
    )
    lost = float(clean_logits[answer] - after_logits[answer])
    assert abs(lost) > 1e-4
    assert found.effect.of(sender) == pytest.approx(lost, abs=2e-5)
    assert np.isnan(found.effect.values).sum() == 11


def test_with_one_receiver_above_every_path_is_that_of_plain_patching(tiny_model: Load) -> None:
    """Attention-only, one head writes in layer 0 and one in layer 2: nothing else is between."""
    model = private(tiny_model("llama"))
    with torch.no_grad():
        for number, block in enumerate(model.blocks):
            block.mlp.down_proj.weight.zero_()
            weight = model.output_projection(number).weight
            for index in range(4):
                if (number, index) not in ((0, 1), (2, 3)):
                    weight[:, columns(model, index)] = 0
    whole = patch(model, CLEAN, CORRUPTED, ANSWERS, "logprob", "all", "noise").effect.of("L0H1")
    path = path_patching(model, CLEAN, CORRUPTED, ANSWERS, "L2H3", "logprob")
    direct = path_patching(model, CLEAN, CORRUPTED, ANSWERS, "output", "logprob")
    assert abs(path.effect.of("L0H1")) > 1e-3
    assert np.nanmax(abs(np.delete(path.effect.values.ravel(), 1))) < 1e-6
    assert direct.effect.of("L0H1") != pytest.approx(whole, abs=1e-4), "the path above counts"
    assert direct.effect.of("L2H3") == pytest.approx(
        patch(model, CLEAN, CORRUPTED, ANSWERS, "logprob", "all", "noise").effect.of("L2H3"),
        abs=1e-5,
    )


def test_positions_limit_the_sender(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    texts = (["the cat sat on"], ["the dog sat on"], [" mat"])
    early = path_patching(model, *texts, "L2H0", positions=[0])
    np.testing.assert_allclose(early.effects[:, :8], 0, atol=1e-6)  # the first word is the same
    late = path_patching(model, *texts, "L2H0", "logit", positions=[1])
    assert abs(late.effect.of("L0H0")) > 0


def test_a_hybrid_model_has_paths_between_the_heads_it_has(tiny_model: Load) -> None:
    model = tiny_model("jamba")
    found = path_patching(model, CLEAN, CORRUPTED, ANSWERS, metric="logit")
    measured = {layer for layer, row in enumerate(found.effect.values) if np.isfinite(row).all()}
    assert measured == set(model.head_layers)
    with pytest.raises(HeadError, match="no heads below"):
        path_patching(model, CLEAN, CORRUPTED, ANSWERS, f"L{model.head_layers[0]}H0")


def test_bad_input_is_named(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    one = (["the cat sat"], ["the dog sat"], [" mat"])
    with pytest.raises(HeadError, match="'L2H9x' is not a head"):
        path_patching(model, *one, "L2H9x")
    with pytest.raises(HeadError, match="L1H1 cannot send to L1H0"):
        path_patching(model, *one, "L1H0", senders=["L0H1", "L1H1"])
    with pytest.raises(HeadError, match="no heads below"):
        path_patching(model, *one, "L0H0")
    with pytest.raises(ValueError, match="via 'x'"):
        path_patching(model, *one, "L1H0", via="x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="via 'q'"):
        path_patching(model, *one, via="q")
    with pytest.raises(ModelError, match="via='z'"):
        path_patching(tiny_model("deepseek-v2"), *one, "L1H0", via="v")
    with pytest.raises(PromptError, match="no tokens|at most"):
        path_patching(model, ["cat " * 1100], ["cat " * 1100], [" mat"])


class Stop(Exception):
    pass


def test_stopping_leaves_the_model_as_it_was(tiny_model: Load, leaves_no_hooks: Any) -> None:
    model = tiny_model("gpt2")
    before = run(model, CLEAN[0])[0]
    seen: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 3:
            raise Stop

    with leaves_no_hooks(model), pytest.raises(Stop):
        path_patching(
            model, CLEAN, CORRUPTED, ANSWERS, "L2H0", via="k", through_mlps=False, progress=stop
        )
    assert seen == [(done, 2 * 8) for done in range(4)]
    assert torch.equal(run(model, CLEAN[0])[0], before)
