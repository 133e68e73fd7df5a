"""The most salient source tokens of heads and what they map them to."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from headlab.analyses.head_factors import Biases, Projection
from headlab.analyses.provenance import provenance_of
from headlab.analyses.saliency import Salient, most_salient, top_targets
from headlab.models.language_model import LanguageModel
from headlab.records.errors import HeadError
from headlab.records.head import Head
from headlab.records.mappings import Mapping, SalientMappings, TokenScore

ANALYSIS, VERSION = "salient_mappings", 1


def salient_mappings(
    model: LanguageModel,
    head: Head | str,
    n_tokens: int = 30,
    n_targets: int = 5,
    first_mlp: bool = True,
    *,
    first_mlp_at_layer_0: bool = True,
    source: Any = None,
    biases: Biases = "none",
    post_norm: bool = True,
) -> SalientMappings:
    """The `n_tokens` tokens with the largest `||e' W_VO|| / ||e'||`, each with its top targets.

    MAPS (arXiv 2412.11965, section 5); the first-MLP embedding serves heads of layer 0 too, as in
    its authors' code. Rows of the embedding that belong to no token are left out as sources; targets
    are ranked over the whole vocabulary. `source` (rows `[n, d_model]` or a `SourceMatrix`) takes the
    place of e'; `biases` and `post_norm` as in `relation_scores`. Raises HeadError for a head the
    model does not have, ModelError where the weights or the source do not serve.
    """
    return salient_mappings_of(
        model,
        [head],
        n_tokens,
        n_targets,
        first_mlp,
        first_mlp_at_layer_0=first_mlp_at_layer_0,
        source=source,
        biases=biases,
        post_norm=post_norm,
    )[0]


def salient_mappings_of(
    model: LanguageModel,
    heads: Sequence[Head | str] | None = None,
    n_tokens: int = 30,
    n_targets: int = 5,
    first_mlp: bool = True,
    *,
    first_mlp_at_layer_0: bool = True,
    source: Any = None,
    biases: Biases = "none",
    post_norm: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[SalientMappings, ...]:
    """Salient mappings of many heads in one pass over the vocabulary, None: of all heads.

    Equal to `salient_mappings` of each, in the order of `heads`. `progress` gets the layers done and
    in all; an exception from it ends the work. Raises as `salient_mappings` does.
    """
    started = time.monotonic()
    if n_tokens < 1 or n_targets < 1:
        raise ValueError("n_tokens and n_targets must be at least 1")
    wanted = model.heads() if heads is None else [model.head(head) for head in heads]
    if not wanted:
        raise HeadError("No head was named. Give heads like ['L5H3'], or None for all.")
    projection = Projection.of(first_mlp, first_mlp_at_layer_0, source, biases, post_norm)
    parameters = projection.parameters(model)
    distinct = sorted(set(wanted))
    total = len({head.layer for head in distinct})
    rows: dict[Head, tuple[Mapping, ...]] = {}
    found = most_salient(model, distinct, projection, n_tokens)
    for done, (layer, factors, salient) in enumerate(found, 1):
        outputs = (salient.values @ factors.w_o).flatten(0, 1)
        logits, ids = top_targets(model, outputs, n_targets)
        shape = (*salient.ids.shape, -1)
        made = _rows(model, salient, logits.view(shape), ids.view(shape))
        for index, own in zip(factors.indices, made, strict=True):
            rows[Head(layer=layer, index=index)] = own
        if progress is not None:
            progress(done, total)
    seconds = time.monotonic() - started
    return tuple(
        SalientMappings(
            head=head,
            rows=rows[head],
            provenance=provenance_of(
                model.facts,
                ANALYSIS,
                VERSION,
                {"head": str(head), "n_tokens": n_tokens, "n_targets": n_targets, **parameters},
                seconds=seconds,
            ),
        )
        for head in wanted
    )


def _rows(
    model: LanguageModel, salient: Salient, logits: Tensor, ids: Tensor
) -> list[tuple[Mapping, ...]]:
    """The mappings of each head of a layer; logits and ids of targets `[n_heads, n_tokens, n]`."""
    text_of = model.vocabulary.text_of
    made = []
    for head in range(len(ids)):
        columns = (salient.ids[head], salient.saliency[head], ids[head], logits[head])
        made.append(
            tuple(
                Mapping(
                    token_id=source,
                    text=text_of(source),
                    saliency=value,
                    targets=tuple(
                        TokenScore(token_id=target, text=text_of(target), score=score)
                        for target, score in zip(targets, scores, strict=True)
                    ),
                )
                for source, value, targets, scores in zip(
                    *(column.tolist() for column in columns), strict=True
                )
            )
        )
    return made
