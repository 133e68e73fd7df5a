"""Which heads have an operation, which have several, and how alike the heads of a KV group are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from headlab.models.language_model import LanguageModel
from headlab.records.scores import RelationScores
from headlab.records.table import Table

TAU = 0.15
"""A head implements a relation when its score exceeds this, and the shuffled control (MAPS)."""
DRAWS = 999


def implemented(scores: Sequence[RelationScores], tau: float = TAU) -> np.ndarray:
    """Does a head's score exceed `tau` and the control? bool `[n_relations, n_layers, n_heads]`."""
    return np.stack([one.relation > max(tau, one.control or 0.0) for one in scores])


def coverage_tables(
    model: LanguageModel, scores: Sequence[RelationScores], tau: float = TAU
) -> list[Table]:
    """Per layer and category; a summary; how many heads have how many roles; the roles of each head."""
    found = implemented(scores, tau)
    categories = list(dict.fromkeys(one.category for one in scores))
    by_category = np.stack(
        [
            found[[one.category == category for one in scores]].sum(0)  # operations of each head
            for category in categories
        ]
    )
    note = (
        f"A head has an operation when its relation score exceeds {tau} and the shuffled control of "
        f"that operation; {len(scores)} operations were scored."
    )
    return [
        _by_layer(model, by_category, categories, note),
        _summary(model, by_category, note),
        _roles(model, by_category, note),
        _heads(model, scores, found, note),
    ]


def _by_layer(
    model: LanguageModel, by_category: np.ndarray, categories: Sequence[str], note: str
) -> Table:
    rows = []
    for layer in model.head_layers:
        for name, counts in zip(
            ("any", *categories), (by_category.sum(0), *by_category), strict=True
        ):
            covered = int((counts[layer] > 0).sum())
            rows.append(
                {
                    "layer": layer,
                    "category": name,
                    "n_heads": model.facts.n_heads,
                    "n_covered": covered,
                    "share": covered / model.facts.n_heads,
                }
            )
    notes = (note, "share: heads of the layer with at least one operation of the category.")
    return Table.of("coverage", rows, notes=notes)


def _summary(model: LanguageModel, by_category: np.ndarray, note: str) -> Table:
    layers = list(model.head_layers)
    per_head = by_category[:, layers].reshape(len(by_category), -1)
    operations, kinds = per_head.sum(0), (per_head > 0).sum(0)
    covered = int((operations > 0).sum())
    rows = [
        ("heads with an operation", covered, per_head.shape[1]),
        ("heads with several operations", int((operations > 1).sum()), covered),
        (
            "heads with several operations of one category",
            int((per_head > 1).any(0).sum()),
            covered,
        ),
        ("heads with operations of several categories", int((kinds > 1).sum()), covered),
    ]
    return Table.of(
        "coverage_summary",
        [
            {
                "measure": name,
                "n_heads": count,
                "of": whole,
                "share": count / whole if whole else None,
            }
            for name, count, whole in rows
        ],
        notes=(note, "of: all heads in the first row, heads with an operation in the others."),
    )


def _roles(model: LanguageModel, by_category: np.ndarray, note: str) -> Table:
    layers = list(model.head_layers)
    per_head = by_category[:, layers].reshape(len(by_category), -1)
    counts = Counter(zip(per_head.sum(0).tolist(), (per_head > 0).sum(0).tolist(), strict=True))
    rows = [
        {"n_operations": operations, "n_categories": categories, "n_heads": count}
        for (operations, categories), count in sorted(counts.items())
    ]
    return Table.of("coverage_roles", rows, notes=(note,))


def _heads(
    model: LanguageModel, scores: Sequence[RelationScores], found: np.ndarray, note: str
) -> Table:
    rows = []
    for head in model.heads():
        own = [
            one for one, has in zip(scores, found[:, head.layer, head.index], strict=True) if has
        ]
        own.sort(key=lambda one: -one.of(head))
        rows.append(
            {
                "layer": head.layer,
                "head": head.index,
                "n_operations": len(own),
                "n_categories": len({one.category for one in own}),
                "operations": "; ".join(one.name for one in own),
            }
        )
    return Table.of("coverage_heads", rows, notes=(note, "operations: highest score first."))


