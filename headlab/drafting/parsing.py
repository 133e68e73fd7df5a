"""An LLM's answer, made a draft only when every part of it holds."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, NoReturn, get_args

from headlab.drafting.plain_text import one_line, shortened, visible
from headlab.drafting.schema import PROPERTIES
from headlab.records.categories import canonical
from headlab.records.draft import Draft, Drafter, DraftFailure, Stage, Usage

MAX_ANSWER = 20_000
MAX_DESCRIPTION, MAX_PHRASE, MAX_CATEGORY, N_CATEGORIES = 1200, 400, 60, 8

_FENCE = "```"
_TYPES: dict[str, tuple[type, str]] = {
    "string": (str, "a text"),
    "boolean": (bool, "true or false"),
    "array": (list, "a list of texts"),
}


class InvalidAnswer(Exception):
    """What is wrong with an answer, in words that a person and the LLM can use."""


def parse_answer(
    answer: str,
    *,
    row_ids: Collection[str],
    card_hash: str,
    drafter: Drafter,
    usage: Usage,
) -> Draft | DraftFailure:
    """The draft in an answer, or a failure of kind `invalid` (`empty` for a blank answer).

    `row_ids` are the rows the LLM was shown. The answer sets the seven fields of its schema and
    nothing else; texts are made one visible line. Never raises, whatever the answer.
    """
    if not answer.strip():
        kind, message = "empty", "The answer was empty."
    else:
        try:
            fields = _checked(json_object(answer), row_ids)
            return Draft(**fields, drafter=drafter, card_hash=card_hash, usage=usage)
        except InvalidAnswer as error:
            kind, message = "invalid", str(error)
    return DraftFailure.model_validate(
        {
            "kind": kind,
            "message": message,
            "drafter": drafter,
            "card_hash": card_hash,
            "usage": usage,
        }
    )


def json_object(answer: str) -> dict[str, Any]:
    """The one JSON object that an answer is, read strictly; raises InvalidAnswer."""
    if len(answer) > MAX_ANSWER:
        raise InvalidAnswer(f"The answer is longer than {MAX_ANSWER} characters.")
    try:
        found = json.loads(
            _unfenced(answer.strip()), parse_constant=_refuse_constant, object_pairs_hook=_unique
        )
    except json.JSONDecodeError as error:
        raise InvalidAnswer(f"The answer is not one JSON object: {error.msg}.") from None
    except (ValueError, RecursionError):  # a number too long, nesting too deep
        raise InvalidAnswer("The answer is not one JSON object that can be read.") from None
    if not isinstance(found, dict):
        raise InvalidAnswer("The answer is JSON, but not an object with the fields asked for.")
    return found


def _unfenced(text: str) -> str:
    """What stands inside the one ``` fence around the text, or the text itself."""
    opening, line_end, rest = text.partition("\n")
    label = opening.rstrip().removeprefix(_FENCE)
    fenced = opening.startswith(_FENCE) and line_end and rest.endswith(_FENCE)
    if fenced and (not label or label.isalpha()):
        return rest.removesuffix(_FENCE)
    return text


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidAnswer(f"The answer holds {name}, which is no JSON.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidAnswer("The answer gives a field twice.")
    return found


def _checked(found: dict[str, Any], row_ids: Collection[str]) -> dict[str, Any]:
    """The fields of a Draft, each of its right type, length and vocabulary."""
    missing = [name for name in PROPERTIES if name not in found]
    if missing:
        raise InvalidAnswer(f"Fields are missing: {', '.join(missing)}.")
    extra = [name for name in found if name not in PROPERTIES]
    if extra:
        raise InvalidAnswer(f"There are fields that were not asked for: {_listed(extra)}.")
    for name, field in PROPERTIES.items():
        python_type, words = _TYPES[str(field["type"])]
        value = found[name]
        right = isinstance(value, python_type)
        if isinstance(value, list):
            right = right and all(isinstance(item, str) for item in value)
        if not right:
            raise InvalidAnswer(f"{name} must be {words}.")
    description = _phrase(found, "description", MAX_DESCRIPTION)
    if not description:
        raise InvalidAnswer("description is empty; when unclear, say what was looked for.")
    evidence = _cited(found["evidence"], row_ids)
    if not evidence and not found["unclear"]:
        raise InvalidAnswer("evidence is empty although unclear is false: cite the rows used.")
    return {
        "description": description,
        "input_kind": _phrase(found, "input_kind", MAX_PHRASE),
        "pattern": _phrase(found, "pattern", MAX_PHRASE),
        "categories": _categories(found["categories"]),
        "stages": _stages(found["stages"]),
        "evidence": evidence,
        "unclear": found["unclear"],
    }


def _phrase(found: dict[str, Any], name: str, limit: int) -> str:
    text = one_line(found[name])
    if len(text) > limit:
        raise InvalidAnswer(f"{name} has {len(text)} characters; {limit} are the most.")
    return text


def _cited(ids: list[str], row_ids: Collection[str]) -> tuple[str, ...]:
    cited = tuple(dict.fromkeys(row_id.strip() for row_id in ids))
    unknown = [row_id for row_id in cited if row_id not in row_ids]
    if unknown:
        raise InvalidAnswer(f"evidence cites rows that do not exist: {_listed(unknown)}.")
    return cited


def _categories(names: list[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(canonical(one_line(name)) for name in names if name.strip()))
    if len(found) > N_CATEGORIES:
        raise InvalidAnswer(f"categories has {len(found)} entries; {N_CATEGORIES} are the most.")
    if any(len(name) > MAX_CATEGORY for name in found):
        raise InvalidAnswer(f"a category is longer than {MAX_CATEGORY} characters.")
    return found


def _stages(names: list[str]) -> tuple[str, ...]:
    unknown = [name for name in names if name not in get_args(Stage)]
    if unknown:
        raise InvalidAnswer(
            f"stages has unknown ones: {_listed(unknown)}; use {', '.join(get_args(Stage))}."
        )
    return tuple(dict.fromkeys(names))


def _listed(names: list[str]) -> str:
    """At most five names, made visible and short: they come from the answer."""
    shown = ", ".join(shortened(visible(name), 40) or '""' for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")
