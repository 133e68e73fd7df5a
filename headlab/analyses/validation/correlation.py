"""Do scores by the weights predict what heads write? Static against dynamic scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from headlab.analyses.dynamic_scores import TokenPairs, dynamic_scores
from headlab.analyses.provenance import pairs_hash, provenance_of, texts_hash
from headlab.models.language_model import LanguageModel
from headlab.records.validation import ReadAt, RelationCorrelation, StaticScores, TemplateScores

ANALYSIS, VERSION = "correlation", 1

TEMPLATES = (
    "No {source} means no",
    "The story of {source} contains",
    "This is a document about {source}",
    "When I think about {source} I think about",
)
"""The authors' templates (MAPS, section 4.1)."""

Progress = Callable[[int, int], None]


def relation_correlation(
    model: LanguageModel,
    pairs: TokenPairs,
    statics: Sequence[StaticScores],
    templates: Sequence[str] = TEMPLATES,
    read_at: ReadAt = "last",
    *,
    progress: Progress | None = None,
) -> RelationCorrelation:
    """Dynamic scores of one relation on every template, beside its static ones (MAPS, section 4.1).

    Progress is called with (done, total) templates. Raises TaskError for a template that serves no
    pair.
    """
    if not templates:
        raise ValueError("no templates were given")
    started = time.monotonic()
    relation, found = pairs.relation, []
    for number, template in enumerate(templates, 1):
        scores = dynamic_scores(model, pairs, template, read_at)
        found.append(
            TemplateScores(
                template=template,
                n_pairs=scores.n_pairs,
                without_context=scores.without_context,
                with_context=scores.with_context,
            )
        )
        if progress is not None:
            progress(number, len(templates))
    return RelationCorrelation(
        name=relation.name,
        category=relation.category,
        k=relation.k,
        n_pairs=len(pairs.pairs),
        read_at=read_at,
        statics=tuple(statics),
        templates=tuple(found),
        provenance=provenance_of(
            model.facts,
            ANALYSIS,
            VERSION,
            {
                "relation": relation.name,
                "pairs_hash": pairs_hash(pairs.pairs),
                "k": relation.k,
                "templates": list(templates),
                "read_at": read_at,
                "statics": [static.of for static in statics],
            },
            prompts_hash=texts_hash(templates),
            seconds=time.monotonic() - started,
        ),
    )


def correlation(static: Sequence[np.ndarray], dynamic: Sequence[np.ndarray]) -> float:
    """Pearson correlation over all heads of all given matrices.

    Heads that are NaN on either side are left out; NaN where a side is constant.
    """
    x = np.concatenate([matrix.ravel() for matrix in static])
    y = np.concatenate([matrix.ravel() for matrix in dynamic])
    measured = ~(np.isnan(x) | np.isnan(y))
    x, y = x[measured], y[measured]
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])
