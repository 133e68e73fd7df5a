"""One number for every head."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from headlab.records.base import Matrix, Record
from headlab.records.head import Head
from headlab.records.provenance import Provenance
from headlab.records.table import Table


class HeadValues(Record):
    """What one analysis measured for every head, `[n_layers, n_heads]`.

    NaN where a head was not measured, or a layer has no heads. `unit` is a unit or what is counted
    ("nats", "probability", "share of positions"); `estimate` marks values that approximate another
    measure. `meaning` says in a sentence what a large value means.
    """

    measure: str = Field(min_length=1)
    title: str
    meaning: str
    unit: str = ""
    estimate: bool = False
    values: Matrix
    provenance: Provenance

    def of(self, head: Head | str) -> float:
        found = Head.parse(head)
        return float(self.values[found.layer, found.index])

    def ranked(self, largest: bool = True) -> list[Head]:
        """Measured heads by value; equals in order of layer and index."""
        flat = self.values.ravel() * (-1 if largest else 1)
        order = np.argsort(flat, kind="stable")
        width = self.values.shape[1]
        return [
            Head(layer=int(place) // width, index=int(place) % width)
            for place in order
            if not np.isnan(flat[place])
        ]

    def best(self) -> Head:
        """The head with the largest value (the first of equals)."""
        return self.ranked()[0]

    def table(self) -> Table:
        """A row for each measured head: layer, head, value."""
        rows = [
            {"layer": head.layer, "head": head.index, self.measure: self.of(head)}
            for head in sorted(self.ranked())
        ]
        return Table.of(
            self.measure,
            rows,
            ("layer", "head", self.measure),
            notes=(self.meaning,),
            provenance=self.provenance,
        )
