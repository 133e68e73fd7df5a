"""Pairs of a clean and a corrupted prompt with the tokens that are measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from headlab.analyses.patching.prompts import (
    AnswerTokens,
    Positions,
    answer_id,
    encode,
    places,
    positions_for,
    positions_text,
    shown,
)
from headlab.analyses.provenance import texts_hash
from headlab.models.language_model import LanguageModel
from headlab.models.last_position import by_length
from headlab.records.errors import TaskError
from headlab.records.example import Example, TaskSet

Wrong = Sequence[str] | Sequence[Sequence[str]]


@dataclass(frozen=True)
class Pair:
    """Token ids of both prompts, of equal length; the answer's token and the distractors'.

    `places` are the positions that are patched.
    """

    clean: tuple[int, ...]
    corrupted: tuple[int, ...]
    answer: int
    wrong: tuple[int, ...]
    places: tuple[int, ...]


@dataclass(frozen=True)
class Targets:
    """Answers `[n]` and distractors `[n, most]` with weights that sum to 1 a row (0: padding)."""

    answers: Tensor
    wrong: Tensor
    weights: Tensor

    @classmethod
    def of(
        cls, answers: Sequence[int], wrong: Sequence[Sequence[int]], device: torch.device
    ) -> Targets:
        most = max(1, *(len(ids) for ids in wrong))
        padded = torch.zeros(len(answers), most, dtype=torch.long)
        weights = torch.zeros(len(answers), most)
        for row, ids in enumerate(wrong):
            padded[row, : len(ids)] = torch.tensor(ids, dtype=torch.long)
            weights[row, : len(ids)] = 1 / max(1, len(ids))
        return cls(torch.tensor(answers, device=device), padded.to(device), weights.to(device))


@dataclass(frozen=True)
class Batch:
    """Pairs of one length: which they are, ids `[n, position]` of both sides, and targets.

    `marked` `[n, position]` bool: the patched positions.
    """

    numbers: tuple[int, ...]
    clean: Tensor
    corrupted: Tensor
    targets: Targets
    marked: Tensor


class PairSet:
    """Checked pairs, in order; `hash` is over all texts, `positions` says what is patched."""

    def __init__(self, pairs: Sequence[Pair], hash: str, positions: str):
        self.pairs, self.hash, self.positions = tuple(pairs), hash, positions

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def answer_ids(self) -> tuple[int, ...]:
        return tuple(pair.answer for pair in self.pairs)

    def batches(self, device: torch.device, size: int) -> list[Batch]:
        """Batches of at most `size` pairs of one length, so that no prompt needs padding."""
        return [
            self._batch(numbers, device)
            for numbers in by_length([pair.clean for pair in self.pairs], size)
        ]

    def _batch(self, numbers: Sequence[int], device: torch.device) -> Batch:
        pairs = [self.pairs[number] for number in numbers]
        clean = torch.tensor([pair.clean for pair in pairs], device=device)
        marked = torch.zeros_like(clean, dtype=torch.bool)
        for row, pair in enumerate(pairs):
            marked[row, list(pair.places)] = True
        return Batch(
            numbers=tuple(numbers),
            clean=clean,
            corrupted=torch.tensor([pair.corrupted for pair in pairs], device=device),
            targets=Targets.of(
                [pair.answer for pair in pairs], [pair.wrong for pair in pairs], device
            ),
            marked=marked,
        )


def examples_of(
    task: TaskSet | Sequence[str],
    corrupted: Sequence[str] | None,
    answers: Sequence[str] | None,
    wrong: Wrong | None,
) -> tuple[Example, ...]:
    """Examples from a task, or from texts side by side. Raises TaskError where they do not match."""
    if isinstance(task, TaskSet):
        if (corrupted, answers, wrong) != (None, None, None):
            raise TaskError(
                f"Task {task.name} brings its corrupted prompts, answers and distractors itself; "
                "give either a task or texts."
            )
        return task.examples
    if isinstance(task, str) or isinstance(answers, str) or isinstance(corrupted, str):
        raise TaskError("Prompts and answers are lists of texts; a single text was given.")
    if answers is None:
        raise TaskError("answers are missing: give the right next token of each clean prompt.")
    if not task:
        raise TaskError("There are no prompts. Give at least one.")
    for name, texts in (("corrupted prompts", corrupted), ("answers", answers), ("wrong", wrong)):
        if texts is not None and len(texts) != len(task):
            raise TaskError(
                f"{len(task)} clean prompts, but {len(texts)} {name}. Give one for each prompt."
            )
    found = []
    for number, prompt in enumerate(task):
        for name, text in (("clean prompt", prompt), ("answer", answers[number])):
            if not text:
                raise TaskError(f"Pair {number + 1}: its {name} is empty. Give a text.")
        own = () if wrong is None else wrong[number]
        found.append(
            Example(
                prompt=prompt,
                corrupted=None if corrupted is None else corrupted[number],
                answer=answers[number],
                wrong=(own,) if isinstance(own, str) else tuple(own),
            )
        )
    return tuple(found)


def target_ids(
    model: LanguageModel, example: Example, number: int, rule: AnswerTokens, needs_wrong: bool
) -> tuple[int, tuple[int, ...]]:
    """The answer's token and the distractors'; without distractors, the corrupted answer is one.

    Raises TaskError where a distractor is needed and missing, or is the answer.
    """
    what = f"Pair {number}"
    read = model.vocabulary
    answer = answer_id(read, example.prompt, example.answer, rule, f"{what}: the answer")
    texts = example.wrong or tuple(filter(None, [example.corrupted_answer]))
    if not needs_wrong:
        return answer, ()
    if not texts:
        raise TaskError(
            f"{what} ({shown(example.prompt)}) has no wrong answer, and a logit difference needs "
            "one. Give wrong=[...], or choose another metric."
        )
    wrong = tuple(
        answer_id(read, example.prompt, text, rule, f"{what}: a wrong answer") for text in texts
    )
    if answer in wrong:
        raise TaskError(
            f"{what} ({shown(example.prompt)}): the answer {shown(example.answer)} and a wrong "
            "answer begin with the same token, so that nothing tells them apart."
        )
    return answer, wrong


def read_pairs(
    model: LanguageModel,
    examples: Sequence[Example],
    positions: Positions,
    rule: AnswerTokens,
    needs_wrong: bool,
) -> PairSet:
    """Pairs as token ids, checked. Raises TaskError and PromptError, naming the pair (from 1)."""
    asked = positions_for(positions, len(examples))
    pairs, texts = [], []
    for number, (example, own) in enumerate(zip(examples, asked, strict=True), 1):
        if not example.corrupted:
            raise TaskError(
                f"Pair {number} ({shown(example.prompt)}) has no corrupted prompt to patch with."
            )
        clean = encode(model, example.prompt, f"Pair {number}: the clean prompt")
        corrupted = encode(model, example.corrupted, f"Pair {number}: the corrupted prompt")
        if len(clean) != len(corrupted):
            raise TaskError(
                f"Pair {number}: the clean prompt ({shown(example.prompt)}) has {len(clean)} tokens, "
                f"the corrupted one ({shown(example.corrupted)}) {len(corrupted)}. Positions have "
                "to match: change the corrupted prompt to the same number of tokens."
            )
        answer, wrong = target_ids(model, example, number, rule, needs_wrong)
        marked = _places(model, example, own, len(clean), number)
        pairs.append(Pair(clean, corrupted, answer, wrong, marked))
        texts += [example.prompt, example.corrupted, example.answer, *example.wrong]
    return PairSet(pairs, texts_hash(texts), positions_text(positions))


def _places(
    model: LanguageModel,
    example: Example,
    positions: str | slice | Sequence[int],
    length: int,
    number: int,
) -> tuple[int, ...]:
    assert example.corrupted is not None
    read, what = model.vocabulary, f"Pair {number}"
    found = places(read, example.prompt, length, positions, example.spans, what)
    if isinstance(positions, str) and positions in example.corrupted_spans:
        other = places(
            read,
            example.corrupted,
            length,
            positions,
            example.corrupted_spans,
            f"{what}, corrupted",
        )
        if other != found:
            raise TaskError(
                f"{what} ({shown(example.prompt)}): span {positions!r} is positions {list(found)} in "
                f"the clean prompt and {list(other)} in the corrupted one. They have to be the same."
            )
    return found
