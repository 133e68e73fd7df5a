"""Untrusted text on its way into Markdown and HTML."""

from __future__ import annotations

import html
import re

from headlab.drafting.plain_text import prose

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_LINES = re.compile(r"\s*\n\s*")
_FENCE = re.compile(r"`+")


def lines_of(text: str) -> str:
    """Text of several lines with nothing hidden in any of them."""
    return "\n".join(map(prose, text.split("\n")))


def as_html(text: str) -> str:
    """Text for an element or a quoted attribute; never markup."""
    return html.escape(lines_of(text), quote=True)


def as_markdown(text: str) -> str:
    """Text for one line of Markdown: every character of punctuation is escaped, so that nothing in
    it is markup, HTML, a link or a table's bar."""
    return _PUNCTUATION.sub(r"\\\1", prose(_LINES.sub(" ", text).strip()))


def as_block(text: str) -> str:
    """Text of several lines as a fenced block that nothing in it can close."""
    longest = max((len(run) for run in _FENCE.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{lines_of(text)}\n{fence}"
