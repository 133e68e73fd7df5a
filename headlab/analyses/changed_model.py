"""A model with heads removed, scaled or steered, and what it still can do on a task."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from torch import Tensor

from headlab.analyses.patching.metric import finite
from headlab.analyses.patching.prompts import answer_ids, encode
from headlab.analyses.patching.steering import steering
from headlab.analyses.provenance import provenance_of, texts_hash
from headlab.models.forward import Edit, Tokens, clean_run, editing, unembed
from headlab.models.language_model import LanguageModel
from headlab.records.errors import HeadError
from headlab.records.evaluation import Change, Evaluation, Steer, TaskScore
from headlab.records.example import TaskSet
from headlab.records.head import Head

ANALYSIS, VERSION = "evaluation", 1
BATCH = 16

Progress = Callable[[int, int], None]


def change_of(
    model: LanguageModel,
    ablate: Sequence[Head | str] = (),
    scale: Mapping[str, float] | None = None,
    steer: Sequence[Steer] = (),
) -> Change:
    """A change of this model, checked. Raises HeadError for a head that it does not have."""
    factors = [(model.head(head), 0.0) for head in ablate]
    factors += [(model.head(head), float(factor)) for head, factor in (scale or {}).items()]
    return Change(scale=tuple(factors), steer=tuple(steer))


@contextmanager
def changed(model: LanguageModel, change: Change) -> Iterator[None]:
    """Within the context every forward pass of the model is changed, generation included."""
    with ExitStack() as stack:
        stack.enter_context(editing(model, _scaling(model, change.scale)))
        for one in change.steer:
            stack.enter_context(steering(model, one.vector, one.alpha, one.mode))
        yield


def evaluate(
    model: LanguageModel,
    task: TaskSet,
    ablate: Sequence[Head | str] = (),
    scale: Mapping[str, float] | None = None,
    steer: Sequence[Steer] = (),
    *,
    random_sets: int = 3,
    seed: int = 0,
    batch: int = BATCH,
    progress: Progress | None = None,
) -> Evaluation:
    """A task on the model as it is, changed, and with the same factors at random other heads.

    `ablate` removes heads, `scale` multiplies their z, `steer` adds directions, all at every
    position. Random sets are as many heads, drawn from the others; steering is left out there.
    Progress counts batches. Raises HeadError, PromptError, TaskError.
    """
    started = time.monotonic()
    change = change_of(model, ablate, scale, steer)
    runs = [Change(), change, *_random(model, change, random_sets, seed)]
    asked = _Questions(model, task, batch)
    total, scores = len(runs) * len(asked.batches), []
    for number, one in enumerate(runs):
        with changed(model, one):
            done = number * len(asked.batches)
            scores.append(asked.score(None if progress is None else _from(progress, done, total)))
    if progress is not None:
        progress(total, total)
    return Evaluation(
        task=task.name,
        n_examples=len(task),
        change=change,
        base=scores[0],
        changed=scores[1],
        random=tuple(scores[2:]),
        provenance=provenance_of(
            model.facts,
            ANALYSIS,
            VERSION,
            {
                "task": task.name,
                "change": change.words(),
                "change_hash": texts_hash([change.model_dump_json()]),
                "random_sets": random_sets,
                "batch": batch,
            },
            prompts_hash=texts_hash([text for e in task.examples for text in (e.prompt, e.answer)]),
            seed=seed,
            seconds=time.monotonic() - started,
        ),
    )


def _from(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    return lambda done: progress(before + done, total)


def _scaling(model: LanguageModel, scale: Sequence[tuple[Head, float]]) -> dict[int, Edit]:
    by_layer: dict[int, list[tuple[int, float]]] = {}
    for head, factor in scale:
        by_layer.setdefault(head.layer, []).append((head.index, factor))

    def edit(factors: list[tuple[int, float]]) -> Edit:
        row = torch.ones(model.facts.n_heads, 1, device=model.device)
        for index, factor in factors:
            row[index] = factor

        def multiply(z: Tensor) -> Tensor:
            return z * row.to(z.dtype)

        return multiply

    return {layer: edit(factors) for layer, factors in by_layer.items()}


def _random(model: LanguageModel, change: Change, sets: int, seed: int) -> list[Change]:
    if not change.scale or not sets:
        return []
    others = [head for head in model.heads() if head not in set(change.heads)]
    if len(others) < len(change.heads):
        raise HeadError(
            f"{len(change.heads)} of {len(others) + len(change.heads)} heads are changed: too few "
            "others are left to compare with. Take fewer, or random_sets=0."
        )
    random = np.random.default_rng(seed)
    found = []
    for _ in range(sets):
        drawn = random.choice(len(others), len(change.heads), replace=False)
        factors = [factor for _, factor in change.scale]
        pairs = zip((others[int(i)] for i in drawn), factors, strict=True)
        found.append(Change(scale=tuple(pairs)))
    return found


class _Questions:
    """Every example as its answer and each distractor written out, tokenized once."""

    def __init__(self, model: LanguageModel, task: TaskSet, batch: int):
        self.model, self.n = model, len(task)
        self.rows: list[tuple[tuple[int, ...], int, int, bool]] = []
        for number, example in enumerate(task.examples):
            what = f"Example {number + 1}"
            prompt = encode(model, example.prompt, what)
            for which, answer in enumerate((example.answer, *example.wrong)):
                name = f"{what}: the {'distractor' if which else 'answer'}"
                added = answer_ids(model.vocabulary, example.prompt, answer, name)
                whole = encode(model, example.prompt + answer, what)
                self.rows.append((whole, len(prompt), number, which == 0))
                assert whole[len(prompt) :] == added
        order = sorted(range(len(self.rows)), key=lambda row: len(self.rows[row][0]))
        self.batches = [order[start : start + batch] for start in range(0, len(order), batch)]

    def score(self, progress: Callable[[int], None] | None) -> TaskScore:
        """One run of the model, as it is now."""
        logprobs = np.zeros(len(self.rows))
        greedy = np.zeros(len(self.rows), dtype=bool)
        losses: list[float] = []
        count = 0
        for done, numbers in enumerate(self.batches):
            if progress is not None:
                progress(done)
            tokens = Tokens.pad([self.rows[n][0] for n in numbers], self.model.device)
            resid = clean_run(self.model, tokens).resid
            assert resid is not None
            for place, number in enumerate(numbers):
                ids, start, _, right = self.rows[number]
                own, best = self._tokens(resid[place], ids)
                logprobs[number] = float(own[start - 1 :].sum())
                greedy[number] = bool(best[start - 1 :].all())
                if right:
                    losses.append(-float(own.sum()))
                    count += len(own)
        return self._summed(logprobs, greedy, float(np.exp(sum(losses) / count)))

    def _tokens(self, resid: Tensor, ids: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Log-probability of each token after the first, and whether it is the most probable."""
        wanted = torch.tensor(ids[1:], device=resid.device)
        logits = finite(self.model, unembed(self.model, resid[: len(ids) - 1]))
        own = torch.log_softmax(logits, -1).gather(1, wanted[:, None]).squeeze(1)
        return own.double(), logits.argmax(-1) == wanted

    def _summed(self, logprobs: np.ndarray, greedy: np.ndarray, perplexity: float) -> TaskScore:
        right = np.array([row[3] for row in self.rows])
        of = np.array([row[2] for row in self.rows])
        chosen = [
            logprobs[(of == number) & right][0] > logprobs[(of == number) & ~right].max()
            for number in range(self.n)
            if ((of == number) & ~right).any()
        ]
        return TaskScore(
            accuracy=float(greedy[right].mean()),
            choice_accuracy=float(np.mean(chosen)) if chosen else None,
            answer_logprob=float(logprobs[right].mean()),
            perplexity=perplexity,
        )
