"""Which targets are among the top k of a head's map, for all heads and pairs at once.

Elhelo & Geva, "Inferring Functionality of Attention Heads from their Parameters" (MAPS), arXiv
2412.11965: a head maps a source embedding x to logits `x W_V W_O W_U`, without biases, norms or
scales. The `d_vocab x d_vocab` matrix is never built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from headlab.analyses.head_factors import MAPS, Projection, layer_factors
from headlab.analyses.rivals import Items, Pairs, Vocabulary, finish, open_items
from headlab.analyses.source_embedding import source_rows
from headlab.models.language_model import LanguageModel
from headlab.records.errors import ModelError, RelationError

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
    projection: Projection = MAPS,
    *,
    progress: Progress | None = None,
) -> tuple[Tensor, Tensor]:
    """For every head and pair: is the target among the top k of the head's map, and of its negative?

    Returns two bool tensors `[n_layers, n_heads, n_pairs]`, False in layers without heads. A target
    is among the top k when fewer than k other tokens have a logit as large or larger, so ties count
    against it and a head that writes nothing hits nothing. Raises RelationError for a k below 1 or
    one that takes in the whole vocabulary, ModelError where weights are not finite.

    No top k is taken. The count of rivals over a part of the vocabulary is a lower bound of the rank:
    pairs are compared with at most 2,048 tokens first, and only those with fewer than k rivals there
    go on through the vocabulary in growing blocks. Logits that rounding in float32 could mix up with
    the target's are compared in float64, so the outcome is that of a full comparison, whatever the
    blocks.
    """
    facts, device = model.facts, model.device
    relation = torch.zeros(facts.n_layers, facts.n_heads, len(pairs.k), dtype=torch.bool)
    suppression = torch.zeros_like(relation)
    if not len(pairs.k):
        return relation, suppression
    if int(pairs.k.min()) < 1 or int(pairs.k.max()) >= facts.d_vocab:
        raise RelationError(
            f"k={int(pairs.k.min())} to {int(pairs.k.max())} is no rank that can tell targets apart "
            f"among the {facts.d_vocab} tokens of {facts.name}. Choose k from 1 to "
            f"{facts.d_vocab - 1}."
        )
    given = torch.stack([pairs.sources, pairs.targets, pairs.k]).to(device)
    (source, target, k), place = given.unique(dim=1, return_inverse=True)  # sorted by source
    sources, source_row = source.unique(return_inverse=True)
    targets, target_row = target.unique(return_inverse=True)
    distinct = Pairs(source_row, target_row, target, k)
    vocabulary = Vocabulary(model, targets)
    embedding = source_rows(model, projection.source, sources, projection.first_mlp_at_layer_0)
    for done, layer in enumerate(model.head_layers, 1):
        factors = layer_factors(model, layer, projection)
        values = factors.values(embedding.at(layer))
        if not torch.isfinite(values).all():
            raise ModelError(f"{facts.name} has source embeddings that are not finite.")
        first = torch.einsum("tm,hrm->htr", vocabulary.first, factors.w_o)
        items = Items.join(
            [
                open_items(
                    index,
                    values[factors.group[index]],
                    factors.w_o,
                    first[index],
                    distinct,
                    vocabulary,
                )
                for index in range(facts.n_heads)
            ]
        )
        hit = finish(items, vocabulary, factors.w_o)
        for found, side in (
            (relation, hit.select(~hit.negative)),
            (suppression, hit.select(hit.negative)),
        ):
            own = torch.zeros(facts.n_heads, len(k), dtype=torch.bool, device=device)
            own[side.head, side.pair] = True
            found[layer] = own[:, place].cpu()
        if progress is not None:
            progress(done, len(model.head_layers))
    return relation, suppression
