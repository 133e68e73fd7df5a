"""A whole catalogue at a glance: what it holds, who worked on it, and how far they agree."""

from __future__ import annotations

from headlab.records.agreement import Agreement
from headlab.records.base import Record
from headlab.records.page import CatalogueOverview, Facets


class CatalogueReport(Record):
    """`drafters`: how many entries have a draft by each, the most first, then by name.

    `agreement` is over the votes that decisions rest on, and `agreement.shares` over drafts that were
    decided on or voted about.
    """

    overview: CatalogueOverview
    facets: Facets
    drafters: dict[str, int]
    agreement: Agreement
