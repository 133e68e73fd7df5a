"""What the head map can show."""

from __future__ import annotations

from typing import Literal

from headlab.records.base import Matrix, Record
from headlab.records.head import Head
from headlab.records.provenance import Provenance

MeasureGroup = Literal["overview", "relation", "suppression", "ablation", "attention", "catalogue"]
MeasureScale = Literal["sequential", "diverging", "state"]


class Measure(Record):
    """One number per head that can be drawn on the map.

    `key` is its identity, such as `relation/country_to_capital`. `group` and `category` order the
    list; `unit` names the number ("share of pairs", "nats"). `computed` says whether the values are
    there already; `estimate_seconds` is what computing them would take, None where unknown. A
    measure that cannot be had has its `reason`.
    """

    key: str
    group: MeasureGroup
    category: str = ""
    title: str
    explanation: str
    unit: str
    scale: MeasureScale
    computed: bool
    estimate_seconds: float | None = None
    reason: str = ""


class MeasureValues(Record):
    """The values of a measure, NaN where a head has none.

    `values` is `[n_layers, n_heads]`; for the catalogue's states it holds indices into `labels`.
    `control` is what a head without the function would reach, where there is such a control, and
    `control_is` its short name (for scores: the highest value of any head with shuffled targets).
    """

    measure: Measure
    values: Matrix
    labels: tuple[str, ...] = ()
    control: float | None = None
    control_is: str = ""
    n_pairs: int | None = None
    k: int | None = None
    best: Head | None = None
    provenance: Provenance | None = None
