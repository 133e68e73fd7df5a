"""Tokens as published tables write them: quoted as Python does, or bare between commas."""

from __future__ import annotations

import re

from headlab.records.text import escape

_ONE = r"""(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
_QUOTED = re.compile(_ONE)
_LIST = re.compile(rf"{_ONE}(?:\s*,\s*{_ONE})*\s*,?")
_BRACKETS = {"[": "]", "(": ")"}
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4})|(.))"
)
_SHORT = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"'}


def read_token(cell: str) -> str:
    """One token, escaped. Only a quoted one keeps the spaces at its ends."""
    text = cell.strip()
    return escape(_unquoted(text) if _QUOTED.fullmatch(text) else text)


def read_tokens(cell: str) -> tuple[str, ...]:
    """The tokens of a cell such as `' Jedi', ' droid'`, `[' Jedi']` or `Jedi, droid`, escaped."""
    text = cell.strip()
    if text[:1] in _BRACKETS and text[-1:] == _BRACKETS[text[:1]]:
        inner = text[1:-1].strip()
        text = inner if not inner or _LIST.fullmatch(inner) else text
    if _LIST.fullmatch(text):
        return tuple(escape(_unquoted(found)) for found in _QUOTED.findall(text))
    return tuple(escape(part.strip()) for part in text.split(",") if part.strip())


def _unquoted(text: str) -> str:
    return _ESCAPE.sub(_character, text[1:-1])


def _character(match: re.Match[str]) -> str:
    *codes, single = match.groups()
    for code in filter(None, codes):
        return chr(int(code, 16))
    return _SHORT.get(single, match.group())
