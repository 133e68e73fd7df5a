"""The catalogue that the settings name, opened when it is first needed and again when it moved."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headlab.catalogue.file_identity import FileId, file_id
from headlab.records.errors import HeadLabError
from headlab.server.notices import Seen

if TYPE_CHECKING:  # SQLAlchemy is loaded by the first use, not by the start of the server
    from headlab.catalogue.place import Place
    from headlab.catalogue.store import Catalogue


@dataclass(frozen=True)
class _Opened:
    place: str
    file: FileId
    catalogue: Catalogue


@dataclass(frozen=True)
class _Failure:
    place: str
    at: float
    message: str


class OpenCatalogue:
    """Gives the catalogue to any thread.

    It is opened again when the settings name another place, or when its file was replaced: a file
    that was deleted while it is open would take every edit with it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: _Opened | None = None
        self._failure: _Failure | None = None
        self._closed = False

    def get(self) -> Catalogue:
        """The catalogue, made on first use; raises CatalogueUnavailable with the reason.

        Those who wait while an opening fails share its outcome; later calls try again.
        """
        from headlab.catalogue.errors import CatalogueUnavailable

        asked = time.monotonic()
        place = _find_place()
        with self._lock:
            if self._closed:
                raise CatalogueUnavailable("The server is stopping.")
            opened, failure = self._opened, self._failure
            if opened and (opened.place, opened.file) == (place.shown, file_id(place.path)):
                return opened.catalogue
            if failure and failure.place == place.shown and failure.at >= asked:
                raise CatalogueUnavailable(failure.message)
            self._let_go()
            try:
                return self._open(place)
            except (HeadLabError, OSError) as error:
                message = _reason(error)
                self._failure = _Failure(place.shown, time.monotonic(), message)
                raise CatalogueUnavailable(message) from error

    def look(self) -> Seen | None:
        """Place and stamp of the catalogue, which is never made for it.

        None while nobody can have seen it: a database that no request has opened yet.
        """
        from headlab.catalogue.stamp import EMPTY

        place = _find_place()
        if place.path is not None and not place.path.exists():
            return Seen(place.shown, EMPTY)
        opened = self._opened  # another thread may let go of it meanwhile
        if place.path is None and (opened is None or opened.place != place.shown):
            return None
        return Seen(place.shown, self.get().stamp())

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._let_go()

    def _open(self, place: Place) -> Catalogue:
        from headlab.catalogue.store import Catalogue

        catalogue = Catalogue.open()
        self._opened = _Opened(place.shown, file_id(place.path), catalogue)
        return catalogue

    def _let_go(self) -> None:
        if self._opened is not None:
            self._opened.catalogue.close()
            self._opened = None


def _find_place() -> Place:
    from headlab.catalogue.errors import CatalogueUnavailable
    from headlab.catalogue.place import find_place

    try:
        return find_place(None)
    except HeadLabError as error:
        raise CatalogueUnavailable(str(error)) from error


def _reason(error: HeadLabError | OSError) -> str:
    return (error.strerror or "it cannot be read") if isinstance(error, OSError) else str(error)
