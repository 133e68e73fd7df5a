"""Looking after a catalogue: a check of all of it, and a copy beside its file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from headlab.catalogue.errors import CatalogueUnavailable, CopiedElsewhere
from headlab.catalogue.place import find_place
from headlab.catalogue.store import Catalogue
from headlab.records.errors import CatalogueError
from headlab.records.upkeep import MAX_PROBLEMS, CatalogueCheck


def check_catalogue(catalogue: Catalogue) -> CatalogueCheck:
    """Recompute every history and compare; nothing is changed."""
    problems = catalogue.verify()
    return CatalogueCheck(
        entries=catalogue.count(),
        n_problems=len(problems),
        problems=tuple(problems[:MAX_PROBLEMS]),
    )


def check_copy(copy: Path) -> tuple[str, ...]:
    """What is wrong with a backup, by the same check as that of a catalogue; () when it is whole.

    A damaged catalogue gives a damaged copy, which must not replace an older good one unnoticed.
    """
    try:
        with Catalogue.open(copy, create=False) as opened:
            return tuple(opened.verify())
    except CatalogueError as error:
        return (str(error),)


def back_up_beside(catalogue: Catalogue, when: datetime | None = None) -> Path:
    """Copy a catalogue that may be in use to a new file in its folder, named by the time (None: now).

    Raises CopiedElsewhere for PostgreSQL, and CatalogueUnavailable when the file exists or cannot be
    written.
    """
    path = find_place(catalogue.place).path
    if path is None:
        raise CopiedElsewhere(
            "A PostgreSQL catalogue is backed up with pg_dump, where the database can be reached. "
            "Nothing was copied."
        )
    time = f"{when or datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    try:
        return catalogue.backup(path.with_name(f"{path.stem}-{time}.backup{path.suffix}"))
    except CatalogueError as error:
        raise CatalogueUnavailable(str(error)) from error
