"""Forward passes with heads removed: hooks on the input of the output projection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from headlab.models.language_model import LanguageModel
from headlab.records.head import Head

Edit = Callable[[Tensor], Tensor]
"""Changes z `[batch, position, n_heads, d_head]` of one layer and returns it."""


@dataclass(frozen=True)
class Tokens:
    """A padded batch: `ids` and `mask`, both `[batch, position]`; padding is on the right."""

    ids: Tensor
    mask: Tensor

    @classmethod
    def pad(cls, sequences: Sequence[Sequence[int]], device: torch.device) -> Tokens:
        length = max(len(ids) for ids in sequences)
        ids = torch.zeros(len(sequences), length, dtype=torch.long)
        mask = torch.zeros(len(sequences), length, dtype=torch.long)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = torch.tensor(sequence)
            mask[row, : len(sequence)] = 1
        return cls(ids.to(device), mask.to(device))


@dataclass
class CleanRun:
    """What a clean pass leaves: the call of every block, and the residual after the last one."""

    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)
    resid: Tensor | None = None

    def above(self, layer: int) -> CleanRun:
        """What `resume` needs for edits from `layer` on: one hidden state instead of one a block."""
        calls = [
            call if number == layer else _without_hidden(*call)
            for number, call in enumerate(self.calls)
        ]
        return CleanRun(calls, self.resid)


def _without_hidden(
    arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if arguments:
        return (None, *arguments[1:]), keywords
    return (), {**keywords, "hidden_states": None}


def _hidden(output: Any) -> Tensor:
    return output[0] if isinstance(output, tuple) else output


@contextmanager
def editing(model: LanguageModel, edits: Mapping[int, Edit]) -> Iterator[None]:
    """Within the context, `edits[layer]` rewrites z of that layer in every forward pass."""
    facts = model.facts

    def hook(edit: Edit) -> Callable[..., tuple[Tensor, ...]]:
        def change(_module: Any, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            z = arguments[0]
            per_head = z.view(*z.shape[:-1], facts.n_heads, facts.d_head)
            return (edit(per_head).reshape(z.shape), *arguments[1:])

        return change

    handles = [
        model.output_projection(layer).register_forward_pre_hook(hook(edit))
        for layer, edit in edits.items()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def zeroing(heads: Sequence[Head], positions: Tensor | None = None) -> dict[int, Edit]:
    """Edits that set z of `heads` to zero; `positions` `[batch, position]` bool limits where."""
    by_layer: dict[int, list[int]] = {}
    for head in heads:
        by_layer.setdefault(head.layer, []).append(head.index)

    def edit(indices: list[int]) -> Edit:
        def change(z: Tensor) -> Tensor:
            changed = z.clone()
            if positions is None:
                changed[:, :, indices] = 0
            else:
                keep = (~positions).to(z.dtype)[:, :, None, None]
                changed[:, :, indices] = changed[:, :, indices] * keep
            return changed

        return change

    return {layer: edit(indices) for layer, indices in by_layer.items()}


@torch.no_grad()
def run(model: LanguageModel, tokens: Tokens, edits: Mapping[int, Edit] | None = None) -> Tensor:
    """Final residual stream, before the final norm, `[batch, position, d_model]`."""
    return clean_run(model, tokens, edits).resid  # type: ignore[return-value]


@torch.no_grad()
def clean_run(
    model: LanguageModel, tokens: Tokens, edits: Mapping[int, Edit] | None = None
) -> CleanRun:
    """One pass that keeps every block's call, so that later passes can start at any layer."""
    record = CleanRun()

    def before(_module: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        record.calls.append((arguments, keywords))

    def after(_module: Any, _arguments: Any, output: Any) -> None:
        record.resid = _hidden(output)

    handles = [block.register_forward_pre_hook(before, with_kwargs=True) for block in model.blocks]
    handles.append(model.blocks[-1].register_forward_hook(after))
    try:
        with editing(model, edits or {}):
            model.module.base_model(
                input_ids=tokens.ids, attention_mask=tokens.mask, use_cache=False
            )
    finally:
        for handle in handles:
            handle.remove()
    return record


@torch.no_grad()
def resume(model: LanguageModel, clean: CleanRun, edits: Mapping[int, Edit]) -> Tensor:
    """Final residual stream of a pass with `edits`, starting at the lowest edited layer.

    Equal to a whole pass to the last bit: the layers below are untouched by the edits.
    """
    start = min(edits)
    hidden: Tensor | None = None
    with editing(model, edits):
        for block, (arguments, keywords) in list(zip(model.blocks, clean.calls, strict=True))[
            start:
        ]:
            hidden = _hidden(
                block(*arguments, **keywords)
                if hidden is None
                else _with_hidden(block, arguments, keywords, hidden)
            )
    assert hidden is not None
    return hidden


def _with_hidden(
    block: Any, arguments: tuple[Any, ...], keywords: dict[str, Any], hidden: Tensor
) -> Any:
    if arguments:
        return block(hidden, *arguments[1:], **keywords)
    return block(**{**keywords, "hidden_states": hidden})


@torch.no_grad()
def unembed(model: LanguageModel, resid: Tensor) -> Tensor:
    """Logits of final residual rows `[..., d_model]`, float32 `[..., d_vocab]`."""
    return model.module.get_output_embeddings()(model.final_norm(resid)).float()


@torch.no_grad()
def head_values(
    model: LanguageModel, tokens: Tokens, layers: Sequence[int]
) -> tuple[dict[int, Tensor], CleanRun]:
    """z of the given layers, `[batch, position, n_heads, d_head]` each, and the clean run."""
    kept: dict[int, Tensor] = {}

    def keep(layer: int) -> Edit:
        def read(z: Tensor) -> Tensor:
            kept[layer] = z.detach()
            return z

        return read

    clean = clean_run(model, tokens, {layer: keep(layer) for layer in layers})
    return kept, clean
