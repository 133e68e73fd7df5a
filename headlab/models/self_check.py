"""A check at load time that the adapter reads the right weights."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from headlab.models.forward import Tokens, head_values, unembed
from headlab.models.language_model import LanguageModel
from headlab.records.errors import ModelError

TOLERANCE = {"float32": 1e-4, "float16": 2e-2, "bfloat16": 8e-2}
N_TOKENS = 8


def self_check(model: LanguageModel) -> None:
    """Compare the pieces with what the model does on a few tokens; raises ModelError if they differ.

    For the first, middle and last layer with heads: the attention reads the norm's output; the head
    outputs `z_h W_O,h` and the bias add up to the attention module's own output; at position 0,
    where attention can only look at itself, z of head h is the value of its value head. What enters
    block 0 is the embedding and something that does not depend on the token. The final norm and the
    unembedding give the model's own logits.
    """
    facts = model.facts
    there = min(facts.n_tokens, facts.d_vocab)
    ids = [[(first + 13 * step) % there for step in range(N_TOKENS)] for first in (7, 8)]
    tokens = Tokens.pad(ids, model.device)
    layers = sorted({model.head_layers[place] for place in (0, len(model.head_layers) // 2, -1)})
    calls = _Calls()
    with calls:
        for layer in layers:
            calls.keep(model.attention(layer), f"attention {layer}")
            calls.keep(model.blocks[layer], f"block {layer}")
        calls.keep(model.blocks[0], "block 0")
        values, clean = head_values(model, tokens, layers)
    for layer in layers:
        if layer not in values:
            raise _failed(model, f"layer {layer}", "the output projection was never called")
        _check_layer(model, layer, values[layer].float(), calls)
    before = calls.read["block 0"].float() - model.embedding(tokens.ids.flatten()).view(
        *tokens.ids.shape, -1
    )
    scale = calls.read["block 0"].float().abs().max()
    _same(model, "the embedding", before[0] + scale, before[1] + scale)
    with torch.no_grad():
        logits = model.module(input_ids=tokens.ids, use_cache=False).logits.float()
    assert clean.resid is not None
    _same(model, "logits", unembed(model, clean.resid), logits)


def _check_layer(model: LanguageModel, layer: int, z: Tensor, calls: _Calls) -> None:
    facts, family = model.facts, model.family
    read = calls.read[f"attention {layer}"]
    with torch.no_grad():
        normed = model.attention_norm(layer)(calls.read[f"block {layer}"])
    _same(model, f"layer {layer}: what the attention reads", normed.float(), read.float())
    summed = torch.einsum("bthd,hdm->btm", z, model.W_O(layer))
    bias = model.b_O(layer)
    if bias is not None:
        summed = summed + bias
    written = calls.written[f"attention {layer}"].float()
    if family.attention_adds_residual:
        written = written - calls.residual[f"attention {layer}"].float()
    _same(model, f"layer {layer}: summed head outputs", summed, written)
    own = model.values(layer, read[:, 0], bias=True)
    own = own.repeat_interleave(facts.n_heads // facts.n_kv_heads, -2)
    first = z[:, 0]
    if family.z_shrinks is not None:  # by a factor in (0, 1) that is not known here
        between = (first * own >= 0) & (first.abs() <= own.abs() * (1 + 1e-2) + 1e-6)
        if not between.all():
            raise _failed(model, f"layer {layer}: values", "z is not a share of them")
    else:
        _same(model, f"layer {layer}: values", own, first)


class _Calls:
    """Within the context, what modules read and write."""

    def __init__(self) -> None:
        self.read: dict[str, Tensor] = {}
        self.written: dict[str, Tensor] = {}
        self.residual: dict[str, Tensor] = {}
        self._handles: list[Any] = []

    def keep(self, module: nn.Module, name: str) -> None:
        def after(
            _module: Any, arguments: tuple[Any, ...], keywords: dict[str, Any], output: Any
        ) -> None:
            read = arguments[0] if arguments else keywords["hidden_states"]
            self.read[name] = read.detach()
            self.written[name] = (output[0] if isinstance(output, tuple) else output).detach()
            if len(arguments) > 1 and isinstance(arguments[1], Tensor):
                self.residual[name] = arguments[1].detach()

        self._handles.append(module.register_forward_hook(after, with_kwargs=True))

    def __enter__(self) -> _Calls:
        return self

    def __exit__(self, *_error: object) -> None:
        for handle in self._handles:
            handle.remove()


def _failed(model: LanguageModel, what: str, why: str) -> ModelError:
    return ModelError(
        f"Self-check of {model.facts.name} failed at {what}: {why}. HeadLab would read wrong heads, "
        "so the model is refused."
    )


def _same(model: LanguageModel, what: str, ours: Tensor, theirs: Tensor) -> None:
    if ours.shape != theirs.shape:
        raise _failed(model, what, f"shape {tuple(ours.shape)} against {tuple(theirs.shape)}")
    scale = theirs.abs().max().clamp_min(1e-6)
    difference = ((ours - theirs).abs().max() / scale).item()
    if not difference <= TOLERANCE.get(model.facts.dtype, 1e-4):
        raise _failed(model, what, f"relative difference {difference:.2g}")
