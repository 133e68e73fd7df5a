"""What goes wrong in a catalogue, in words a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from headlab.catalogue.text import clean, explain
from headlab.records.entry import Entry
from headlab.records.errors import CatalogueError
from headlab.records.import_log import HistoryConflict


class StaleEdit(CatalogueError):
    """An edit was made on an older revision than the newest; `current` is the entry as it is."""

    def __init__(self, current: Entry, seen: int) -> None:
        super().__init__(
            f"{current.head} of {current.model_name} was changed meanwhile: the edit was made on "
            f"revision {seen}, the newest is {current.revision}. Look at it again and repeat."
        )
        self.current = current


class ImportRefused(CatalogueError):
    """An import meets entries that were edited on both sides; `conflicts` are all of them."""

    def __init__(self, conflicts: tuple[HistoryConflict, ...]) -> None:
        more = len(conflicts) - 1
        others = f", and {more} more such {'entry' if more == 1 else 'entries'}" if more else ""
        super().__init__(
            f"{conflicts[0].words}{others}. Nothing was imported. A dry run lists all conflicts; "
            "skip_conflicts (--skip-conflicts) leaves these entries as they are and takes the rest."
        )
        self.conflicts = conflicts


class VotesHidden(CatalogueError):
    """Open votes are shown to nobody who has still to judge the entry themselves."""


class VotesMissing(CatalogueError):
    """A decision was made before all who are asked for a vote had cast it; `missing` are they."""

    def __init__(self, head: str, missing: tuple[str, ...]) -> None:
        super().__init__(
            f"{head} still waits for the votes of {', '.join(missing)}. Nothing was decided; to "
            "decide without them: now (--now)."
        )
        self.missing = missing


class Unknown(CatalogueError):
    """The catalogue holds nothing of the name or number that was asked for."""


class UnknownEntry(Unknown):
    """The catalogue has no entry with the id that was asked for."""


class CatalogueUnavailable(CatalogueError):
    """The database cannot be opened, read or written now; the same call may succeed later."""


class DamagedEntry(CatalogueError):
    """A stored row cannot be read any more."""


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn errors of the database and of values it does not take into CatalogueError."""
    try:
        yield
    except CatalogueError:
        raise
    except ValidationError as error:
        raise CatalogueError(f"Not valid for the catalogue: {explain(error)}.") from error
    except UnicodeDecodeError as error:
        raise CatalogueUnavailable(
            f"The catalogue {place}: the file is damaged, text in it cannot be read. Keep it as it is, "
            "and restore a backup elsewhere."
        ) from error
    except OverflowError as error:
        raise CatalogueError(f"A number is too large for the catalogue: {error}.") from error
    except SQLAlchemyError as error:
        raise CatalogueUnavailable(f"The catalogue {place}: {_advice(error)}") from error


def _advice(error: SQLAlchemyError) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    said = clean(str(original)).strip()
    if "locked" in said or "busy" in said:
        return f"another program kept it busy too long ({said}). Nothing was changed; try again."
    if "malformed" in said or "not a database" in said:
        return f"the file is damaged ({said}). Keep it as it is, and restore a backup elsewhere."
    if "full" in said or "I/O error" in said:
        return f"the disk refused to write ({said}). Nothing was changed; free space and try again."
    if "readonly" in said or "unable to open" in said:
        return f"it cannot be opened for writing ({said}). Check the folder and its permissions."
    return f"the database refused: {said}"
