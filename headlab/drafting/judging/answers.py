"""Answers of judges and writers, read strictly: what is valid of each, and what is wrong with it."""

from __future__ import annotations

import math
from typing import Any

from headlab.drafting.judging.prompts import Ask
from headlab.drafting.parsing import InvalidAnswer, json_object
from headlab.drafting.plain_text import one_line, shortened

MAX_WORD = 60
N_NAMED = 5
MAX_PAIRS = 200

Value = float | tuple[str, ...]


def read_values(answer: str, ask: Ask) -> tuple[dict[str, Value], str]:
    """Ratings or named words, whichever the question asks for; raises InvalidAnswer."""
    return (read_targets if ask.question == "name_targets" else read_ratings)(answer, ask)


def wrong_with(answer: str, ask: Ask) -> str:
    """What of an answer cannot be used, "" when all of it can; raises InvalidAnswer when nothing
    can."""
    if ask.question == "write_pairs":
        read_pairs(answer)
        return ""
    return read_values(answer, ask)[1]


def read_ratings(answer: str, ask: Ask) -> tuple[dict[str, Value], str]:
    """Valid ratings in [0, 1] by id, and what is wrong with the others (empty: nothing).

    Raises InvalidAnswer when nothing can be read.
    """
    found, wrong = _by_id(answer, ask, "ratings", (int, float))
    ratings: dict[str, Value] = {}
    for key, value in found.items():
        if isinstance(value, bool) or not math.isfinite(value) or not 0 <= value <= 100:
            wrong.append(f"the rating of {key} is no number from 0 to 100")
        else:
            ratings[key] = value / 100
    return _some(ratings, wrong)


def read_targets(answer: str, ask: Ask) -> tuple[dict[str, Value], str]:
    """Up to five named words by id, and what is wrong with the others; raises InvalidAnswer."""
    found, wrong = _by_id(answer, ask, "targets", (str,))
    named: dict[str, Value] = {}
    for key, value in found.items():
        words = [_word(part) for part in value.split(",")]
        words = list(dict.fromkeys(word for word in words if word))
        if words:
            named[key] = tuple(words[:N_NAMED])
        else:
            wrong.append(f"no word is named for {key}")
    return _some(named, wrong)


def read_pairs(answer: str) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Pairs of words, the first of each source, and whether they are suppressed; raises
    InvalidAnswer."""
    found = _fields(answer, ("sources", "targets", "suppresses"))
    sources, targets = found["sources"], found["targets"]
    for name in ("sources", "targets"):
        if not isinstance(found[name], list) or not all(isinstance(w, str) for w in found[name]):
            raise InvalidAnswer(f"{name} must be a list of texts.")
    if not isinstance(found["suppresses"], bool):
        raise InvalidAnswer("suppresses must be true or false.")
    if len(sources) != len(targets):
        raise InvalidAnswer(f"There are {len(sources)} sources and {len(targets)} targets.")
    pairs: dict[str, str] = {}
    for source, target in list(zip(map(_word, sources), map(_word, targets), strict=True)):
        if source and target and len(pairs) < MAX_PAIRS:
            pairs.setdefault(source, target)
    if not pairs:
        raise InvalidAnswer("There is no pair of words.")
    return tuple(pairs.items()), found["suppresses"]


def _by_id(
    answer: str, ask: Ask, field: str, types: tuple[type, ...]
) -> tuple[dict[str, Any], list[str]]:
    found = _fields(answer, ("ids", field))
    ids, values = found["ids"], found[field]
    if not isinstance(ids, list) or not isinstance(values, list):
        raise InvalidAnswer(f"ids and {field} must be lists.")
    if len(ids) != len(values):
        raise InvalidAnswer(f"There are {len(ids)} ids and {len(values)} {field}.")
    written = [str(one) for one in ids]
    wrong: list[str] = []
    by_id: dict[str, Any] = {}
    for key in ask.ids:
        places = [place for place, one in enumerate(written) if one == key]
        if len(places) != 1:
            wrong.append(f"id {key} stands there {len(places)} times")
        elif not isinstance(values[places[0]], types):
            wrong.append(f"the value of {key} has the wrong type")
        else:
            by_id[key] = values[places[0]]
    return by_id, wrong


def _fields(answer: str, names: tuple[str, ...]) -> dict[str, Any]:
    found = json_object(answer)
    missing = [name for name in names if name not in found]
    if missing:
        raise InvalidAnswer(f"Fields are missing: {', '.join(missing)}.")
    return found


def _some(found: dict[str, Value], wrong: list[str]) -> tuple[dict[str, Value], str]:
    said = "; ".join(wrong[:5]) + (f"; and {len(wrong) - 5} more" if len(wrong) > 5 else "")
    if not found:
        raise InvalidAnswer(f"No item is answered: {said}." if said else "No item is answered.")
    return found, said


def _word(text: str) -> str:
    word = one_line(text)
    return word if len(word) <= MAX_WORD else shortened(word, MAX_WORD)
