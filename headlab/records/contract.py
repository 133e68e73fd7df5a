"""The records that reach a page, as one JSON schema: `python -m headlab.records.contract`.

The front end's types are generated from it (`make contract`), and a test compares them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

from pydantic.json_schema import models_json_schema

from headlab.records.agreement import Agreement
from headlab.records.base import Record
from headlab.records.batch import ArrivingText, BatchPlan, BatchTurn, BatchView, BatchWish
from headlab.records.bench import (
    BenchStatus,
    DrafterChoice,
    DraftEstimate,
    HeadView,
    Job,
    ModelChoice,
    Problem,
)
from headlab.records.categories import CATEGORIES, NAMED_HEADS, STAGES
from headlab.records.comparison import CatalogueComparison
from headlab.records.description_test import TITLES
from headlab.records.draft import Draft, DraftFailure
from headlab.records.draft_job import JOB_STATES, DraftJob
from headlab.records.edits import (
    Adjudication,
    Annotation,
    Assigning,
    Ballot,
    OwnDraft,
    Releasing,
    ReviewEdit,
)
from headlab.records.entry import (
    Decision,
    Entry,
    EntrySummary,
    ImportResult,
    Revision,
    State,
)
from headlab.records.heads_wish import HeadsWish, RuleDrafts
from headlab.records.measure import Measure, MeasureValues
from headlab.records.page import (
    CatalogueOverview,
    EntryPage,
    Facets,
    FilterToSave,
    SavedFilter,
    Sort,
)
from headlab.records.preset import Preset
from headlab.records.prompt_text import PromptText
from headlab.records.review_round import Order, QueuePage
from headlab.records.shared_settings import SettingsView
from headlab.records.test_plan import DescriptionTestPlan, DescriptionTestRun
from headlab.records.upkeep import CatalogueCheck, CatalogueCopy
from headlab.records.vote import Blind, Vote

SHARED: tuple[type[Record], ...] = (
    Adjudication,
    Agreement,
    Annotation,
    ArrivingText,
    Assigning,
    Ballot,
    BatchPlan,
    BatchTurn,
    BatchView,
    BatchWish,
    BenchStatus,
    CatalogueCheck,
    CatalogueComparison,
    CatalogueCopy,
    CatalogueOverview,
    DescriptionTestPlan,
    DescriptionTestRun,
    Draft,
    DraftEstimate,
    DraftFailure,
    DraftJob,
    DrafterChoice,
    Entry,
    EntryPage,
    EntrySummary,
    Facets,
    FilterToSave,
    HeadView,
    HeadsWish,
    ImportResult,
    Job,
    Measure,
    MeasureValues,
    ModelChoice,
    OwnDraft,
    Preset,
    Problem,
    PromptText,
    QueuePage,
    Releasing,
    ReviewEdit,
    Revision,
    RuleDrafts,
    SavedFilter,
    SettingsView,
    Vote,
)

LISTS: dict[str, Any] = {
    "STATES": get_args(State),
    "DECISIONS": get_args(Decision),
    "STAGES": STAGES,
    "CATEGORIES": CATEGORIES,
    "NAMED_HEADS": tuple(NAMED_HEADS),
    "NAMED_HEAD_STAGES": NAMED_HEADS,
    "BLINDS": get_args(Blind),
    "ORDERS": get_args(Order),
    "SORTS": get_args(Sort),
    "JOB_STATES": JOB_STATES,
    "TESTS": TITLES,
}


def contract() -> dict[str, Any]:
    """`schema`: the JSON schema of all shared records as they are written; `lists`: the values
    of the vocabularies. Every field is written, whether it has a default or not, except those that
    are left out where they say the usual."""
    _, schema = models_json_schema([(one, "serialization") for one in SHARED])
    records = {record.__name__: record for record in _records(Record)}
    for name, found in schema["$defs"].items():
        if name in records and "properties" in found:
            fields = records[name].model_fields
            found["required"] = [
                one
                for one in found["properties"]
                if one not in fields or not fields[one].exclude_if
            ]
    return {"schema": schema, "lists": LISTS}


def _records(base: type[Record]) -> Iterator[type[Record]]:
    for record in base.__subclasses__():
        yield record
        yield from _records(record)


if __name__ == "__main__":
    print(json.dumps(contract(), indent=1))  # noqa: T201
