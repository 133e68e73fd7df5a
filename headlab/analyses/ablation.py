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
from torch import Tensor

from headlab.analyses.affected_tokens import Tally
from headlab.analyses.prompt_set import Chunk, PromptSet
from headlab.analyses.provenance import provenance_of
from headlab.models.forward import CleanRun, clean_run, resume, unembed, zeroing
from headlab.models.language_model import LanguageModel
from headlab.records.ablation import Ablation, HeadAblation, Mode, Positions
from headlab.records.head import Head

ANALYSIS, VERSION = "ablation", 1
BATCH = 16

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
    is called with (done, total) forward passes. Raises HeadError, PromptError, ValueError.
    """
    if mode != "zero":
        raise ValueError(f"mode {mode!r} is unknown; known: 'zero'")
    if positions not in ("all", "last"):
        raise ValueError(f"positions {positions!r} is unknown; known: 'all', 'last'")
    started = time.monotonic()
    chosen = _chosen(model, heads)
    sets = [tuple(chosen)] if together else [(head,) for head in chosen]
    prompt_set = PromptSet(model, prompts, positions)
    chunks = prompt_set.chunks(model.device, batch)
    by_layer: dict[int, list[tuple[Head, ...]]] = defaultdict(list)
    for group in sets:
        by_layer[min(head.layer for head in group)].append(group)
    done, total = 0, len(sets) * len(chunks)
    effects: dict[tuple[Head, ...], HeadAblation] = {}
    clean_loss = float("nan")
    for layer in sorted(by_layer):
        tallies = {group: Tally(n_rows) for group in by_layer[layer]}
        for chunk in chunks:
            clean = clean_run(model, chunk.tokens)
            pieces = list(_clean_pieces(model, clean, chunk))
            for group, tally in tallies.items():
                resid = resume(model, clean, zeroing(group, chunk.ablated))[
                    chunk.rows, chunk.places
                ]
                for piece, rows in zip(pieces, resid.split(_rows_at_once(model)), strict=True):
                    tally.add(*piece, rows, torch.log_softmax(unembed(model, rows), -1))
                done += 1
                if progress is not None:
                    progress(done, total)
        for group, tally in tallies.items():
            effects[group] = tally.finish(model, prompt_set, group)
            clean_loss = tally.clean_loss
    loss_change, kl = _matrices(model, effects)
    return Ablation(
        mode=mode,
        positions=positions,
        n_prompts=len(prompt_set),
        n_positions=len(prompt_set.measured),
        clean_loss=clean_loss,
        loss_change=loss_change,
        kl=kl,
        effects=tuple(effects[group] for group in sets),
        provenance=provenance_of(
            model.facts,
            ANALYSIS,
            VERSION,
            {
                "heads": "all" if heads is None else [str(head) for head in chosen],
                "together": together,
                "mode": mode,
                "positions": positions,
                "n_rows": n_rows,
                "batch": batch,
            },
            prompts_hash=prompt_set.hash,
            seconds=time.monotonic() - started,
        ),
    )


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


def _clean_pieces(
    model: LanguageModel, clean: CleanRun, chunk: Chunk
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """(next ids, clean residual rows, clean log-probabilities) of the measured positions."""
    assert clean.resid is not None
    resid = clean.resid[chunk.rows, chunk.places]
    size = _rows_at_once(model)
    for next_ids, rows in zip(chunk.next_ids.split(size), resid.split(size), strict=True):
        yield next_ids, rows, torch.log_softmax(unembed(model, rows), -1)


def _matrices(
    model: LanguageModel, effects: dict[tuple[Head, ...], HeadAblation]
) -> tuple[np.ndarray, np.ndarray]:
    shape = (model.facts.n_layers, model.facts.n_heads)
    loss_change, kl = np.full(shape, np.nan), np.full(shape, np.nan)
    for group, effect in effects.items():
        if len(group) == 1:
            loss_change[group[0].layer, group[0].index] = effect.loss_change
            kl[group[0].layer, group[0].index] = effect.kl
    return loss_change, kl
