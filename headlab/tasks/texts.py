"""Texts that know where their named parts are."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping

from headlab.records.example import Span

Spans = dict[str, tuple[Span, ...]]
Part = str | tuple[str, str]
"""A piece of text, or a piece and the name of its span."""


def joined(parts: Iterable[Part], separator: str = " ") -> tuple[str, Spans]:
    """The pieces with `separator` between them, and where the named ones are.

    Spans are character offsets `[start, end)` without the separator; a name that comes again gets
    another span. The last word is named `end`: where the answer is predicted.
    """
    text = ""
    spans: dict[str, list[Span]] = {}
    for part in parts:
        piece, name = (part, None) if isinstance(part, str) else part
        if text:
            text += separator
        if name is not None:
            spans.setdefault(name, []).append((len(text), len(text) + len(piece)))
        text += piece
    spans["end"] = [_last_word(text)]
    return text, {name: tuple(places) for name, places in spans.items()}


def filled(template: str, values: Mapping[str, str]) -> tuple[str, Spans]:
    """A template with its `{slots}` filled; each slot names a span, and the last word is `end`."""
    parts: list[Part] = []
    for before, slot, _, _ in string.Formatter().parse(template):
        if before:
            parts.append(before)
        if slot is not None:
            parts.append((values[slot], slot))
    return joined(parts, separator="")


def _last_word(text: str) -> Span:
    end = len(text.rstrip())
    return (end - len(text.split()[-1]), end)
