"""Texts of an evaluation, each written out and scored once, and the verdicts that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from headlab.analyses.description_tests.pair_scores import (
    PairScores,
    balanced,
    score_pairs,
    score_shuffled,
)
from headlab.analyses.description_tests.unseen import Shown
from headlab.analyses.description_tests.verdict import (
    MIN_CONTROL,
    MIN_ROWS,
    compare,
    corrected,
    shortage,
)
from headlab.models.language_model import LanguageModel
from headlab.records.description_test import (
    EMPTY,
    OTHER,
    SHUFFLED,
    DescriptionTest,
    total_usage,
)
from headlab.records.draft import Usage
from headlab.records.head import Head
from headlab.records.provenance import Provenance
from headlab.workflow.description_tests.cases import TESTED, Case
from headlab.workflow.description_tests.paired import MOST, NO_PAIRS, sample_of
from headlab.workflow.description_tests.writers import Writer

Progress = Callable[[int, int], None]
TextOf = Callable[[Head, str], "ScoredText"]
"""A text as it is scored on a head."""


@dataclass(frozen=True)
class ScoredText:
    """Pairs of one text on all heads; `scores` None, with the reason, where they are too few. `mixed`:
    its sources with shuffled targets, where the text is tested."""

    n_pairs: int
    scores: PairScores | None
    mixed: PairScores | None
    reason: str
    usage: Usage

    def without(self, shown: Shown) -> ScoredText:
        """The text on the pairs that are new for a head."""
        if self.scores is None:
            return self
        scores = self.scores.without(shown)
        n = len(scores.pairs)
        return replace(
            self,
            n_pairs=n,
            scores=scores if n >= MIN_CONTROL else None,
            mixed=None if self.mixed is None else self.mixed.without(shown),
            reason=self.reason or _too_few(n),
        )


def _too_few(n: int) -> str:
    least = MIN_ROWS["S4"]
    return f"only {n} usable pairs, {least} are needed" if n < least else ""


def score_text(
    model: LanguageModel, writer: Writer, text: str, seed: int, tested: bool
) -> ScoredText:
    """Have the pairs of a text written, and score them on all heads."""
    written = writer.write(text)
    pairs = balanced(written.pairs.pairs, MOST, seed)
    reason = _too_few(len(pairs))
    if not written.pairs.pairs:
        reason = written.pairs.reason or NO_PAIRS
    return ScoredText(
        n_pairs=len(pairs),
        scores=score_pairs(model, pairs) if len(pairs) >= MIN_CONTROL else None,
        mixed=score_shuffled(model, pairs, seed) if tested and not reason else None,
        reason=reason,
        usage=written.usage,
    )


def score_texts(
    model: LanguageModel,
    cases: Sequence[Case],
    writer_for: Callable[[Head], Writer],
    seed: int,
    progress: Progress | None = None,
) -> dict[str, ScoredText]:
    """Every text of the cases and of their controls, each once."""
    wanted: dict[str, Head] = {}
    for case in cases:
        for text in (case.text, *(() if case.control is None else (case.control,))):
            wanted.setdefault(text, case.head)
    tested = {case.text for case in cases if case.kind in TESTED}
    found = {}
    for done, (text, head) in enumerate(wanted.items(), 1):
        found[text] = score_text(model, writer_for(head), text, seed, text in tested)
        if progress is not None:
            progress(done, len(wanted))
    return found


def usage_of(texts: Iterable[ScoredText]) -> Usage:
    return total_usage([one.usage for one in texts])


def verdicts(
    cases: Sequence[Case],
    text_of: TextOf,
    seed: int,
    provenance: Provenance,
) -> list[DescriptionTest | None]:
    """S4 of each case by the pass rule, its p adjusted over the cases of its kind; None for kinds
    that are not tested."""
    made = [
        _undecided(case, text_of, seed, provenance) if case.kind in TESTED else None
        for case in cases
    ]
    found: list[DescriptionTest | None] = [None] * len(cases)
    for kind in TESTED:
        places = [place for place, case in enumerate(cases) if case.kind == kind]
        tests = [test for place in places if (test := made[place]) is not None]
        for place, test in zip(places, corrected(tests), strict=True):
            found[place] = test
    return found


def _undecided(case: Case, text_of: TextOf, seed: int, provenance: Provenance) -> DescriptionTest:
    """The case's scores beside its controls: the empty text, another head's, shuffled targets."""
    text = text_of(case.head, case.text)
    reason = text.reason
    fields: dict[str, object] = {}
    if text.scores is not None and not reason:
        own = sample_of(text.scores, case.head)
        controls = {
            EMPTY: text_of(case.head, "").scores,
            OTHER: None if case.control is None else text_of(case.head, case.control).scores,
            SHUFFLED: text.mixed,
        }
        samples = {
            name: sample_of(scores, case.head)
            for name, scores in controls.items()
            if scores is not None
        }
        compared = compare(own, samples, seed, paired=False)
        fields = compared.fields()
        reason = shortage("S4", own) or ("" if compared.best else "no control could be measured")
    return DescriptionTest.model_validate(
        {
            "kind": "S4",
            "verdict": "not testable" if reason else "fails",
            "reason": reason or "not yet decided",
            "measure": "relation score",
            **fields,
            "provenance": provenance,
        }
    )
