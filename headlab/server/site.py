"""What the operations work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headlab.server.draft_worker import DraftWorker
from headlab.server.open_catalogue import OpenCatalogue

if TYPE_CHECKING:  # SQLAlchemy is loaded by the first use, not by the start of the server
    from headlab.catalogue import Catalogue
    from headlab.catalogue.jobs import JobLedger


@dataclass(frozen=True)
class Site:
    """The catalogue in force and the batches at work, for any thread."""

    opened: OpenCatalogue
    drafting: DraftWorker

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue that the settings name; raises CatalogueUnavailable."""
        return self.opened.get()

    @property
    def ledger(self) -> JobLedger:
        """The ledger of draft jobs in that catalogue."""
        from headlab.catalogue.jobs import JobLedger

        return JobLedger.of(self.catalogue)
