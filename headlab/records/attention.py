"""Where heads look: patterns, metrics, and what detectors found."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from headlab.records.base import Matrix, Record
from headlab.records.draft import Stage
from headlab.records.head import Head
from headlab.records.head_values import HeadValues
from headlab.records.provenance import Provenance
from headlab.records.table import Table

CORRELATIONAL = (
    "These measures are correlational: they say where heads look and which tokens later ones look "
    "back at, not what would change without them."
)


def _as_vector(value: Any) -> np.ndarray:
    if isinstance(value, list):  # JSON has no NaN: it is written as null
        value = [np.nan if cell is None else cell for cell in value]
    vector = np.array(value, dtype=np.float64)
    if vector.ndim != 1:
        raise ValueError(f"expected one number a token, got {vector.ndim} dimensions")
    vector.setflags(write=False)
    return vector


def _as_list(vector: np.ndarray) -> list[float | None]:
    return [None if np.isnan(cell) else float(cell) for cell in vector]


Vector = Annotated[
    np.ndarray,
    PlainValidator(_as_vector),
    PlainSerializer(_as_list),
    WithJsonSchema(
        {"type": "array", "items": {"anyOf": [{"type": "number"}, {"type": "null"}]}},
    ),
]
"""A read-only float64 array with one number a token; JSON writes null for NaN."""


class AttentionPattern(Record):
    """Attention probabilities of one head on one text, `[destination, source]`.

    `tokens` are escaped texts (see `records.text`), one for each row and column.
    """

    head: Head
    token_ids: tuple[int, ...]
    tokens: tuple[str, ...]
    pattern: Matrix
    provenance: Provenance


class AttentionMetrics(Record):
    """Several metrics of all heads on the same texts."""

    metrics: tuple[HeadValues, ...] = Field(min_length=1)

    def __getitem__(self, name: str) -> HeadValues:
        for metric in self.metrics:
            if metric.measure == name:
                return metric
        raise KeyError(name)

    def names(self) -> tuple[str, ...]:
        return tuple(metric.measure for metric in self.metrics)

    def table(self) -> Table:
        """A row for each measured head, a column for each metric."""
        heads = sorted({head for metric in self.metrics for head in metric.ranked()})
        return Table.of(
            "attention_metrics",
            (
                {"layer": head.layer, "head": head.index}
                | {metric.measure: metric.of(head) for metric in self.metrics}
                for head in heads
            ),
            ("layer", "head", *self.names()),
            notes=tuple(f"{one.measure} ({one.unit}): {one.meaning}" for one in self.metrics),
            provenance=self.metrics[0].provenance,
        )


class HeadDetection(HeadValues):
    """How far each head does what a named head of the literature does; larger is more so.

    `head_name` and `stages` are those of the survey (arXiv 2409.03752; a head that is not in it has
    no stage), `source` says where the detector is from. `control` is the value to compare with, and
    `control_is` says what it is: without it a value means little. `detail` is a second number of
    each head, named by `detail_is`.
    """

    head_name: str
    stages: tuple[Stage, ...] = ()
    source: str
    control: float | None = None
    control_is: str = ""
    detail: Matrix | None = None
    detail_is: str = ""

    def detail_of(self, head: Head | str) -> float | None:
        """The second number of a head; None where the detector has none."""
        if self.detail is None:
            return None
        found = Head.parse(head)
        return float(self.detail[found.layer, found.index])


class SkippedDetector(Record):
    """A detector that did not run, and why."""

    name: str
    reason: str


class HeadDetections(Record):
    """What the detectors found in one model, and those that did not apply to it."""

    found: tuple[HeadDetection, ...]
    skipped: tuple[SkippedDetector, ...] = ()

    def __getitem__(self, name: str) -> HeadDetection:
        for detection in self.found:
            if detection.measure == name:
                return detection
        raise KeyError(name)

    def names(self) -> tuple[str, ...]:
        return tuple(detection.measure for detection in self.found)

    def table(self, n_heads: int = 3) -> Table:
        """The `n_heads` best heads of every detector, beside its control."""
        columns = (
            "detector",
            "head_name",
            "stages",
            "rank",
            "layer",
            "head",
            "value",
            "control",
            "unit",
            "detail",
        )
        rows = [
            {
                "detector": found.measure,
                "head_name": found.head_name,
                "stages": " ".join(found.stages),
                "rank": rank,
                "layer": head.layer,
                "head": head.index,
                "value": found.of(head),
                "control": found.control,
                "unit": found.unit,
                "detail": found.detail_of(head),
            }
            for found in self.found
            for rank, head in enumerate(found.ranked()[:n_heads], 1)
        ]
        notes = [_note(found) for found in self.found]
        notes += [f"{skipped.name} did not run: {skipped.reason}" for skipped in self.skipped]
        made = self.found[0].provenance if self.found else None
        return Table.of("detected_heads", rows, columns, notes=tuple(notes), provenance=made)


class AttentionReport(Record):
    """Metrics and detections of one model."""

    metrics: AttentionMetrics
    detections: HeadDetections

    def table(self) -> Table:
        """A row for each head and measure."""
        columns = ("kind", "measure", "layer", "head", "value", "unit", "control", "stages")
        rows = [
            {
                "kind": "detector" if isinstance(one, HeadDetection) else "metric",
                "measure": one.measure,
                "layer": head.layer,
                "head": head.index,
                "value": one.of(head),
                "unit": one.unit,
                "control": one.control if isinstance(one, HeadDetection) else None,
                "stages": " ".join(one.stages) if isinstance(one, HeadDetection) else "",
            }
            for one in (*self.metrics.metrics, *self.detections.found)
            for head in sorted(one.ranked())
        ]
        metrics = self.metrics.table()
        notes = (*metrics.notes, *self.detections.table().notes)
        return Table.of("attention", rows, columns, notes=notes, provenance=metrics.provenance)


def _note(found: HeadDetection) -> str:
    control = f" Control: {found.control_is}." if found.control_is else ""
    detail = f" Detail: {found.detail_is}." if found.detail_is else ""
    return f"{found.measure}: {found.meaning}{control}{detail}"


class PreplanAnchor(Record):
    """Where heads look while a response is read, and which of its tokens plan and anchor it.

    `tokens`, `waad`, `change`, `fai` and the credits have one entry for each response token, and
    `preplan`, `anchors` and `introduced` (pairs of an anchor and the token that introduces it) are
    numbers of response tokens, from 0; `start` is the position of the first in the whole text.
    `change` is `|WAAD_t - WAAD_{t+1}|`, NaN at the last token; `fai` is NaN where no later token is
    far enough. The credits multiply non-negative advantages. All of it is correlational.
    """

    token_ids: tuple[int, ...]
    tokens: tuple[str, ...]
    start: int
    distance: HeadValues
    local_heads: tuple[Head, ...]
    global_heads: tuple[Head, ...]
    waad: Vector
    change: Vector
    fai: Vector
    preplan: tuple[int, ...]
    anchors: tuple[int, ...]
    introduced: tuple[tuple[int, int], ...]
    local_credit: Vector
    global_credit: Vector
    coupled_credit: Vector
    provenance: Provenance

    def table(self) -> Table:
        """A row for each response token."""
        introducing = dict(self.introduced)
        rows = [
            {
                "token": token,
                "text": text,
                "waad": float(self.waad[token]),
                "waad_change": float(self.change[token]),
                "fai": float(self.fai[token]),
                "preplan": token in self.preplan,
                "anchor": token in self.anchors,
                "introduced_by": introducing.get(token),
                "local_credit": float(self.local_credit[token]),
                "global_credit": float(self.global_credit[token]),
                "coupled_credit": float(self.coupled_credit[token]),
            }
            for token, text in enumerate(self.tokens)
        ]
        notes = (
            CORRELATIONAL,
            "token: number in the response, from 0.",
            "waad: how far local heads look back, at most the window, in tokens. waad_change: to "
            "the next token's.",
            "fai: mean attention of global heads at later tokens; empty where none is far enough.",
        )
        return Table.of(
            "preplan_anchor", rows, tuple(rows[0]), notes=notes, provenance=self.provenance
        )
