"""`load_model`: from a name to a checked `LanguageModel`, or an error that says what would work."""

from __future__ import annotations

import os
from typing import Any

import torch

from headlab.models.demo_checkpoint import DEMO
from headlab.models.families import supported
from headlab.models.fingerprint import model_fingerprint
from headlab.models.language_model import LanguageModel
from headlab.models.model_facts import facts_of
from headlab.models.self_check import self_check
from headlab.models.sources import Checkpoint, Progress, find_checkpoint, resolve_device, silent
from headlab.records.errors import ModelError


def load_model(
    name: str | os.PathLike[str] = DEMO,
    device: str = "auto",
    dtype: str = "auto",
    revision: str | None = None,
    *,
    progress: Progress = silent,
) -> LanguageModel:
    """Load a causal LM: `"demo"`, a local folder or a Hugging Face hub id.

    Only safetensors weights are read and no code of a checkpoint is run. `device="auto"` takes CUDA
    or MPS where there is one; `dtype="auto"` keeps the checkpoint's. A self-check compares the
    adapter with what the model does. `progress` is called before every step; an exception from it ends
    the loading. Raises ModelError, saying what would work.
    """
    place = resolve_device(device)
    checkpoint = find_checkpoint(str(name), dtype, revision, progress)
    progress("reading the weights", 0, 0)
    module = _load_module(checkpoint, dtype).to(place).eval()
    progress("checking the weights", 0, 0)
    _refuse_not_finite(module, checkpoint.name)
    progress("hashing the weights", 0, 0)
    fingerprint = model_fingerprint(checkpoint.folder)
    facts = facts_of(
        module,
        checkpoint.family,
        checkpoint.vocabulary,
        folder=checkpoint.folder,
        name=checkpoint.name,
        revision=checkpoint.revision,
        device=str(module.device),
        fingerprint=fingerprint,
    )
    model = LanguageModel(module, checkpoint.vocabulary, checkpoint.family, facts)
    progress("comparing heads with the model's own output", 0, 0)
    self_check(model)
    return model


def _load_module(checkpoint: Checkpoint, dtype: str) -> Any:
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    bar = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        module, report = AutoModelForCausalLM.from_pretrained(
            checkpoint.folder,
            dtype=dtype,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except Exception as error:  # corrupt files, wrong sizes: the library raises many kinds
        raise ModelError(
            f"The weights of {checkpoint.name!r} cannot be loaded ({type(error).__name__}: {error}). "
            f"Supported model types: {', '.join(supported())}."
        ) from error
    finally:
        if bar:
            logging.enable_progress_bar()
    if report["missing_keys"]:
        raise ModelError(
            f"{checkpoint.name!r} lacks weights that its architecture needs, which would be filled "
            f"with random numbers: {', '.join(sorted(report['missing_keys'])[:4])}."
        )
    return module


def _refuse_not_finite(module: Any, name: str) -> None:
    for key, parameter in module.named_parameters():
        if not torch.isfinite(parameter).all():
            raise ModelError(
                f"{name!r} has weights that are not finite (NaN or infinity), first in {key!r}. "
                "The checkpoint is damaged or was saved after a diverged run."
            )
