"""The published numbers of MAPS, measured again on the published models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headlab.models.language_model import LanguageModel
from headlab.models.loading import load_model
from headlab.records.errors import ModelError, RelationError
from headlab.records.table import Cell, Table
from headlab.records.validation import Validation
from headlab.workflow.bench import Progress
from headlab.workflow.cache import ResultCache
from headlab.workflow.tables import save_table
from headlab.workflow.validation.causality import validate_causality
from headlab.workflow.validation.published import MODELS, PublishedModel, published_model
from headlab.workflow.validation.run import validate_correlation

COLUMNS = (
    "model",
    "validation",
    "relation",
    "n_heads",
    "measure",
    "published",
    "ours",
    "difference",
)


@dataclass(frozen=True)
class Reproduction:
    """All differences in one table, and which models could not be measured, with the reason."""

    table: Table
    failures: dict[str, str]


def chosen_models(names: Sequence[str] | None) -> tuple[PublishedModel, ...]:
    """The models of these names or hub ids; None: all. Raises ModelError for one without numbers."""
    if names is None:
        return MODELS
    found = []
    for name in names:
        known = published_model(name)
        if known is None:
            raise ModelError(
                f"Nothing is published for {name!r}. Known: {', '.join(one.name for one in MODELS)}."
            )
        found.append(known)
    return tuple(dict.fromkeys(found))


def reproduce(
    models: Sequence[str] | None = None,
    *,
    out: str | Path | None = None,
    table_format: str = "csv",
    load: Callable[[str], LanguageModel] = load_model,
    cache: ResultCache | None = None,
    progress: Progress | None = None,
) -> Reproduction:
    """Correlation and causality of the published relations, model by model, and the differences.

    `load` makes a model from its hub id. A model that cannot be loaded or used is reported and the
    others go on. With `out`, each model's tables and figures lie in a folder of its name, and all
    differences in one table. Raises ModelError for a name without published numbers.
    """
    rows, failures = [], {}
    for known in chosen_models(models):
        folder = None if out is None else Path(out) / known.name
        try:
            model = load(known.hub_id)
            for validate in (validate_correlation, validate_causality):
                rows += _differences(
                    validate, model, known, folder, table_format, cache=cache, progress=progress
                )
            del model  # before the next one is loaded
        except (ModelError, RelationError) as error:
            failures[known.name] = str(error)
    notes = ("ours: HeadLab's own pairs and prompts, so small differences are expected.",)
    table = Table.of("reproduction", rows, COLUMNS, notes=notes)
    if out is not None:
        save_table(table, Path(out) / f"reproduction.{table_format}")
    return Reproduction(table, failures)


def _differences(
    validate: Callable[..., Validation],
    model: LanguageModel,
    known: PublishedModel,
    folder: Path | None,
    table_format: str,
    **rest: Any,
) -> list[dict[str, Cell]]:
    """What one validation differs in from the published numbers of a model."""
    name = validate.__name__.removeprefix("validate_")
    relations = known.relations(name)
    if not relations:
        return []
    found = validate(model, relations, out=folder, table_format=table_format, **rest)
    return [
        {**row, "validation": name}
        for table in found.tables
        if table.name == f"{name}_published"
        for row in table.dicts()
    ]
