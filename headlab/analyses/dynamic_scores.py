"""Dynamic relation scores: what heads write while the model runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from headlab.models.forward import Tokens, editing
from headlab.models.language_model import LanguageModel
from headlab.records.errors import TaskError
from headlab.records.relation import SOURCE, Pair, Relation
from headlab.records.validation import ReadAt
from headlab.relations.usable import UsablePairs

BATCH = 32
FIRST_BLOCK, LAST_BLOCK = 512, 8192
"""Tokens of the vocabulary that outputs are compared with at a time: from few to many."""
HELD = 1 << 24
"""Logits that are held at a time: 64 MB."""


@dataclass(frozen=True)
class TokenPairs:
    """Pairs as token ids: sources of one token or several, targets of one."""

    relation: Relation
    pairs: tuple[Pair, ...]
    source_ids: tuple[tuple[int, ...], ...]
    target_ids: tuple[int, ...]

    @classmethod
    def of(cls, usable: UsablePairs) -> TokenPairs:
        sources = tuple((token,) for token in usable.source_ids)
        return cls(usable.relation, usable.pairs, sources, usable.target_ids)


@dataclass(frozen=True)
class DynamicScores:
    """Shares of pairs `[n_layers, n_heads]`; NaN in layers without heads.

    `with_context`: z as the model ran. `without_context`: the attention forced to 1 on the (last)
    source token, every other head's clean output kept. `n_pairs` sources were found in their prompts.
    """

    with_context: np.ndarray
    without_context: np.ndarray
    n_pairs: int


@torch.no_grad()
def dynamic_scores(
    model: LanguageModel, pairs: TokenPairs, template: str, read_at: ReadAt = "last"
) -> DynamicScores:
    """Scores on the prompts of one template that holds `{source}` anywhere (MAPS, section 4.1).

    The score is the share of pairs whose target is among the top k of `z W_O W_U`, ties counting
    against it. z is read at the last position of the prompt, or with `read_at="source"` at the last
    source token. Without context z is the head's value at the last source token: an attention of 1
    there gives that, and what other heads did below is the clean run's. Pairs whose source is split
    otherwise in a prompt are left out and not counted in `n_pairs`. Raises TaskError when none is
    left, or when the template does not hold `{source}` once.
    """
    facts = model.facts
    prompts, places, rows = _prompts(model, pairs, template)
    found = np.zeros((2, facts.n_layers, facts.n_heads))
    for start in range(0, len(prompts), BATCH):
        part = slice(start, start + BATCH)
        ends = places[part] if read_at == "source" else [len(ids) - 1 for ids in prompts[part]]
        z, x = _read(model, prompts[part], ends, places[part])
        targets = torch.tensor([pairs.target_ids[row] for row in rows[part]], device=model.device)
        for layer in model.head_layers:
            values = model.values(layer, x[layer], bias=True)  # of key-value heads
            alone = values.repeat_interleave(facts.n_heads // facts.n_kv_heads, 1)
            read = torch.stack([z[layer].float(), alone])
            outputs = torch.einsum("rnhd,hdm->rhnm", read, model.W_O(layer, post_norm=True))
            flat = outputs.flatten(0, 2)
            hit = hits_of_outputs(
                model, flat, targets.repeat(2 * facts.n_heads), pairs.relation.k
            ).view(2, facts.n_heads, -1)
            found[:, layer] += hit.sum(-1).cpu().numpy()
    found /= len(prompts)
    found[:, [layer for layer in range(facts.n_layers) if layer not in model.head_layers]] = np.nan
    return DynamicScores(found[0], found[1], len(prompts))


@torch.no_grad()
def hits_of_outputs(model: LanguageModel, outputs: Tensor, targets: Tensor, k: int) -> Tensor:
    """Is the target among the top k logits of each output? bool `[n]`.

    `outputs` `[n, d_model]` are unembedded without norm or bias; `targets` `[n]` are token ids. A
    target is hit when fewer than k other tokens have a logit as large or larger. The count over a
    part of the vocabulary bounds it from below, so rows leave as soon as k rivals are found.
    """
    rows = model.W_U_rows()
    seen, place = targets.unique(return_inverse=True)
    hit = torch.zeros(len(targets), dtype=torch.bool, device=outputs.device)
    first = rows[seen].float().T
    for part in torch.arange(len(targets), device=outputs.device).split(max(1, HELD // len(seen))):
        logits = outputs[part] @ first
        wanted = logits.gather(1, place[part, None])
        rivals = _at_least(logits, wanted) - 1  # a target is not its own rival
        hit[part] = _finish(rows, seen, outputs[part], wanted, rivals, k)
    return hit


def _finish(
    rows: Tensor, seen: Tensor, outputs: Tensor, wanted: Tensor, rivals: Tensor, k: int
) -> Tensor:
    """Whether fewer than k rivals are left after all tokens but `seen` were counted too."""
    unseen = torch.ones(rows.shape[0], dtype=torch.bool, device=rows.device)
    unseen[seen] = False
    start, size = 0, FIRST_BLOCK
    while start < rows.shape[0]:
        open_rows = (rivals < k).nonzero().squeeze(1)
        if not len(open_rows):
            break
        block = rows[start : start + size][unseen[start : start + size]].float().T
        for part in open_rows.split(max(1, HELD // size)):
            rivals[part] += _at_least(outputs[part] @ block, wanted[part])
        start, size = start + size, min(size * 2, LAST_BLOCK)
    return rivals < k


def _at_least(logits: Tensor, wanted: Tensor) -> Tensor:
    """How many of each row's logits are `wanted` `[n, 1]` or more (a product with ones is fastest)."""
    buffer = torch.empty_like(logits)
    return torch.ge(logits, wanted, out=buffer) @ logits.new_ones(logits.shape[1])


