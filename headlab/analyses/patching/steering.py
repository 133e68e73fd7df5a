"""Directional addition and subtraction: a vector added to activations, or projected out of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from headlab.analyses.patching.activation import BATCH, Progress
from headlab.analyses.patching.metric import finite
from headlab.analyses.patching.prompts import AnswerTokens, answer_id, encode
from headlab.analyses.patching.steering_vectors import (
    Positions,
    check_place,
    check_positions,
)
from headlab.analyses.provenance import provenance_of, texts_hash
from headlab.models.forward import Tokens, clean_run, editing, unembed
from headlab.models.language_model import LanguageModel
from headlab.models.last_position import by_length
from headlab.records.errors import PromptError, TaskError
from headlab.records.steering import Steering, SteeringMode, SteeringVector
from headlab.records.text import escape

ANALYSIS, VERSION = "steering", 1


@contextmanager
def steering(
    model: LanguageModel,
    vector: SteeringVector,
    alpha: float = 1.0,
    mode: SteeringMode = "add",
    positions: Tensor | None = None,
) -> Iterator[None]:
    """Within the context every forward pass of the model is steered.

    "add" adds `alpha` times the vector (a negative alpha subtracts it); "project_out" takes the
    component along it away and does not use alpha. At all positions, or where `positions` `[batch,
    position]` bool says. Raises HeadError for a place that the model does not have, ValueError for a
    vector of another size, a zero vector to project out, or an unknown mode.
    """
    check_place(model, vector.head, vector.layer)
    facts = model.facts
    size = facts.d_model if vector.head is None else facts.d_head
    if len(vector.vector) != size:
        raise ValueError(
            f"the vector has {len(vector.vector)} numbers, {vector.where()} of {facts.name} has {size}"
        )
    push = _push(torch.tensor(vector.vector, device=model.device), alpha, mode, positions)
    if vector.head is None:
        assert vector.layer is not None
        handle = model.blocks[vector.layer].register_forward_hook(_on_output(push))
        try:
            yield
        finally:
            handle.remove()
        return
    index = vector.head.index

    def edit(z: Tensor) -> Tensor:
        steered = z.clone()
        steered[:, :, index] = push(z[:, :, index])
        return steered

    with editing(model, {vector.head.layer: edit}):
        yield


def steer(
    model: LanguageModel,
    prompts: Sequence[str],
    vector: SteeringVector,
    alpha: float = 1.0,
    mode: SteeringMode = "add",
    positions: Positions = "all",
    answers: Sequence[str] | None = None,
    progress: Progress | None = None,
    *,
    answer_tokens: AnswerTokens = "one",
    batch: int = BATCH,
) -> Steering:
    """What `steering` changes on prompts: their loss, and the log-probability of given answers.

    `positions="last"` steers where an answer is predicted only, which leaves the loss of a prompt's
    own tokens as it is. Progress counts batches. Raises what `steering` raises, PromptError and
    TaskError.
    """
    started = time.monotonic()
    check_positions(positions)
    ids = [encode(model, text, f"Prompt {number}") for number, text in enumerate(prompts, 1)]
    if not ids:
        raise PromptError("There are no prompts. Give at least one.")
    targets = _answers(model, prompts, answers, answer_tokens)
    loss, logprob = np.full((2, len(ids)), np.nan), np.full((2, len(ids)), np.nan)
    batches = list(by_length(ids, batch))
    for done, numbers in enumerate(batches):
        if progress is not None:
            progress(done, len(batches))
        tokens = Tokens.pad([ids[number] for number in numbers], model.device)
        marked = torch.zeros_like(tokens.ids, dtype=torch.bool)
        marked[:, -1 if positions == "last" else slice(None)] = True
        wanted = None
        if targets is not None:
            wanted = torch.tensor([targets[number] for number in numbers], device=model.device)
        loss[0, numbers], logprob[0, numbers] = _read(model, tokens, wanted)
        with steering(model, vector, alpha, mode, marked):
            loss[1, numbers], logprob[1, numbers] = _read(model, tokens, wanted)
    if progress is not None:
        progress(len(batches), len(batches))
    answered = targets is not None
    return Steering(
        vector=vector,
        mode=mode,
        alpha=alpha,
        positions=positions,
        prompts=tuple(escape(text) for text in prompts),
        loss=_or_none(loss[0]),
        loss_change=_or_none(loss[1] - loss[0]),
        answers=tuple(escape(text) for text in answers or ()),
        answer_logprob=tuple(logprob[0].tolist()) if answered else (),
        answer_logprob_change=tuple((logprob[1] - logprob[0]).tolist()) if answered else (),
        provenance=provenance_of(
            model.facts,
            ANALYSIS,
            VERSION,
            {
                "where": vector.where(),
                "vector_hash": texts_hash([repr(vector.vector)]),
                "alpha": alpha,
                "mode": mode,
                "positions": positions,
                "answer_tokens": answer_tokens,
                "batch": batch,
            },
            prompts_hash=texts_hash([*prompts, *(answers or ())]),
            seconds=time.monotonic() - started,
        ),
    )


def _push(
    vector: Tensor, alpha: float, mode: SteeringMode, positions: Tensor | None
) -> Callable[[Tensor], Tensor]:
    """Rows `[batch, position, size]` -> the same, steered."""
    if mode not in ("add", "project_out"):
        raise ValueError(f"mode {mode!r} is unknown; known: 'add', 'project_out'")
    length = float(vector.norm())
    if mode == "project_out" and length == 0:
        raise ValueError("the vector is zero: it has no direction to project out")
    unit = vector / length if length else vector

    def push(rows: Tensor) -> Tensor:
        found = rows.float()
        change = alpha * vector if mode == "add" else -(found @ unit)[..., None] * unit
        found = (found + change).to(rows.dtype)
        return found if positions is None else torch.where(positions[..., None], found, rows)

    return push


def _on_output(push: Callable[[Tensor], Tensor]) -> Any:
    def change(_module: Any, _arguments: Any, output: Any) -> Any:
        if isinstance(output, tuple):
            return (push(output[0]), *output[1:])
        return push(output)

    return change


def _answers(
    model: LanguageModel,
    prompts: Sequence[str],
    answers: Sequence[str] | None,
    rule: AnswerTokens,
) -> list[int] | None:
    if answers is None:
        return None
    if len(answers) != len(prompts):
        raise TaskError(f"{len(prompts)} prompts, but {len(answers)} answers. Give one for each.")
    return [
        answer_id(model.vocabulary, prompt, answer, rule, f"Prompt {number}: the answer")
        for number, (prompt, answer) in enumerate(zip(prompts, answers, strict=True), 1)
    ]


def _read(
    model: LanguageModel, tokens: Tokens, answers: Tensor | None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean loss of each prompt's own next tokens (NaN where it is one token), and log-probability
    of its answer (NaN where none is asked for), `[n]` each."""
    resid = clean_run(model, tokens).resid
    assert resid is not None
    n, length = tokens.ids.shape
    losses, found = np.full(n, np.nan), np.full(n, np.nan)
    for row, ids in enumerate(tokens.ids):
        logprobs = finite(model, torch.log_softmax(unembed(model, resid[row]), -1))
        if length > 1:
            losses[row] = -float(logprobs[:-1].gather(1, ids[1:, None]).mean())
        if answers is not None:
            found[row] = float(logprobs[-1, answers[row]])
    return losses, found


def _or_none(values: np.ndarray) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else float(value) for value in values)
