"""Words of people: kept as they were typed, and told apart on every screen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headlab.drafting.plain_text import as_typed, prose
from headlab.workflow.exports.shown import as_html, as_markdown

WORDS = [
    "Kopiert 👩\u200d💻 und ❤\ufe0f.",
    "می\u200cخواهم",
    "क\u094d\u200dष",
    "«\u00a0mot\u00a0»",
    r"typed \u200d, \u202e, \n and \\ stay",
]


@pytest.mark.parametrize("words", WORDS)
def test_words_are_kept_and_shown_as_they_are(words: str) -> None:
    assert as_typed(words) == words
    assert prose(words) == words
    assert as_html(words) == words
    assert as_markdown(words).replace("\\\\", "\\").replace("\\.", ".").replace("\\,", ",") == words


def test_white_space_is_tidied_and_lines_stay() -> None:
    typed = " Copies  names. \r\n\r\n\n\nNot\tverbs.\u2028Never \x85 "
    assert as_typed(typed) == "Copies names.\n\nNot verbs.\nNever"
    assert as_typed(" \n\t ") == ""


def test_what_hides_is_named_and_no_typed_escape_looks_like_it() -> None:
    assert prose("a\u202eb\u200bc\x1b") == "a[U+202E]b[U+200B]c[U+001B]"
    assert prose("\u202e") != prose(r"\u202e")
    assert "\u202e" not in as_html("a\u202e\nb") + as_markdown("a\u202e\nb")


@given(st.text(max_size=30))
def test_only_white_space_is_changed_and_nothing_else_hides(text: str) -> None:
    kept = as_typed(text)
    assert as_typed(kept) == kept
    assert "".join(kept.split()) == "".join(text.split())
    shown = prose(text)
    hidden = {c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")}
    assert hidden <= {"\t", "\u200c", "\u200d"}
