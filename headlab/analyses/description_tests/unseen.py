"""Which written pairs are new: unknown to the drafter, and no example of the text itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from headlab.analyses.description_tests.split import SHOWN, lemma
from headlab.records.description_test import MappingSplit, WrittenPair
from headlab.records.relation import Relation


@dataclass(frozen=True)
class Shown:
    """What the description of a head rests on, as lemmas: sources whose targets a drafter sees, and
    pairs by which operations of heads are found.

    A pair of such a source is not new whatever its target: without those alone that its row shows,
    which the head is known to hit, the misses would be left.
    """

    sources: frozenset[str] = frozenset()
    pairs: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, split: MappingSplit | None, operations: Iterable[Relation]) -> Shown:
        """The drafting side of a head's mappings (None: not shown), and operations with the pairs
        of the drafting side."""
        rows = () if split is None else split.drafting[:SHOWN]
        return cls(
            frozenset(lemma(row.text) for row in rows),
            frozenset((lemma(one), lemma(two)) for own in operations for one, two in own.pairs),
        )

    def has(self, pair: WrittenPair) -> bool:
        """Whether the pair is not new, in whatever case or spacing its words are written."""
        source = lemma(pair.source)
        return source in self.sources or (source, lemma(pair.target)) in self.pairs


NOTHING = Shown()


def split_unseen(
    pairs: Sequence[WrittenPair], description: str, shown: Shown
) -> tuple[list[WrittenPair], list[WrittenPair]]:
    """New pairs, and the others: shown, or with both words in the description."""
    words = {lemma(word) for word in re.findall(r"[^\W_]+", description)}
    new: list[WrittenPair] = []
    old: list[WrittenPair] = []
    for pair in pairs:
        example = {lemma(pair.source), lemma(pair.target)} <= words
        (old if example or shown.has(pair) else new).append(pair)
    return new, old
