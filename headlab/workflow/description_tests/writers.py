"""Who writes pairs for a text: an LLM, or rules over the operation files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from headlab.analyses.description_tests.pair_scores import split_usable, usable_set
from headlab.analyses.description_tests.unseen import NOTHING, Shown, split_unseen
from headlab.drafting.judging.judge import Judge
from headlab.drafting.judging.rule_writer import WRITER, write_by_rules
from headlab.models.language_model import LanguageModel
from headlab.records.description_test import PairSet, WrittenPair, total_usage
from headlab.records.draft import Usage
from headlab.records.relation import Relation

WANTED = 40
"""Pairs that an LLM is asked for: 20 are needed for scores, 30 for prompts."""
ROUNDS = 3
"""How often it is asked, at most, while the tokenizer drops pairs."""
ALL_SEEN = "the drafter may have seen every usable pair that was written"
MAX_UNUSABLE = 60
"""Words that it is told not to use again, at most."""


@dataclass(frozen=True)
class Written:
    """Usable pairs, failed answers among the calls, and what the calls cost."""

    pairs: PairSet
    n_invalid: int = 0
    usage: Usage = field(default_factory=Usage)


class Writer(Protocol):
    """Writes pairs from a text alone."""

    name: str

    def write(self, description: str) -> Written:
        """An empty text gives pairs that need no description: a control."""


class RuleWriter:
    """Pairs of the operations that the text speaks of, from their held-out halves, without those that
    are `shown` to drafters of the tested head."""

    name = WRITER

    def __init__(
        self,
        model: LanguageModel,
        held_out: Sequence[Relation],
        seed: int,
        shown: Shown = NOTHING,
    ):
        self._model, self._held_out, self._seed, self._shown = model, held_out, seed, shown

    def write(self, description: str) -> Written:
        made = write_by_rules(description, self._held_out, seed=self._seed)
        found = usable_set(self._model, made)
        new, old = split_unseen(found.pairs, description, self._shown)
        reason = found.reason or (ALL_SEEN if old and not new else "")
        changes = {"pairs": tuple(new), "seen": tuple(old), "reason": reason}
        return Written(found.model_copy(update=changes))


class LLMWriter:
    """Pairs by an LLM, asked again for those that the tokenizer drops or that are not new: `shown` to
    drafters of the tested head, or examples of the text."""

    def __init__(self, model: LanguageModel, judge: Judge, shown: Shown = NOTHING):
        self._model, self._judge, self._shown = model, judge, shown
        self.name = judge.name

    def write(self, description: str) -> Written:
        usable: list[WrittenPair] = []
        dropped: list[WrittenPair] = []
        seen: list[WrittenPair] = []
        usages, problems, rounds = [], [], 0
        while rounds < ROUNDS and len(usable) < WANTED:
            rounds += 1
            words = [word for pair in dropped for word in self._unusable(pair)]
            words += [pair.source for pair in seen]
            found = self._judge.write_pairs(description, WANTED - len(usable), words[:MAX_UNUSABLE])
            usages.append(found.usage)
            if found.problem:
                problems.append(found.problem)
                break
            known, lost = split_usable(self._model, [*usable, *found.pairs])
            known, old = split_unseen(known, description, self._shown)
            new = len(known) - len(usable)
            usable, dropped, seen = known, [*dropped, *lost], [*seen, *old]
            if not new and not lost and not old:
                break
        pairs = PairSet(
            writer=self.name,
            pairs=tuple(usable),
            dropped=tuple(dropped),
            seen=tuple(seen),
            n_rounds=rounds,
            reason="; ".join(problems) or (ALL_SEEN if seen and not usable else ""),
        )
        return Written(pairs, len(problems), total_usage(usages))

    def _unusable(self, pair: WrittenPair) -> list[str]:
        words = (pair.source, pair.target)
        return [word for word in words if self._model.vocabulary.word_id(word) is None]
