"""What stands for a source token where a head's map is read: raw, first MLP, or rows of your own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from pydantic import JsonValue
from torch import Tensor

from headlab.analyses.provenance import texts_hash
from headlab.models.forward import Tokens
from headlab.models.language_model import LanguageModel
from headlab.records.errors import ModelError, TaskError

SLOT = "{source}"
CARRIERS = (
    "No {source} means no",
    "The story of {source} contains",
    "This is a document about {source}",
    "When I think about {source} I think about",
)
"""The sentences in which MAPS (arXiv 2412.11965, section 4.1) puts a source token."""

CACHE_BYTES = 1 << 30
"""A first-MLP embedding up to this size is kept with the model; a larger one is made by blocks."""

_POSITIONS = 4096  # positions of one forward pass


@dataclass(frozen=True, eq=False)
class SourceMatrix:
    """Source embeddings in place of the model's: `rows` `[n, d_model]`, float32.

    Row i stands for token `ids[i]`, or for token i where `ids` is None. `made` says how, for
    provenance.
    """

    rows: Tensor
    ids: tuple[int, ...] | None = None
    made: dict[str, JsonValue] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Any, ids: Sequence[int] | None = None) -> SourceMatrix:
        """Read a matrix (tensor, array or nested lists); raises ModelError for another shape,
        numbers that are not finite, or a token named twice."""
        if isinstance(rows, SourceMatrix):
            return rows
        matrix = torch.as_tensor(rows).detach().float()
        if matrix.ndim != 2 or not matrix.shape[0]:
            raise ModelError(
                f"A source matrix has rows [n, d_model]; this one has shape {list(matrix.shape)}."
            )
        if not torch.isfinite(matrix).all():
            raise ModelError("The source matrix holds numbers that are not finite.")
        if ids is not None and len(ids) != len(matrix):
            raise ModelError(f"The source matrix has {len(matrix)} rows for {len(ids)} tokens.")
        if ids is not None and len(set(ids)) != len(ids):
            raise ModelError("The source matrix names a token twice; give one row a token.")
        return cls(matrix, None if ids is None else tuple(int(token) for token in ids))

    def parameters(self) -> dict[str, JsonValue]:
        """What decides the numbers, for provenance."""
        digest = hashlib.sha256(np.ascontiguousarray(self.rows.cpu().numpy()).tobytes())
        digest.update(repr(self.ids).encode())
        return {**self.made, "source_rows": len(self.rows), "source_hash": digest.hexdigest()}

    def at(self, ids: Tensor) -> Tensor:
        """Rows of the tokens `[n]`; raises ModelError naming a token without one."""
        if self.ids is None:
            places = ids.cpu()
            missing = places[places >= len(self.rows)]
        else:
            place_of = {token: place for place, token in enumerate(self.ids)}
            places = torch.tensor([place_of.get(token, -1) for token in ids.tolist()])
            missing = ids.cpu()[places < 0]
        if len(missing):
            raise ModelError(
                f"The source matrix has no row for token {int(missing[0])} (and "
                f"{len(missing) - 1} more); give a row for every source token."
            )
        return self.rows[places.to(self.rows.device)].to(ids.device)


Source = Literal["raw", "first_mlp"] | SourceMatrix


@dataclass(frozen=True)
class SourceRows:
    """Embeddings of the same tokens as heads of layer 0 and of the layers above read them."""

    ids: Tensor
    first: Tensor
    above: Tensor

    def at(self, layer: int) -> Tensor:
        return self.first if layer == 0 else self.above


def source_rows(
    model: LanguageModel, source: Source, ids: Tensor, first_mlp_at_layer_0: bool
) -> SourceRows:
    """Source embeddings of the tokens `ids` `[n]`."""
    if isinstance(source, SourceMatrix):
        _same_width(model, source)
        rows = source.at(ids)
        return SourceRows(ids, rows, rows)
    raw = model.embedding(ids)
    if source == "raw":
        return SourceRows(ids, raw, raw)
    mapped = model.first_mlp(raw)
    return SourceRows(ids, mapped if first_mlp_at_layer_0 else raw, mapped)


def n_sources(model: LanguageModel, source: Source) -> int:
    """How many tokens have a source embedding; rows of the embedding without a token have none."""
    known = min(model.facts.n_tokens, model.facts.d_vocab)
    if not isinstance(source, SourceMatrix):
        return known
    return min(known, len(source.rows)) if source.ids is None else len(source.ids)


def source_blocks(
    model: LanguageModel, source: Source, first_mlp_at_layer_0: bool, size: int
) -> Iterator[SourceRows]:
    """Source embeddings of all tokens, `size` at a time."""
    facts, total = model.facts, n_sources(model, source)
    kept = None
    if source == "first_mlp" and facts.d_vocab * facts.d_model * 4 <= CACHE_BYTES:
        kept = model.source_embedding(first_mlp=True)
    for start in range(0, total, size):
        end = min(start + size, total)
        if isinstance(source, SourceMatrix) and source.ids is not None:
            ids = torch.tensor(source.ids[start:end], device=model.device)
        else:
            ids = torch.arange(start, end, device=model.device)
        if kept is None:
            yield source_rows(model, source, ids, first_mlp_at_layer_0)
        else:
            mapped = kept[start:end]
            first = mapped if first_mlp_at_layer_0 else model.embedding(slice(start, end))
            yield SourceRows(ids, first, mapped)


def _same_width(model: LanguageModel, source: SourceMatrix) -> None:
    if source.rows.shape[1] != model.facts.d_model:
        raise ModelError(
            f"The source matrix has {source.rows.shape[1]} columns; d_model of "
            f"{model.facts.name} is {model.facts.d_model}."
        )


class _Reached(Exception):
    """Ends a forward pass where everything above is of no use."""


@torch.no_grad()
def mean_residual(
    model: LanguageModel,
    layer: int,
    ids: Sequence[int],
    carriers: Sequence[str] = CARRIERS,
    progress: Callable[[int, int], None] | None = None,
) -> SourceMatrix:
    """The mean residual stream that enters `layer` at a token's position, for every token of `ids`.

    Each carrier is a text that holds `{source}` once; the token is put there, and what follows it
    does not matter to a causal model. Returns rows `[n, d_model]`, to be given as `source=`. Raises
    TaskError for a carrier without the slot, a layer or a token that the model does not have.
    """
    facts = model.facts
    if not 0 <= layer < facts.n_layers:
        raise TaskError(
            f"{facts.name} has no layer {layer}: they go from 0 to {facts.n_layers - 1}."
        )
    wrong = [token for token in ids if not 0 <= token < facts.d_vocab]
    if wrong or not len(ids):
        said = f"no token {wrong[0]}" if wrong else "nothing to average without tokens"
        raise TaskError(f"{facts.name} has {said}: ids go from 0 to {facts.d_vocab - 1}.")
    prefixes = [_before_slot(model, carrier) for carrier in carriers]
    if not prefixes:
        raise TaskError("mean_residual needs at least one carrier text.")
    tokens = torch.tensor(list(ids))
    total = torch.zeros(len(tokens), facts.d_model)
    for done, prefix in enumerate(prefixes):
        start = 0
        for part in tokens.split(max(1, _POSITIONS // (len(prefix) + 1))):
            texts = [[*prefix, token] for token in part.tolist()]
            total[start : start + len(part)] += _entering(model, layer, texts).cpu()
            start += len(part)
            if progress is not None:
                progress(done * len(tokens) + start, len(prefixes) * len(tokens))
    made: dict[str, JsonValue] = {
        "mean_residual_of_layer": layer,
        "carriers": len(carriers),
        "carriers_hash": texts_hash(tuple(carriers)),
    }
    return SourceMatrix(
        (total / len(prefixes)).to(model.device), tuple(int(token) for token in ids), made
    )


def _before_slot(model: LanguageModel, carrier: str) -> list[int]:
    if carrier.count(SLOT) != 1:
        raise TaskError(f"The carrier {carrier!r} must hold {SLOT} once.")
    before = carrier.split(SLOT)[0].rstrip()
    if before:
        return model.vocabulary.encode(before)
    start = model.vocabulary.tokenizer.bos_token_id
    return [] if start is None else [int(start)]


def _entering(model: LanguageModel, layer: int, texts: list[list[int]]) -> Tensor:
    """Residual stream that enters a layer at the last position of texts of one length."""
    found: list[Tensor] = []

    def read(_module: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        found.append((arguments[0] if arguments else keywords["hidden_states"])[:, -1].float())
        raise _Reached

    tokens = Tokens.pad(texts, model.device)
    handle = model.blocks[layer].register_forward_pre_hook(read, with_kwargs=True)
    try:
        model.module.base_model(input_ids=tokens.ids, attention_mask=tokens.mask, use_cache=False)
    except _Reached:
        pass
    finally:
        handle.remove()
    return found[0]