def _prompts(
    model: LanguageModel, pairs: TokenPairs, template: str
) -> tuple[list[list[int]], list[int], list[int]]:
    """Token ids of each prompt, the place of its last source token, and the number of its pair."""
    if template.count(SOURCE) != 1:
        raise TaskError(f"Template {template!r} must hold {SOURCE} once.")
    if not pairs.pairs:
        raise TaskError(f"{pairs.relation.name} has no pair that this tokenizer serves.")
    before = model.vocabulary.encode(template.split(SOURCE)[0].rstrip())
    prompts, places, rows = [], [], []
    for row, ((source, _), wanted) in enumerate(zip(pairs.pairs, pairs.source_ids, strict=True)):
        ids = model.vocabulary.encode(template.replace(SOURCE, source))
        start = _common(before, ids)
        if tuple(ids[start : start + len(wanted)]) == wanted:
            prompts.append(ids)
            places.append(start + len(wanted) - 1)
            rows.append(row)
    if not prompts:
        raise TaskError(
            f"In prompts from {template!r} the tokenizer splits no source of {pairs.relation.name} "
            f"as in the middle of a text. Put a word and a space before {SOURCE}."
        )
    return prompts, places, rows


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """Length of the common beginning."""
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return length


def _read(
    model: LanguageModel, prompts: Sequence[Sequence[int]], ends: list[int], sources: list[int]
) -> tuple[dict[int, Tensor], dict[int, Tensor]]:
    """By layer: z at `ends` `[n, n_heads, d_head]`, and what the attention reads at `sources`
    `[n, d_model]`."""
    tokens = Tokens.pad(prompts, model.device)
    row = torch.arange(len(prompts), device=model.device)
    end, source = (torch.tensor(place, device=model.device) for place in (ends, sources))
    z: dict[int, Tensor] = {}
    x: dict[int, Tensor] = {}

    def keep_z(layer: int) -> Any:
        def read(values: Tensor) -> Tensor:
            z[layer] = values[row, end]
            return values

        return read

    def keep_x(layer: int) -> Any:
        def read(_module: Any, arguments: tuple[Tensor, ...], keywords: dict[str, Any]) -> None:
            hidden = arguments[0] if arguments else keywords["hidden_states"]
            x[layer] = hidden[row, source]

        return read

    handles = [
        model.attention(layer).register_forward_pre_hook(keep_x(layer), with_kwargs=True)
        for layer in model.head_layers
    ]
    try:
        with editing(model, {layer: keep_z(layer) for layer in model.head_layers}):
            model.module.base_model(
                input_ids=tokens.ids, attention_mask=tokens.mask, use_cache=False
            )
    finally:
        for handle in handles:
            handle.remove()
    return z, x
