"""Detectors of heads that move what they look at to the output, or take it away there."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from headlab.analyses.attention.linked_detectors import check_links
from headlab.analyses.attention.links import (
    Links,
    after_earlier_copies,
    mean_mass,
    total_destinations,
    uniform_attention,
)
from headlab.analyses.attention.looking import Progress, Prompts, averages, ids_hash, token_ids
from headlab.analyses.attention.named_heads import detection
from headlab.analyses.attention.weight_detectors import copying_scores, projection_for
from headlab.analyses.patching.frozen_norm import FrozenNorm
from headlab.models.forward import Tokens, head_values
from headlab.models.language_model import LanguageModel
from headlab.models.patterns import visit_patterns
from headlab.records.attention import HeadDetection

NO_NAMES = "No names were given."


def name_mover(
    model: LanguageModel,
    prompts: Prompts,
    links: Sequence[Links],
    k: int = 5,
    *,
    first_mlp: bool | None = None,
    progress: Progress | None = None,
) -> HeadDetection:
    """Mean attention from the end to the name, times the copying score; `detail` is that score.

    links: for each prompt, from the position that predicts the name to where the name stands. The
    copying score is the share of these names that the head's weights put among their own top k
    (Wang et al., arXiv 2211.00593, with k = 5). Raises TaskError.
    """
    started = time.monotonic()
    ids = token_ids(model, prompts)
    check_links(ids, links)
    looked = averages(model, ids, {"looked": mean_mass(links, NO_NAMES)}, progress)["looked"]
    names = [ids[row][source] for row, one in enumerate(links) for _, source in one.pairs]
    copied, _ = copying_scores(model, names, k, first_mlp)
    return detection(
        model,
        "name_mover",
        looked * copied,
        {"prompts": len(ids), "k": k, **projection_for(model, first_mlp).parameters(model)},
        control=uniform_attention(links),
        control_is="what uniform attention gives a head that copies every name",
        detail=copied,
        detail_is="share of names that the weights copy",
        prompts_hash=ids_hash(ids),
        seconds=time.monotonic() - started,
    )


def negative_name_mover(
    model: LanguageModel,
    prompts: Prompts,
    links: Sequence[Links],
    *,
    progress: Progress | None = None,
) -> HeadDetection:
    """Attention from the end to the name, times what the head takes from the name's logit there.

    links as for `name_mover`. What is taken is the negative of the head's direct logit attribution
    for the name over the mean of the vocabulary, norm scales held. Raises TaskError.
    """
    return _taking(
        model, "negative_name_mover", token_ids(model, prompts), links, NO_NAMES, progress
    )


def anti_induction(
    model: LanguageModel, prompts: Prompts, *, progress: Progress | None = None
) -> HeadDetection:
    """Attention to what came after an earlier copy, times what the head takes from its logit there.

    Meant for repeated random tokens, like `induction`, whose heads give where these take. Raises
    TaskError where nothing is repeated.
    """
    ids = token_ids(model, prompts)
    links = [after_earlier_copies(one) for one in ids]
    missing = "No token occurs twice in a prompt, with another between."
    return _taking(model, "anti_induction", ids, links, missing, progress)


@torch.no_grad()
def _taking(
    model: LanguageModel,
    name: str,
    ids: list[list[int]],
    links: Sequence[Links],
    missing: str,
    progress: Progress | None,
) -> HeadDetection:
    """Mean over links of attention times what the head takes from the logit of the source's token."""
    started = time.monotonic()
    check_links(ids, links)
    total_destinations(links, missing)
    shape = (model.facts.n_layers, model.facts.n_heads)
    sums = np.full(shape, np.nan)
    sums[list(model.head_layers)] = 0
    for done, (prompt, one) in enumerate(zip(ids, links, strict=True), 1):
        if one.pairs:
            taken = _taken(model, prompt, one)

            def add(
                layer: int, batch: Tensor, one: Links = one, taken: dict[int, Tensor] = taken
            ) -> None:
                looked = batch[0][:, one.destinations, one.sources].float()
                sums[layer] += (looked * taken[layer].T).sum(1).cpu().numpy()

            visit_patterns(model, Tokens.pad([prompt], model.device), add)
        if progress is not None:
            progress(done, len(ids))
    n_links = sum(len(one.pairs) for one in links)
    return detection(
        model,
        name,
        sums / n_links,
        {"prompts": len(ids), "links": n_links},
        prompts_hash=ids_hash(ids),
        seconds=time.monotonic() - started,
    )


def _taken(model: LanguageModel, ids: Sequence[int], links: Links) -> dict[int, Tensor]:
    """By layer `[n_links, n_heads]`: minus the head's direct logit attribution, at the destination,
    for the source's token over the mean of the vocabulary."""
    tokens = Tokens.pad([ids], model.device)
    z, clean = head_values(model, tokens, model.head_layers)
    assert clean.resid is not None
    there = links.destinations
    unembedding = model.W_U_rows()
    named = unembedding[tokens.ids[0, links.sources]].float()
    direction = (named - unembedding.mean(0, dtype=torch.float32)) * model.logit_multiplier
    read = FrozenNorm(model.final_norm, clean.resid[0, there]).back(direction)
    found = {}
    for layer, values in z.items():
        own, w_o = values[0, there].float(), model.W_O(layer)
        before = read * model.residual_multiplier
        if model.family.post_norm is not None:
            written, bias = torch.einsum("nhd,hdm->nm", own, w_o), model.b_O(layer)
            written = (written if bias is None else written + bias).to(clean.resid.dtype)
            before = FrozenNorm(model.post_attention_norm(layer), written).back(before)
        found[layer] = -torch.einsum("nhd,hdm,nm->nh", own, w_o, before)
    return found
