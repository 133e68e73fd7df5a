"""Effects of pairs as a record."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pydantic import JsonValue
from torch import Tensor

from headlab.analyses.patching.clean_corrupted import Batch, PairSet
from headlab.analyses.patching.metric import UNITS
from headlab.analyses.provenance import provenance_of
from headlab.models.language_model import LanguageModel
from headlab.records.head_values import HeadValues
from headlab.records.patching import Direction, Kind, Metric, Patching
from headlab.records.provenance import Provenance

VERSION = 1
SHOWN = 40
"""Longest list of positions that a title repeats."""
KINDS: dict[Kind, tuple[str, str, str]] = {
    "activation": ("patching", "activation_patching", "Activation patching"),
    "path": ("path_patching", "path_patching", "Path patching"),
    "attribution": (
        "attribution_patching",
        "attribution_patching",
        "Attribution patching (estimate)",
    ),
}
"""Measure, analysis and title of each kind."""


class Effects:
    """Collects a number for each head and pair, then makes the record.

    `clean` and `corrupted` `[n_pairs]` are the metric without patching; `of_heads`
    `[n_pairs, n_layers, n_heads]` the effects, NaN until measured.
    """

    def __init__(self, model: LanguageModel, pairs: PairSet):
        self.model, self.pairs = model, pairs
        facts = model.facts
        self.clean, self.corrupted = (np.full(len(pairs), np.nan) for _ in range(2))
        self.of_heads = np.full((len(pairs), facts.n_layers, facts.n_heads), np.nan)

    def keep_ends(self, batch: Batch, direction: Direction, source: Tensor, base: Tensor) -> None:
        """The metric `[n]` of both runs of a batch."""
        rows = list(batch.numbers)
        clean, corrupted = (source, base) if direction == "denoise" else (base, source)
        self.clean[rows], self.corrupted[rows] = clean.cpu().numpy(), corrupted.cpu().numpy()

    def keep(
        self,
        batch: Batch,
        layer: int,
        heads: int | slice,
        direction: Direction,
        change: Tensor,
    ) -> None:
        """The change of the metric by one head `[n]`, or by several `[n, heads]`: a gain counts in
        denoise, a loss in noise."""
        gained = change if direction == "denoise" else -change
        self.of_heads[list(batch.numbers), layer, heads] = gained.cpu().numpy()

    def record(
        self,
        kind: Kind,
        metric: Metric,
        direction: Direction,
        parameters: Mapping[str, JsonValue],
        seconds: float,
        path: str = "",
    ) -> Patching:
        """The record; `path` describes a path from the head on, for title and meaning."""
        measure, analysis, title = KINDS[kind]
        vocabulary, pairs = self.model.vocabulary, self.pairs
        provenance = provenance_of(
            self.model.facts,
            analysis,
            VERSION,
            {"metric": metric, "direction": direction, "positions": pairs.positions, **parameters},
            prompts_hash=pairs.hash,
            seconds=seconds,
        )
        return Patching(
            kind=kind,
            metric=metric,
            direction=direction,
            positions=pairs.positions,
            effect=self._mean(measure, title, kind, metric, direction, path, provenance),
            effects=self.of_heads.reshape(len(pairs), -1),
            clean=tuple(self.clean.tolist()),
            corrupted=tuple(self.corrupted.tolist()),
            answers=vocabulary.texts(pairs.answer_ids),
            answer_ids=pairs.answer_ids,
        )

    def _mean(
        self,
        measure: str,
        title: str,
        kind: Kind,
        metric: Metric,
        direction: Direction,
        path: str,
        provenance: Provenance,
    ) -> HeadValues:
        at = self.pairs.positions if len(self.pairs.positions) <= SHOWN else "as listed"
        moved = f"{metric} of the answer, mean over {len(self.pairs)} pairs"
        if direction == "denoise":
            meaning = f"what the corrupted run gains with the head's clean value: {moved}"
        else:
            sent = f" sent{path}" if path else ""
            meaning = f"what the clean run loses with the head's corrupted value{sent}: {moved}"
        if kind == "attribution":
            meaning += "; a first-order estimate"
        return HeadValues(
            measure=measure,
            title=f"{title}{path}, {direction}, {metric}, positions: {at}",
            meaning=meaning,
            unit=UNITS[metric],
            estimate=kind == "attribution",
            values=self.of_heads.mean(0),
            provenance=provenance,
        )
