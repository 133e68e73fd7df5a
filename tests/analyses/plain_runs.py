"""Whole forward passes with plain hooks: what the tests of patching compare with."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch

# with the space that not every tokenizer adds
CLEAN = (" the cat sat on the mat", " red blue big small one two", " Paris Rome hot day")
CORRUPTED = (" the dog sat on a mat", " one blue two small big two", " Rome Rome cold day")
ANSWERS = (" dog", " three", " night")
WRONG = ((" cat", " mat"), (" four",), (" up", " down", " day"))


def private(model: Any) -> Any:
    """A copy whose weights can be changed."""
    mine = copy.copy(model)
    mine.module = copy.deepcopy(model.module)
    for cached in ("blocks", "final_norm", "_first_mlp_embedding"):
        mine.__dict__.pop(cached, None)
    return mine


def ids_of(model: Any, text: str) -> list[int]:
    return list(model.vocabulary.tokenizer(text)["input_ids"])


def word(model: Any, text: str) -> int:
    """The id of " word"."""
    return model.vocabulary.tokenizer.get_vocab()["Ġ" + text.strip()]


def heads_of(model: Any) -> list[tuple[int, int]]:
    return [(layer, index) for layer in model.head_layers for index in range(model.facts.n_heads)]


@torch.no_grad()
def run(
    model: Any,
    text: str,
    changes: dict[int, Callable[[torch.Tensor], None]] | None = None,
    hooks: tuple[tuple[Any, Any], ...] = (),
) -> tuple[torch.Tensor, dict[int, torch.Tensor]]:
    """Logits `[d_vocab]` at the last position of one prompt, and z `[position, width]` by layer.

    `changes[layer]` edits z in place; `hooks` are forward hooks on modules.
    """
    seen: dict[int, torch.Tensor] = {}

    def hook(layer: int) -> Any:
        def before(_module: Any, arguments: tuple[torch.Tensor, ...]) -> Any:
            z = arguments[0].reshape(-1, arguments[0].shape[-1]).clone()
            if changes and layer in changes:
                changes[layer](z)
            seen[layer] = z.clone()
            return (z.reshape(arguments[0].shape), *arguments[1:])

        return before

    handles = [
        model.output_projection(layer).register_forward_pre_hook(hook(layer))
        for layer in model.head_layers
    ]
    handles += [module.register_forward_hook(one) for module, one in hooks]
    try:
        logits = model.module(input_ids=torch.tensor([ids_of(model, text)]), use_cache=False).logits
    finally:
        for handle in handles:
            handle.remove()
    return logits[0, -1].float(), seen


def metric_of(name: str, logits: torch.Tensor, answer: int, wrong: list[int]) -> float:
    if name == "logit":
        return float(logits[answer])
    if name == "logit_diff":
        return float(logits[answer] - logits[wrong].mean())
    probability = torch.softmax(logits.double(), 0)[answer]
    return float(probability if name == "prob" else probability.log())
