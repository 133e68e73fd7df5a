"""Relations (operations): named source-target pairs with prompt templates."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from headlab.records.base import Record

Category = Literal["algorithmic", "knowledge", "linguistic", "translation", "custom"]
Pair = tuple[str, str]

SOURCE, TARGET = "{source}", "{target}"


class Relation(Record):
    """Pairs `(source, target)` that one operation maps onto each other.

    `few_shot` is one line of a few-shot list, `cloze` are sentences that end with the target; both
    hold `{source}` and `{target}` once. `k` is the default rank for relation scores (MAPS: 10, and
    1 for copying).
    """

    name: str = Field(min_length=1, max_length=80, pattern=r"^[\w .+-]+$")
    category: Category = "custom"
    description: str = ""
    k: int = Field(default=10, ge=1)
    few_shot: str = "{source} -> {target}"
    cloze: tuple[str, ...] = ()
    sources: str = ""
    pairs: tuple[Pair, ...] = Field(min_length=1)

    @field_validator("few_shot")
    @classmethod
    def _one_slot_each(cls, template: str) -> str:
        if template.count(SOURCE) != 1 or template.count(TARGET) != 1:
            raise ValueError(f"template {template!r} must hold {SOURCE} and {TARGET} once each")
        return template

    @field_validator("cloze")
    @classmethod
    def _end_with_target(cls, templates: tuple[str, ...]) -> tuple[str, ...]:
        for template in templates:
            cls._one_slot_each(template)
            if not template.endswith(TARGET):
                raise ValueError(f"cloze template {template!r} must end with {TARGET}")
        return templates

    @model_validator(mode="after")
    def _pairs_are_words(self) -> Relation:
        for number, (source, target) in enumerate(self.pairs, 1):
            if not source.strip() or not target.strip():
                raise ValueError(f"pair {number} of {self.name} has an empty side")
        return self

    @property
    def template(self) -> str:
        """The first cloze template, or the few-shot line where there is none."""
        return self.cloze[0] if self.cloze else self.few_shot
