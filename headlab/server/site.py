"""What the operations work on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from headlab.server.draft_worker import DraftWorker
from headlab.server.open_catalogue import OpenCatalogue
from headlab.server.problems import Refusal

if TYPE_CHECKING:  # SQLAlchemy is loaded by the first use, not by the start of the server
    from headlab.catalogue import Catalogue
    from headlab.catalogue.jobs import JobLedger

ELSEWHERE = (
    "Nothing was done: the catalogue is at another place now, where numbers mean other entries."
)


@dataclass(frozen=True)
class Site:
    """The catalogue in force and the batches at work, for any thread.

    With a `place` no catalogue is given but the one that is there.
    """

    opened: OpenCatalogue
    drafting: DraftWorker
    place: str | None = None

    def meant_for(self, place: str | None) -> Site:
        """The same for work that is meant for one catalogue; None: whichever is in force."""
        return replace(self, place=place)

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue that the settings name; raises CatalogueUnavailable.

        Raises a Refusal where that is not the one that the work is meant for.
        """
        found = self.opened.get()
        if self.place is not None and found.place != self.place:
            raise Refusal(HTTPStatus.PRECONDITION_FAILED, "stale", ELSEWHERE)
        return found

    @property
    def ledger(self) -> JobLedger:
        """The ledger of draft jobs in that catalogue."""
        from headlab.catalogue.jobs import JobLedger

        return JobLedger.of(self.catalogue)
