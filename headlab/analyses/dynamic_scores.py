"""Dynamic relation scores: what heads write while the model runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from headlab.models.forward import Tokens, head_values
from headlab.models.language_model import LanguageModel
from headlab.relations.usable import UsablePairs


@dataclass(frozen=True)
class DynamicScores:
    """Shares of pairs `[n_layers, n_heads]`, from z of the last position.

    `with_context`: z as the model ran. `without_context`: the attention of the last position forced
    to 1 on the source token, every other head's clean output kept.
    """

    with_context: np.ndarray
    without_context: np.ndarray


@torch.no_grad()
def dynamic_scores(model: LanguageModel, usable: UsablePairs, carrier: str) -> DynamicScores:
    """Scores for one carrier sentence that ends with `{source}` (MAPS, section 4.1).

    The score is the share of pairs whose target is among the top k of `z W_O W_U` at the last
    position, which is the source itself.
    """
    facts = model.facts
    prompts = [model.vocabulary.encode(carrier.replace("{source}", s)) for s, _ in usable.pairs]
    for prompt, source_id in zip(prompts, usable.source_ids, strict=True):
        if prompt[-1] != source_id:
            raise ValueError(f"carrier {carrier!r} does not end with the source token")
    tokens = Tokens.pad(prompts, model.device)
    rows = torch.arange(len(prompts), device=model.device)
    last = tokens.mask.sum(1) - 1
    layers = range(facts.n_layers)
    normed: dict[int, Tensor] = {}
    handles = [
        model.attention_norm(layer).register_forward_hook(
            lambda _m, _a, output, layer=layer: normed.__setitem__(layer, output)
        )
        for layer in layers
    ]
    try:
        values, _ = head_values(model, tokens, layers)
    finally:
        for handle in handles:
            handle.remove()
    targets = torch.tensor(usable.target_ids, device=model.device)
    unembedding = model.W_U()
    found = np.zeros((2, facts.n_layers, facts.n_heads))
    group = facts.n_heads // facts.n_kv_heads
    for layer in layers:
        z = values[layer][rows, last].float()
        own = torch.einsum("nm,gmd->ngd", normed[layer][rows, last].float(), model.W_V(layer))
        bias = model.b_V(layer)
        if bias is not None:
            own = own + bias
        own = own.repeat_interleave(group, 1)
        w_o = model.W_O(layer)
        for index in range(facts.n_heads):
            for which, read in enumerate((z, own)):
                logits = (read[:, index] @ w_o[index]) @ unembedding
                found[which, layer, index] = _share(logits, targets, usable.relation.k)
    return DynamicScores(with_context=found[0], without_context=found[1])


def _share(logits: Tensor, targets: Tensor, k: int) -> float:
    wanted = logits.gather(1, targets[:, None])
    rivals = (logits >= wanted).sum(1) - 1
    return float((rivals < k).double().mean())


def correlation(static: Sequence[np.ndarray], dynamic: Sequence[np.ndarray]) -> float:
    """Pearson correlation over all heads of all given matrices; NaN where one side is constant."""
    x = np.concatenate([matrix.ravel() for matrix in static])
    y = np.concatenate([matrix.ravel() for matrix in dynamic])
    if x.std() == 0 or y.std() == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])
