"""Asking again after an answer that cannot be used."""

from __future__ import annotations

from headlab.drafting.plain_text import shortened
from headlab.drafting.prompt import Message

MAX_REPAIRS = 2
MAX_QUOTED = 4000


def repair(answer: str, request: str) -> list[Message]:
    """The answer, shortened, and the request for another; `request` ends before "with"."""
    quoted = shortened(answer, MAX_QUOTED).encode("utf-8", "replace").decode("utf-8")
    form = "with one JSON object that follows the schema, and nothing else."
    return [
        Message(role="assistant", content=quoted),
        Message(role="user", content=f"{request} {form}"),
    ]
