"""Queries, keys and values of a layer: what its heads read, held at the values of another run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor

from headlab.models.families.values import (
    fused_conv1d_value,
    fused_value,
    interleaved_value,
    separate_value,
    sharded_value,
)
from headlab.models.language_model import LanguageModel
from headlab.records.errors import ModelError

Input = Literal["q", "k", "v"]
INPUTS: tuple[Input, ...] = ("q", "k", "v")
FUSED = ("c_attn", "query_key_value", "qkv_proj", "Wqkv")
"""Projections that make all three."""
Columns = dict[Input, tuple[str, Tensor]]
"""Of each input: the projection's name, and the columns of its output."""


class HeadInputs:
    """The projections of one layer that make queries, keys and values, for all its heads.

    Raises ModelError for a family whose projections are laid out in another way.
    """

    def __init__(self, model: LanguageModel, layer: int):
        self._attention = model.attention(layer)
        self._columns = _columns(model, self._attention)
        self._kept: dict[str, Tensor] = {}

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Within the context a pass leaves its queries, keys and values here."""

        def keep(name: str) -> Any:
            def read(_module: Any, _arguments: Any, output: Tensor) -> None:
                self._kept[name] = output.detach().clone()

            return read

        with self._hooked(keep):
            yield

    @contextmanager
    def holding_all_but(self, changed: Input) -> Iterator[None]:
        """Within the context the two others are those that were kept."""

        def hold(name: str) -> Any:
            def change(_module: Any, _arguments: Any, output: Tensor) -> Tensor:
                mixed = output.clone()
                for one, (at, columns) in self._columns.items():
                    if at == name and one != changed:
                        mixed[..., columns] = self._kept[name][..., columns]
                return mixed

            return change

        with self._hooked(hold):
            yield

    @contextmanager
    def _hooked(self, hook: Any) -> Iterator[None]:
        names = {name for name, _ in self._columns.values()}
        handles = [
            getattr(self._attention, name).register_forward_hook(hook(name)) for name in names
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def _columns(model: LanguageModel, attention: Any) -> Columns:
    facts, reader = model.facts, model.family.read_value
    layout = getattr(reader, "func", reader)
    queries, keys = facts.n_heads * facts.d_head, facts.n_kv_heads * facts.d_head
    if layout is separate_value:
        names = {one: f"{one}_proj" for one in INPUTS}
        return {
            one: (name, torch.arange(getattr(attention, name).out_features, device=model.device))
            for one, name in names.items()
        }
    every = torch.arange(queries + 2 * keys, device=model.device)
    if layout in (fused_conv1d_value, fused_value):
        parts = every.split([queries, keys, keys])
    elif layout is interleaved_value:
        groups = every.view(facts.n_kv_heads, -1, facts.d_head)
        parts = (groups[:, :-2], groups[:, -2], groups[:, -1])
    elif layout is sharded_value:
        shards = every.view(4, 3, -1)
        parts = (shards[:, 0], shards[:, 2], shards[:, 1])
    else:
        raise ModelError(
            f"{facts.architecture} makes queries, keys and values in a way that HeadLab does not take "
            "apart. Patch the receiver's z instead (via='z')."
        )
    name = next(name for name in FUSED if hasattr(attention, name))
    return {one: (name, part.reshape(-1)) for one, part in zip(INPUTS, parts, strict=True)}
