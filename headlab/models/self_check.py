"""A check at load time that the adapter reads the right weights."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from headlab.models.forward import Tokens, head_values, unembed
from headlab.models.language_model import LanguageModel
from headlab.records.errors import ModelError

TOLERANCE = {"float32": 1e-4, "float16": 2e-2, "bfloat16": 8e-2}


def self_check(model: LanguageModel) -> None:
    """Compare the pieces with what the model does on a few tokens; raises ModelError if they differ.

    For the first, middle and last layer: the head outputs `z_h W_O,h` (and bias) add up to the
    attention module's own output; at position 0, where attention can only look at itself, z of head
    h is the normed residual times W_V of h's value head. The final norm and the unembedding give
    the model's own logits.
    """
    facts = model.facts
    ids = [(7 + 13 * step) % min(facts.n_tokens, facts.d_vocab) for step in range(8)]
    tokens = Tokens.pad([ids], model.device)
    layers = sorted({0, facts.n_layers // 2, facts.n_layers - 1})
    attended: dict[int, Tensor] = {}
    normed: dict[int, Tensor] = {}
    handles = []
    for layer in layers:
        handles.append(model.attention(layer).register_forward_hook(_keep_output(attended, layer)))
        handles.append(
            model.attention_norm(layer).register_forward_hook(_keep_output(normed, layer))
        )
    try:
        values, clean = head_values(model, tokens, layers)
    finally:
        for handle in handles:
            handle.remove()
    for layer in layers:
        z = values[layer].float()
        summed = torch.einsum("bthd,hdm->btm", z, model.W_O(layer))
        bias = getattr(model.output_projection(layer), "bias", None)
        if bias is not None:
            summed = summed + bias.detach().float()
        _same(model, f"layer {layer}: summed head outputs", summed, attended[layer].float())
        first = torch.einsum("m,hmd->hd", normed[layer][0, 0].float(), model.W_V(layer))
        value_bias = model.b_V(layer)
        if value_bias is not None:
            first = first + value_bias
        group = facts.n_heads // facts.n_kv_heads
        _same(model, f"layer {layer}: values", first.repeat_interleave(group, 0), z[0, 0])
    with torch.no_grad():
        logits = model.module(input_ids=tokens.ids, use_cache=False).logits.float()
    assert clean.resid is not None
    _same(model, "logits", unembed(model, clean.resid), logits)


def _keep_output(store: dict[int, Tensor], layer: int) -> Any:
    def keep(_module: Any, _arguments: Any, output: Any) -> None:
        store[layer] = (output[0] if isinstance(output, tuple) else output).detach()

    return keep


def _same(model: LanguageModel, what: str, ours: Tensor, theirs: Tensor) -> None:
    if ours.shape != theirs.shape:
        raise ModelError(
            f"Self-check of {model.facts.name} failed at {what}: shape {tuple(ours.shape)} against "
            f"{tuple(theirs.shape)}."
        )
    scale = theirs.abs().max().clamp_min(1e-6)
    difference = ((ours - theirs).abs().max() / scale).item()
    if not difference <= TOLERANCE.get(model.facts.dtype, 1e-4):
        raise ModelError(
            f"Self-check of {model.facts.name} failed at {what}: relative difference "
            f"{difference:.2g}. HeadLab would read wrong heads, so the model is refused."
        )
