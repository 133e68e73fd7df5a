"""What looking after a catalogue gave: a check of all of it, a copy of it."""

from __future__ import annotations

from pydantic import Field

from headlab.records.base import Record

MAX_PROBLEMS = 200
"""Problems that a page is told; the command line tells all."""


class CatalogueCheck(Record):
    """Whether a catalogue of `entries` entries is what its histories say.

    `problems` are those of the `n_problems` found that come first, none when all is well.
    """

    entries: int
    n_problems: int
    problems: tuple[str, ...]


def _nothing(value: object) -> bool:
    return not value


class CatalogueCopy(Record):
    """The name of a copy, in the folder of the catalogue's own file, and its size in bytes.

    `n_problems`: how many a check of the copy found; what is damaged is so in the catalogue too.
    """

    file: str
    size: int
    n_problems: int = Field(default=0, exclude_if=_nothing)
