"""A page of the catalogue's entries, and what they can be filtered by."""

from __future__ import annotations

from headlab.records.base import Record
from headlab.records.entry import EntrySummary


class ModelCount(Record):
    """A model in the catalogue and its number of entries."""

    name: str
    fingerprint: str
    entries: int


class EntryPage(Record):
    """Entries from `offset` on, of `total` that match; `place` is where the catalogue is."""

    entries: tuple[EntrySummary, ...]
    total: int
    offset: int
    place: str
    warnings: tuple[str, ...] = ()


class CatalogueOverview(Record):
    """Counts over the whole catalogue; `stamp` changes with every change to it."""

    place: str
    stamp: str
    total: int
    states: dict[str, int]
    models: tuple[ModelCount, ...]
    warnings: tuple[str, ...] = ()
