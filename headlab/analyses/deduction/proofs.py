"""Proofs as responses whose words have roles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headlab.analyses.deduction.decision_tokens import token_probabilities
from headlab.analyses.deduction.responses import read_response, response_logits
from headlab.models.language_model import LanguageModel
from headlab.records.deduction import ProofAccuracy
from headlab.records.errors import TaskError
from headlab.records.example import Example, TaskSet
from headlab.records.head import Head
from headlab.tasks.deduction import ROLES

Words = dict[str, list[list[int]]]
"""By role, the tokens of each word, counted in the proof."""


class ProofSet:
    """The proofs of a task, ready to be predicted with heads removed."""

    def __init__(self, model: LanguageModel, proofs: TaskSet):
        self._model = model
        self._read = [
            read_response(model, one.prompt, one.answer, f"Proof {number}")
            for number, one in enumerate(proofs.examples, 1)
        ]
        self._words: list[Words] = []
        for number, (example, read) in enumerate(zip(proofs.examples, self._read, strict=True), 1):
            words: Words = {role: [] for role in ROLES}
            for role, start, end in _decisions(example):
                places = read.places(start, end)
                if not places:
                    raise TaskError(f"Proof {number}: no token is its {role} at character {start}.")
                words[role].append(places)
            self._words.append(words)

    def __len__(self) -> int:
        return len(self._read)

    def accuracy(self, removed: Sequence[Head] = ()) -> ProofAccuracy:
        """Share of right proofs and words, with heads removed (zero) at all positions."""
        whole: list[bool] = []
        by_role: dict[str, list[bool]] = {role: [] for role in ROLES}
        for words, (logits, ids) in zip(
            self._words, response_logits(self._model, self._read, removed), strict=True
        ):
            right = (logits.argmax(-1) == ids).tolist()
            whole.append(all(right))
            for role, places in words.items():
                by_role[role] += [all(right[place] for place in word) for word in places]
        return ProofAccuracy(
            proofs=float(np.mean(whole)),
            words={role: float(np.mean(hits)) for role, hits in by_role.items()},
        )

    def decision_shares(self, threshold: float) -> dict[str, float]:
        """By role, the share of words with a token of a probability below `threshold`."""
        found: dict[str, list[bool]] = {role: [] for role in ROLES}
        for words, p in zip(self._words, token_probabilities(self._model, self._read), strict=True):
            for role, places in words.items():
                found[role] += [min(p[place] for place in word) < threshold for word in places]
        return {role: float(np.mean(low)) for role, low in found.items()}


def _decisions(example: Example) -> list[tuple[str, int, int]]:
    found = example.facts["decisions"]
    assert isinstance(found, list)
    return [(one["role"], one["start"], one["end"]) for one in found]  # type: ignore[index,call-overload,misc]
