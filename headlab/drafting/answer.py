"""The body of an answer as it arrives: one JSON object, or a stream of events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from headlab.drafting.completion import (
    CallFailed,
    Completion,
    completion_in,
    read_completion,
    reported_error,
)

MAX_BODY = 4_000_000
MAX_STREAM = 32_000_000
"""An event is a few hundred bytes around a few characters of text."""
_DONE = b"[DONE]"


class Answer:
    """Takes bytes and gives the completion, whether the endpoint streams or not.

    `on_text` gets the pieces of the model's text in order.
    """

    def __init__(self, on_text: Callable[[str], None]):
        self._on_text = on_text
        self._size = 0
        self._body = bytearray()
        self._events = _Events()
        self._message = _StreamedMessage(on_text)

    def feed(self, chunk: bytes) -> bool:
        """Read on; true when nothing that matters can follow. Raises CallFailed."""
        self._size += len(chunk)
        if not self._events.begun:
            self._body += chunk
        for data in self._events.feed(chunk):
            if data.strip() == _DONE:
                self._message.done = True
                return True
            self._message.add(data)
        limit = MAX_STREAM if self._events.begun else MAX_BODY
        if self._size > limit or self._events.pending > MAX_BODY:
            raise CallFailed("invalid", f"The answer is longer than {limit} bytes.", 200)
        return False

    def completion(self) -> Completion:
        """The answer, once the body has ended; raises CallFailed."""
        if self._events.begun:
            return self._message.completion()
        found = read_completion(bytes(self._body))
        self._on_text(found.content)
        return found


class _Events:
    """Server-sent events out of bytes. A body without a `data` line is no such stream."""

    def __init__(self) -> None:
        self.begun = False
        self._rest = b""
        self._data: list[bytes] = []

    @property
    def pending(self) -> int:
        return len(self._rest) + sum(map(len, self._data))

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of every event that ends in this chunk."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            line = line.removesuffix(b"\r")
            if not line and self._data:
                yield b"\n".join(self._data)
                self._data = []
            field, colon, value = line.removeprefix(b"\xef\xbb\xbf").partition(b":")
            if colon and field == b"data":
                self.begun = True
                self._data.append(value.removeprefix(b" "))


class _StreamedMessage:
    """The message that the pieces of a streamed completion add up to."""

    def __init__(self, on_text: Callable[[str], None]):
        self.done = False
        self._on_text = on_text
        self._parts: dict[str, list[str]] = {"content": [], "refusal": []}
        self._finish_reason: Any = None
        self._usage: Any = None
        self._begun = False

    def add(self, data: bytes) -> None:
        """One event; raises CallFailed when it is none of a chat completion or reports an error."""
        try:
            event = json.loads(data.decode("utf-8"))
        except (ValueError, RecursionError):
            raise _no_event() from None
        if not isinstance(event, dict):
            raise _no_event()
        if event.get("error"):
            raise reported_error(event["error"])
        self._usage = event.get("usage") or self._usage
        choices = event.get("choices")
        if not isinstance(choices, list | None):
            raise _no_event()
        for choice in choices or ():
            if not isinstance(choice, dict):
                raise _no_event()
            if choice.get("index") in (0, None):
                self._add_choice(choice)

    def completion(self) -> Completion:
        """The whole message; raises CallFailed."""
        message = {name: "".join(parts) or None for name, parts in self._parts.items()}
        choice = {"message": message, "finish_reason": self._finish_reason}
        if self._finish_reason is None and not self.done:
            raise CallFailed("connection", "The stream ended before the answer did.", 200)
        return completion_in({"choices": [choice] if self._begun else [], "usage": self._usage})

    def _add_choice(self, choice: dict[str, Any]) -> None:
        self._begun = True
        delta = choice.get("delta")
        if not isinstance(delta, dict | None):
            raise _no_event()
        for name, parts in self._parts.items():
            piece = (delta or {}).get(name)
            if not isinstance(piece, str | None):
                raise _no_event()
            if piece:
                parts.append(piece)
                if name == "content":
                    self._on_text(piece)
        if choice.get("finish_reason") is not None:
            self._finish_reason = choice["finish_reason"]


def _no_event() -> CallFailed:
    message = "The endpoint's stream holds something that is no part of a chat completion."
    return CallFailed("invalid", message, 200)
