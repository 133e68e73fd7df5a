"""A page of the catalogue's entries, and what they can be filtered by."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, FiniteFloat
from typing_extensions import TypedDict

from headlab.records.base import Record, nothing
from headlab.records.entry import EntrySummary, State


class FilterFields(TypedDict, total=False):
    """What a list of entries is narrowed to; a field that is None or left out narrows nothing.

    `model` is a name, or the start of a fingerprint. `state`: one of `StateFilter`; "in_review" are
    entries with an open vote, and drafted ones that someone is asked about. `layer_from` and
    `layer_to` are included.
    `reviewer`: whose review is among the entry's. `score_from` and `score_to` bound the relation
    score of `operation`, of any operation if none is given. `has_failed_test`: whether a test of
    the description in force failed.
    """

    model: str | None
    state: str | None
    layer: int | None
    layer_from: int | None
    layer_to: int | None
    category: str | None
    stage: str | None
    tag: str | None
    head_name: str | None
    reviewer: str | None
    operation: str | None
    score_from: FiniteFloat | None
    score_to: FiniteFloat | None
    has_failed_test: bool | None


def filter_words(text: str, filters: FilterFields) -> tuple[str, ...]:
    """Words and filters of a search as a person reads them, such as "layer from 3"; none for none."""
    said = tuple(
        f"{name.replace('_', ' ')} {value}" for name, value in filters.items() if value is not None
    )
    words = text.strip()[:200]
    return (f"with the words {words!r}", *said) if words else said


IN_REVIEW: Literal["in_review"] = "in_review"
"""No stored state: a value of `state` for entries that people are judging, whatever their state."""

StateFilter = Literal[State, "in_review"]

Sort = Literal["head", "state", "updated", "score"]
"""Orders of a list: by model and head, by state, by time of the last change (newest first), by the
highest relation score, of `operation` where one is given (highest first)."""


class SavedFilter(Record):
    """A search that a person gave a name; names are unique for each author."""

    author: str = Field(min_length=1, max_length=200)
    name: str = Field(min_length=1, max_length=200)
    text: str = Field(default="", max_length=10_000)
    filters: FilterFields
    updated_at: datetime


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


class FilterToSave(Record):
    """A search to be kept under a name."""

    text: str = Field(default="", max_length=10_000)
    filters: FilterFields = Field(default_factory=lambda: FilterFields())


class Facets(Record):
    """The values that entries have, each with the number of entries: what a filter can choose from.

    `operations` are those of evidence cards, `reviewers` those of decisions.
    """

    categories: dict[str, int]
    stages: dict[str, int]
    tags: dict[str, int]
    head_names: dict[str, int]
    reviewers: dict[str, int]
    operations: dict[str, int]


class CatalogueOverview(Record):
    """Counts over the whole catalogue; `stamp` changes with every change to its entries.

    `in_review` are entries that are counted among `states` too.
    """

    place: str
    stamp: str
    total: int
    states: dict[str, int]
    in_review: int = Field(default=0, exclude_if=nothing)
    models: tuple[ModelCount, ...]
    warnings: tuple[str, ...] = ()
