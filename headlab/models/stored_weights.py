"""A module whose weights come from files when they are used, one layer at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from headlab.models.tensor_files import TensorFiles
from headlab.models.weight_names import Source, sources
from headlab.records.errors import ModelError

_BLOCK = 1 << 26
"""Numbers that are checked together."""


class _OnDemand(dict[str, Any]):
    """A module's parameters or buffers: looking one up reads it, going over them reads nothing."""

    def __init__(self, held: Mapping[str, Any], path: str, read: Callable[[str], Tensor]):
        super().__init__(held)
        self._path = path
        self._read = read

    def __getitem__(self, name: str) -> Any:
        placeholder = super().__getitem__(name)
        if placeholder is None or not placeholder.is_meta:
            return placeholder
        return self._read(self._path + name)


class StoredWeights:
    """The weights of a module on the meta device, read from files as its parts are used.

    In memory are the weights outside the layers, layer 0 (whose MLP makes the source embeddings) and
    one layer more; asking for another layer gives up that one, with the pages that were read.
    Weights that are wanted in the dtype and on the device of the file are views of it, the others
    copies. Raises ModelError where a weight is missing or of another shape than the module's, and
    when one is read that is not finite.

    module: on the meta device, with tied weights tied; blocks: its layers; name: the checkpoint's,
    for the errors; dtypes: of the weights whose dtype is not that of their placeholder.
    """

    def __init__(
        self,
        module: Any,
        blocks: Sequence[nn.Module],
        files: TensorFiles,
        name: str,
        device: torch.device,
        dtypes: Mapping[str, torch.dtype],
    ):
        self._module = module
        self._files = files
        self._name = name
        self._device = device
        self._placeholders = module.state_dict(keep_vars=True)
        own = {key: value.dtype for key, value in self._placeholders.items()}
        self._dtypes = own | dict(dtypes)
        self._sources = sources(module, files.names)
        self._refuse_missing()
        self._refuse_other_shapes()
        self._paths = {
            part: f"{path}." if path else "" for path, part in self._module.named_modules()
        }
        self._layers = {
            self._paths[block] + key: layer
            for layer, block in enumerate(blocks)
            for key in block.state_dict()
        }
        self._layer: int | None = None
        self._held: dict[str, Tensor] = {}
        for part, path in self._paths.items():
            part._parameters = _OnDemand(part._parameters, path, self._look_up)
            part._buffers = _OnDemand(part._buffers, path, self._look_up)

    def path(self, part: nn.Module) -> str:
        """The name of `part.weight` in the module."""
        return self._paths[part] + "weight"

    def stored(self, part: nn.Module) -> Tensor | None:
        """`part.weight` as it lies in its file, a view; None where it is made of several tensors."""
        source = self._sources[self.path(part)]
        return None if source.converter else self._files.view(source.parts[0][1])

    def release(self) -> None:
        """Give up the layer that is held but layer 0, and all pages that were read."""
        kept = (None, 0)
        self._held = {
            key: weight for key, weight in self._held.items() if self._layers.get(key) in kept
        }
        self._layer = None
        self._files.release()

    def refuse_not_finite(self, what: str, weight: Tensor) -> None:
        """Raise ModelError where `weight`, called `what`, has NaN or infinity in it."""
        if not weight.is_floating_point() or not weight.numel():
            return
        for block in weight.reshape(-1).split(_BLOCK):
            lowest, highest = block.aminmax()  # NaN comes through; takes no memory of its own
            if not (lowest.isfinite() and highest.isfinite()):
                raise ModelError(
                    f"{self._name!r} has weights that are not finite (NaN or infinity) in {what!r}. "
                    "The checkpoint is damaged or was saved after a diverged run."
                )

    def _look_up(self, key: str) -> Tensor:
        layer = self._layers.get(key)
        if layer is not None and layer != self._layer:
            self.release()
            self._layer = layer
        if key not in self._held:
            twin = self._twin(key)
            self._held |= self._read(key) if twin is None else {key: self._held[twin]}
        return self._held[key]

    def _twin(self, key: str) -> str | None:
        """A tied weight that is held already."""
        source = self._sources.get(key)
        return next((held for held in self._held if self._sources[held] is source), None)

    def _read(self, key: str) -> dict[str, Tensor]:
        source = self._sources.get(key)
        if source is None:
            raise ModelError(f"{self._name!r} does not store {key!r}, which is wanted here.")
        if source.converter is None:
            return {key: self._placed(key, self._files.view(source.parts[0][1]))}
        return {made: self._placed(made, value) for made, value in self._converted(source).items()}

    def _converted(self, source: Source) -> dict[str, Tensor]:
        converter = deepcopy(source.converter)
        for pattern, stored in source.parts:
            converter.add_tensor(source.target, stored, pattern, self._files.view(stored))
        made = converter.convert(source.target, model=self._module, config=self._module.config)
        return {key: value[0] if isinstance(value, list) else value for key, value in made.items()}

    def _placed(self, key: str, value: Tensor) -> Tensor:
        placeholder = self._placeholders[key]
        if value.shape != placeholder.shape:
            raise ModelError(self._other_shape(key, value.shape))
        dtype = self._dtypes[key] if value.is_floating_point() else value.dtype
        placed = value.to(self._device, dtype)
        self.refuse_not_finite(key, placed)
        is_parameter = isinstance(placeholder, nn.Parameter)
        return nn.Parameter(placed, requires_grad=False) if is_parameter else placed

    def _refuse_missing(self) -> None:
        ignored = [re.compile(rule) for rule in self._module._keys_to_ignore_on_load_missing or ()]
        missing = sorted(
            key
            for key in self._placeholders
            if key not in self._sources and not any(rule.search(key) for rule in ignored)
        )
        if missing:
            raise ModelError(
                f"{self._name!r} lacks weights that its architecture needs: {', '.join(missing[:4])}."
            )

    def _refuse_other_shapes(self) -> None:
        for key, source in self._sources.items():
            if source.converter is None:
                found = self._files.shape(source.parts[0][1])
                if found != tuple(self._placeholders[key].shape):
                    raise ModelError(self._other_shape(key, found))

    def _other_shape(self, key: str, found: Sequence[int]) -> str:
        return (
            f"{key!r} of {self._name!r} has the shape {list(found)}, but its config.json calls for "
            f"{list(self._placeholders[key].shape)}. The two do not belong together."
        )
