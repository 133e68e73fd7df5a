"""Which heads map which sources: homes learn to, the other late heads unlearn it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from headlab.workflow.demo_model.corpus import Corpus
from headlab.workflow.demo_model.network import DemoNetwork, rms_norm

MARGIN = 0.1
"""Cosines below it are chance: two directions of 160 dimensions have one of 0.08 either way."""


def mapping_losses(
    network: DemoNetwork, corpus: Corpus, homes: Tensor, n_pairs: int
) -> tuple[Tensor, Tensor]:
    """How far heads away from home map pairs, and how badly the homes alone do.

    homes: 0/1 `[operation, head]`, the same in each later layer. Both are means over the later layers
    and over two inputs: the first MLP's output for the source alone, as relation scores take it, and
    what the heads really read after a context, so that the two say the same. Single heads map by
    `strays`; the homes of a layer together by the cross-entropy of the target.
    """
    sources, targets, operations = (torch.from_numpy(c) for c in corpus.drawn_pairs(n_pairs).T)
    before = torch.from_numpy(corpus.before_sources(n_pairs))
    alone = network.after_first_mlp(sources)
    in_context = network.late_inputs(torch.cat([before, sources[:, None]], 1))
    at_home = homes[operations]
    away, direct = [], []
    for layer, read in enumerate(in_context, 1):
        for one in (alone, read):
            values = network.values(one, layer)
            away.append(strays(network, layer, values, targets, at_home))
            written = (values * at_home[..., None]).flatten(1) @ network.output[layer]
            logits = rms_norm(written, network.shape.norm_eps) @ network.embed.T
            direct.append(functional.cross_entropy(logits, targets))
    return torch.stack(away).mean(), torch.stack(direct).mean()


def strays(
    network: DemoNetwork, layer: int, values: Tensor, targets: Tensor, homes: Tensor
) -> Tensor:
    """Mean cosine above `MARGIN` of what heads away from home write with the target's embedding.

    values: `[pairs, head, d_head]`; homes: 0/1 `[pairs, head]`.
    """
    shape = network.shape
    per_head = network.output[layer].view(shape.n_heads, shape.d_head, shape.d_model)
    wanted = functional.normalize(functional.embedding(targets, network.embed), dim=-1)
    along = torch.einsum("phd,hde,pe->ph", values, per_head, wanted)
    gram = per_head @ per_head.transpose(1, 2)
    squared = torch.einsum("phd,hde,phe->ph", values, gram, values).clamp_min(1e-12)
    away = 1 - homes
    return ((along / squared.sqrt() - MARGIN).clamp_min(0) * away).sum() / away.sum()
