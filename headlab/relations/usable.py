"""Which pairs of a relation a tokenizer can serve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from headlab.records.relation import Pair, Relation
from headlab.records.scores import DroppedPair, InapplicableRelation

REQUIRED_PAIRS = 30

IdsOfWord = Callable[[str], tuple[int, ...]]


@dataclass(frozen=True)
class UsablePairs:
    """The pairs whose source and target are one token each in the middle of a text."""

    relation: Relation
    pairs: tuple[Pair, ...]
    source_ids: tuple[int, ...]
    target_ids: tuple[int, ...]
    dropped: tuple[DroppedPair, ...]

    @property
    def applicable(self) -> bool:
        return len(self.pairs) >= REQUIRED_PAIRS

    def inapplicable(self) -> InapplicableRelation:
        return InapplicableRelation(
            name=self.relation.name,
            category=self.relation.category,
            n_pairs=len(self.pairs),
            required=REQUIRED_PAIRS,
            dropped=self.dropped,
        )


def usable_pairs(
    relation: Relation, ids_of_word: IdsOfWord, unknown_id: int | None = None
) -> UsablePairs:
    """Filter a relation for one tokenizer.

    `ids_of_word` gives the ids a word adds in the middle of a text. `unknown_id` is the token that
    stands for every unknown word, which would otherwise pass as one token.
    """
    pairs: list[Pair] = []
    sources: list[int] = []
    targets: list[int] = []
    dropped: list[DroppedPair] = []
    for source, target in relation.pairs:
        found = ids_of_word(source), ids_of_word(target)
        reason = _reason("source", found[0], unknown_id) or _reason("target", found[1], unknown_id)
        if reason:
            dropped.append(DroppedPair(source=source, target=target, reason=reason))
            continue
        pairs.append((source, target))
        sources.append(found[0][0])
        targets.append(found[1][0])
    return UsablePairs(relation, tuple(pairs), tuple(sources), tuple(targets), tuple(dropped))


def _reason(side: str, ids: tuple[int, ...], unknown_id: int | None) -> str:
    if len(ids) != 1:
        return f"{side} is {len(ids)} tokens"
    if ids[0] == unknown_id:
        return f"{side} is unknown to the tokenizer"
    return ""
