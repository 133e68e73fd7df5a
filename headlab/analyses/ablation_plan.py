"""The passes of an ablation: which heads, in which order, side by side, and their record."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import get_args

import numpy as np
import torch
from pydantic import JsonValue
from torch import Tensor

from headlab.analyses.ablation_effects import Changes, CleanSide
from headlab.analyses.ablation_values import Mean, Resample, Zero
from headlab.analyses.affected_tokens import affected_positions, affected_tokens
from headlab.analyses.prompt_set import (
    AnyPositions,
    Chunk,
    PromptSet,
    checked_positions,
    one_each,
    recorded_positions,
)
from headlab.analyses.provenance import provenance_of
from headlab.models.forward import replacing
from headlab.models.head_sweep import HeadSweep
from headlab.models.language_model import LanguageModel
from headlab.records.ablation import Ablation, AblationFailure, HeadAblation, Mode
from headlab.records.base import Matrix
from headlab.records.errors import ModelError, PromptError
from headlab.records.head import Head

ANALYSIS, VERSION = "ablation", 2
BATCH = 16
ROOM = 1 << 28
"""Bytes that replicas on a processor may take; a GPU gives a quarter of what is free."""

Group = tuple[Head, ...]
Outcome = HeadAblation | AblationFailure


class AblationPlan:
    """What `ablate` was asked for, checked; see there for the arguments."""

    def __init__(
        self,
        model: LanguageModel,
        prompts: Sequence[str],
        heads: Sequence[Head | str] | Head | str | None,
        mode: Mode,
        positions: AnyPositions,
        *,
        together: bool,
        reference: Sequence[str] | None,
        per_position: bool,
        seed: int,
        answers: Sequence[str] | None,
        wrong: Sequence[str | Sequence[str]] | None,
        n_rows: int,
        batch: int,
        replicas: int | None,
    ):
        if mode not in get_args(Mode):
            known = ", ".join(repr(name) for name in get_args(Mode))
            raise ValueError(f"mode {mode!r} is unknown; known: {known}")
        if reference is not None and mode == "zero":
            raise ValueError("mode 'zero' takes no reference; 'mean' and 'resample' do")
        if replicas is not None and replicas < 1:
            raise ValueError(f"replicas must be 1 or more, not {replicas}")
        self._model, self._mode, self._seed = model, mode, seed
        self.heads = _chosen(model, heads)
        self._groups: list[Group] = (
            [tuple(self.heads)] if together else [(head,) for head in self.heads]
        )
        self._prompts = PromptSet(model, prompts, checked_positions(positions), answers)
        self._distractors = None if wrong is None else _wrong_ids(self._prompts, answers, wrong)
        self._values: Zero | Mean | Resample = Zero()
        if mode != "zero":
            others = (
                PromptSet(model, prompts, "all", answers)
                if reference is None
                else PromptSet(model, reference)
            )
            self._values = (
                Mean(model, self._prompts, others, per_position, batch)
                if mode == "mean"
                else Resample(model, self._prompts, others, seed)
            )
        self._together, self._n_rows, self._batch = together, n_rows, batch
        self._replicas = replicas
        self._clean_loss = float("nan")
        self._last_result = time.monotonic()

    def outcomes(self, progress: Callable[[int, int], None] | None) -> Iterator[Outcome]:
        """What the removal of every group does, in the order of their lowest layers."""
        prompts, model = self._prompts, self._model
        chunks = prompts.chunks(model.device, self._batch)
        blocks = self._blocks(chunks)
        done, total = 0, len(self._groups) * len(chunks)
        tell = progress or (lambda _done, _total: None)
        tell(done, total)
        sweeps = [HeadSweep(model, chunk.tokens, chunk.last_only) for chunk in chunks]
        clean = self._clean_side(chunks, [sweep.resid for sweep in sweeps])
        for block in blocks:
            layers = sorted({head.layer for group in block for head in group})
            resid = clean.resid.new_empty(len(block), *clean.resid.shape)
            for chunk, sweep in zip(chunks, sweeps, strict=True):
                edits = replacing(block, self._values.of(chunk, layers), chunk.ablated)
                found = sweep.run(edits, len(block))
                resid[:, chunk.numbers] = found[:, chunk.rows, chunk.places]
                if chunk is not chunks[-1]:
                    done += len(block)
                    tell(done, total)
            changes = clean.compare(resid, vocabulary=self._n_rows > 0)
            for group, change in zip(block, changes, strict=True):
                yield self._outcome(group, clean, change)
                done += 1
                tell(done, total)

    def result(self, outcomes: Sequence[Outcome], heads: JsonValue) -> Ablation:
        """These outcomes as a record, in the order in which the heads were given."""
        order = {group: number for number, group in enumerate(self._groups)}
        outcomes = sorted(outcomes, key=lambda outcome: order[outcome.heads])
        effects = tuple(one for one in outcomes if isinstance(one, HeadAblation))
        started, self._last_result = self._last_result, time.monotonic()
        positions = self._prompts.positions
        parameters: dict[str, JsonValue] = {
            "heads": heads,
            "together": self._together,
            "mode": self._mode,
            "positions": recorded_positions(positions),
            "n_rows": self._n_rows,
            "batch": self._batch,
            "passes": "last position" if self._prompts.single else "whole",
        }
        return Ablation(
            mode=self._mode,
            positions=positions,
            n_prompts=len(self._prompts),
            n_positions=len(self._prompts.measured),
            clean_loss=self._clean_loss,
            loss_change=self._matrix(effects, "loss_change"),
            kl=self._matrix(effects, "kl"),
            logit_change=self._matrix(effects, "logit_change"),
            logit_difference_change=self._matrix(effects, "logit_difference_change"),
            distractor="runner_up" if self._distractors is None else "given",
            effects=effects,
            failures=tuple(one for one in outcomes if isinstance(one, AblationFailure)),
            provenance=provenance_of(
                self._model.facts,
                ANALYSIS,
                VERSION,
                parameters | self._values.parameters,
                prompts_hash=self._prompts.hash,
                seed=self._seed if self._mode == "resample" else None,
                seconds=self._last_result - started,
            ),
        )

    def _blocks(self, chunks: Sequence[Chunk]) -> list[list[Group]]:
        """Groups that are removed side by side; those of a block share their lowest layer."""
        by_layer: dict[int, list[Group]] = defaultdict(list)
        for group in self._groups:
            by_layer[min(head.layer for head in group)].append(group)
        most = self._replicas or replicas_that_fit(self._model, chunks)
        found = []
        for _, groups in sorted(by_layer.items()):
            n_blocks = -(-len(groups) // most)
            size = -(-len(groups) // n_blocks)  # of equal size: each size has to be prepared
            found += [groups[start : start + size] for start in range(0, len(groups), size)]
        return found

    def _clean_side(self, chunks: Sequence[Chunk], resids: Sequence[Tensor]) -> CleanSide:
        prompts, device = self._prompts, self._model.device
        n_measured = len(prompts.measured)
        gathered = resids[0].new_empty(n_measured, resids[0].shape[-1])
        for chunk, resid in zip(chunks, resids, strict=True):
            gathered[chunk.numbers] = resid[chunk.rows, chunk.places]
        distractors = None
        if self._distractors is not None:
            ids, shares = self._distractors
            distractors = (torch.tensor(ids, device=device), torch.tensor(shares, device=device))
        next_ids = torch.tensor(prompts.next_ids, device=device)
        clean = CleanSide(self._model, gathered, next_ids, distractors)
        for number in (~torch.isfinite(clean.log_probability)).nonzero()[:1, 0].tolist():
            prompt, place = prompts.measured[number]
            raise ModelError(
                f"{self._model.facts.name} gives no finite probabilities at position {place} of "
                f"prompt {prompt + 1} ({prompts.texts[prompt][:40]!r}). Load it in float32, or leave "
                "the prompt out."
            )
        self._clean_loss = clean.loss
        return clean

    def _outcome(self, group: Group, clean: CleanSide, changes: Changes) -> Outcome:
        prompts, n_rows = self._prompts, self._n_rows
        for number in (~torch.isfinite(changes.log_probability)).nonzero()[:1, 0].tolist():
            prompt, place = prompts.measured[number]
            return AblationFailure(
                heads=group,
                reason=f"Without {', '.join(map(str, group))} {self._model.facts.name} gives no "
                f"finite probabilities at position {place} of prompt {prompt + 1}.",
            )
        given = prompts, clean, changes
        return HeadAblation(
            heads=group,
            loss_change=-_mean(changes.log_probability),
            kl=_mean(changes.kl),
            logit_change=_mean(changes.logit),
            logit_difference_change=_mean(changes.logit_difference[clean.distracted]),
            hurt_positions=affected_positions(*given, hurt=True, n_rows=n_rows),
            helped_positions=affected_positions(*given, hurt=False, n_rows=n_rows),
            hurt_tokens=affected_tokens(*given, hurt=True, n_rows=n_rows),
            helped_tokens=affected_tokens(*given, hurt=False, n_rows=n_rows),
        )

    def _matrix(self, effects: Sequence[HeadAblation], name: str) -> Matrix:
        matrix = np.full((self._model.facts.n_layers, self._model.facts.n_heads), np.nan)
        for effect in effects:
            if len(effect.heads) == 1:
                head = effect.heads[0]
                matrix[head.layer, head.index] = getattr(effect, name)
        return matrix


def replicas_that_fit(model: LanguageModel, chunks: Sequence[Chunk]) -> int:
    """How many heads are removed side by side.

    At the last position: as many as there is room for, since one position a prompt leaves matrices
    small. Over whole prompts they gain nothing on a processor; a GPU takes what it has room for.
    """
    facts, device = model.facts, model.device
    size = next(model.module.parameters()).element_size()
    room = ROOM
    if device.type == "cuda":
        room = torch.cuda.mem_get_info(device)[0] // 4
    elif not chunks[0].last_only:
        return 1
    most = facts.n_heads
    for chunk in chunks:
        n_prompts, length = chunk.tokens.ids.shape
        run = 32 * facts.d_model * (1 if chunk.last_only else length)
        kept = 2 * facts.n_kv_heads * facts.d_head * length
        most = min(most, room // (n_prompts * size * (run + kept)))
    return max(1, most)


def _mean(values: Tensor) -> float:
    return float(values.double().mean())


def _chosen(model: LanguageModel, heads: Sequence[Head | str] | Head | str | None) -> list[Head]:
    if heads is None:
        return model.heads()
    if isinstance(heads, Head | str):
        heads = [heads]
    found = list(dict.fromkeys(model.head(head) for head in heads))
    if not found:
        raise ValueError("no heads were given; heads=None takes all of them")
    return found


def _wrong_ids(
    prompts: PromptSet, answers: Sequence[str] | None, wrong: Sequence[str | Sequence[str]]
) -> tuple[list[list[int]], list[list[float]]]:
    """Distractors of every measured position and their shares: those of each prompt's answer."""
    if answers is None:
        raise PromptError("Wrong answers need right ones. Give answers too.")
    given = [
        [text] if isinstance(text, str) else list(text)
        for text in one_each("wrong answers", wrong, len(prompts))
    ]
    most = max(len(texts) for texts in given)
    ids = [[0] * most for _ in prompts.measured]
    shares = [[0.0] * most for _ in prompts.measured]
    for number, (prompt, place) in enumerate(prompts.measured):
        if place != len(prompts.ids[prompt]) - 2:
            continue
        for column, text in enumerate(given[prompt]):
            ids[number][column] = prompts.continuation(prompt, text)
            shares[number][column] = 1 / len(given[prompt])
    if not any(map(any, shares)):
        raise PromptError(
            "No measured position is one where an answer is predicted, so there is no logit "
            "difference to the wrong ones. Take positions 'last', 'all', or with -1."
        )
    return ids, shares
