"""Heads that resemble a head: by what they do to the operations, or by their weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from pydantic import JsonValue

from headlab.analyses.provenance import provenance_of
from headlab.analyses.relation_scores import all_relation_scores
from headlab.models.language_model import LanguageModel
from headlab.records.errors import HeadError, ModelError, RelationError
from headlab.records.head import Head
from headlab.records.relation import Relation
from headlab.records.scores import AllRelationScores
from headlab.records.similar import By, Likeness, SimilarHead, SimilarHeads

ANALYSIS, VERSION = "similar_heads", 1

Progress = Callable[[int, int], None]


def similar_heads(
    model: LanguageModel,
    head: Head | str,
    n: int = 10,
    other: LanguageModel | None = None,
    by: By = "relations",
    measure: Likeness = "cosine",
    *,
    names: Sequence[str | Relation] | None = None,
    scores: AllRelationScores | None = None,
    other_scores: AllRelationScores | None = None,
    post_norm: bool = True,
    progress: Progress | None = None,
) -> SimilarHeads:
    """The `n` heads most like `head`, in its own model or in `other`.

    By "relations": likeness of the vectors of relation scores (MAPS, arXiv 2412.11965, section 6, on
    universality) over the operations that both models serve, by `measure`: cosine, or Pearson
    correlation, which also tells apart what a head scores less on than its usual. By "weights": the
    cosine `<A, B> / (|A| |B|)` of `A = W_V W_O` as matrices, from their factors; within one model
    only, since two models have different coordinates. `scores` and `other_scores` that were computed
    before spare the computation of relation scores of the operations `names` (None: the bundled
    ones). Raises HeadError for a head that the model does not have or that has no profile,
    ModelError by weights for another model or latent attention, RelationError when no operation
    serves both models.
    """
    started = time.monotonic()
    found = model.head(head)
    if n < 1:
        raise ValueError("n must be at least 1")
    if by not in ("relations", "weights") or measure not in ("cosine", "pearson"):
        raise ValueError("by is 'relations' or 'weights', measure 'cosine' or 'pearson'")
    target = other or model
    parameters: dict[str, JsonValue] = {
        "head": str(found),
        "n": n,
        "by": by,
        "post_norm": post_norm,
    }
    operations: tuple[str, ...] = ()
    if by == "weights":
        if other is not None or measure != "cosine":
            raise ModelError(
                "Likeness by weights is a cosine within one model: the coordinates of another model "
                "are different. Use by='relations' to compare models."
            )
        likeness = weight_likeness(model, found, post_norm, progress)
    else:
        if scores is None:
            scores = all_relation_scores(model, names, post_norm=post_norm, progress=progress)
        if other is None:
            other_scores = scores
        elif other_scores is None:
            other_scores = all_relation_scores(other, names, post_norm=post_norm, progress=progress)
        operations = _shared(scores, other_scores)
        own = relation_profiles(scores, operations)[found.layer, found.index]
        likeness = profile_likeness(own, relation_profiles(other_scores, operations), measure)
        if np.isnan(likeness).all():
            raise HeadError(
                f"{found} of {model.facts.name} has no profile: it scores alike on all "
                f"{len(operations)} operations. by='weights' compares it within its model."
            )
        parameters |= {"measure": measure, "operations": list(operations)}
    rows = [
        SimilarHead(head=one, likeness=float(likeness[one.layer, one.index]))
        for one in target.heads()
        if not np.isnan(likeness[one.layer, one.index]) and (other is not None or one != found)
    ]
    rows.sort(key=lambda row: -row.likeness)
    stamps = [
        provenance_of(one.facts, ANALYSIS, VERSION, parameters, seconds=time.monotonic() - started)
        for one in ([model] if other is None else [model, other])
    ]
    total = target.facts.total_heads - (other is None)
    return SimilarHeads(
        model=model.facts.name,
        head=found,
        other=target.facts.name,
        by=by,
        measure=measure,
        operations=operations,
        n_compared=len(rows),
        n_without=total - len(rows),
        rows=tuple(rows[:n]),
        provenance=stamps[0],
        other_provenance=None if other is None else stamps[1],
    )


def _shared(scores: AllRelationScores, others: AllRelationScores) -> tuple[str, ...]:
    """Operations that both models serve."""
    names = tuple(name for name in scores.names() if name in others.names())
    if not names:
        raise RelationError(
            "No operation has 30 pairs of single tokens in both models, so there is no relation "
            "profile to compare. Give operations of your own as names=[...]."
        )
    return names


def relation_profiles(scores: AllRelationScores, names: Sequence[str]) -> np.ndarray:
    """The vector of relation scores of every head, `[n_layers, n_heads, n_operations]`."""
    return np.stack([scores[name].relation for name in names], axis=-1)


def profile_likeness(profile: np.ndarray, others: np.ndarray, measure: Likeness) -> np.ndarray:
    """Likeness of `profile` `[n]` to `others` `[..., n]`; NaN where one of the two does not vary
    (Pearson) or is zero (cosine)."""
    if measure == "pearson":
        profile = profile - profile.mean()
        others = others - others.mean(-1, keepdims=True)
    lengths = np.linalg.norm(others, axis=-1) * np.linalg.norm(profile)
    with np.errstate(invalid="ignore"):
        return np.where(lengths > 1e-12, others @ profile / np.maximum(lengths, 1e-12), np.nan)


@torch.no_grad()
def weight_likeness(
    model: LanguageModel, head: Head, post_norm: bool = True, progress: Progress | None = None
) -> np.ndarray:
    """Cosine of `W_V W_O` of one head with those of all heads, `[n_layers, n_heads]`.

    `<A, B> = tr(A^T B) = sum((W_V^T W_V') * (W_O W_O'^T))`, d_head x d_head matrices: the product of
    size d_model x d_model is never made. NaN in layers without heads and for heads of norm zero.
    """
    facts = model.facts
    if model.family.latent:
        raise ModelError(
            f"{facts.name} has latent attention, whose values are not linear in the residual stream, "
            "so its heads have no matrix W_VO. Use by='relations'."
        )
    group = [facts.kv_head(index) for index in range(facts.n_heads)]
    own_v = model.W_V(head.layer)[group[head.index]]
    own_o = model.W_O(head.layer, post_norm=post_norm)[head.index]
    own_norm = ((own_v.T @ own_v) * (own_o @ own_o.T)).sum().clamp_min(0).sqrt()
    found = np.full((facts.n_layers, facts.n_heads), np.nan)
    for done, layer in enumerate(model.head_layers, 1):
        w_v, w_o = model.W_V(layer), model.W_O(layer, post_norm=post_norm)
        across, within = own_v.T @ w_v, w_v.transpose(1, 2) @ w_v
        products = (across[group] * (own_o @ w_o.transpose(1, 2))).sum((1, 2))
        squares = (within[group] * (w_o @ w_o.transpose(1, 2))).sum((1, 2))
        lengths = own_norm * squares.clamp_min(0).sqrt()
        cosines = torch.where(lengths > 0, products / lengths.clamp_min(1e-30), torch.nan)
        found[layer] = cosines.double().cpu().numpy()
        if progress is not None:
            progress(done, len(model.head_layers))
    return found
