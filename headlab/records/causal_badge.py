"""Does a head do on prompts what its weights say? One badge a head."""

from __future__ import annotations

from typing import Literal

from headlab.records.base import Record
from headlab.records.errors import HeadError
from headlab.records.head import Head
from headlab.records.head_values import HeadValues
from headlab.records.provenance import Provenance
from headlab.records.table import Table

State = Literal["passed", "failed", "not testable", "no operation"]


class ControlEffect(Record):
    """The same head's effect on a relation that it does not implement, in nats."""

    relation: str
    base_accuracy: float
    score: float
    effect: float


class CausalBadge(Record):
    """The effect of one head on its operation's own prompts, against all other heads.

    `effect` is the mean fall of log p(target) in nats when the head is zeroed at the last position;
    `p` is (1 + other heads with at least that effect) / (1 + `n_others`), `q` is p adjusted for the
    batch (Benjamini-Hochberg), `effect_size` the distance from the others' mean in their standard
    deviations. For a head without an operation `effect` is its loss change on the prompt set, nothing
    was tested and there is no q. Not measured numbers are None; `reason` says why.
    """

    head: Head
    state: State
    reason: str = ""
    relation: str | None = None
    score: float | None = None
    template: str | None = None
    n_prompts: int
    base_accuracy: float | None = None
    effect: float | None = None
    effect_size: float | None = None
    mean_others: float | None = None
    n_others: int
    p: float | None = None
    q: float | None = None
    control: ControlEffect | None = None


class CausalBadges(Record):
    """Badges of one batch; `alpha` is its false discovery rate, `n_tests` its size.

    `effects` holds the effect of every head on each operation that was tested.
    """

    badges: tuple[CausalBadge, ...]
    effects: tuple[HeadValues, ...]
    alpha: float
    n_tests: int
    provenance: Provenance

    def of(self, head: Head | str) -> CausalBadge:
        """The badge of a head; raises HeadError when it has none."""
        wanted = Head.parse(head)
        for badge in self.badges:
            if badge.head == wanted:
                return badge
        raise HeadError(f"{wanted} has no badge here.")

    def table(self) -> Table:
        """A row a badge: effects in nats, p among all other heads, q within the batch."""
        rows = [
            {
                "layer": badge.head.layer,
                "head": badge.head.index,
                "state": badge.state,
                **badge.model_dump(
                    include={
                        "relation",
                        "score",
                        "n_prompts",
                        "base_accuracy",
                        "effect",
                        "effect_size",
                        "n_others",
                        "p",
                        "q",
                        "reason",
                    }
                ),
                "control_relation": badge.control and badge.control.relation,
                "control_effect": badge.control and badge.control.effect,
            }
            for badge in self.badges
        ]
        return Table.of(
            "causal_badges",
            rows,
            COLUMNS,
            notes=(
                "effect: fall of log p(target) in nats without the head at the last position; in rows "
                "of state 'no operation' its loss change on the prompt set.",
                f"q: p adjusted over {self.n_tests} tests; passed means q <= {self.alpha}. p is a rank, "
                "1 / (1 + n_others) at the least, so a large batch needs many heads that lead theirs.",
            ),
            provenance=self.provenance,
        )


COLUMNS = (
    "layer",
    "head",
    "state",
    "relation",
    "score",
    "n_prompts",
    "base_accuracy",
    "effect",
    "effect_size",
    "n_others",
    "p",
    "q",
    "control_relation",
    "control_effect",
    "reason",
)
