"""Heads of the model in hand as a page wishes for them, and what drafting them by rules gave."""

from __future__ import annotations

from pydantic import Field

from headlab.records.base import Record
from headlab.records.batch import MAX_HEADS


class HeadsWish(Record):
    """The `top` heads of a measure, or all; of these only those of `layers`, such as `3-5`.

    `undescribed` leaves out heads that have a description in the catalogue.
    """

    top: int | None = Field(default=None, ge=1, le=MAX_HEADS)
    measure: str | None = Field(default=None, max_length=500)
    layers: str | None = Field(default=None, max_length=40)
    undescribed: bool = True


class RuleDrafts(Record):
    """What the rules made of `heads`: how many are described and unclear, and of how many the same
    draft was listed already."""

    heads: int
    described: int
    unclear: int
    unchanged: int
