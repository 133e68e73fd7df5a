"""What heads do by their weights: relation scores, suppression scores, salient mappings.

Elhelo & Geva, "Inferring Functionality of Attention Heads from their Parameters" (MAPS), arXiv
2412.11965: a head maps a source embedding x to logits `x W_V W_O W_U`, without biases, norms or
scales. The `d_vocab x d_vocab` matrix is never built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from headlab.models.language_model import LanguageModel

Progress = Callable[[int, int], None]
"""(done, total) after every layer."""


@dataclass(frozen=True)
class PairIds:
    """Pairs to score: `sources` and `targets` `[n]` token ids, `k` `[n]` the rank that counts."""

    sources: Tensor
    targets: Tensor
    k: Tensor

    @classmethod
    def of(cls, sources: Sequence[int], targets: Sequence[int], k: int) -> PairIds:
        return cls(torch.tensor(sources), torch.tensor(targets), torch.full((len(sources),), k))

    @classmethod
    def join(cls, parts: Sequence[PairIds]) -> PairIds:
        return cls(
            torch.cat([part.sources for part in parts]),
            torch.cat([part.targets for part in parts]),
            torch.cat([part.k for part in parts]),
        )


@torch.no_grad()
def hits(
    model: LanguageModel,
    pairs: PairIds,
    *,
    first_mlp: bool = True,
    first_mlp_at_layer_0: bool = False,
    progress: Progress | None = None,
) -> tuple[Tensor, Tensor]:
    """For every head and pair: is the target among the top k of the head's map, and of its negative?

    Returns two bool tensors `[n_layers, n_heads, n_pairs]`. A target is among the top k when fewer
    than k other tokens have a logit as large or larger, so ties count against it and a head that
    writes nothing hits nothing.

    The count over a part of the vocabulary is a lower bound of the rank: pairs are first compared
    with all targets, and only those still open on either side go on through the vocabulary in
    growing blocks. The result is that of a full comparison.
    """
    facts = model.facts
    device = model.device
    sources, source_row = pairs.sources.to(device).unique(return_inverse=True)
    targets, target_row = pairs.targets.to(device).unique(return_inverse=True)
    k = pairs.k.to(device)
    raw = model.W_E()[sources]
    mapped = model.first_mlp(raw) if first_mlp else raw
    rows = model.W_U_rows()
    first_block = rows[targets].float()
    relation = torch.zeros(facts.n_layers, facts.n_heads, len(k), dtype=torch.bool)
    suppression = torch.zeros_like(relation)
    for layer in range(facts.n_layers):
        x = raw if layer == 0 and not first_mlp_at_layer_0 else mapped
        values = torch.einsum("sm,gmd->gsd", x, model.W_V(layer))
        w_o = model.W_O(layer)
        written, wanted, above, below, places = [], [], [], [], []
        for index in range(facts.n_heads):
            own = values[facts.kv_head(index)]
            open_pairs = _screen(own, w_o[index], first_block, source_row, target_row, k)
            output = own[source_row[open_pairs]] @ w_o[index]
            logits = output @ first_block.T
            target_logits = logits.gather(1, target_row[open_pairs, None]).squeeze(1)
            over, under = _count(logits, target_logits, None)
            places.append(open_pairs + index * len(k))
            written.append(output)
            wanted.append(target_logits)
            above.append(over - 1)  # a target is not its own rival
            below.append(under - 1)
        place = torch.cat(places)
        over, under = _finish(
            torch.cat(written),
            torch.cat(wanted),
            torch.cat(above),
            torch.cat(below),
            k[place % len(k)],
            rows,
            targets,
        )
        limit = k[place % len(k)]
        relation[layer].view(-1)[place.cpu()] = (over < limit).cpu()
        suppression[layer].view(-1)[place.cpu()] = (under < limit).cpu()
        if progress is not None:
            progress(layer + 1, facts.n_layers)
    return relation, suppression


def _screen(
    values: Tensor,
    w_o: Tensor,
    block: Tensor,
    source_row: Tensor,
    target_row: Tensor,
    k: Tensor,
) -> Tensor:
    """Indices of the pairs that the tokens of `block` `[n, d_model]` leave open on either side.

    A pair is closed on a side when the (k+1)-th largest logit of its source row reaches the target's,
    by a margin for rounding; the open ones are counted afterwards. `values` is `[n_sources, d_head]`.
    """
    largest = int(k.max())
    if block.shape[0] <= largest:
        return torch.arange(len(k), device=k.device)
    logits = values @ (block @ w_o.T).T
    margin = 1e-5 * logits.abs().max()
    target_logits = logits[source_row, target_row]
    top = logits.topk(largest + 1, dim=1).values[source_row, k]
    bottom = logits.topk(largest + 1, dim=1, largest=False).values[source_row, k]
    return ((target_logits + margin > top) | (target_logits - margin < bottom)).nonzero().squeeze(1)


def _count(logits: Tensor, target_logits: Tensor, keep: Tensor | None) -> tuple[Tensor, Tensor]:
    """How many kept columns are at least, and at most, the target's logit; `[n]` each."""
    column = target_logits[:, None]
    ones = logits.new_ones(logits.shape[1]) if keep is None else keep
    buffer = torch.empty_like(logits)
    over = torch.ge(logits, column, out=buffer) @ ones
    under = torch.le(logits, column, out=buffer) @ ones
    return over, under


