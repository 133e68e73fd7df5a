"""Ablation of heads over prompts: the change of the loss, and the most affected tokens.

A head is removed by setting its slice of z, the input of the output projection, to zero; its output
is never subtracted afterwards, so families with a norm after attention are right too.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from pydantic import JsonValue
from torch import Tensor

from headlab.analyses.affected_tokens import Tally
from headlab.analyses.prompt_set import Chunk, PromptSet
from headlab.analyses.provenance import provenance_of
from headlab.models.forward import clean_run, resume, unembed, zeroing
from headlab.models.language_model import LanguageModel
from headlab.records.ablation import Ablation, HeadAblation, Mode, Positions
from headlab.records.head import Head

ANALYSIS, VERSION = "ablation", 1
BATCH = 16
HELD = 1 << 26
"""Numbers of clean distributions that are held while a layer's heads are removed: 256 MB."""

Progress = Callable[[int, int], None]


def ablate(
    model: LanguageModel,
    prompts: Sequence[str],
    heads: Sequence[Head | str] | Head | str | None = None,
    mode: Mode = "zero",
    positions: Positions = "all",
    *,
    together: bool = False,
    n_rows: int = 10,
    batch: int = BATCH,
    progress: Progress | None = None,
) -> Ablation:
    """Remove heads and measure what changes at every position that has a next token.

    `heads=None` takes every head, each by itself; `together=True` removes the given heads at once.
    `positions="last"` removes them only where the last token of each prompt is predicted, and
    measures there. `n_rows` is the length of each list of affected positions and tokens. Progress
    is called with (done, total) forward passes; an exception from it ends the work. Raises
    HeadError, PromptError, ValueError.
    """
    plan = _Plan(model, prompts, heads, mode, positions, together, n_rows, batch)
    effects = list(plan.effects(progress))
    return plan.result(effects, "all" if heads is None else [str(head) for head in plan.heads])


def ablate_each(
    model: LanguageModel,
    prompts: Sequence[str],
    heads: Sequence[Head | str] | Head | str | None = None,
    mode: Mode = "zero",
    positions: Positions = "all",
    *,
    n_rows: int = 10,
    batch: int = BATCH,
    progress: Progress | None = None,
) -> Iterator[Ablation]:
    """`ablate` head by head, layer by layer: every result is given as soon as it is there.

    Whoever stops, by leaving the iterator or by an exception from `progress`, keeps what was given.
    The last pass of a head is reported after its result.
    """
    plan = _Plan(model, prompts, heads, mode, positions, False, n_rows, batch)
    for effect in plan.effects(progress):
        yield plan.result([effect], [str(head) for head in effect.heads])


