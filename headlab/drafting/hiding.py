"""Keeps the key out of an answer: an endpoint or a proxy may repeat what it was sent."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from headlab.drafting.completion import Completion
from headlab.settings.keys import Key

OnText = Callable[[str], None]

CALL_THREAD = "headlab-llm-call"
"""The name of the threads in which endpoints are called."""


class HidingText:
    """Passes a streamed text on, with the key replaced wherever its pieces were cut."""

    def __init__(self, key: Key | None, on_text: OnText):
        self._key = key
        self._on_text = on_text
        self._held = ""

    def add(self, piece: str) -> None:
        """Take a piece; what may be the start of the key waits for the next one."""
        if self._key is None:
            self._on_text(piece)
            return
        text = self._key.hidden_in(self._held + piece)
        waits = self._key.started_by(text)
        self._held = text[len(text) - waits :]
        self._pass_on(text[: len(text) - waits])

    def end(self) -> None:
        """Pass on what waited: the text is over."""
        held, self._held = self._held, ""
        self._pass_on(held)

    def _pass_on(self, text: str) -> None:
        if text:
            self._on_text(text)


def hidden(completion: Completion, key: Key | None) -> Completion:
    """The completion without the key."""
    if key is None:
        return completion
    return replace(completion, content=key.hidden_in(completion.content))


class _NoAnswersHeaders(logging.Filter):
    """Cuts the headers of our endpoints' answers out of the transport's own log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if threading.current_thread().name == CALL_THREAD and isinstance(record.msg, str):
            record.msg = record.msg.partition(" return_value=")[0]
        return True


_FILTER = _NoAnswersHeaders()


def keep_headers_out_of_logs() -> None:
    """An endpoint may repeat the key in a header, and the transport logs those at level DEBUG."""
    for name in ("httpcore2.http11", "httpcore2.http2", "httpcore2.proxy"):
        logging.getLogger(name).addFilter(_FILTER)  # a second time changes nothing
