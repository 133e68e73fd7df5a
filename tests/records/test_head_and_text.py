"""Heads as text, and token text as reversible escapes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headlab.records.errors import HeadError
from headlab.records.head import Head
from headlab.records.text import escape, unescape


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_head_reads_what_it_writes(layer: int, index: int) -> None:
    head = Head(layer=layer, index=index)
    assert Head.parse(str(head)) == head
    assert Head.parse(f"L{layer}.H{index}") == head
    assert Head.parse(f"{layer}.{index}") == head
    assert Head.model_validate_json(head.model_dump_json()) == head


@pytest.mark.parametrize("text", ["", "L5", "H3", "L5H3x", "5,3", "L-1H0", "5", "five.three"])
def test_anything_else_is_refused_with_the_right_form(text: str) -> None:
    with pytest.raises(HeadError, match="L5H3"):
        Head.parse(text)


@given(st.binary())
def test_escapes_give_the_bytes_back(data: bytes) -> None:
    assert unescape(escape(data)) == data


@given(st.text())
def test_escaped_text_is_printable_and_free_of_hidden_characters(text: str) -> None:
    written = escape(text)
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not any(unicodedata.category(character) in hidden for character in written)
    written.encode("utf-8")  # no lone surrogate is left


@pytest.mark.parametrize(
    ("data", "written"),
    [
        (b" the", " the"),
        (b"\n\n", "\\n\\n"),
        (b"\t", "\\t"),
        (b"\xe2", "\\xe2"),
        ("\u202e".encode(), "\\u202e"),
        ("\u200b".encode(), "\\u200b"),
        (b"\\n", "\\\\n"),
        (b"\0", "\\u0000"),
        ("é".encode(), "é"),
    ],
)
def test_known_escapes(data: bytes, written: str) -> None:
    assert escape(data) == written
