"""Two models of a catalogue, or two versions of one, side by side."""

from __future__ import annotations

from headlab.records.base import Record
from headlab.records.table import Table


class CatalogueComparison(Record):
    """`heads`: each head of A with the nearest of B. `coverage`: counts by layer and category."""

    heads: Table
    coverage: Table
