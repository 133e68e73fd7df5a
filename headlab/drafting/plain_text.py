"""Untrusted text made plain: one line, nothing hidden."""

from __future__ import annotations

from headlab.records.text import escape


def visible(text: str) -> str:
    """The text with control, bidi, zero-width and unpaired surrogate characters escaped.

    Backslashes stay single, so that token text that is escaped already does not change.
    """
    return "".join(c if c == "\\" or " " <= c <= "~" else escape(c) for c in text)


def one_line(text: str) -> str:
    """`visible` text with every run of white space made one space, and none at the ends."""
    return visible(" ".join(text.split()))


def shortened(text: str, limit: int) -> str:
    """The text, cut to `limit` characters with an ellipsis where it is longer."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
