"""The operations that heads implement or suppress, at a threshold and above their controls."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from headlab.analyses.provenance import provenance_of
from headlab.analyses.relation_scores import all_relation_scores
from headlab.models.language_model import LanguageModel
from headlab.records.errors import RelationError
from headlab.records.head import Head
from headlab.records.operations import Operations, operations_in
from headlab.records.relation import Relation
from headlab.records.scores import AllRelationScores

ANALYSIS, VERSION = "operations", 1
THRESHOLD = 0.15
"""The share of pairs above which MAPS says that a head implements a relation."""


def operations_of(
    model: LanguageModel,
    head: Head | str | None = None,
    threshold: float = THRESHOLD,
    names: Sequence[str | Relation] | None = None,
    *,
    scores: AllRelationScores | None = None,
    **options: Any,
) -> Operations:
    """The operations that a head implements or suppresses, None: of all heads.

    A head has an operation when its relation (suppression) score exceeds `threshold` and the
    operation's control, the highest score of any head with shuffled targets (MAPS, arXiv 2412.11965,
    section 5, without the control). `names` and the other `options` are those of
    `all_relation_scores`, and its errors; `scores` that were computed before are taken in place of
    all these. Raises RelationError for a threshold outside [0, 1), HeadError for a head that the
    model does not have.
    """
    started = time.monotonic()
    if not 0 <= threshold < 1:
        raise RelationError(f"threshold {threshold} is not a share: choose one from 0 to below 1.")
    only = None if head is None else model.head(head)
    if scores is None:
        scores = all_relation_scores(model, names, **options)
    facts = model.facts
    measured = np.full((facts.n_layers, facts.n_heads), np.nan)
    for one in model.heads() if only is None else [only]:
        measured[one.layer, one.index] = 1
    first = scores.scores[0].provenance if scores.scores else None
    return Operations(
        threshold=threshold,
        names=scores.names(),
        not_applicable=tuple(skipped.reason for skipped in scores.not_applicable),
        measured=measured,
        rows=operations_in(scores, threshold, only),
        provenance=provenance_of(
            facts,
            ANALYSIS,
            VERSION,
            {
                "threshold": threshold,
                "head": None if only is None else str(only),
                "operations": list(scores.names()),
                **_shared(scores),
            },
            seed=None if first is None else first.seed,
            seconds=time.monotonic() - started,
        ),
    )


def _shared(scores: AllRelationScores) -> dict[str, Any]:
    """The parameters that all scores have in common."""
    made = [found.provenance.parameters for found in scores.scores]
    return {
        name: value
        for name, value in (made[0] if made else {}).items()
        if all(one.get(name, made) == value for one in made[1:])
    }
