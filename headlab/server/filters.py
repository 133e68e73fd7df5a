"""Saved searches, and what filters can choose from, over REST."""

from __future__ import annotations

from headlab.records.page import Facets, FilterToSave, SavedFilter
from headlab.server.site import Site


def facets(site: Site) -> Facets:
    """The values that entries have, each with the number of entries."""
    return site.catalogue.facets()


def list_filters(site: Site) -> tuple[SavedFilter, ...]:
    """The reviewer's own saved searches, by name."""
    from headlab.catalogue.signature import signature

    return site.catalogue.saved_filters(signature(None))


def save_filter(site: Site, name: str, body: FilterToSave) -> SavedFilter:
    """Keep a search under a name, in place of one's own older one of that name."""
    return site.catalogue.save_filter(name, text=body.text, **body.filters)


def forget_filter(site: Site, name: str) -> tuple[SavedFilter, ...]:
    """Remove one of one's own saved searches; answers with those that are left."""
    site.catalogue.forget_filter(name)
    return list_filters(site)
