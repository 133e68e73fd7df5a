"""What a person decides or notes about an entry, as it travels from a page to the catalogue."""

from __future__ import annotations

from pydantic import Field

from headlab.records.base import Record
from headlab.records.draft import Stage
from headlab.records.entry import Decision


class ReviewEdit(Record):
    """A decision about the draft `draft_id`, the newest if None. None leaves a list as it is."""

    decision: Decision
    description: str = Field(default="", max_length=4000)
    reason: str = Field(default="", max_length=4000)
    rating: int | None = Field(default=None, ge=1, le=5)
    draft_id: int | None = None
    categories: tuple[str, ...] | None = None
    stages: tuple[Stage, ...] | None = None


class Annotation(Record):
    """Note, tags, categories and stages of an entry; None leaves one as it is."""

    note: str | None = Field(default=None, max_length=20_000)
    tags: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    stages: tuple[Stage, ...] | None = None
