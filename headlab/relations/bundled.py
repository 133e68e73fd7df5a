"""The 20 operations that come with HeadLab."""

from __future__ import annotations

import difflib
import json
from functools import cache
from importlib import resources

from headlab.records.errors import RelationError
from headlab.records.relation import Relation

NAMES: tuple[str, ...] = (
    "copying",
    "name_copying",
    "year_to_following",
    "word_to_first_letter",
    "word_to_last_letter",
    "country_to_capital",
    "country_to_language",
    "object_to_superclass",
    "product_to_company",
    "work_to_location",
    "adjective_to_comparative",
    "adjective_to_superlative",
    "adjective_to_antonym",
    "verb_to_past_tense",
    "noun_to_pronoun",
    "word_to_synonym",
    "word_to_homophone",
    "word_to_compound",
    "english_to_french",
    "english_to_spanish",
)


def relations() -> tuple[str, ...]:
    """Names of the bundled operations: algorithmic, knowledge, linguistic, then translation."""
    return NAMES


@cache
def relation(name: str) -> Relation:
    """The bundled operation `name`.

    Raises RelationError, naming the nearest bundled operations, when there is none.
    """
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, n=3, cutoff=0.4) or NAMES
        raise RelationError(f"There is no operation {name!r}. Known ones: {', '.join(near)}.")
    file = resources.files("headlab.relations") / "data" / f"{name}.json"
    return Relation.model_validate(json.loads(file.read_text(encoding="utf-8")))
