"""What a changed model still can do, beside the same change at random heads."""

from __future__ import annotations

from pydantic import Field, model_validator

from headlab.records.base import Record
from headlab.records.head import Head
from headlab.records.provenance import Provenance
from headlab.records.steering import SteeringMode, SteeringVector
from headlab.records.table import Table


class Steer(Record):
    """A direction to push along (see `analyses.patching.steering`)."""

    vector: SteeringVector
    alpha: float = 1.0
    mode: SteeringMode = "add"


class Change(Record):
    """What is changed in a model: heads whose z is multiplied (0 removes one), and directions.

    At every position of every forward pass.
    """

    scale: tuple[tuple[Head, float], ...] = ()
    steer: tuple[Steer, ...] = ()

    @model_validator(mode="after")
    def _each_head_once(self) -> Change:
        heads = [head for head, _ in self.scale]
        for head in heads:
            if heads.count(head) > 1:
                raise ValueError(f"{head} is changed twice; give it once")
        return self

    @property
    def heads(self) -> tuple[Head, ...]:
        return tuple(head for head, _ in self.scale)

    def words(self) -> str:
        """The change in words."""
        removed = [str(head) for head, factor in self.scale if factor == 0]
        scaled = [f"{head} x {factor:g}" for head, factor in self.scale if factor != 0]
        parts = [f"without {', '.join(removed)}"] if removed else []
        parts += [", ".join(scaled)] if scaled else []
        parts += [
            f"{one.vector.where()}: {one.mode.replace('_', ' ')}"
            + (f" x {one.alpha:g}" if one.mode == "add" else "")
            for one in self.steer
        ]
        return "; ".join(parts) or "unchanged"


class TaskScore(Record):
    """One run over a task.

    `accuracy`: share of examples whose whole answer is what the model would write (each token the
    most probable one); `choice_accuracy`: share whose answer is more probable than every distractor,
    None where there are none; `answer_logprob`: mean log-probability of the whole answer, nats;
    `perplexity`: of prompts and answers together, per token.
    """

    accuracy: float = Field(ge=0, le=1)
    choice_accuracy: float | None = None
    answer_logprob: float
    perplexity: float


class Evaluation(Record):
    """A task on the model as it is, changed, and changed at random heads instead.

    `random` holds one score for each set of as many other heads, drawn with the provenance's seed;
    empty where the change touches no heads.
    """

    task: str
    n_examples: int
    change: Change
    base: TaskScore
    changed: TaskScore
    random: tuple[TaskScore, ...] = ()
    provenance: Provenance

    def table(self) -> Table:
        """A row for each run."""
        runs = [("unchanged", self.base), (self.change.words(), self.changed)]
        runs += [
            (f"{len(self.change.heads)} random heads, set {number}", score)
            for number, score in enumerate(self.random, 1)
        ]
        return Table.of(
            "evaluation",
            [{"run": name, **score.model_dump()} for name, score in runs],
            ("run", "accuracy", "choice_accuracy", "answer_logprob", "perplexity"),
            notes=(
                f"Task {self.task}, {self.n_examples} examples.",
                "accuracy: every token of the answer is the most probable one; choice_accuracy: the "
                "answer is more probable than every distractor; answer_logprob in nats; perplexity "
                "per token of prompt and answer.",
            ),
            provenance=self.provenance,
        )
