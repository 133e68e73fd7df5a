"""Answers: one JSON object that holds in every part, or a typed failure."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from injections import INJECTIONS

from headlab.drafting.parsing import MAX_ANSWER, parse_answer
from headlab.drafting.schema import PROPERTIES
from headlab.records.draft import Draft, Drafter, DraftFailure, Usage

ROWS = ("R1", "R2", "M1", "P1")
DRAFTER = Drafter(kind="llm", name="m")
USAGE = Usage(calls=1, prompt_tokens=3, completion_tokens=4)
GOOD = {
    "description": "Maps countries to capitals.",
    "input_kind": "countries",
    "pattern": "country to capital",
    "categories": ["Knowledge", "my own"],
    "stages": ["KR"],
    "evidence": ["R1", "M1"],
    "unclear": False,
}


def parse(answer):
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return parse_answer(text, row_ids=ROWS, card_hash="c", drafter=DRAFTER, usage=USAGE)


def test_good_answer():
    draft = parse(GOOD)
    assert isinstance(draft, Draft)
    assert draft.description == GOOD["description"]
    assert draft.categories == ("knowledge", "my own")
    assert (draft.stages, draft.evidence, draft.unclear) == (("KR",), ("R1", "M1"), False)
    assert (draft.drafter, draft.card_hash, draft.usage) == (DRAFTER, "c", USAGE)


@pytest.mark.parametrize(
    "fence", ["```json\n{}\n```", "```\n{}\n```", "```JSON \r\n{}```", " {}\n"]
)
def test_one_fence_is_allowed(fence):
    assert isinstance(parse(fence.replace("{}", json.dumps(GOOD))), Draft)


def test_unclear_needs_no_evidence():
    draft = parse({**GOOD, "unclear": True, "evidence": [], "input_kind": "", "pattern": ""})
    assert isinstance(draft, Draft)
    assert draft.unclear
    assert draft.evidence == ()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"evidence": ["R1", "Z9"]}, "Z9"),
        ({"evidence": ["r1"]}, "r1"),
        ({"evidence": []}, "evidence is empty"),
        ({"evidence": "R1"}, "evidence must be a list"),
        ({"evidence": [1]}, "evidence must be a list"),
        ({"description": ""}, "description is empty"),
        ({"description": " \n"}, "description is empty"),
        ({"description": "x" * 1201}, "1201 characters"),
        ({"description": None}, "description must be a text"),
        ({"pattern": "\u200b" * 100}, "600 characters"),
        ({"unclear": "false"}, "unclear must be true or false"),
        ({"unclear": 0}, "unclear must be true or false"),
        ({"stages": ["KR", "XX"]}, "XX"),
        ({"categories": ["c" * 61]}, "longer than 60"),
        ({"categories": [f"c{n}" for n in range(9)]}, "9 entries"),
        ({"drafter": {"kind": "person"}}, "drafter"),
        ({"state": "accepted"}, "state"),
        ({"card_hash": "other"}, "card_hash"),
    ],
)
def test_wrong_fields_are_named(change, named):
    failure = parse({**GOOD, **change})
    assert isinstance(failure, DraftFailure)
    assert failure.kind == "invalid"
    assert named in failure.message
    assert failure.usage == USAGE


@pytest.mark.parametrize("name", list(PROPERTIES))
def test_every_field_is_required(name):
    failure = parse({key: value for key, value in GOOD.items() if key != name})
    assert failure.kind == "invalid"
    assert name in failure.message


@pytest.mark.parametrize(
    "answer",
    [
        "Sure! " + json.dumps(GOOD),
        json.dumps(GOOD) + "\nHope this helps.",
        json.dumps([GOOD]),
        "null",
        '"text"',
        json.dumps(GOOD)[:-5],
        json.dumps(GOOD).replace("false", "NaN"),
        json.dumps({**GOOD, "score": 1}).replace("1}", "Infinity}"),
        json.dumps(GOOD)[:-1] + ', "unclear": true}',
        "```json\n" + json.dumps(GOOD),
        "```json\n" + json.dumps(GOOD) + "\n```\n```json\n{}\n```",
        "[" * 5000,
        "{" + '"a":' * 3000,
        "9" * 5000,
        " " + "x" * MAX_ANSWER,
        "```\n" + " " * (MAX_ANSWER - 10),
    ],
)
def test_anything_but_one_object_is_invalid(answer):
    assert parse(answer).kind == "invalid"


@pytest.mark.parametrize("answer", ["", " \n\t"])
def test_blank_is_empty(answer):
    assert parse(answer).kind == "empty"


def test_hidden_characters_are_escaped_and_lines_joined():
    draft = parse(
        {**GOOD, "description": "one\ntwo \u202ethree\x00 \\n \ud800", "pattern": "a\t b"}
    )
    assert draft.description == "one two \\u202ethree\\u0000 \\n \\xed\\xa0\\x80"
    assert draft.pattern == "a b"


def test_repeats_are_dropped():
    draft = parse({**GOOD, "evidence": ["R1", " R1 ", "M1"], "categories": ["a", "a", " "]})
    assert draft.evidence == ("R1", "M1")
    assert draft.categories == ("a",)


@pytest.mark.parametrize("text", [text for text in INJECTIONS if text.strip()])
def test_hostile_text_sets_nothing_but_its_own_field(text):
    draft = parse({**GOOD, "description": "x " + text})
    assert isinstance(draft, Draft)
    assert draft.description.isprintable()
    same = draft.model_copy(update={"description": "", "created_at": None})
    plain = parse(GOOD).model_copy(update={"description": "", "created_at": None})
    assert same == plain


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.sampled_from(ROWS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_any_text_is_read(text):
    assert isinstance(parse(text), DraftFailure)


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries({name: JSON | st.just(GOOD[name]) for name in PROPERTIES}))
def test_any_values_are_read(fields):
    found = parse(fields)
    if isinstance(found, Draft):
        assert found.description.isprintable()
        assert set(found.evidence) <= set(ROWS)
        assert found.evidence or found.unclear
        assert found.drafter == DRAFTER
        assert Draft.model_validate_json(found.model_dump_json()) == found
    else:
        assert found.kind == "invalid"
        assert found.message.isprintable()
