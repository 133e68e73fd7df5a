"""The questions of S1 and S2: rows and tokens of a head, true ones among hard false ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from headlab.analyses.description_tests.split import lemma
from headlab.analyses.head_factors import Projection, layer_factors
from headlab.analyses.saliency import norm_factor, saliency, top_targets
from headlab.analyses.source_embedding import n_sources, source_blocks, source_rows
from headlab.models.language_model import LanguageModel
from headlab.records.head import Head
from headlab.records.mappings import Mapping

MAPPINGS = Projection(first_mlp_at_layer_0=True)
"""How salient mappings are read, and so everything that is held against them."""

N_ROWS = 20
MAX_SHARED = 2
"""A false row shares at most this many of its 5 targets with the true row of its source."""
MIDDLE = (0.4, 0.6)
"""Quantiles between which the saliency of a token counts as median."""

_BLOCK = 4096


@dataclass(frozen=True)
class Item:
    """A row to be judged: token texts are escaped. `kind` says how it was made; `label`: is it the
    head's own? `source` is the cluster of its row."""

    id: str
    source: str
    targets: tuple[str, ...]
    kind: str
    label: bool


@torch.no_grad()
def outputs_of(model: LanguageModel, head: Head, ids: Sequence[int]) -> torch.Tensor:
    """What a head writes for source tokens, `e' W_VO` `[n, d_model]`."""
    tokens = torch.tensor(list(ids), device=model.device)
    factors = layer_factors(model, head.layer, MAPPINGS, [head.index])
    rows = source_rows(model, MAPPINGS.source, tokens, MAPPINGS.first_mlp_at_layer_0)
    return factors.values(rows.at(head.layer))[factors.group[0]] @ factors.w_o[0]


def targets_of(
    model: LanguageModel, head: Head, ids: Sequence[int], n_targets: int = 5
) -> list[tuple[str, ...]]:
    """The texts of the top targets of source tokens, by any head."""
    _, found = top_targets(model, outputs_of(model, head, ids), n_targets)
    return [model.vocabulary.texts(row) for row in found.tolist()]


def mapping_items(
    model: LanguageModel, head: Head, held_out: Sequence[Mapping], seed: int, n_rows: int = N_ROWS
) -> tuple[Item, ...]:
    """Up to `n_rows` held-out rows and as many false ones, shuffled (S1).

    Half of the false rows have the same source with a random other head's targets, half the targets
    of another held-out row of the same head: they test the function, not the topic. A false row that
    shares more than two targets with the true one is drawn again, and left out where there is none.
    """
    random = np.random.default_rng([seed, 1])
    order = random.permutation(len(held_out))[:n_rows]
    rows = [held_out[place] for place in order]
    true = [(row, _texts(row)) for row in rows]
    found = [(row.text, targets, "own row", True) for row, targets in true]
    others = [other for other in model.heads() if other != head]
    for number, (row, own) in enumerate(true):
        if number % 2 == 0 and others:
            made = _other_head(model, row, own, others, random)
            kind = "same source, another head"
        else:
            made = _other_row(own, [targets for other, targets in true if other != row], random)
            kind = "another row, same head"
        if made is not None:
            found.append((row.text, made, kind, False))
    shuffled = [found[place] for place in random.permutation(len(found))]
    return tuple(
        Item(str(number), text, targets, kind, label)
        for number, (text, targets, kind, label) in enumerate(shuffled, 1)
    )


def _texts(row: Mapping) -> tuple[str, ...]:
    return tuple(target.text for target in row.targets)


def _other_head(
    model: LanguageModel,
    row: Mapping,
    own: tuple[str, ...],
    others: list[Head],
    random: np.random.Generator,
) -> tuple[str, ...] | None:
    for place in random.permutation(len(others))[:10]:
        [made] = targets_of(model, others[place], [row.token_id], len(own))
        if len(set(made) & set(own)) <= MAX_SHARED:
            return made
    return None


def _other_row(
    own: tuple[str, ...], rows: list[tuple[str, ...]], random: np.random.Generator
) -> tuple[str, ...] | None:
    fitting = [made for made in rows if len(set(made) & set(own)) <= MAX_SHARED]
    return fitting[int(random.integers(len(fitting)))] if fitting else None


@torch.no_grad()
def token_saliencies(model: LanguageModel, head: Head) -> tuple[np.ndarray, np.ndarray]:
    """Ids and saliencies of all source tokens for one head, `[n]` each."""
    factors = layer_factors(model, head.layer, MAPPINGS, [head.index])
    factor, ids, found = norm_factor(factors.w_o)[0], [], []
    for block in source_blocks(model, MAPPINGS.source, MAPPINGS.first_mlp_at_layer_0, _BLOCK):
        rows = block.at(head.layer)
        values = factors.values(rows)[factors.group[0]]
        found.append(saliency(values, factor, rows.norm(dim=-1)))
        ids.append(block.ids)
    return torch.cat(ids).cpu().numpy(), torch.cat(found).double().cpu().numpy()


def token_items(
    model: LanguageModel,
    head: Head,
    held_out: Sequence[Mapping],
    seed: int,
    counts: Sequence[float] | None = None,
    n_rows: int = N_ROWS,
) -> tuple[Item, ...]:
    """Held-out salient tokens, and as many of median saliency and like frequency, shuffled (S2).

    `counts[token id]` are token frequencies; without them the id stands for the rank, as vocabularies
    are sorted by frequency more or less. Special tokens and blank ones are left out of both, and
    other forms of a salient word out of the others. Each salient token takes the
    unused token with the nearest logarithm of count (or of id).
    """
    random = np.random.default_rng([seed, 2])
    ids, found = token_saliencies(model, head)
    ordinary = ~np.isin(ids, list(model.vocabulary.special_ids))
    ids, found = ids[ordinary], found[ordinary]
    low, high = np.quantile(found, MIDDLE)
    salient = {lemma(row.text) for row in held_out}
    texts = {
        token: model.vocabulary.text_of(token)
        for token in ids[(found >= low) & (found <= high)].tolist()
    }
    middle = [one for one, text in texts.items() if text.strip() and lemma(text) not in salient]
    frequency = np.log1p(
        np.arange(max(n_sources(model, MAPPINGS.source), int(ids.max()) + 1))
        if counts is None
        else np.asarray(counts, dtype=float)
    )
    drawn = [held_out[place] for place in random.permutation(len(held_out))]
    special = model.vocabulary.special_ids
    rows = [row for row in drawn if row.token_id not in special and row.text.strip()]
    items = []
    for row in rows[:n_rows]:
        if not middle:
            break
        distances = np.abs(frequency[middle] - frequency[row.token_id])
        matched = middle.pop(int(distances.argmin()))
        items.append((row.text, "salient", True))
        items.append((texts[matched], "median saliency", False))
    shuffled = [items[place] for place in random.permutation(len(items))]
    return tuple(
        Item(str(number), text, (), kind, label)
        for number, (text, kind, label) in enumerate(shuffled, 1)
    )
