"""What linear probes read from heads."""

from __future__ import annotations

from pydantic import Field

from headlab.records.base import Matrix, Record
from headlab.records.head import Head
from headlab.records.head_values import HeadValues
from headlab.records.table import Table


class Probing(Record):
    """Cross-validated scores of a linear probe on every head, beside shuffled labels.

    `accuracy` is the balanced accuracy (mean recall of the classes), so that guessing the most
    frequent class scores `chance = 1 / n_classes`. `control` is its mean over `control_draws` runs
    with the labels permuted, `control_best` the highest of all heads and runs: a probe that does no
    better reads nothing that can be told from luck. `spread` is the standard deviation over folds.
    """

    accuracy: HeadValues
    control: Matrix
    control_best: float
    spread: Matrix
    classes: tuple[str, ...] = Field(min_length=2)
    n_texts: int
    folds: int
    control_draws: int

    @property
    def chance(self) -> float:
        return 1 / len(self.classes)

    def selectivity(self, head: Head | str) -> float:
        """Accuracy minus the same head's accuracy on shuffled labels (Hewitt & Liang, 2019)."""
        found = Head.parse(head)
        return self.accuracy.of(found) - float(self.control[found.layer, found.index])

    def above_control(self) -> tuple[Head, ...]:
        """Heads above every shuffled run, best first."""
        return tuple(
            head for head in self.accuracy.ranked() if self.accuracy.of(head) > self.control_best
        )

    def table(self) -> Table:
        """A row for each head: balanced accuracy, its spread over folds, and the control."""
        rows = [
            {
                "layer": head.layer,
                "head": head.index,
                "balanced_accuracy": self.accuracy.of(head),
                "fold_spread": float(self.spread[head.layer, head.index]),
                "shuffled_control": float(self.control[head.layer, head.index]),
                "selectivity": self.selectivity(head),
                "above_every_control": self.accuracy.of(head) > self.control_best,
            }
            for head in sorted(self.accuracy.ranked())
        ]
        return Table.of(
            "probing",
            rows,
            (
                "layer",
                "head",
                "balanced_accuracy",
                "fold_spread",
                "shuffled_control",
                "selectivity",
                "above_every_control",
            ),
            notes=(
                f"Linear probes on z of each head, {self.folds}-fold cross-validation, "
                f"{self.n_texts} texts, classes {', '.join(self.classes)}; chance "
                f"{self.chance:.3f}, highest shuffled run of any head {self.control_best:.3f}.",
                "A probe shows what can be read from a head, not that the model uses it.",
            ),
            provenance=self.accuracy.provenance,
        )
