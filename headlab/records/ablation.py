"""What the model loses, and gains, without a head."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from headlab.records.base import Matrix, Record
from headlab.records.errors import ModelError
from headlab.records.head import Head
from headlab.records.head_values import HeadValues
from headlab.records.mappings import TokenScore
from headlab.records.provenance import Provenance

Mode = Literal["zero", "mean", "resample"]
Positions = Literal["all", "last"] | tuple[int, ...] | tuple[tuple[int, ...], ...]
"""Everywhere, where the last token is predicted, or these positions: of every prompt, or of each."""
Distractor = Literal["runner_up", "given"]
Effect = Literal[
    "loss_change", "log_probability_change", "logit_change", "logit_difference_change", "kl"
]

_TEXTS: dict[Effect, tuple[str, str]] = {
    "loss_change": (
        "Loss change",
        "Mean change of the loss of the true next token; positive: the head helps.",
    ),
    "log_probability_change": (
        "Log-probability change",
        "Mean change of the log-probability of the true next token; negative: the head helps.",
    ),
    "logit_change": (
        "Logit change",
        "Mean change of the logit of the true next token; negative: the head raises it.",
    ),
    "logit_difference_change": (
        "Logit difference change",
        "Mean change of the true next token's logit minus the distractor's; negative: the head "
        "favours the true one.",
    ),
    "kl": ("KL divergence", "Mean KL(clean || ablated) of the next token's distribution."),
}


def _is_none(value: Any) -> bool:
    return value is None


class Context(Record):
    """A position in a prompt: the tokens before it, the true next token and what follows.

    `before` ends with the token at the position itself. Texts are escaped (see `records.text`).
    """

    prompt: int
    position: int
    before: tuple[str, ...]
    next_id: int
    next: str
    after: tuple[str, ...]


class AffectedPosition(Record):
    """A position where the log-probability of the true next token changed.

    `change` = log p ablated - log p clean, in nats: negative where the head helped.
    `top_clean` and `top_ablated` are the most probable next tokens, scored by probability.
    """

    context: Context
    change: float
    p_clean: float
    p_ablated: float
    top_clean: tuple[TokenScore, ...]
    top_ablated: tuple[TokenScore, ...]


class TokenContext(Record):
    """Where a vocabulary token was affected, with its probability before and after."""

    context: Context
    p_clean: float
    p_ablated: float


class AffectedToken(Record):
    """A vocabulary token that ablation hurts or helps, summed over positions.

    `effect` (nats) is `sum p_clean (log p_clean - log p_ablated)` in a hurt list and
    `sum p_ablated (log p_ablated - log p_clean)` in a helped one. `count`: positions where its
    probability fell (rose) by at least .01. Probabilities are those at the strongest context.
    """

    token_id: int
    text: str
    effect: float
    count: int
    p_clean: float
    p_ablated: float
    contexts: tuple[TokenContext, ...]


class HeadAblation(Record):
    """The effect of removing `heads` together.

    Means over the measured positions, in nats or logits: `loss_change` of the loss of the true next
    token (positive: the heads help), `kl` of KL(clean || ablated), `logit_change` of the true next
    token's logit, `logit_difference_change` of its logit minus the distractor's. The last two are
    None in results of earlier versions, and are left out of JSON then, so that the hash of a stored
    card stays what it was. Hurt and helped are never mixed.
    """

    heads: tuple[Head, ...]
    loss_change: float
    kl: float
    hurt_positions: tuple[AffectedPosition, ...]
    helped_positions: tuple[AffectedPosition, ...]
    hurt_tokens: tuple[AffectedToken, ...]
    helped_tokens: tuple[AffectedToken, ...]
    logit_change: float | None = Field(default=None, exclude_if=_is_none)
    logit_difference_change: float | None = Field(default=None, exclude_if=_is_none)

    @property
    def log_probability_change(self) -> float:
        """The loss change from the other side: negative where the heads help, in nats."""
        return -self.loss_change


class AblationFailure(Record):
    """Heads whose removal the model answers with numbers that are not finite, and what was seen."""

    heads: tuple[Head, ...]
    reason: str


class Ablation(Record):
    """Effects of heads over prompts.

    The matrices are NaN where a head was not ablated by itself; `failures` says where it was tried
    in vain. `distractor`: the logit difference is taken against the clean run's most probable other
    token at every position, or against given tokens where the answers are predicted.
    """

    mode: Mode
    positions: Positions
    n_prompts: int
    n_positions: int
    clean_loss: float
    loss_change: Matrix
    kl: Matrix
    effects: tuple[HeadAblation, ...]
    provenance: Provenance
    logit_change: Matrix | None = None
    logit_difference_change: Matrix | None = None
    distractor: Distractor = "runner_up"
    failures: tuple[AblationFailure, ...] = ()

    @property
    def log_probability_change(self) -> Matrix:
        """The loss changes from the other side, `[n_layers, n_heads]` in nats."""
        return -self.loss_change

    def of(self, head: Head) -> HeadAblation:
        """The effect of one head alone.

        Raises KeyError when it was not ablated, ModelError when that gave no finite numbers.
        """
        for effect in self.effects:
            if effect.heads == (head,):
                return effect
        for failure in self.failures:
            if failure.heads == (head,):
                raise ModelError(failure.reason)
        raise KeyError(str(head))

    def values(self, effect: Effect = "loss_change") -> HeadValues:
        """One effect for every head."""
        title, meaning = _TEXTS[effect]
        matrix = getattr(self, effect)
        return HeadValues(
            measure=effect,
            title=title,
            meaning=meaning,
            unit="logits" if effect.startswith("logit") else "nats",
            values=np.full_like(self.loss_change, np.nan) if matrix is None else matrix,
            provenance=self.provenance,
        )
