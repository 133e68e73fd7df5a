"""What is read off the logits at the decision position."""

from __future__ import annotations

import torch
from torch import Tensor

from headlab.analyses.patching.clean_corrupted import Targets
from headlab.models.language_model import LanguageModel
from headlab.records.errors import ModelError
from headlab.records.patching import Metric

UNITS: dict[Metric, str] = {
    "prob": "probability",
    "logprob": "nats",
    "logit": "logits",
    "logit_diff": "logits",
}


def checked(metric: Metric) -> Metric:
    """The metric; raises ValueError for an unknown one."""
    if metric not in UNITS:
        known = ", ".join(repr(name) for name in UNITS)
        raise ValueError(f"metric {metric!r} is unknown; known: {known}")
    return metric


def measured(metric: Metric, logits: Tensor, targets: Targets) -> Tensor:
    """The metric of every row, float32 `[n]`, from logits `[n, d_vocab]`; differentiable.

    `logit_diff` is the answer's logit minus the mean of the distractors'.
    """
    logits = logits.float()
    if metric in ("prob", "logprob"):
        logits = torch.log_softmax(logits, -1)
    own = logits.gather(1, targets.answers[:, None]).squeeze(1)
    if metric == "prob":
        return own.exp()
    if metric == "logit_diff":
        return own - (logits.gather(1, targets.wrong) * targets.weights).sum(1)
    return own


def finite(model: LanguageModel, values: Tensor) -> Tensor:
    """The values; raises ModelError where the model gave something that is not a number."""
    if not torch.isfinite(values).all():
        raise ModelError(
            f"{model.facts.name} gave an answer that is not finite (NaN or infinity), in "
            f"{model.facts.dtype}. Load it with dtype='float32'."
        )
    return values