def profiles(scores: Sequence[RelationScores]) -> np.ndarray:
    """Relation scores of each head as a unit vector, `[n_layers, n_heads, n_relations]`.

    NaN for a head without any score above 0. The product of two is their likeness (cosine).
    """
    stacked = np.stack([one.relation for one in scores], -1)
    norms = np.linalg.norm(stacked, axis=-1, keepdims=True)
    return np.divide(stacked, norms, out=np.full_like(stacked, np.nan), where=norms > 0)


def kv_group_table(
    model: LanguageModel, scores: Sequence[RelationScores], draws: int = DRAWS, seed: int = 0
) -> Table | None:
    """Likeness of relation profiles within KV groups against heads of other groups of the layer.

    p is the share of `draws` in which heads dealt to groups at random are as much more alike within
    their groups. None when a layer has one group, or every head its own.
    """
    facts = model.facts
    if facts.n_kv_heads in (1, facts.n_heads):
        return None
    groups = np.array([facts.kv_head(index) for index in range(facts.n_heads)])
    random = np.random.default_rng(seed)
    dealt = np.stack([groups, *(random.permutation(groups) for _ in range(draws))])
    same = dealt[:, :, None] == dealt[:, None, :]
    own = profiles(scores)
    rows, gaps = [], []
    for layer in model.head_layers:
        likeness = own[layer] @ own[layer].T
        known = np.triu(np.isfinite(likeness), 1)
        within, between = known & same, known & ~same
        values = np.where(known, likeness, 0.0)
        means = [
            np.divide(
                (values * which).sum((1, 2)),
                which.sum((1, 2)),
                out=np.full(draws + 1, np.nan),
                where=which.any((1, 2)),
            )
            for which in (within, between)
        ]
        gaps.append(means[0] - means[1])
        rows.append(
            {
                "layer": str(layer),
                "within": float(means[0][0]),
                "between": float(means[1][0]),
                "n_within": int(within[0].sum()),
                "n_between": int(between[0].sum()),
                "p": _share_at_least(gaps[-1]),
            }
        )
    return _kv_table(rows, np.array(gaps), draws, seed)


def _kv_table(rows: list[dict], gaps: np.ndarray, draws: int, seed: int) -> Table:
    weighted = {
        side: _mean([row[side] for row in rows], [row[f"n_{side}"] for row in rows])
        for side in ("within", "between")
    }
    measured = gaps[np.isfinite(gaps[:, 0])]
    whole = {
        "layer": "all",
        **weighted,
        "n_within": sum(row["n_within"] for row in rows),
        "n_between": sum(row["n_between"] for row in rows),
        "p": _share_at_least(np.nanmean(measured, 0)) if len(measured) else float("nan"),
    }
    notes = (
        "within, between: mean cosine of relation profiles of two heads of one KV group, and of two "
        "groups of the same layer; heads without any score are left out.",
        f"p: (1 + random deals of the heads to groups with as large a gap) / (1 + {draws}), "
        f"seed {seed}; the row 'all' compares the mean gap over layers.",
    )
    return Table.of("coverage_kv_groups", [whole, *rows], notes=notes)


def _share_at_least(gaps: np.ndarray) -> float:
    """p of the first gap among the others, which are random ones."""
    if not np.isfinite(gaps[0]):
        return float("nan")
    others = gaps[1:][np.isfinite(gaps[1:])]
    return float((1 + (others >= gaps[0] - 1e-12).sum()) / (1 + len(others)))


def _mean(values: Sequence[float], weights: Sequence[int]) -> float:
    pairs = [(value, n) for value, n in zip(values, weights, strict=True) if n]
    total = sum(n for _, n in pairs)
    return sum(value * n for value, n in pairs) / total if total else float("nan")
