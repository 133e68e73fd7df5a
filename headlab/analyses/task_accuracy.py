"""Accuracy of a model on prompts with one answer token, with heads removed at the last position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from headlab.models.forward import Tokens, run, unembed, zeroing
from headlab.models.language_model import LanguageModel
from headlab.records.head import Head
from headlab.records.relation import TARGET, Relation
from headlab.relations.usable import UsablePairs

BATCH = 256


@dataclass(frozen=True)
class Task:
    """`prompts`: token ids of each prompt; `answers`: the id of each right next token."""

    name: str
    prompts: tuple[tuple[int, ...], ...]
    answers: tuple[int, ...]


def cloze_task(model: LanguageModel, usable: UsablePairs, template: str) -> Task:
    """One prompt a pair: the template up to its target."""
    prompts = [
        _ids(model, template.replace("{source}", source).removesuffix(TARGET).rstrip())
        for source, _ in usable.pairs
    ]
    return Task(usable.relation.name, tuple(prompts), usable.target_ids)


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
    return Task(usable.relation.name, tuple(prompts), usable.target_ids)


def _line(relation: Relation, source: str, target: str) -> str:
    return relation.few_shot.replace("{source}", source).replace("{target}", target)


def _ids(model: LanguageModel, text: str) -> tuple[int, ...]:
    return tuple(model.vocabulary.encode(text))


@torch.no_grad()
def accuracy(model: LanguageModel, task: Task, removed: Sequence[Head] = ()) -> float:
    """Share of prompts whose most probable next token is the answer, `removed` zeroed at the end."""
    right = 0
    for start in range(0, len(task.prompts), BATCH):
        prompts = task.prompts[start : start + BATCH]
        tokens = Tokens.pad(prompts, model.device)
        rows = torch.arange(len(prompts), device=model.device)
        last = tokens.mask.sum(1) - 1
        at_last = torch.zeros_like(tokens.mask, dtype=torch.bool)
        at_last[rows, last] = True
        resid = run(model, tokens, zeroing(removed, at_last) if removed else None)
        predicted = unembed(model, resid[rows, last]).argmax(-1)
        answers = torch.tensor(task.answers[start : start + BATCH], device=model.device)
        right += int((predicted == answers).sum())
    return right / len(task.prompts)
