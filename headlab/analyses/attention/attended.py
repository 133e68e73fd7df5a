"""What heads look at in running text: the first position, the token itself, and pairs of tokens."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import torch
from torch import Tensor

from headlab.analyses.attention.looking import (
    Progress,
    Prompts,
    Reading,
    averages,
    ids_hash,
    rows_from,
    token_ids,
)
from headlab.analyses.attention.named_heads import UNIFORM
from headlab.analyses.provenance import provenance_of
from headlab.models.language_model import LanguageModel
from headlab.models.patterns import KERNEL
from headlab.records.attention import HeadDetection
from headlab.records.attention_evidence import AttendedTexts, HeadPairs
from headlab.records.provenance import Provenance

ANALYSIS, VERSION = "attended", 1
N_PAIRS = 8
MIN_WEIGHT = 0.1
"""A look with less weight is no pair."""
MOST_OF_ONE = 2

FIRST_POSITION, ITSELF = "first_position", "itself"
_SHARES = {
    FIRST_POSITION: (
        "First position",
        "Mean attention of a token to position 0, where many heads look whatever the text is.",
        "Xiao et al., arXiv 2309.17453",
    ),
    ITSELF: ("The token itself", "Mean attention of a token to itself.", "HeadVis"),
}
_Found = tuple[int, int, int, float]


def attended_texts(
    model: LanguageModel,
    prompts: Prompts,
    *,
    n_pairs: int = N_PAIRS,
    first: int = 1,
    progress: Progress | None = None,
) -> AttendedTexts:
    """Attention to position 0 and to the token itself, and the strongest pairs elsewhere, of all heads.

    Means are over the destinations at position `first` and later. Of each prompt one pair of a head
    counts: the one that is furthest above uniform attention, if it has .1 or more; no token
    stands on the same side of more than two pairs. One pass; progress is called with (done, total),
    and an exception from it ends the work. Raises PromptError, ModelError.
    """
    started = time.monotonic()
    ids = token_ids(model, prompts)
    rows = rows_from(first, ids)
    looks = _Looks(model, [len(one) for one in ids], first)
    shares = averages(model, ids, {"shares": Reading(looks.read, rows)}, progress)["shares"]
    even = sum(1 / (place + 1) for one in ids for place in range(first, len(one))) / rows
    made = provenance_of(
        model.facts.model_copy(update={"attention_kernel": KERNEL}),
        ANALYSIS,
        VERSION,
        {"first": first, "prompts": len(ids), "tokens": rows, "pairs": n_pairs},
        prompts_hash=ids_hash(ids),
        seconds=time.monotonic() - started,
    )
    return AttendedTexts(
        first_position=_share(FIRST_POSITION, shares[..., 0], even, made),
        itself=_share(ITSELF, shares[..., 1], even, made),
        token_ids=tuple(map(tuple, ids)),
        tokens=tuple(model.vocabulary.texts(one) for one in ids),
        pairs=tuple(
            tuple(_strongest(own, ids, n_pairs) for own in looks.of(layer))
            for layer in range(model.facts.n_layers)
        ),
    )


class _Looks:
    """Reads `[head, 2]`, attention to position 0 and to itself summed over destinations, and keeps the
    furthest look of each prompt elsewhere. `averages` reads the prompts of a batch layer by layer, so
    the calls for one prompt come in the order of the layers."""

    def __init__(self, model: LanguageModel, lengths: list[int], first: int):
        self._layers = model.head_layers
        self._n_heads = model.facts.n_heads
        self._first = first
        self._kept: list[list[tuple[Tensor, Tensor]]] = [[] for _ in lengths]
        self._lengths = lengths

    def read(self, prompt: int, pattern: Tensor) -> Tensor:
        itself = pattern.diagonal(dim1=-2, dim2=-1)
        length = pattern.shape[-1]
        uniform = 1 / torch.arange(1, length + 1, device=pattern.device)
        above = pattern - uniform[:, None]
        above[:, :, 0] = -1
        above.diagonal(dim1=-2, dim2=-1).fill_(-1)
        place = above.flatten(1).argmax(1)
        weight = pattern.flatten(1).gather(1, place[:, None])[:, 0]
        self._kept[prompt].append((place.cpu(), weight.cpu()))
        shares = (pattern[:, self._first :, 0], itself[:, self._first :])
        return torch.stack([one.sum(1) for one in shares], -1)

    def of(self, layer: int) -> list[list[_Found]]:
        """By head, the look of each prompt with enough weight."""
        found: list[list[_Found]] = [[] for _ in range(self._n_heads)]
        if layer not in self._layers:
            return found
        nth = self._layers.index(layer)
        for prompt, kept in enumerate(self._kept):
            places, weights = kept[nth]
            for own, place, weight in zip(found, places.tolist(), weights.tolist(), strict=True):
                query, key = divmod(place, self._lengths[prompt])
                if 0 < key < query and weight >= max(MIN_WEIGHT, 1 / (query + 1)):
                    own.append((prompt, query, key, weight))
        return found


def _strongest(found: list[_Found], ids: list[list[int]], n_pairs: int) -> HeadPairs:
    """By how far above uniform attention, the first of equals; no token stands on the same side of
    more than two pairs, so that separators of lists do not fill them."""
    chosen: list[_Found] = []
    sides: Counter[tuple[str, int]] = Counter()
    for one in sorted(found, key=lambda one: (1 / (one[1] + 1) - one[3], one)):
        prompt, query, key, _ = one
        mine = (("query", ids[prompt][query]), ("key", ids[prompt][key]))
        if all(sides[side] < MOST_OF_ONE for side in mine):
            sides.update(mine)
            chosen.append(one)
    return tuple(chosen[:n_pairs])


def _share(name: str, values: np.ndarray, even: float, made: Provenance) -> HeadDetection:
    title, meaning, source = _SHARES[name]
    return HeadDetection(
        measure=name,
        title=title,
        meaning=meaning,
        unit="probability",
        values=values,
        head_name="",
        source=source,
        control=even,
        control_is=UNIFORM,
        provenance=made,
    )
