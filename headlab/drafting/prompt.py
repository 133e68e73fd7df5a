"""The prompt that asks for a description, made from an evidence card."""

from __future__ import annotations

import hashlib
import json
from typing import Literal

from headlab.drafting.evidence import evidence_rows, json_line, summary
from headlab.drafting.schema import SCHEMA
from headlab.drafting.template import BUILT_IN, PromptTemplate
from headlab.records.base import Record
from headlab.records.card import EvidenceCard
from headlab.records.categories import CATEGORIES, STAGES

PROMPT_VERSION = BUILT_IN.version


class Message(Record):
    role: Literal["system", "user", "assistant"]
    content: str


class Prompt(Record):
    """The messages sent, and the ids of the rows in them: the only ones an answer may cite.

    `held_out`: the card's rows that tests use are not among them.
    """

    version: str
    messages: tuple[Message, ...]
    row_ids: tuple[str, ...]
    card_hash: str
    held_out: bool = False

    @property
    def hash(self) -> str:
        """sha256 of the messages: equal hashes mean that the same text was sent."""
        written = json.dumps([[message.role, message.content] for message in self.messages])
        return hashlib.sha256(written.encode("ascii")).hexdigest()


def build_prompt(card: EvidenceCard, template: PromptTemplate = BUILT_IN) -> Prompt:
    """The prompt for the rows of a card that drafters get: the same card and template give the same
    text."""
    rows = evidence_rows(card)
    system, user = template.filled(
        {
            "evidence": "\n".join([json_line(summary(card)), *map(json_line, rows)]),
            "schema": json.dumps(SCHEMA, ensure_ascii=False),
            "categories": ", ".join(CATEGORIES),
            "stages": ", ".join(f"{stage} = {words}" for stage, words in STAGES.items()),
        }
    )
    return Prompt(
        version=template.version,
        messages=(Message(role="system", content=system), Message(role="user", content=user)),
        row_ids=tuple(str(row["id"]) for row in rows),
        card_hash=card.content_hash(),
        held_out=card.held_out is not None,
    )
