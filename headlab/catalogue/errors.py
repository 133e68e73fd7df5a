"""What goes wrong in a catalogue, in words a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from headlab.catalogue.damage import is_undecodable
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


class NotYourName(CatalogueError):
    """A vote was to be replaced that its reviewer cast signed in, by someone who is not."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} voted on this signed in at a Jupyter server, so that only {name}, signed in, can "
            "vote anew. Vote under your own name."
        )


class Unknown(CatalogueError):
    """The catalogue holds nothing of the name or number that was asked for."""


class UnknownEntry(Unknown):
    """The catalogue has no entry with the id that was asked for."""


class CatalogueUnavailable(CatalogueError):
    """The database cannot be opened, read or written now; the same call may succeed later."""


class NoCatalogue(CatalogueUnavailable):
    """There is no catalogue at a place that was only to be read; `is_default`: nobody named it."""

    def __init__(self, place: str, *, is_default: bool = False) -> None:
        what = "No catalogue has been made yet" if is_default else "There is no catalogue there"
        super().__init__(
            f"{what} ({place}). 'headlab draft MODEL --best 5' makes one and keeps its drafts in it, "
            "'headlab catalogue import FILE' makes one of an export."
        )


class CopiedElsewhere(CatalogueError):
    """The database of this catalogue has its own tool for backups."""


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
        if isinstance(error, DBAPIError) and is_undecodable(error):  # its words repeat the row's
            raise DamagedEntry(
                f"The catalogue {place} holds text that cannot be read; run verify, which names the "
                "rows."
            ) from error
        raise CatalogueUnavailable(f"The catalogue {place}: {_advice(error)}") from error


_NO_SERVER = ("connection failed", "resolve host", "connection timeout", "timeout expired")


def _advice(error: SQLAlchemyError) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    said = " ".join(clean(str(original)).split())
    if "locked" in said or "busy" in said:
        return f"another program kept it busy too long ({said}). Nothing was changed; try again."
    if "malformed" in said or "not a database" in said:
        return f"the file is damaged ({said}). Keep it as it is, and restore a backup elsewhere."
    if "full" in said or "I/O error" in said:
        return f"the disk refused to write ({said}). Nothing was changed; free space and try again."
    if "readonly" in said or "unable to open" in said:
        return f"it cannot be opened for writing ({said}). Check the folder and its permissions."
    if "deadlock" in said or "could not serialize" in said:
        return "others changed the same entries at that moment. Nothing was changed; try again."
    if any(sign in said for sign in _NO_SERVER):
        return f"no connection ({said}). Check that the server runs, and host, port, user and password."
    return f"the database refused: {said}"
