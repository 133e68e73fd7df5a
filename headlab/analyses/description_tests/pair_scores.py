"""S4: the relation score of every head on pairs that were written from a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headlab.analyses.description_tests.unseen import Shown
from headlab.analyses.projections import PairIds, Progress, hits
from headlab.models.language_model import LanguageModel
from headlab.records.description_test import PairSet, WrittenPair
from headlab.records.head import Head

K, K_COPY = 10, 1
"""Ranks that count (MAPS): copying is asked of the very top."""


@dataclass(frozen=True)
class PairScores:
    """`hits` `[n_layers, n_heads, n_pairs]`: is a pair's target among the top k of the head's map (of
    its negative, for a suppressed pair)? NaN in layers without heads. `ranks` `[n_pairs]`: the k of
    each."""

    pairs: tuple[WrittenPair, ...]
    hits: np.ndarray
    ranks: tuple[int, ...] = ()

    @property
    def scores(self) -> np.ndarray:
        """Share of pairs, `[n_layers, n_heads]`."""
        found: np.ndarray = self.hits.mean(-1)
        return found

    def of(self, head: Head) -> np.ndarray:
        """1 or 0 for every pair."""
        row: np.ndarray = self.hits[head.layer, head.index]
        return row

    def without(self, shown: Shown) -> PairScores:
        """The scores on the new pairs alone."""
        kept = [place for place, pair in enumerate(self.pairs) if not shown.has(pair)]
        if len(kept) == len(self.pairs):
            return self
        return PairScores(
            tuple(self.pairs[place] for place in kept),
            self.hits[..., kept],
            tuple(self.ranks[place] for place in kept),
        )

    def percentile(self, head: Head) -> float:
        """Share of the other heads with a lower score."""
        own, others = self._split(head)
        return float((others < own).mean()) if len(others) else float("nan")

    def tied_above(self, head: Head) -> int:
        """Other heads with at least that score."""
        own, others = self._split(head)
        return int((others >= own).sum())

    def _split(self, head: Head) -> tuple[float, np.ndarray]:
        scores = self.scores
        own = float(scores[head.layer, head.index])
        scores[head.layer, head.index] = np.nan
        return own, scores[np.isfinite(scores)]


def rank_for(pair: WrittenPair) -> int:
    """The k of a pair."""
    return K_COPY if pair.source == pair.target else K


def score_pairs(
    model: LanguageModel,
    pairs: Sequence[WrittenPair],
    *,
    ranks: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> PairScores:
    """All heads on usable pairs; every source and target must be one token (`split_usable`).

    `ranks` `[n_pairs]`: the k of each pair, None: what its kind of pair is asked for.
    """
    vocabulary, facts = model.vocabulary, model.facts
    wanted = [rank_for(pair) for pair in pairs] if ranks is None else list(ranks)
    sources = [vocabulary.ids_of_word(pair.source)[0] for pair in pairs]
    targets = [vocabulary.ids_of_word(pair.target)[0] for pair in pairs]
    parts = [
        PairIds.of([source], [target], min(k, facts.d_vocab - 1))
        for source, target, k in zip(sources, targets, wanted, strict=True)
    ]
    relation, suppression = hits(model, PairIds.join(parts), progress=progress)
    against = np.array([pair.suppressed for pair in pairs])
    found = np.where(against, suppression.numpy(), relation.numpy()).astype(float)
    found[list(facts.layers_without_heads)] = np.nan
    return PairScores(tuple(pairs), found, tuple(wanted))


def score_shuffled(
    model: LanguageModel,
    pairs: Sequence[WrittenPair],
    seed: int,
    *,
    progress: Progress | None = None,
) -> PairScores:
    """The pairs with shuffled targets, each source asked for the k of its own pair."""
    ranks = [rank_for(pair) for pair in pairs]
    return score_pairs(model, shuffled(pairs, seed), ranks=ranks, progress=progress)


def split_usable(
    model: LanguageModel, pairs: Sequence[WrittenPair]
) -> tuple[list[WrittenPair], list[WrittenPair]]:
    """Pairs whose source and target are one token each, the first of equals; and the others."""
    known, dropped, seen = [], [], set()
    for pair in pairs:
        ids = model.vocabulary.word_id(pair.source), model.vocabulary.word_id(pair.target)
        if None in ids:
            dropped.append(pair)
        elif (*ids, pair.suppressed) not in seen:
            seen.add((*ids, pair.suppressed))
            known.append(pair)
    return known, dropped


def shuffled(pairs: Sequence[WrittenPair], seed: int) -> list[WrittenPair]:
    """The same sources, in their order, with the targets of others, by a derangement of places.

    Where several sources share a target, a source that drew a right one changes with another, as
    long as that leaves both with wrong ones.
    """
    order = np.random.default_rng([seed, 4]).permutation(len(pairs)).tolist()
    right = {(pair.source, pair.target) for pair in pairs}
    targets = [""] * len(pairs)
    for place, number in enumerate(order):
        targets[number] = pairs[order[(place + 1) % len(order)]].target
    for one in order:
        if (pairs[one].source, targets[one]) not in right:
            continue
        for other in order:
            changed = {(pairs[one].source, targets[other]), (pairs[other].source, targets[one])}
            if not changed & right:
                targets[one], targets[other] = targets[other], targets[one]
                break
    return [
        pair.model_copy(update={"target": target})
        for pair, target in zip(pairs, targets, strict=True)
    ]


def balanced(pairs: Sequence[WrittenPair], most: int, seed: int) -> list[WrittenPair]:
    """At most `most` pairs, the roles with as equal shares as they have pairs for, drawn by seed."""
    random = np.random.default_rng([seed, 6])
    queues: dict[str, list[WrittenPair]] = {}
    for place in random.permutation(len(pairs)):
        queues.setdefault(pairs[place].role, []).append(pairs[place])
    chosen: list[WrittenPair] = []
    while len(chosen) < most and any(queues.values()):
        chosen += [queue.pop() for queue in queues.values() if queue][: most - len(chosen)]
    return chosen


def first_role(written: PairSet) -> PairSet:
    """The set with only the pairs of its first role: one kind of prompt."""
    if not written.pairs:
        return written
    role = written.pairs[0].role
    return written.model_copy(
        update={"pairs": tuple(pair for pair in written.pairs if pair.role == role)}
    )


def usable_set(model: LanguageModel, written: PairSet) -> PairSet:
    """The set with only its usable pairs, the others in `dropped`."""
    known, dropped = split_usable(model, written.pairs)
    return written.model_copy(
        update={"pairs": tuple(known), "dropped": (*written.dropped, *dropped)}
    )
