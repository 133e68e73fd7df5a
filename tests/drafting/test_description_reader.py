"""The description out of JSON that is still being written, against the standard library's reader."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headlab.drafting.description import MAX_LENGTH, DescriptionReader

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["description", "a", '"', "\\", "{"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def read(*pieces):
    reader = DescriptionReader()
    return [reader.feed(piece) for piece in pieces]


@pytest.mark.parametrize(
    ("written", "texts"),
    [
        (['{"description": "Maps', " words", '."}'], ["Maps", "Maps words", "Maps words."]),
        (["{", '"descr', 'iption"', ":", ' "', "a"], ["", "", "", "", "", "a"]),
        (['```json\n{"description":"a', 'b"}\n```'], ["a", "ab"]),
        (["Here: ", '{"description":"a"}', '{"description":"b"}'], ["", "a", "a"]),
        (['{"x": "description", "y": "no", "description": "yes"'], ["yes"]),
        (['{"x": {"description": "inner"}, "description": "outer"'], ["outer"]),
        (['{"x": ["description", "a", {"b": ":,"}], "description": "b"'], ["b"]),
        (['{"description": ["a"], "b": "c"}'], [""]),
        (['{"description": 7, "b": "c"}'], [""]),
        (['{"descriptions": "a", "Description": "b"}'], [""]),
        (['["description", "a"]'], [""]),
        (['"description": "a"'], [""]),
        (['{"\\u0064escription": "a'], ["a"]),
        (['{"description": "a\\', "n", 'b"'], ["a", "a\n", "a\nb"]),
        (['{"description": "\\u00', "e9\\/"], ["", "é/"]),
        (['{"description": "\\ud83d', "\\ude00"], ["", "\U0001f600"]),
        (['{"description": "\\ud83d', "x"], ["", "\ufffdx"]),
        (['{"description": "\\ud83d', '"'], ["", "\ufffd"]),
        (['{"description": "\\ud83d\\n"'], ["\ufffd\n"]),
        (['{"description": "\\ude00\\ud83d\\ud83d\\ude00"'], ["\ufffd\ufffd\U0001f600"]),
        (['{"description": "\\uzzzz\\q'], ["\ufffdq"]),
        (
            ['{"description": "say \\"hi\\" {', '}"', '} "x"'],
            ['say "hi" {', 'say "hi" {}', 'say "hi" {}'],
        ),
    ],
)
def test_known_answers(written, texts):
    assert read(*written) == texts


@given(
    st.dictionaries(st.sampled_from(["evidence", "x", "descriptio"]), VALUES, max_size=3),
    TEXTS,
    st.dictionaries(st.sampled_from(["pattern", "y"]), VALUES, max_size=2),
    st.booleans(),
    st.sampled_from([None, 1]),
    st.sampled_from(["", "```\n", "```json\n", "\ufeff \n"]),
    st.integers(1, 9),
)
def test_every_text_is_the_beginning_of_what_a_whole_parse_gives(
    before, description, after, ascii_only, indent, opening, size
):
    fields = {**before, "description": description, **after}
    whole = opening + json.dumps(fields, ensure_ascii=ascii_only, indent=indent)
    pieces = [whole[start : start + size] for start in range(0, len(whole), size)]
    texts = read(*pieces)
    assert texts[-1] == description
    for text, later in pairwise(texts):
        assert later.startswith(text)


@given(st.text(st.sampled_from('{}[]":,\\ud8dc0n`description \n'), max_size=80))
def test_whatever_comes_is_read(written):
    reader = DescriptionReader()
    for character in written:
        before = reader.text
        assert reader.feed(character).startswith(before)
    assert not any("\ud800" <= character <= "\udfff" for character in reader.text)


def test_a_text_without_end_is_cut():
    reader = DescriptionReader()
    for _ in range(10):
        reader.feed('{"description": "' + "a" * MAX_LENGTH)
    assert len(reader.text) == MAX_LENGTH
