"""What a judge and a writer will be asked by the tests of one description."""

from __future__ import annotations

from headlab.drafting.evidence import Row as Item
from headlab.drafting.judging.judge import asks_about
from headlab.drafting.judging.prompts import Ask, ask_for_pairs
from headlab.records.description_test import Kind
from headlab.records.judge_reply import Question
from headlab.workflow.description_tests.trial import Trial
from headlab.workflow.description_tests.writers import MAX_UNUSABLE, ROUNDS, WANTED

JUDGED: dict[Kind, Question] = {
    "S1": "rate_rows",
    "S2": "rate_tokens",
    "S3": "name_targets",
}
"""Tests that nothing but a judge can make, and what they ask it."""

_UNUSABLE = "x" * 12  # as long as words that tokenizers drop


def questions_of(trial: Trial, kind: Kind) -> list[Item]:
    """The items of S1, S2 or S3, as a judge sees them."""
    if kind == "S1":
        return [
            {"id": one.id, "source": one.source, "targets": list(one.targets)} for one in trial.rows
        ]
    if kind == "S2":
        return [{"id": one.id, "token": one.source} for one in trial.tokens]
    return [{"id": str(number), "source": row.text} for number, row in enumerate(trial.sources, 1)]


def asks_of(trial: Trial, kind: Kind) -> list[Ask]:
    """What the test asks for sure, for the description and its controls: S4 and S5, which share
    their pairs, may ask again for those that the tokenizer drops."""
    texts = list(trial.texts.values())
    if kind in JUDGED:
        items = questions_of(trial, kind)
        return [ask for text in texts for ask in asks_about(JUDGED[kind], text, items)]
    return [ask_for_pairs(text, WANTED) for text in texts]


def more_pairs(text: str) -> list[Ask]:
    """The further requests for pairs of one text, at most, about as long as they would be."""
    dropped = [_UNUSABLE] * MAX_UNUSABLE
    return [ask_for_pairs(text, WANTED, dropped) for _ in range(ROUNDS - 1)]
