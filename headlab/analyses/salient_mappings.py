"""The most salient source tokens of a head and what it maps them to."""

from __future__ import annotations

import time

import torch

from headlab.analyses.projections import saliency, top_targets
from headlab.analyses.provenance import provenance_of
from headlab.models.language_model import LanguageModel
from headlab.records.head import Head
from headlab.records.mappings import Mapping, SalientMappings, TokenScore

ANALYSIS, VERSION = "salient_mappings", 1


def salient_mappings(
    model: LanguageModel,
    head: Head | str,
    n_tokens: int = 30,
    n_targets: int = 5,
    first_mlp: bool = True,
) -> SalientMappings:
    """The `n_tokens` tokens with the largest `||e' W_VO|| / ||e'||`, each with its top targets.

    MAPS (arXiv 2412.11965, section 5); the first-MLP embedding serves heads of layer 0 too, as in
    its authors' code. Rows of the embedding that belong to no token are left out as sources; targets
    are ranked over the whole vocabulary. Raises HeadError for a head the model does not have.
    """
    started = time.monotonic()
    found = model.head(head)
    if n_tokens < 1 or n_targets < 1:
        raise ValueError("n_tokens and n_targets must be at least 1")
    known = min(model.facts.n_tokens, model.facts.d_vocab)
    embedding = model.source_embedding(first_mlp)[:known]
    salient = saliency(model, found.layer, found.index, embedding)
    best = salient.topk(min(n_tokens, known))
    logits, ids = top_targets(model, found.layer, found.index, embedding[best.indices], n_targets)
    rows = tuple(
        _mapping(model, int(source), float(value), logits[row], ids[row])
        for row, (source, value) in enumerate(zip(best.indices, best.values, strict=True))
    )
    return SalientMappings(
        head=found,
        rows=rows,
        provenance=provenance_of(
            model.facts,
            ANALYSIS,
            VERSION,
            {
                "head": str(found),
                "n_tokens": n_tokens,
                "n_targets": n_targets,
                "first_mlp": first_mlp,
                "first_mlp_is": model.facts.first_mlp,
            },
            seconds=time.monotonic() - started,
        ),
    )


def _mapping(
    model: LanguageModel, source: int, value: float, logits: torch.Tensor, ids: torch.Tensor
) -> Mapping:
    text_of = model.vocabulary.text_of
    targets = tuple(
        TokenScore(token_id=token_id, text=text_of(token_id), score=logit)
        for token_id, logit in zip(ids.tolist(), logits.tolist(), strict=True)
    )
    return Mapping(token_id=source, text=text_of(source), saliency=value, targets=targets)
