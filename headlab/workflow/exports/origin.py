"""What a reader must know of an export as a whole: when, with what, what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args

from headlab.analyses.provenance import headlab_version
from headlab.records.entry import State
from headlab.records.page import FilterFields, filter_words
from headlab.records.provenance import now
from headlab.workflow.exports.rows import Item


@dataclass(frozen=True)
class Origin:
    """`selection`: the search that found the entries, in words; none where it was for all of them."""

    exported_at: datetime
    version: str
    selection: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str, filters: FilterFields) -> Origin:
        """An export that is made now of what a search finds."""
        return cls(now(), headlab_version(), filter_words(text, filters))

    def lines(self) -> tuple[str, str]:
        """Two sentences; the second holds untrusted text."""
        at = self.exported_at.astimezone(UTC)
        chosen = ", ".join(self.selection)
        return (
            f"Exported on {at:%Y-%m-%d} at {at:%H:%M} UTC with HeadLab {self.version}.",
            f"Selection: {chosen}." if chosen else "Selection: all entries of the catalogue.",
        )


def state_counts(items: Sequence[Item]) -> list[tuple[str, int]]:
    """Entries in each state that occurs, in the order of the states."""
    counted = Counter(entry.state for _, entry in items)
    return [(state, counted[state]) for state in get_args(State) if counted[state]]


def n_in_review(items: Sequence[Item]) -> int:
    """Entries in review, which are counted in their states too."""
    return sum(entry.in_review for _, entry in items)


def counted(items: Sequence[Item]) -> str:
    """How many heads in which state, in a sentence, and how many of them are in review."""
    states = ", ".join(f"{count} {state}" for state, count in state_counts(items))
    heads = f"{len(items)} head{'' if len(items) == 1 else 's'}"
    judged = n_in_review(items)
    return f"{heads}{': ' if states else ''}{states}." + (
        f" In review, whatever the state: {judged}." if judged else ""
    )
