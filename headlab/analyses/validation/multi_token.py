"""Pairs whose source is several tokens, scored at the last of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headlab.analyses.dynamic_scores import TokenPairs
from headlab.analyses.projections import PairIds, hits
from headlab.analyses.validation.correlation import TEMPLATES, Progress, relation_correlation
from headlab.models.language_model import LanguageModel
from headlab.records.relation import Relation
from headlab.records.scores import RelationScores
from headlab.records.validation import RelationCorrelation, StaticScores

SINGLE, LAST = "single-token pairs", "last source token"


def multi_token_pairs(model: LanguageModel, relation: Relation) -> TokenPairs:
    """The pairs with a source of two tokens or more and a target of one, in the middle of a text."""
    vocabulary = model.vocabulary
    unknown = vocabulary.tokenizer.unk_token_id
    chosen = []
    for pair in relation.pairs:
        source, target = vocabulary.ids_of_word(pair[0]), vocabulary.word_id(pair[1])
        if len(source) > 1 and target is not None and unknown not in source:
            chosen.append((pair, source, target))
    return TokenPairs(
        relation,
        tuple(pair for pair, _, _ in chosen),
        tuple(source for _, source, _ in chosen),
        tuple(target for _, _, target in chosen),
    )


def multi_token_correlation(
    model: LanguageModel,
    pairs: TokenPairs,
    single: RelationScores | None = None,
    templates: Sequence[str] = TEMPLATES,
    *,
    progress: Progress | None = None,
) -> RelationCorrelation:
    """Static and dynamic scores for sources of several tokens (MAPS, section 4.3).

    Two static sides: `single`, the relation's scores on its single-token pairs, which asks whether
    they hold for longer sources; and the scores of the last source tokens' own embeddings. The head's
    output is read at the last source token.
    """
    statics = [StaticScores(of=LAST, n_pairs=len(pairs.pairs), scores=_last_token(model, pairs))]
    if single is not None:
        scores = StaticScores(of=SINGLE, n_pairs=single.n_pairs, scores=single.relation)
        statics.insert(0, scores)
    return relation_correlation(model, pairs, statics, templates, "source", progress=progress)


def _last_token(model: LanguageModel, pairs: TokenPairs) -> np.ndarray:
    """Relation scores from the embedding of each source's last token, `[n_layers, n_heads]`."""
    last = [source[-1] for source in pairs.source_ids]
    found, _ = hits(model, PairIds.of(last, pairs.target_ids, pairs.relation.k))
    scores = np.full(found.shape[:2], np.nan)
    layers = list(model.head_layers)
    scores[layers] = found.double().mean(-1).numpy()[layers]
    return scores
