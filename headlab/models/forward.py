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

    def hidden(self, layer: int) -> Tensor:
        """The residual stream before a block, `[batch, position, d_model]`."""
        arguments, keywords = self.calls[layer]
        found: Tensor = arguments[0] if arguments else keywords["hidden_states"]
        return found

    def bare(self) -> CleanRun:
        """The calls without their hidden states: what passes from given ones need."""
        return CleanRun([_with_hidden(*call, None) for call in self.calls])


def _with_hidden(
    arguments: tuple[Any, ...], keywords: dict[str, Any], hidden: Tensor | None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if arguments:
        return (hidden, *arguments[1:]), keywords
    return (), {**keywords, "hidden_states": hidden}


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


def replacing(
    groups: Sequence[Sequence[Head]],
    values: Mapping[int, Tensor] | None = None,
    positions: Tensor | None = None,
) -> dict[int, Edit]:
    """Edits that replace z of the heads of each group by `values`, or by zero.

    The batch holds one replica of its prompts for each group, one after the other, `[group, prompt]`;
    group g is replaced in replica g alone. `values[layer]` broadcasts to `[prompt, position, n_heads,
    d_head]`; `positions` `[prompt, position]` bool limits where.
    """
    by_layer: dict[int, list[tuple[int, list[int]]]] = {}
    for replica, heads in enumerate(groups):
        for layer in sorted({head.layer for head in heads}):
            indices = [head.index for head in heads if head.layer == layer]
            by_layer.setdefault(layer, []).append((replica, indices))

    def edit(layer: int) -> Edit:
        def change(z: Tensor) -> Tensor:
            changed = z.reshape(len(groups), -1, *z.shape[1:]).clone()
            shape = changed.shape[1:]
            source = z.new_zeros(()) if values is None else values[layer].to(z.dtype)
            for replica, indices in by_layer[layer]:
                new = source.expand(shape)[:, :, indices]
                if positions is not None:
                    own = changed[replica][:, :, indices]
                    new = torch.where(positions[:, :, None, None], new, own)
                changed[replica, :, :, indices] = new
            return changed.reshape(z.shape)

        return change

    return {layer: edit(layer) for layer in by_layer}


def zeroing(heads: Sequence[Head], positions: Tensor | None = None) -> dict[int, Edit]:
    """Edits that set z of `heads` to zero; `positions` `[batch, position]` bool limits where."""
    return replacing([heads], None, positions)


@torch.no_grad()
def run(model: LanguageModel, tokens: Tokens, edits: Mapping[int, Edit] | None = None) -> Tensor:
    """Final residual stream, before the final norm, `[batch, position, d_model]`."""
    return clean_run(model, tokens, edits).resid  # type: ignore[return-value]


@torch.no_grad()
def clean_run(
    model: LanguageModel,
    tokens: Tokens,
    edits: Mapping[int, Edit] | None = None,
    cache: Any = None,
) -> CleanRun:
    """One pass that keeps every block's call, so that later passes can start at any layer.

    With a `cache` of keys and values, the tokens follow what it holds and none is padding.
    """
    record = CleanRun()

    def before(_module: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        record.calls.append((arguments, keywords))

    def after(_module: Any, _arguments: Any, output: Any) -> None:
        record.resid = _hidden(output)

    handles = [block.register_forward_pre_hook(before, with_kwargs=True) for block in model.blocks]
    handles.append(model.blocks[-1].register_forward_hook(after))
    rest: dict[str, Any] = {"attention_mask": tokens.mask, "use_cache": False}
    if cache is not None:
        rest = {"past_key_values": cache, "use_cache": True}
    try:
        with editing(model, edits or {}):
            model.module.base_model(input_ids=tokens.ids, **rest)
    finally:
        for handle in handles:
            handle.remove()
    return record


@torch.no_grad()
def through(
    model: LanguageModel, clean: CleanRun, hidden: Tensor, start: int, stop: int | None = None
) -> Tensor:
    """The residual stream after the blocks from `start` up to, without, `stop` (None: all).

    `hidden` `[batch, position, d_model]` enters block `start`; the calls are those of `clean`.
    """
    for block, call in list(zip(model.blocks, clean.calls, strict=True))[start:stop]:
        arguments, keywords = _with_hidden(*call, hidden)
        hidden = _hidden(block(*arguments, **keywords))
    return hidden


@torch.no_grad()
def resume(model: LanguageModel, clean: CleanRun, edits: Mapping[int, Edit]) -> Tensor:
    """Final residual stream of a pass with `edits`, starting at the lowest edited layer.

    Equal to a whole pass to the last bit: the layers below are untouched by the edits.
    """
    start = min(edits)
    with editing(model, edits):
        return through(model, clean, clean.hidden(start), start)


@torch.no_grad()
def unembed(model: LanguageModel, resid: Tensor) -> Tensor:
    """Logits of final residual rows `[..., d_model]`, float32 `[..., d_vocab]`."""
    return model.logits(resid)


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