class _Plan:
    """Which heads are removed where, checked."""

    def __init__(
        self,
        model: LanguageModel,
        prompts: Sequence[str],
        heads: Sequence[Head | str] | Head | str | None,
        mode: Mode,
        positions: Positions,
        together: bool,
        n_rows: int,
        batch: int,
    ):
        if mode != "zero":
            raise ValueError(f"mode {mode!r} is unknown; known: 'zero'")
        if positions not in ("all", "last"):
            raise ValueError(f"positions {positions!r} is unknown; known: 'all', 'last'")
        self.model, self.mode, self.positions = model, mode, positions
        self.heads = _chosen(model, heads)
        self.groups = [tuple(self.heads)] if together else [(head,) for head in self.heads]
        self.prompts = PromptSet(model, prompts, positions)
        self.n_rows, self.batch = n_rows, batch
        self.together = together
        self.clean_loss = float("nan")
        self._last_result = time.monotonic()

    def effects(self, progress: Progress | None) -> Iterator[HeadAblation]:
        """The effect of every group, in the order of their lowest layers."""
        chunks = self.prompts.chunks(self.model.device, self.batch)
        by_layer: dict[int, list[tuple[Head, ...]]] = defaultdict(list)
        for group in self.groups:
            by_layer[min(head.layer for head in group)].append(group)
        done, total = 0, len(self.groups) * len(chunks)
        if progress is not None:
            progress(done, total)
        hold = len(self.prompts.measured) * self.model.facts.d_vocab <= HELD
        for layer in sorted(by_layer):
            batches = [_CleanBatch(self.model, chunk, layer, hold) for chunk in chunks]
            for group in by_layer[layer]:
                tally = Tally(self.n_rows)
                for number, batch in enumerate(batches, 1):
                    batch.add_ablated(group, tally)
                    done += 1
                    if number < len(batches) and progress is not None:
                        progress(done, total)
                self.clean_loss = tally.clean_loss
                yield tally.finish(self.model, self.prompts, group)
                if progress is not None:
                    progress(done, total)

    def result(self, effects: Sequence[HeadAblation], heads: JsonValue) -> Ablation:
        """These effects as a record, in the order in which the heads were given."""
        order = {group: number for number, group in enumerate(self.groups)}
        loss_change, kl = _matrices(self.model, effects)
        started, self._last_result = self._last_result, time.monotonic()
        return Ablation(
            mode=self.mode,
            positions=self.positions,
            n_prompts=len(self.prompts),
            n_positions=len(self.prompts.measured),
            clean_loss=self.clean_loss,
            loss_change=loss_change,
            kl=kl,
            effects=tuple(sorted(effects, key=lambda effect: order[effect.heads])),
            provenance=provenance_of(
                self.model.facts,
                ANALYSIS,
                VERSION,
                {
                    "heads": heads,
                    "together": self.together,
                    "mode": self.mode,
                    "positions": self.positions,
                    "n_rows": self.n_rows,
                    "batch": self.batch,
                },
                prompts_hash=self.prompts.hash,
                seconds=self._last_result - started,
            ),
        )


class _CleanBatch:
    """The clean pass over a batch, from which passes without heads of `layer` and above start.

    Its distributions at the measured positions are held, or computed again for every head.
    """

    def __init__(self, model: LanguageModel, chunk: Chunk, layer: int, hold: bool):
        self.model, self.chunk = model, chunk
        self.clean = clean_run(model, chunk.tokens).above(layer)
        assert self.clean.resid is not None
        resid = self.clean.resid[chunk.rows, chunk.places]
        size = _rows_at_once(model)
        self.parts = list(zip(chunk.next_ids.split(size), resid.split(size), strict=True))
        self.held = [self._log_probabilities(rows) for _, rows in self.parts] if hold else None

    def add_ablated(self, heads: tuple[Head, ...], tally: Tally) -> None:
        """Run the batch without `heads` and add what changes to the tally."""
        chunk = self.chunk
        resid = resume(self.model, self.clean, zeroing(heads, chunk.ablated))
        ablated = resid[chunk.rows, chunk.places].split(_rows_at_once(self.model))
        for number, ((next_ids, clean), rows) in enumerate(zip(self.parts, ablated, strict=True)):
            held = self._log_probabilities(clean) if self.held is None else self.held[number]
            tally.add(next_ids, clean, held, rows, self._log_probabilities(rows))

    def _log_probabilities(self, rows: Tensor) -> Tensor:
        return torch.log_softmax(unembed(self.model, rows), -1)


def _chosen(model: LanguageModel, heads: Sequence[Head | str] | Head | str | None) -> list[Head]:
    if heads is None:
        return model.heads()
    if isinstance(heads, Head | str):
        heads = [heads]
    found = list(dict.fromkeys(model.head(head) for head in heads))
    if not found:
        raise ValueError("no heads were given; heads=None takes all of them")
    return found


def _rows_at_once(model: LanguageModel) -> int:
    """Positions whose whole distributions are held at a time: about 64 MB each."""
    return max(1, (1 << 24) // model.facts.d_vocab)


def _matrices(
    model: LanguageModel, effects: Sequence[HeadAblation]
) -> tuple[np.ndarray, np.ndarray]:
    shape = (model.facts.n_layers, model.facts.n_heads)
    loss_change, kl = np.full(shape, np.nan), np.full(shape, np.nan)
    for effect in effects:
        if len(effect.heads) == 1:
            head = effect.heads[0]
            loss_change[head.layer, head.index] = effect.loss_change
            kl[head.layer, head.index] = effect.kl
    return loss_change, kl
