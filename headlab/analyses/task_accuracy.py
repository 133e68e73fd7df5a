"""Accuracy of a model on prompts with one answer token, with heads removed at the last position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from headlab.analyses.provenance import texts_hash
from headlab.models.forward import unembed, zeroing
from headlab.models.language_model import LanguageModel
from headlab.models.last_position import LastPosition
from headlab.records.head import Head
from headlab.records.relation import TARGET, Relation
from headlab.relations.usable import UsablePairs


@dataclass(frozen=True)
class Task:
    """`prompts`: token ids of each prompt; `answers`: the id of each right next token.

    `kind` and `template` say what the prompts were made from.
    """

    name: str
    prompts: tuple[tuple[int, ...], ...]
    answers: tuple[int, ...]
    kind: str = ""
    template: str = ""

    @property
    def hash(self) -> str:
        """sha256 of the token ids of prompts and answers, in order."""
        return texts_hash(
            [str((*row, answer)) for row, answer in zip(self.prompts, self.answers, strict=True)]
        )


def cloze_task(model: LanguageModel, usable: UsablePairs, template: str) -> Task:
    """One prompt a pair: the template up to its target."""
    prompts = [
        _ids(model, template.replace("{source}", source).removesuffix(TARGET).rstrip())
        for source, _ in usable.pairs
    ]
    return Task(usable.relation.name, tuple(prompts), usable.target_ids, "cloze", template)


def few_shot_task(
    model: LanguageModel, usable: UsablePairs, n_examples: int = 5, seed: int = 0
) -> Task:
    """One prompt a pair: `n_examples` other pairs written out, then the pair's source.

    The examples are drawn per prompt with a seeded generator.
    """
    random = np.random.default_rng([seed, len(usable.pairs)])
    prompts = []
    for row, (source, _) in enumerate(usable.pairs):
        others = [pair for other, pair in enumerate(usable.pairs) if other != row]
        shown = [others[i] for i in random.choice(len(others), n_examples, replace=False)]
        lines = [_line(usable.relation, *pair) for pair in shown]
        open_line = usable.relation.few_shot.split(TARGET)[0].replace("{source}", source).rstrip()
        prompts.append(_ids(model, "; ".join([*lines, open_line])))
    return Task(
        usable.relation.name,
        tuple(prompts),
        usable.target_ids,
        "few-shot",
        f"{n_examples} x {usable.relation.few_shot}",
    )


def _line(relation: Relation, source: str, target: str) -> str:
    return relation.few_shot.replace("{source}", source).replace("{target}", target)


def _ids(model: LanguageModel, text: str) -> tuple[int, ...]:
    return tuple(model.vocabulary.encode(text))


class TaskRun:
    """A task on a model, ready to be repeated with heads removed at the last position."""

    def __init__(self, model: LanguageModel, task: Task):
        self._model = model
        self._answers = torch.tensor(task.answers, device=model.device)
        self._last = LastPosition(model, task.prompts)

    def accuracy(self, removed: Sequence[Head] = ()) -> float:
        """Share of prompts whose most probable next token is the answer, `removed` set to zero
        there."""
        right = [logits.argmax(-1) == answers for logits, answers in self._logits(removed)]
        return float(torch.cat(right).double().mean())

    def log_probabilities(self, removed: Sequence[Head] = ()) -> np.ndarray:
        """log p(answer) of every prompt in nats, `[n_prompts]`, `removed` set to zero there."""
        found = [
            torch.log_softmax(logits, -1).gather(1, answers[:, None]).squeeze(1)
            for logits, answers in self._logits(removed)
        ]
        return torch.cat(found).double().cpu().numpy()

    @torch.no_grad()
    def _logits(self, removed: Sequence[Head]) -> Iterator[tuple[Tensor, Tensor]]:
        """Logits `[n, d_vocab]` and answers `[n]`, about 64 MB at a time."""
        resid = self._last.resid(zeroing(removed))
        resid = resid.to(self._model.module.get_output_embeddings().weight.dtype)
        size = max(1, (1 << 24) // self._model.facts.d_vocab)
        for rows, answers in zip(resid.split(size), self._answers.split(size), strict=True):
            yield unembed(self._model, rows), answers
