"""The records that reach a page, as one JSON schema: `python -m headlab.records.contract`.

The front end's types are generated from it (`make contract`), and a test compares them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

from pydantic.json_schema import models_json_schema

from headlab.records.base import Record
from headlab.records.bench import BenchStatus, DrafterChoice, HeadView, Job, ModelChoice, Problem
from headlab.records.categories import CATEGORIES, STAGES
from headlab.records.description_test import TITLES
from headlab.records.draft import Draft, DraftFailure
from headlab.records.edits import Annotation, ReviewEdit
from headlab.records.entry import Decision, Entry, EntrySummary, Revision, State
from headlab.records.measure import Measure, MeasureValues
from headlab.records.page import CatalogueOverview, EntryPage
from headlab.records.shared_settings import SettingsView

SHARED: tuple[type[Record], ...] = (
    Annotation,
    BenchStatus,
    CatalogueOverview,
    Draft,
    DraftFailure,
    DrafterChoice,
    Entry,
    EntryPage,
    EntrySummary,
    HeadView,
    Job,
    Measure,
    MeasureValues,
    ModelChoice,
    Problem,
    ReviewEdit,
    Revision,
    SettingsView,
)

LISTS: dict[str, Any] = {
    "STATES": get_args(State),
    "DECISIONS": get_args(Decision),
    "STAGES": STAGES,
    "CATEGORIES": CATEGORIES,
    "TESTS": TITLES,
}


def contract() -> dict[str, Any]:
    """`schema`: the JSON schema of all shared records as they are written; `lists`: the values
    of the vocabularies. Every field is written, whether it has a default or not, except those that
    are left out where they say the usual."""
    _, schema = models_json_schema([(one, "serialization") for one in SHARED])
    records = {record.__name__: record for record in _records(Record)}
    for name, found in schema["$defs"].items():
        fields = records[name].model_fields if name in records else {}
        omitted = {one for one, field in fields.items() if field.exclude_if}
        if "properties" in found:
            found["required"] = [one for one in found["properties"] if one not in omitted]
    return {"schema": schema, "lists": LISTS}


def _records(base: type[Record]) -> Iterator[type[Record]]:
    for record in base.__subclasses__():
        yield record
        yield from _records(record)


if __name__ == "__main__":
    print(json.dumps(contract(), indent=1))  # noqa: T201
