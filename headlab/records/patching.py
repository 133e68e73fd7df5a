"""What moving heads' values between two runs does to an answer."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from headlab.records.base import Matrix, Record
from headlab.records.head import Head
from headlab.records.head_values import HeadValues
from headlab.records.table import Table

Kind = Literal["activation", "path", "attribution"]
Metric = Literal["prob", "logprob", "logit", "logit_diff"]
DirectMetric = Literal["logit", "logit_diff"]
Direction = Literal["denoise", "noise"]
Input = Literal["z", "q", "k", "v"]

TOP_SHARE = 0.15
N_TOP = 5


class Patching(Record):
    """Effects of heads on the answer's metric, over pairs of a clean and a corrupted prompt.

    `kind` is activation patching, path patching or its first-order estimate, attribution patching.
    `direction` denoise puts clean values into the corrupted run and counts what the metric gains;
    noise puts corrupted values into the clean run and counts what it loses: a head that carries the
    answer is positive in both. `effect` holds the mean over pairs (the average indirect effect),
    `effects` `[n_pairs, n_layers * n_heads]` each pair's own. `clean` and `corrupted` are the metric
    of each pair without patching; `answers` the measured tokens, as printable text.
    """

    kind: Kind
    metric: Metric
    direction: Direction
    positions: str
    effect: HeadValues
    effects: Matrix
    clean: tuple[float, ...] = Field(min_length=1)
    corrupted: tuple[float, ...]
    answers: tuple[str, ...]
    answer_ids: tuple[int, ...]

    @model_validator(mode="after")
    def _one_row_a_pair(self) -> Patching:
        n = len(self.clean)
        lengths = {len(self.corrupted), len(self.answers), len(self.answer_ids), len(self.effects)}
        if lengths != {n} or self.effects.shape[1] != self.effect.values.size:
            raise ValueError(f"patching of {n} pairs has rows of other numbers or sizes")
        return self

    def __len__(self) -> int:
        return len(self.clean)

    @property
    def mean_clean(self) -> float:
        return float(np.mean(self.clean))

    @property
    def mean_corrupted(self) -> float:
        return float(np.mean(self.corrupted))

    def of(self, head: Head | str) -> tuple[float, ...]:
        """The effect of one head on each pair."""
        return _column(self.effect, self.effects, head)

    def top(self, n: int = N_TOP) -> list[Head]:
        """The heads with the largest mean effects, largest first."""
        return self.effect.ranked()[:n]

    def layer_curve(self, share: float = TOP_SHARE) -> tuple[float, ...]:
        """Mean effect of each layer's strongest heads: `share` of them, rounded, at least one.

        NaN for a layer without measured heads. The default is the deduction-circuit study's 15 %
        (arXiv 2605.27824).
        """
        curve = []
        for row in self.effect.values:
            measured = np.sort(row[~np.isnan(row)])[::-1]
            count = max(1, int(share * len(measured) + 0.5))
            curve.append(float(measured[:count].mean()) if len(measured) else float("nan"))
        return tuple(curve)

    def table(self) -> Table:
        """A row for each measured head: mean effect, its standard error over pairs, top or not."""
        top = set(self.top())
        root = np.sqrt(len(self))
        rows = []
        for head in sorted(self.effect.ranked()):
            own = self.of(head)
            rows.append(
                {
                    "layer": head.layer,
                    "head": head.index,
                    "effect": self.effect.of(head),
                    "standard_error": float(np.std(own, ddof=1) / root) if len(own) > 1 else None,
                    "top": head in top,
                }
            )
        return Table.of(
            self.effect.measure,
            rows,
            ("layer", "head", "effect", "standard_error", "top"),
            notes=(
                f"effect: {self.effect.meaning}",
                f"{len(self)} pairs; {self.metric} of the answer without patching: clean "
                f"{self.mean_clean:.4g}, corrupted {self.mean_corrupted:.4g}",
                f"top: the {N_TOP} largest effects",
            ),
            provenance=self.effect.provenance,
        )


class Attribution(Record):
    """Attribution patching: estimated effects of all heads, and the strongest ones computed exactly.

    `exact` holds the verified heads only (NaN elsewhere) and is None when none were asked for;
    `correlation` is Pearson's between estimate and exact effect over them, None below three heads
    or where one side is constant.
    """

    estimate: Patching
    exact: Patching | None = None
    correlation: float | None = None

    def verified(self) -> list[Head]:
        """The heads that were computed exactly, by their exact effect."""
        return [] if self.exact is None else self.exact.effect.ranked()

    def table(self) -> Table:
        """A row for each head: estimate, and the exact effect where it was computed."""
        rows = [
            {
                "layer": head.layer,
                "head": head.index,
                "estimate": self.estimate.effect.of(head),
                "exact": None if self.exact is None else self.exact.effect.of(head),
            }
            for head in sorted(self.estimate.effect.ranked())
        ]
        return Table.of(
            self.estimate.effect.measure,
            rows,
            ("layer", "head", "estimate", "exact"),
            notes=self.estimate.table().notes[:2],
            provenance=self.estimate.effect.provenance,
        )


class LogitAttribution(Record):
    """What each part adds to the answer's logit, the norms' scales held, over prompts.

    `effect` holds each head's mean, `effects` `[n_prompts, n_layers * n_heads]` each prompt's own.
    `rest` lists the means of the other parts: embedding, MLPs, biases. `sums` are all parts of a
    prompt together and `logits` the logit (or difference) itself, before the soft cap of a family
    that has one: they agree up to rounding.
    """

    metric: DirectMetric
    position: int
    effect: HeadValues
    effects: Matrix
    rest: Table
    sums: tuple[float, ...] = Field(min_length=1)
    logits: tuple[float, ...]
    soft_cap: float | None = None

    def __len__(self) -> int:
        return len(self.logits)

    def of(self, head: Head | str) -> tuple[float, ...]:
        """What one head adds on each prompt."""
        return _column(self.effect, self.effects, head)

    def top(self, n: int = N_TOP) -> list[Head]:
        """The heads that add most, largest first."""
        return self.effect.ranked()[:n]

    def table(self) -> Table:
        """A row for each head and each other part: part, layer, head, mean value."""
        heads = [
            {
                "part": "head",
                "layer": head.layer,
                "head": head.index,
                "value": self.effect.of(head),
            }
            for head in sorted(self.effect.ranked())
        ]
        cap = "" if self.soft_cap is None else f", before the soft cap of {self.soft_cap:g}"
        return Table.of(
            self.effect.measure,
            [*heads, *self.rest.dicts()],
            ("part", "layer", "head", "value"),
            notes=(
                f"value: {self.effect.meaning}",
                f"all parts add up to the mean {self.metric}, {np.mean(self.logits):.4g}{cap}",
            ),
            provenance=self.effect.provenance,
        )


def _column(values: HeadValues, rows: np.ndarray, head: Head | str) -> tuple[float, ...]:
    found = Head.parse(head)
    return tuple(rows[:, found.layer * values.values.shape[1] + found.index].tolist())
