"""S3: how high named targets stand in a head's rows, and in those of random heads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from headlab.analyses.description_tests.sampling import outputs_of
from headlab.models.language_model import LanguageModel
from headlab.records.head import Head

HIT_AT = 10
N_RANDOM_HEADS = 10

_CELLS = 1 << 22  # logits held at a time


def random_heads(
    model: LanguageModel, head: Head, seed: int, count: int = N_RANDOM_HEADS
) -> list[Head]:
    """Other heads of the model, drawn without replacement; fewer where there are fewer."""
    others = [other for other in model.heads() if other != head]
    order = np.random.default_rng([seed, 3]).permutation(len(others))
    return [others[place] for place in order[:count]]


@torch.no_grad()
def best_ranks(
    model: LanguageModel,
    head: Head,
    sources: Sequence[int],
    named: Sequence[Sequence[int]],
) -> np.ndarray:
    """Rank (1: the largest logit) of the best of the named tokens in each source's row, `[n]`.

    Ties count against a named token; infinity where none is named.
    """
    ranks = np.full(len(sources), np.inf)
    rows, outputs = model.W_U_rows(), outputs_of(model, head, sources)
    step = max(1, _CELLS // len(rows))
    for start in range(0, len(sources), step):
        block = outputs[start : start + step]
        logits = torch.cat([block @ part.float().T for part in rows.split(8192)], 1)
        for place, row in enumerate(logits, start):
            if named[place]:
                best = row[torch.tensor(list(named[place]), device=row.device)].max()
                ranks[place] = float((row >= best).sum())
    return ranks


def hits_at(ranks: np.ndarray, k: int = HIT_AT) -> np.ndarray:
    """1 where the best named target is among the k largest logits, else 0; `[n]`."""
    return (ranks <= k).astype(float)


def reciprocal(ranks: np.ndarray) -> np.ndarray:
    """1 / rank, 0 where nothing was named; `[n]`."""
    return 1 / ranks
