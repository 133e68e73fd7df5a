"""A direction in a model's activations, and what pushing along it does."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from headlab.records.base import Record
from headlab.records.head import Head
from headlab.records.provenance import Provenance
from headlab.records.table import Table

SteeringMode = Literal["add", "project_out"]


class SteeringVector(Record):
    """A vector in z of `head` `[d_head]`, or in the residual stream after `layer` `[d_model]`."""

    head: Head | None = None
    layer: int | None = Field(default=None, ge=0)
    vector: tuple[float, ...] = Field(min_length=1)
    provenance: Provenance | None = None

    @model_validator(mode="after")
    def _one_place(self) -> SteeringVector:
        if (self.head is None) == (self.layer is None):
            raise ValueError("a steering vector belongs to a head or to a layer: give one of them")
        if not np.isfinite(self.vector).all():
            raise ValueError("a steering vector holds finite numbers only")
        return self

    @property
    def norm(self) -> float:
        """Its Euclidean length."""
        return float(np.linalg.norm(self.vector))

    def where(self) -> str:
        """The place in words."""
        return (
            f"z of {self.head}" if self.head is not None else f"residual stream after L{self.layer}"
        )


class Steering(Record):
    """What steering changes on each prompt.

    `loss` and `loss_change`: mean loss of the prompt's own next tokens in nats, None for a prompt of
    one token; `answer_logprob` and its change at the last position in nats, empty where no answers
    were given. Prompts and answers are escaped (see `records.text`).
    """

    vector: SteeringVector
    mode: SteeringMode
    alpha: float
    positions: str
    prompts: tuple[str, ...] = Field(min_length=1)
    loss: tuple[float | None, ...]
    loss_change: tuple[float | None, ...]
    answers: tuple[str, ...] = ()
    answer_logprob: tuple[float, ...] = ()
    answer_logprob_change: tuple[float, ...] = ()
    provenance: Provenance

    @property
    def mean_loss_change(self) -> float:
        """Over prompts of two tokens or more; NaN where there are none."""
        found = [change for change in self.loss_change if change is not None]
        return float(np.mean(found)) if found else float("nan")

    @property
    def mean_answer_logprob_change(self) -> float:
        """NaN where no answers were given."""
        found = self.answer_logprob_change
        return float(np.mean(found)) if found else float("nan")

    def table(self) -> Table:
        """A row for each prompt."""
        rows = []
        for number, prompt in enumerate(self.prompts):
            row = {
                "prompt": prompt,
                "loss": self.loss[number],
                "loss_change": self.loss_change[number],
            }
            if self.answers:
                row["answer"] = self.answers[number]
                row["answer_logprob"] = self.answer_logprob[number]
                row["answer_logprob_change"] = self.answer_logprob_change[number]
            rows.append(row)
        what = "projected out" if self.mode == "project_out" else f"added {self.alpha:g} times"
        return Table.of(
            "steering",
            rows,
            notes=(f"{self.vector.where()}: vector {what}, positions: {self.positions}; nats",),
            provenance=self.provenance,
        )
