"""Tasks made of source-target pairs: a cloze sentence or a few-shot list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headlab.records.errors import TaskError
from headlab.records.example import Example
from headlab.tasks.texts import Part, joined
from headlab.tasks.words import NOUNS

Pairs = Sequence[Sequence[str]]
CAPITAL = "The capital of {source} is {target}"


def from_pairs(
    random: np.random.Generator,
    *,
    pairs: Pairs,
    template: str = "{source} -> {target}",
    shots: int = 0,
    separator: str = "; ",
) -> Example:
    """One pair, written with the template up to its target; the answer is the target.

    `shots` other pairs come before, with `separator` between. The corrupted prompt has another
    source of as many words, with another target; the wrong answer is that target. Spans:
    shot_source, shot_target, source, end.
    """
    _check(pairs, template, shots)
    picks = [int(i) for i in random.permutation(len(pairs))]
    source, target = pairs[picks[0]]
    others = [
        pairs[i]
        for i in picks[1:]
        if pairs[i][1] != target and len(pairs[i][0].split()) == len(source.split())
    ]
    shown = [pairs[i] for i in picks[1:] if pairs[i][0] != source][:shots]
    list_of_shots: list[Part] = []
    for shot in shown:
        list_of_shots += [*_line(template, shot, "shot_"), separator]
    prompt, spans = joined([*list_of_shots, *_line(template, (source,))], separator="")
    used = {shot[0] for shot in shown}
    other = next((one for one in others if one[0] not in used), None)
    if other is None:
        return Example(prompt=prompt, answer=f" {target}", spans=spans)
    corrupted, corrupted_spans = joined(
        [*list_of_shots, *_line(template, (other[0],))], separator=""
    )
    return Example(
        prompt=prompt,
        answer=f" {target}",
        wrong=(f" {other[1]}",),
        corrupted=corrupted,
        corrupted_answer=f" {other[1]}",
        spans=spans,
        corrupted_spans=corrupted_spans,
    )


def world_capitals(random: np.random.Generator, *, pairs: Pairs, shots: int = 0) -> Example:
    """The capital of a country; `pairs` of country and capital, such as a relation's.

    The corrupted prompt names another country. Spans as of `from_pairs`.
    """
    return from_pairs(random, pairs=pairs, template=CAPITAL, shots=shots, separator=". ")


def capitalize(random: np.random.Generator, *, shots: int = 5) -> Example:
    """Words and the same with a capital letter, as questions and answers; then one more question.

    The corrupted prompt has the shown answers in another order, so that they teach nothing; it has
    no right answer. Spans: shot_source, shot_target, source, end.
    """
    if not 1 <= shots <= 20:
        raise TaskError(f"capitalize: shots is {shots}, expected 1 to 20.")
    words = [NOUNS[i] for i in random.choice(len(NOUNS), shots + 1, replace=False)]
    *shown, asked = words
    answers = [word.capitalize() for word in shown]
    turn = int(random.integers(1, shots)) if shots > 1 else 0
    prompt, spans = joined(_questions(shown, answers, asked), separator="")
    corrupted, corrupted_spans = joined(
        _questions(shown, answers[turn:] + answers[:turn], asked), separator=""
    )
    return Example(
        prompt=prompt,
        answer=f" {asked.capitalize()}",
        wrong=(f" {asked}",),
        corrupted=corrupted if turn else None,
        spans=spans,
        corrupted_spans=corrupted_spans if turn else {},
    )


def _questions(shown: list[str], answers: list[str], asked: str) -> list[Part]:
    parts: list[Part] = []
    for word, answer in zip(shown, answers, strict=True):
        parts += ["Q: ", (word, "shot_source"), "\nA: ", (answer, "shot_target"), "\n\n"]
    return [*parts, "Q: ", (asked, "source"), "\nA:"]


def _line(template: str, words: Sequence[str], kind: str = "") -> list[Part]:
    """The template with source and target; without the target it ends where that is predicted."""
    before, rest = template.split("{source}")
    between, after = rest.split("{target}")
    line: list[Part] = [before] if before else []
    line.append((words[0], f"{kind}source"))
    if len(words) == 1:
        return [*line, between.rstrip()]
    return [*line, between, (words[1], f"{kind}target"), after]


def _check(pairs: Pairs, template: str, shots: int) -> None:
    source, target = template.find("{source}"), template.find("{target}")
    if template.count("{source}") != 1 or template.count("{target}") != 1 or source > target:
        raise TaskError(
            f"pairs: template {template!r} must hold {{source}} and then {{target}}, once each."
        )
    for number, pair in enumerate(pairs, 1):
        if len(pair) != 2 or not all(isinstance(word, str) and word.strip() for word in pair):
            raise TaskError(f"pairs: pair {number} is {pair!r}, expected (source, target).")
    if not 0 <= shots < len(pairs):
        raise TaskError(
            f"pairs: {shots} shots of {len(pairs)} pairs; there must be more pairs than shots."
        )
