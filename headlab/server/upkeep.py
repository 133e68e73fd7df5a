"""Looking after the catalogue over REST."""

from __future__ import annotations

from headlab.records.upkeep import CatalogueCheck, CatalogueCopy
from headlab.server.site import Site

ELSEWHERE = "The catalogue is a PostgreSQL database, which is backed up with pg_dump."


def verify_catalogue(site: Site) -> CatalogueCheck:
    """Recompute every history of the catalogue and compare; nothing is changed."""
    from headlab.catalogue.upkeep import check_catalogue

    return check_catalogue(site.catalogue)


def back_up_catalogue(site: Site) -> CatalogueCopy:
    """Copy the catalogue while it is in use, to a new file beside its own, and check the copy.

    The file is named by the time. A copy in which problems were found is kept.
    """
    from headlab.catalogue.upkeep import back_up_beside, check_copy

    copy = back_up_beside(site.catalogue)
    return CatalogueCopy(file=copy.name, size=copy.stat().st_size, n_problems=len(check_copy(copy)))
