"""What the validations of relation scores measure, relation by relation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from headlab.records.base import Matrix, Record
from headlab.records.head import Head
from headlab.records.model import ModelFacts
from headlab.records.provenance import Provenance
from headlab.records.relation import Category
from headlab.records.table import Table

ReadAt = Literal["last", "source"]
"""Where a head's output is read: the prompt's last position, or the last token of the source."""

TESTABLE = 0.3
"""Base accuracy below which a task says nothing about its heads."""


class StaticScores(Record):
    """Scores by the weights, `[n_layers, n_heads]`; `of` names the embeddings they start from."""

    of: str
    n_pairs: int
    scores: Matrix


class TemplateScores(Record):
    """Dynamic scores on one template, `[n_layers, n_heads]`; `n_pairs` were found in its prompts."""

    template: str
    n_pairs: int
    without_context: Matrix
    with_context: Matrix


class RelationCorrelation(Record):
    """Static and dynamic scores of one relation (MAPS, arXiv 2412.11965, sections 4.1 and 4.3)."""

    name: str
    category: Category
    k: int = Field(ge=1)
    n_pairs: int
    read_at: ReadAt
    statics: tuple[StaticScores, ...] = Field(min_length=1)
    templates: tuple[TemplateScores, ...] = Field(min_length=1)
    provenance: Provenance


class BaseAccuracy(Record):
    """Accuracy of the whole model on a relation's task."""

    name: str
    accuracy: float


class ControlCurve(Record):
    """Another relation's accuracy while the relation's heads are removed.

    `overlap` is the share of the removed heads that serve the other relation too.
    """

    name: str
    overlap: float
    base_accuracy: float
    accuracy: tuple[float, ...]


class RelationCausality(Record):
    """Accuracy while heads are removed at the last position, best score first (MAPS, section 4.2).

    `steps` are numbers of removed heads; `accuracy[i]` belongs to `steps[i]`, `random[s][i]` to the
    first `steps[i]` heads of random set s, None where the model has too few other heads. `heads` and
    `scores` are the removed ones in their order.
    """

    name: str
    category: Category
    k: int = Field(ge=1)
    task: str
    template: str
    n_prompts: int
    base_accuracy: float
    heads: tuple[Head, ...]
    scores: tuple[float, ...]
    steps: tuple[int, ...]
    accuracy: tuple[float, ...]
    random: tuple[tuple[float | None, ...], ...]
    controls: tuple[ControlCurve, ...] = ()
    provenance: Provenance

    def random_at(self, step: int) -> tuple[float, ...]:
        """Accuracies of the random sets of `step` heads; empty where there are none."""
        place = self.steps.index(step)
        return tuple(one for curve in self.random if (one := curve[place]) is not None)

    def accuracy_at(self, step: int) -> float:
        return self.accuracy[self.steps.index(step)]

    def verdict(self, step: int) -> str:
        """What the removal of `step` heads says beside the random sets of that size."""
        if self.base_accuracy < TESTABLE:
            return f"not testable: base accuracy {self.base_accuracy:.2f} < {TESTABLE}"
        others = self.random_at(step)
        if not others:
            return "no random control: too few other heads"
        if self.accuracy_at(step) < min(others):
            return "below every random set"
        return "within the random sets"


class Validation(Record):
    """One validation of one model: its tables, the first being the main one.

    `not_applicable` says which relations were left out and why.
    """

    name: str
    model: ModelFacts
    tables: tuple[Table, ...] = Field(min_length=1)
    not_applicable: tuple[str, ...] = ()
    parameters: dict[str, JsonValue] = Field(default_factory=dict)

    def table(self, name: str | None = None) -> Table:
        """The table of that name, the main one by default; raises KeyError."""
        if name is None:
            return self.tables[0]
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)
