"""What an adapter has to know about an architecture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from headlab.models.families.values import ValueReader
from headlab.records.errors import ModelError


def setting(config: Any, path: str | None, default: float | None = None) -> float | None:
    """A number of the configuration at a dotted path; `default` where there is none."""
    found = config
    for name in path.split(".") if path else ():
        found = getattr(found, name, None)
    return default if path is None or found is None else float(found)


def grouped(config: Any) -> int:
    """Value heads where the configuration counts them, else one for each query head."""
    return int(getattr(config, "num_key_value_heads", None) or config.num_attention_heads)


def as_it_is(family: Family, _config: Any) -> Family:
    """A row that a configuration does not change."""
    return family


@dataclass(frozen=True)
class Family:
    """Names of the parts, as attribute paths, and what differs from a plain pre-norm block.

    Paths of `layers`, `final_norm` and `embedding_norm` start at the model; `attention`, the other
    norms and the MLP at a block; `output`, the projection whose input is z, at the attention. `fit`
    completes a row with what only a model's own configuration says.
    """

    model_types: tuple[str, ...]
    layers: str
    final_norm: str
    attention: str
    attention_norm: str | None
    """Feeds the attention; None where it reads the residual stream as it is."""
    output: str
    mlp: str
    """The module that writes the MLP's output."""
    mlp_norm: str | None
    """Feeds the MLP; None where it reads the residual stream as it is."""
    read_value: ValueReader
    conv1d: bool = False
    """The output projection is stored transposed."""
    parallel: bool = False
    """The MLP stands beside the attention instead of after it."""
    kv_heads: Callable[[Any], int] = grouped
    latent: bool = False
    """Multi-head latent attention: no W_V."""
    value_clip: str | None = None
    """Setting that values are clamped to."""
    z_shrinks: str | None = None
    """Why z is smaller than the attention's mean of values, in words."""
    post_norm: str | None = None
    """Norm between the attention and the residual stream."""
    post_norm_offset: float = 0.0
    """Added to the stored weight of `post_norm`."""
    mlp_before: tuple[str, ...] = ()
    """Modules that run before it, one after the other, where the MLP is no module of its own."""
    mlp_beside: str | None = None
    """Module on the same input whose output is added to the MLP's."""
    attention_adds_residual: bool = False
    """The attention module returns the residual stream with its output added."""
    embedding_norm: str | None = None
    embedding_multiplier: str | None = None
    residual_multiplier: str | None = None
    logit_multiplier: str | None = None
    logit_divisor: str | None = None
    fit: Callable[[Family, Any], Family] = as_it_is
    """(row, configuration) -> the row for this model; raises ModelError for one that cannot work."""

    def first_mlp(self, block: Any) -> str | None:
        """The first-MLP transform in words, None where block 0 has no MLP."""
        if not hasattr(block, self.mlp.split(".")[0]):
            return None
        source = "E" if self.mlp_norm is None else f"{self.mlp_norm}_0(E)"
        words = source
        for name in (*self.mlp_before, self.mlp):
            words = f"{name}_0({words})"
        if self.mlp_beside is not None:
            words += f" + {self.mlp_beside}_0({source})"
        return f"{words}, beside the attention (parallel block)" if self.parallel else words

    def embedding_words(self, embedding: Any, config: Any) -> str:
        """The embedding in words; `embedding` is the module that holds it."""
        if self.embedding_norm is not None:
            return f"{self.embedding_norm.split('.')[-1]}(E)"
        own = float(getattr(embedding, "embed_scale", 1.0))
        scale = own * (setting(config, self.embedding_multiplier) or 1.0)
        return "E" if scale == 1.0 else f"{scale:g} E"

    def value_path(self, config: Any) -> str:
        """In words, how a value comes from what the attention reads."""
        if self.latent:
            return "norm(x W_down) W_up (latent attention): with the norm, not linear in x"
        words = "x W_V"
        clip = setting(config, self.value_clip)
        if clip is not None:
            words += f"; the model clamps it to ±{clip:g}, left out"
        if self.z_shrinks is not None:
            words += f"; the model scales z by {self.z_shrinks}, left out"
        return words


def part(module: nn.Module, path: str) -> nn.Module:
    """The submodule at a dotted path; raises ModelError naming the missing piece."""
    for name in path.split("."):
        found = getattr(module, name, None)
        if found is None:
            raise ModelError(f"{type(module).__name__} has no part {name!r} (of {path!r}).")
        module = found
    return module


def has_heads(family: Family, block: nn.Module) -> bool:
    """Whether a block has attention heads; hybrid models have blocks without."""
    found: Any = block
    for name in f"{family.attention}.{family.output}".split("."):
        found = getattr(found, name, None)
    return found is not None


def output_weight(family: Family, projection: nn.Module, n_heads: int, d_head: int) -> Tensor:
    """W_O of every head, `[n_heads, d_head, d_model]`."""
    weight = projection.weight if family.conv1d else projection.weight.T
    assert isinstance(weight, torch.Tensor)
    return weight.reshape(n_heads, d_head, -1)
