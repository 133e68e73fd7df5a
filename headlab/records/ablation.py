"""What the model loses, and gains, without a head."""

from __future__ import annotations

from typing import Literal

from headlab.records.base import Matrix, Record
from headlab.records.head import Head
from headlab.records.mappings import TokenScore
from headlab.records.provenance import Provenance

Mode = Literal["zero"]
Positions = Literal["all", "last"]


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

    `loss_change` is the mean change of the loss of the true next token in nats (positive: the
    heads help), `kl` the mean KL(clean || ablated). Hurt and helped are never mixed.
    """

    heads: tuple[Head, ...]
    loss_change: float
    kl: float
    hurt_positions: tuple[AffectedPosition, ...]
    helped_positions: tuple[AffectedPosition, ...]
    hurt_tokens: tuple[AffectedToken, ...]
    helped_tokens: tuple[AffectedToken, ...]


class Ablation(Record):
    """Effects of heads over prompts; `loss_change` and `kl` are NaN where a head was not ablated."""

    mode: Mode
    positions: Positions
    n_prompts: int
    n_positions: int
    clean_loss: float
    loss_change: Matrix
    kl: Matrix
    effects: tuple[HeadAblation, ...]
    provenance: Provenance

    def of(self, head: Head) -> HeadAblation:
        """The effect of one head alone; raises KeyError when it was not ablated."""
        for effect in self.effects:
            if effect.heads == (head,):
                return effect
        raise KeyError(str(head))
