"""The JSON schema of an answer: flat, every field required, nothing that endpoints differ on."""

from __future__ import annotations

from pydantic import JsonValue

from headlab.records.categories import STAGES

NAME = "head_description"


def _text(description: str) -> dict[str, JsonValue]:
    return {"type": "string", "description": description}


def _texts(description: str, **items: JsonValue) -> dict[str, JsonValue]:
    return {"type": "array", "items": {"type": "string", **items}, "description": description}


PROPERTIES: dict[str, dict[str, JsonValue]] = {
    "description": _text(
        "What the head does, one to three plain sentences, at most 80 words; several roles are "
        "named one after the other. When unclear: one sentence on what was looked for."
    ),
    "input_kind": _text("The kind of tokens the head responds to; empty when unclear."),
    "pattern": _text("How outputs follow from inputs, source to target; empty when unclear."),
    "categories": _texts("Zero to four categories from the list, or short ones of your own."),
    "stages": _texts("Stages the evidence supports; often none.", enum=list(STAGES)),
    "evidence": _texts("The ids of the rows the description rests on, most important first."),
    "unclear": {"type": "boolean", "description": "true when no pattern is well supported."},
}

SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {name: dict(field) for name, field in PROPERTIES.items()},
    "required": list(PROPERTIES),
    "additionalProperties": False,
}
