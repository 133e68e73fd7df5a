"""Where activations are steered, and directions from two sets of prompts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from headlab.analyses.patching.activation import BATCH
from headlab.analyses.patching.prompts import encode
from headlab.analyses.provenance import provenance_of, texts_hash
from headlab.models.forward import Tokens, clean_run, head_values
from headlab.models.language_model import LanguageModel
from headlab.models.last_position import by_length
from headlab.records.errors import HeadError, PromptError
from headlab.records.head import Head
from headlab.records.steering import SteeringVector

ANALYSIS, VERSION = "mean_difference", 1
Positions = Literal["all", "last"]


def mean_difference(
    model: LanguageModel,
    positive: Sequence[str],
    negative: Sequence[str],
    head: Head | str | None = None,
    layer: int | None = None,
    positions: Positions = "last",
    *,
    batch: int = BATCH,
) -> SteeringVector:
    """Mean activation over the positive prompts minus that over the negative ones.

    z of `head`, or the residual stream after block `layer`, at the last position of each prompt or
    averaged over all of its positions (Turner et al., arXiv 2308.10248; Rimsky et al., arXiv
    2312.06681). Raises HeadError for a head or layer that the model does not have, PromptError,
    ValueError.
    """
    started = time.monotonic()
    found = None if head is None else model.head(head)
    check_place(model, found, layer)
    check_positions(positions)
    sides = [
        _mean(model, texts, name, found, layer, positions, batch)
        for texts, name in ((positive, "Positive"), (negative, "Negative"))
    ]
    return SteeringVector(
        head=found,
        layer=layer,
        vector=tuple((sides[0] - sides[1]).tolist()),
        provenance=provenance_of(
            model.facts,
            ANALYSIS,
            VERSION,
            {
                "head": None if found is None else str(found),
                "layer": layer,
                "positions": positions,
                "positive_hash": texts_hash(positive),
                "negative_hash": texts_hash(negative),
            },
            prompts_hash=texts_hash([*positive, *negative]),
            seconds=time.monotonic() - started,
        ),
    )


def check_place(model: LanguageModel, head: Head | None, layer: int | None) -> None:
    """Raises HeadError, ValueError where these are not one place of the model."""
    if (head is None) == (layer is None):
        raise ValueError("give a head or a layer, not both and not none")
    if head is not None:
        model.head(head)
    elif not 0 <= layer < model.facts.n_layers:  # type: ignore[operator]
        raise HeadError(
            f"{model.facts.name} has no layer {layer}: layers go from 0 to {model.facts.n_layers - 1}."
        )


def check_positions(positions: str) -> None:
    """Raises ValueError for positions that steering does not know."""
    if positions not in ("all", "last"):
        raise ValueError(f"positions {positions!r} is unknown; known: 'all', 'last'")


def _mean(
    model: LanguageModel,
    texts: Sequence[str],
    name: str,
    head: Head | None,
    layer: int | None,
    positions: Positions,
    batch: int,
) -> Tensor:
    ids = [encode(model, text, f"{name} prompt {number}") for number, text in enumerate(texts, 1)]
    if not ids:
        raise PromptError(f"There are no {name.lower()} prompts. Give at least one.")
    rows = []
    for numbers in by_length(ids, batch):
        tokens = Tokens.pad([ids[number] for number in numbers], model.device)
        found = _activations(model, tokens, head, layer).float()
        rows.append(found[:, -1] if positions == "last" else found.mean(1))
    return torch.cat(rows).mean(0)


def _activations(
    model: LanguageModel, tokens: Tokens, head: Head | None, layer: int | None
) -> Tensor:
    if head is not None:
        values, _ = head_values(model, tokens, [head.layer])
        return values[head.layer][:, :, head.index]
    assert layer is not None
    clean = clean_run(model, tokens)
    assert clean.resid is not None
    return clean.resid if layer == model.facts.n_layers - 1 else clean.hidden(layer + 1)
