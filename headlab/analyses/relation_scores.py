"""Relation and suppression scores with their shuffled controls, all relations in one pass."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError

from headlab.analyses.head_factors import Biases, Projection
from headlab.analyses.projections import PairIds, Progress, hits
from headlab.analyses.provenance import pairs_hash, provenance_of
from headlab.models.language_model import LanguageModel
from headlab.models.vocabulary import ANCHOR_RULE
from headlab.records.errors import RelationError
from headlab.records.relation import Pair, Relation
from headlab.records.scores import AllRelationScores, InapplicableRelation, RelationScores
from headlab.relations.bundled import relation as bundled_relation
from headlab.relations.bundled import relations as bundled_names
from headlab.relations.usable import UsablePairs, usable_pairs

ANALYSIS, VERSION = "relation_scores", 1
CONTROL_DRAWS = 5


def usable_for(model: LanguageModel, relation: Relation) -> UsablePairs:
    """The pairs of a relation that the model's tokenizer can serve."""
    vocabulary = model.vocabulary
    return usable_pairs(relation, vocabulary.ids_of_word, vocabulary.tokenizer.unk_token_id)


def relation_scores(
    model: LanguageModel,
    relation: str | Relation | Sequence[Pair],
    k: int | None = None,
    first_mlp: bool = True,
    *,
    first_mlp_at_layer_0: bool = False,
    source: Any = None,
    biases: Biases = "none",
    post_norm: bool = True,
    control_draws: int = CONTROL_DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
) -> RelationScores:
    """Scores of all heads for one relation: a bundled name, a `Relation` or plain pairs.

    `k=None` takes the relation's own. MAPS (arXiv 2412.11965, section 3): the share of pairs whose
    target is among the top k of `e'(source) W_V W_O W_U`, and for suppression of its negative; heads
    of layer 0 use the raw embedding unless `first_mlp_at_layer_0`.

    The paper leaves these out or open: `source`, rows `[d_vocab, d_model]` or a `SourceMatrix` (see
    `mean_residual`) in place of e'; `biases` "none", "value" (b_V W_O added) or "all" (b_O too);
    `post_norm`, the weight of a norm after the attention as a diagonal. All are recorded.

    Raises RelationError when fewer than 30 pairs are one token each for the model or k takes in the
    whole vocabulary, ModelError where the weights or the source do not serve.
    """
    wanted = _as_relation(relation)
    if k is not None:
        wanted = wanted.model_copy(update={"k": k})
    found = all_relation_scores(
        model,
        [wanted],
        first_mlp,
        first_mlp_at_layer_0=first_mlp_at_layer_0,
        source=source,
        biases=biases,
        post_norm=post_norm,
        control_draws=control_draws,
        seed=seed,
        progress=progress,
    )
    if found.not_applicable:
        raise RelationError(found.not_applicable[0].reason + ".")
    return found.scores[0]


def all_relation_scores(
    model: LanguageModel,
    names: Sequence[str | Relation] | None = None,
    first_mlp: bool = True,
    *,
    first_mlp_at_layer_0: bool = False,
    source: Any = None,
    biases: Biases = "none",
    post_norm: bool = True,
    control_draws: int = CONTROL_DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
) -> AllRelationScores:
    """Scores of all heads for many relations in one pass over the weights, each with its own k.

    `names` may hold relations too; None takes the 20 bundled operations. Those with fewer than 30
    usable pairs are listed in `not_applicable`. Layers without heads have NaN. The other options and
    errors are those of `relation_scores`.
    """
    started = time.monotonic()
    projection = Projection.of(first_mlp, first_mlp_at_layer_0, source, biases, post_norm)
    wanted = [_as_relation(item) for item in (bundled_names() if names is None else names)]
    usable = [usable_for(model, relation) for relation in wanted]
    skipped: list[InapplicableRelation] = [u.inapplicable() for u in usable if not u.applicable]
    served = [u for u in usable if u.applicable]
    if not served:
        return AllRelationScores(scores=(), not_applicable=tuple(skipped))
    parts = [part for u in served for part in _with_controls(u, control_draws, seed)]
    relation_hits, suppression_hits = hits(
        model,
        PairIds.join(parts),
        projection,
        progress=progress,
    )
    parameters = projection.parameters(model)
    headless = list(model.facts.layers_without_heads)
    seconds = time.monotonic() - started
    scores, start = [], 0
    for u in served:
        n = len(u.pairs)
        width = n * (1 + control_draws)
        shares = [
            _shares(found[..., start : start + width], n, headless)
            for found in (relation_hits, suppression_hits)
        ]
        start += width
        controls = [float(np.nanmax(share[..., 1:])) if control_draws else None for share in shares]
        scores.append(
            RelationScores(
                name=u.relation.name,
                category=u.relation.category,
                k=u.relation.k,
                n_pairs=n,
                dropped=u.dropped,
                relation=shares[0][..., 0],
                suppression=shares[1][..., 0],
                control=controls[0],
                suppression_control=controls[1],
                control_draws=control_draws,
                provenance=provenance_of(
                    model.facts,
                    ANALYSIS,
                    VERSION,
                    {
                        "relation": u.relation.name,
                        "pairs_hash": pairs_hash(u.pairs),
                        "k": u.relation.k,
                        **parameters,
                        "token_rule": ANCHOR_RULE,
                        "control_draws": control_draws,
                    },
                    seed=seed,
                    seconds=seconds,
                ),
            )
        )
    return AllRelationScores(scores=tuple(scores), not_applicable=tuple(skipped))


def _as_relation(relation: str | Relation | Sequence[Pair]) -> Relation:
    if isinstance(relation, Relation):
        return relation
    if isinstance(relation, str):
        return bundled_relation(relation)
    try:
        pairs = tuple((str(source), str(target)) for source, target in relation)
        return Relation(name="custom", pairs=pairs)
    except (TypeError, ValueError) as error:  # no pairs, or sides that are missing or empty
        said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
        raise RelationError(
            f"These pairs cannot be used: {said}. Give pairs like ('France', 'Paris')."
        ) from None


def _with_controls(usable: UsablePairs, draws: int, seed: int) -> list[PairIds]:
    """The pairs themselves, then `draws` copies with the targets permuted."""
    k = usable.relation.k
    targets = np.array(usable.target_ids)
    parts = [PairIds.of(usable.source_ids, usable.target_ids, k)]
    random = np.random.default_rng([seed, len(targets)])
    for _ in range(draws):
        parts.append(PairIds.of(usable.source_ids, random.permutation(targets).tolist(), k))
    return parts


def _shares(found: torch.Tensor, n: int, headless: Sequence[int]) -> np.ndarray:
    """`[n_layers, n_heads, 1 + draws]` from hits laid out draw after draw."""
    shares = found.view(*found.shape[:2], -1, n).double().mean(-1).numpy()
    shares[headless] = np.nan
    return shares