def _finish(
    outputs: Tensor,
    target_logits: Tensor,
    over: Tensor,
    under: Tensor,
    k: Tensor,
    rows: Tensor,
    seen: Tensor,
) -> tuple[Tensor, Tensor]:
    """Counts over the vocabulary but `seen`; a pair leaves once both its counts reach k."""
    d_vocab = rows.shape[0]
    keep = torch.ones(d_vocab, device=rows.device)
    keep[seen] = 0
    open_pairs = torch.arange(len(k), device=rows.device)
    start, size = 0, 512
    while start < d_vocab and len(open_pairs):
        end = min(start + size, d_vocab)
        block = rows[start:end].float()
        for part in open_pairs.split(max(1, (1 << 24) // (end - start))):
            more_over, more_under = _count(
                outputs[part] @ block.T, target_logits[part], keep[start:end]
            )
            over[part] += more_over
            under[part] += more_under
        open_pairs = open_pairs[
            (over[open_pairs] < k[open_pairs]) | (under[open_pairs] < k[open_pairs])
        ]
        start, size = end, min(size * 2, 8192)
    return over, under


@torch.no_grad()
def saliency(model: LanguageModel, layer: int, index: int, embedding: Tensor) -> Tensor:
    """`||x W_V W_O|| / ||x||` of every row of `embedding` `[n, d_model]`; returns `[n]`.

    Through the Gram matrix of W_O (`d_head x d_head`), so no `[n, d_model]` product is made. Rows
    of norm zero (padding) have saliency 0.
    """
    values = embedding @ model.W_V(layer)[model.facts.kv_head(index)]
    w_o = model.W_O(layer)[index]
    squared = ((values @ (w_o @ w_o.T)) * values).sum(-1).clamp_min(0)
    norms = embedding.norm(dim=-1)
    return torch.where(norms > 0, squared.sqrt() / norms.clamp_min(1e-30), torch.zeros_like(norms))


@torch.no_grad()
def top_targets(
    model: LanguageModel, layer: int, index: int, embedding: Tensor, n_targets: int
) -> tuple[Tensor, Tensor]:
    """Top `n_targets` logits of `x W_V W_O W_U` and their token ids, `[n, n_targets]` each."""
    values = embedding @ model.W_V(layer)[model.facts.kv_head(index)]
    logits = (values @ model.W_O(layer)[index]) @ model.W_U()
    found = logits.topk(min(n_targets, logits.shape[-1]), dim=-1)
    return found.values, found.indices
