"""Where heads look: previous-token, duplicate-token and induction scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from headlab.models.forward import Tokens, clean_run, unembed
from headlab.models.language_model import LanguageModel


@contextmanager
def eager_attention(model: LanguageModel) -> Iterator[None]:
    """Within the context the model runs the kernel that can return attention probabilities."""
    before = model.module.config._attn_implementation
    model.module.set_attn_implementation("eager")
    try:
        yield
    finally:
        model.module.set_attn_implementation(before)


@torch.no_grad()
def patterns(model: LanguageModel, tokens: Tokens) -> Iterator[Tensor]:
    """Attention probabilities layer by layer, `[batch, head, destination, source]`."""
    with eager_attention(model):
        output = model.module(
            input_ids=tokens.ids,
            attention_mask=tokens.mask,
            output_attentions=True,
            use_cache=False,
        )
    yield from output.attentions


def repeated_tokens(
    ids: Sequence[int], n_prompts: int, span: int, seed: int, prefix: Sequence[int] = ()
) -> list[list[int]]:
    """Prompts of `span` random tokens (without repeats) said twice, after `prefix`."""
    random = np.random.default_rng(seed)
    prompts = []
    for _ in range(n_prompts):
        words = random.choice(np.array(ids), span, replace=False).tolist()
        prompts.append([*prefix, *words, *words])
    return prompts


@torch.no_grad()
def repetition_scores(
    model: LanguageModel, prompts: Sequence[Sequence[int]], span: int
) -> dict[str, np.ndarray]:
    """Mean attention on repeated random tokens, per head `[n_layers, n_heads]`.

    `previous_token`: to the position before; `duplicate_token`: from the second copy to the same
    token in the first; `induction`: from the second copy to the token after the earlier one.
    """
    tokens = Tokens.pad(prompts, model.device)
    length = tokens.ids.shape[1]
    start = length - span  # first position of the second copy
    second = torch.arange(start, length)
    all_after = torch.arange(length - 2 * span + 1, length)
    scores: dict[str, list[np.ndarray]] = {
        "previous_token": [],
        "duplicate_token": [],
        "induction": [],
    }
    for pattern in patterns(model, tokens):
        looks = {
            "previous_token": pattern[:, :, all_after, all_after - 1],
            "duplicate_token": pattern[:, :, second, second - span],
            "induction": pattern[:, :, second, second - span + 1],
        }
        for name, found in looks.items():
            scores[name].append(found.float().mean((0, 2)).cpu().numpy())
    return {name: np.stack(rows) for name, rows in scores.items()}


@torch.no_grad()
def repetition_accuracy(model: LanguageModel, prompts: Sequence[Sequence[int]], span: int) -> float:
    """How often the model predicts the next token within the second copy."""
    tokens = Tokens.pad(prompts, model.device)
    start = tokens.ids.shape[1] - span
    resid = clean_run(model, tokens).resid
    assert resid is not None
    predicted = unembed(model, resid[:, start:-1]).argmax(-1)
    return float((predicted == tokens.ids[:, start + 1 :]).float().mean())
