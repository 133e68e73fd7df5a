"""A whole catalogue at a glance."""

from __future__ import annotations

from collections import Counter

from headlab.catalogue import Catalogue
from headlab.records.catalogue_report import CatalogueReport
from headlab.workflow.agreement import agreement


def catalogue_report(catalogue: Catalogue, seed: int = 0) -> CatalogueReport:
    """Counts, facets, drafters and agreement of all entries; `seed` is that of the bootstrap.

    Votes that nobody has decided on yet are not counted. Raises CatalogueError where the catalogue
    cannot be read.
    """
    cases = catalogue.review_round.cases()
    drafters = Counter(name for case in cases for name in set(case.drafts.values()))
    return CatalogueReport(
        overview=catalogue.overview(),
        facets=catalogue.facets(),
        drafters=dict(sorted(drafters.items(), key=lambda one: (-one[1], one[0]))),
        agreement=agreement(cases, seed=seed),
    )
