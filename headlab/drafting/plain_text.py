"""Untrusted text made plain: one line, nothing hidden."""

from __future__ import annotations

import re

from headlab.records.text import escape

_OF_WORDS = frozenset("\t\\\u00a0\u200c\u200d")
_BREAKS = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[ \t]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def visible(text: str) -> str:
    """The text with control, bidi, zero-width and unpaired surrogate characters escaped.

    Backslashes stay single, so that token text that is escaped already does not change.
    """
    return "".join(c if c == "\\" or " " <= c <= "~" else escape(c) for c in text)


def prose(text: str) -> str:
    """Free text for a screen, where `visible` is for tokens.

    Joiners belong to words and emoji and stay, as tabs and hard spaces do; other hidden characters
    and line breaks are named by code point, as the lab does, so that a backslash stays what was typed.
    """
    return "".join(c if _is_prose(c) else f"[U+{ord(c):04X}]" for c in text)


def _is_prose(character: str) -> bool:
    return " " <= character <= "~" or character in _OF_WORDS or escape(character) == character


def as_typed(text: str) -> str:
    """A person's words to keep: line breaks as `\\n`, runs of white space within a line made one
    space, none at the ends of lines, no more than one empty line, and not one character else
    changed."""
    lines = [" ".join(_SPACES.split(line)).strip() for line in _BREAKS.split(text)]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def one_line(text: str) -> str:
    """`visible` text with every run of white space made one space, and none at the ends."""
    return visible(" ".join(text.split()))


def shortened(text: str, limit: int) -> str:
    """The text, cut to `limit` characters with an ellipsis where it is longer."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
