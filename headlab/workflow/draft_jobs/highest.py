"""The highest heads of a measure, whether a model or the catalogue's evidence gives the values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeVar

from headlab.records.errors import HeadLabError
from headlab.relations.bundled import relations
from headlab.workflow.known_measures import STATE

T = TypeVar("T")


def check_choice(named: bool, top: int | None, measure: str | None) -> None:
    """Raise HeadLabError unless heads are either `named`, or the `top` ones of a measure, or all."""
    if named and top is not None:
        raise HeadLabError("Name heads or take the top ones of a measure, not both.")
    if (top is None) != (measure is None):
        raise HeadLabError("The top heads need both a number and the measure they are ranked by.")


def ranking_key(measure: str) -> str:
    """The key of a measure; the name of a bundled operation means its relation scores.

    Raises HeadLabError for the states in the catalogue, which have no order.
    """
    key = f"relation/{measure}" if measure in relations() else measure
    if key == STATE:
        raise HeadLabError("States have no order: take the undescribed heads, or another measure.")
    return key


def highest_first(values: Mapping[T, float | None]) -> list[T]:
    """Those with a value, the highest first; equal ones stay in the order they are given in."""
    found = {one: value for one, value in values.items() if value is not None}
    ranked = [one for one, value in found.items() if not math.isnan(value)]
    return sorted(ranked, key=lambda one: -found[one])


def top_words(top: int, measure: str) -> str:
    """Such a choice in words, as a batch keeps it."""
    return f"top {top} by {measure}"
