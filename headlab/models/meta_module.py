"""A model's module without its weights: built on the meta device, where tensors have only shapes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from headlab.models.tensor_files import TensorFiles


def build_without_weights(folder: Path, dtype: str, files: TensorFiles) -> Any:
    """The module that a checkpoint's config.json describes, for causal language modelling.

    dtype: `"auto"` takes the configuration's, else that of the first stored weight that is a float.
    Tied weights are one tensor, as in a loaded module.
    """
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    wanted = config.dtype if dtype == "auto" else dtype
    if isinstance(wanted, str):
        wanted = getattr(torch, wanted)
    if wanted is None:
        stored = (files.dtype(name) for name in files.names)
        wanted = next((found for found in stored if found.is_floating_point), torch.float32)
    with torch.device("meta"):
        module = AutoModelForCausalLM.from_config(config, dtype=wanted, trust_remote_code=False)
    module.tie_weights()
    return module.eval()


def kept_in_float32(module: Any) -> dict[str, torch.dtype]:
    """The weights that transformers keeps in float32 whatever the module's dtype, by name."""
    from transformers.core_model_loading import build_glob_alternation

    plan = module._get_dtype_plan(module.dtype)
    if not plan:
        return {}
    rule, of_group, _ = build_glob_alternation(list(plan))
    matches = ((name, rule.search(name)) for name in module.state_dict())
    return {name: plan[of_group[match.lastgroup]] for name, match in matches if match}


def compute_buffers(module: Any, without: Iterable[nn.Module], device: torch.device) -> None:
    """Give the parts of a module the buffers that no file holds, such as an embedding's scale.

    Parts within `without` are left out: the masks of all layers together can be large.
    """
    from transformers import PreTrainedModel

    left_out = {part for outer in without for part in outer.modules()}
    owners = [model for model in module.modules() if isinstance(model, PreTrainedModel)]
    owner = {part: model for model in owners for part in model.modules()}  # the innermost
    parts = [part for part in module.modules() if part not in left_out]
    for part in parts:
        for name in part._non_persistent_buffers_set:
            placeholder = part._buffers[name]
            if placeholder is not None:
                unset = float("nan") if placeholder.is_floating_point() else 0
                part._buffers[name] = torch.full_like(placeholder, unset, device=device)
    for part in reversed(parts):  # inner ones first, as transformers does
        owner[part]._init_weights(part)  # sets buffers; on weights without numbers it does nothing
