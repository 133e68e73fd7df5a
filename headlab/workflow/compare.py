"""Two models of a catalogue, or two versions of one, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import get_args

import numpy as np

from headlab.catalogue import Catalogue
from headlab.catalogue.text import words
from headlab.records.card import RelationEvidence
from headlab.records.comparison import CatalogueComparison
from headlab.records.entry import Entry, State
from headlab.records.errors import CatalogueError
from headlab.records.table import Table

PAGE = 1000
ACCEPTED = ("accepted", "edited")

HEAD_NOTES = (
    "profile_similarity: cosine of the relation scores of two heads, over the operations that both "
    "evidence cards hold; the head of B is the one where it is highest. Missing where no operation is "
    "shared or all scores are 0.",
    "shared_operation: the operation with the highest lower score of the two, of those where both "
    "heads score above their shuffled controls.",
    "description_similarity: cosine of TF-IDF vectors of the words of the descriptions in force; "
    "idf = ln((1 + n) / (1 + df)) + 1 over all n descriptions of both. It compares words, not meaning.",
    "same_head_*: the same comparisons with the head of the same address, for versions of one model.",
)
COVERAGE_NOTES = (
    "heads: entries; described: those with a description in force; accepted: by a person, as drafted "
    "or edited. A head counts in each of its categories.",
)


def compare_catalogues(
    catalogue: Catalogue, model_a: str, model_b: str, *, other: Catalogue | None = None
) -> CatalogueComparison:
    """Compare what a catalogue holds of two models, each by name or the start of its fingerprint.

    `other` is the catalogue of the second model, the same one if None. Two versions of a model have
    one name and are told apart by fingerprint. Raises CatalogueError when a model has no entry, or
    is not the only one of that name.
    """
    ours = entries_of(catalogue, model_a)
    theirs = entries_of(other or catalogue, model_b)
    return CatalogueComparison(heads=_heads(ours, theirs), coverage=_coverage(ours, theirs))


def entries_of(catalogue: Catalogue, model: str) -> list[Entry]:
    """All entries of one model, by head; raises CatalogueError when it is none or several."""
    rows = [
        row
        for offset in range(0, catalogue.count(model=model), PAGE)
        for row in catalogue.list(model=model, limit=PAGE, offset=offset)
    ]
    known = sorted({row.model_fingerprint for row in rows})
    if len(known) != 1:
        said = "no model" if not known else f"{len(known)} models"
        which = f": {', '.join(name[:12] for name in known)}" if known else ""
        raise CatalogueError(
            f"The catalogue has {said} {model!r}{which}. Give a name or the start of a fingerprint "
            "that one model has."
        )
    return [catalogue.get(row.id) for row in rows]


def profile_similarity(ours: Sequence[Entry], theirs: Sequence[Entry]) -> np.ndarray:
    """`[n_ours, n_theirs]`: cosine of relation scores over shared operations, NaN for none."""
    names = sorted({row.name for entry in (*ours, *theirs) for row in _relations(entry)})
    a, b = (_profiles(entries, names) for entries in (ours, theirs))
    dot = np.nan_to_num(a) @ np.nan_to_num(b).T
    squares = np.nan_to_num(a) ** 2 @ (~np.isnan(b)).T * (~np.isnan(a) @ (np.nan_to_num(b) ** 2).T)
    with np.errstate(invalid="ignore"):
        return np.where(squares > 0, dot / np.sqrt(squares), np.nan)


def description_similarity(ours: Sequence[str], theirs: Sequence[str]) -> np.ndarray:
    """`[n_ours, n_theirs]`: cosine of TF-IDF vectors, NaN where a text has no words."""
    counts = [Counter(words(text)) for text in (*ours, *theirs)]
    names = {word: place for place, word in enumerate(sorted(set().union(*counts)))}
    matrix = np.zeros((len(counts), len(names)))
    for row, found in enumerate(counts):
        for word, times in found.items():
            matrix[row, names[word]] = times
    empty = np.array([not found for found in counts])
    written = int((~empty).sum())
    matrix *= np.log((1 + written) / (1 + (matrix > 0).sum(axis=0))) + 1
    with np.errstate(invalid="ignore"):
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    similarity = matrix[: len(ours)] @ matrix[len(ours) :].T
    similarity[empty[: len(ours)]] = np.nan
    similarity[:, empty[len(ours) :]] = np.nan
    return similarity


def _heads(ours: list[Entry], theirs: list[Entry]) -> Table:
    profiles = profile_similarity(ours, theirs)
    texts = description_similarity(
        [entry.description for entry in ours], [entry.description for entry in theirs]
    )
    places = {entry.head: place for place, entry in enumerate(theirs)}
    rows = []
    for number, entry in enumerate(ours):
        near, said = _best(profiles[number]), _best(texts[number])
        same = places.get(entry.head)
        shared = None if near is None else _shared(entry, theirs[near])
        rows.append(
            {
                "head_a": str(entry.head),
                "state_a": entry.state,
                "description_a": entry.description,
                "head_b_by_profile": None if near is None else str(theirs[near].head),
                "profile_similarity": _cell(profiles, number, near),
                "shared_operation": shared and shared[0].name,
                "score_a": shared and shared[0].score,
                "score_b": shared and shared[1].score,
                "head_b_by_description": None if said is None else str(theirs[said].head),
                "description_similarity": _cell(texts, number, said),
                "state_b": None if said is None else theirs[said].state,
                "description_b": None if said is None else theirs[said].description,
                "same_head_profile_similarity": _cell(profiles, number, same),
                "same_head_description_similarity": _cell(texts, number, same),
            }
        )
    return Table.of("compared_heads", rows, notes=HEAD_NOTES)


def _coverage(ours: list[Entry], theirs: list[Entry]) -> Table:
    layers = sorted({entry.head.layer for entry in (*ours, *theirs)})
    categories = sorted({name for entry in (*ours, *theirs) for name in entry.categories})
    groups = [("all", ""), *(("layer", str(layer)) for layer in layers)]
    groups += [("category", name) for name in categories]
    groups += [("state", name) for name in get_args(State)]
    rows = []
    for kind, value in groups:
        row: dict[str, str | int] = {"group": kind, "value": value}
        for side, entries in (("a", ours), ("b", theirs)):
            found = [entry for entry in entries if _belongs(entry, kind, value)]
            row[f"heads_{side}"] = len(found)
            row[f"described_{side}"] = sum(bool(entry.description) for entry in found)
            row[f"accepted_{side}"] = sum(entry.state in ACCEPTED for entry in found)
        rows.append(row)
    models = [f"{side}: {entries[0].model_name}, {entries[0].model_fingerprint[:12]}" for side, entries
              in (("A", ours), ("B", theirs))]  # fmt: skip
    return Table.of("compared_coverage", rows, notes=(*models, *COVERAGE_NOTES))


def _belongs(entry: Entry, kind: str, value: str) -> bool:
    if kind == "layer":
        return str(entry.head.layer) == value
    if kind == "state":
        return entry.state == value
    return kind == "all" or value in entry.categories


def _relations(entry: Entry) -> tuple[RelationEvidence, ...]:
    return entry.card.relations if entry.card is not None else ()


def _profiles(entries: Sequence[Entry], names: list[str]) -> np.ndarray:
    found = np.full((len(entries), len(names)), np.nan)
    places = {name: place for place, name in enumerate(names)}
    for number, entry in enumerate(entries):
        for row in _relations(entry):
            found[number, places[row.name]] = row.score
    return found


def _shared(one: Entry, two: Entry) -> tuple[RelationEvidence, RelationEvidence] | None:
    theirs = {row.name: row for row in _relations(two) if row.score > row.control}
    pairs = [
        (row, theirs[row.name])
        for row in _relations(one)
        if row.score > row.control and row.name in theirs
    ]
    return max(pairs, key=lambda pair: min(pair[0].score, pair[1].score), default=None)


def _best(row: np.ndarray) -> int | None:
    """The place of the highest value, the first of equals; None when nothing was measured."""
    return None if np.isnan(row).all() else int(np.nanargmax(row))


def _cell(matrix: np.ndarray, row: int, column: int | None) -> float | None:
    if column is None or np.isnan(matrix[row, column]):
        return None
    return float(matrix[row, column])
