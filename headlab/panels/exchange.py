"""Numbered requests of pages, over messages that can get lost, come twice or out of order.

A page draws a name for itself whenever it is loaded and counts its requests from 1, so that no two
pages, nor one page before and after a reload, share a request. It sends:

- `{page, request, method, params}` until it hears of the request, and now and then until the answer;
- `{page, cancel}`, a request's number, likewise;
- `{page, got}`, a request's number, once its answer has arrived.

The kernel sends, always with the page's name and the request's number:

- `{page, ack}`: the request is known here;
- `{page, text, so_far}`: what has been written of its answer;
- `{page, reply, result}` or `{page, reply, problem}`: the answer, with buffers where there are some.

What is for every page is an `{event}` without a page's name.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from headlab.records.bench import Problem

Content = dict[str, Any]
Send = Callable[[Content, list[bytes]], None]

MAX_NAME = 64
KEPT = 128
"""Answers that are kept for pages that have not said that they got them."""
CANCELLED = Problem(kind="cancelled", message="Cancelled.")
GONE = Problem(
    kind="internal",
    message="This was answered before, and the answer is no longer kept. Run the cell again to see "
    "how things stand.",
)


class Asked(NamedTuple):
    """A request: which page asked, and the number that it gave."""

    page: str
    number: int


class _Answer(NamedTuple):
    content: Content
    buffers: list[bytes]


class Exchange:
    """Starts each request once, however often it arrives, and keeps its answer until the page has it.

    `start(asked, method, params)` is called for a request that is new, `cancel(asked)` whenever a page
    gives up one that has no answer yet. A request that is given up before it arrives never starts.
    """

    def __init__(
        self,
        send: Send,
        start: Callable[[Asked, str, Mapping[str, Any]], None],
        cancel: Callable[[Asked], None],
    ):
        self._send = send
        self._start = start
        self._cancel = cancel
        self._lock = threading.Lock()
        self._known: dict[str, _Numbers] = {}
        self._open: set[Asked] = set()
        self._answers: OrderedDict[Asked, _Answer] = OrderedDict()

    def receive(self, message: Mapping[str, Any]) -> None:
        """Take a message of a page; one that is not of this form is left alone."""
        for kind, take in (
            ("got", self._forget),
            ("cancel", self._give_up),
            ("request", lambda asked: self._ask(asked, message)),
        ):
            if kind in message:
                asked = _asked(message.get("page"), message[kind])
                if asked is not None:
                    take(asked)
                return

    def reply(self, asked: Asked, result: Any, buffers: list[bytes] | None = None) -> None:
        """Answer a request; an answer after the first is dropped."""
        self._answer(asked, {"result": result}, buffers or [])

    def refuse(self, asked: Asked, problem: Problem) -> None:
        """Answer a request with why there is no result; dropped if it is answered already."""
        self._answer(asked, {"problem": problem.model_dump(mode="json")}, [])

    def tell(self, asked: Asked, so_far: str) -> None:
        """What has been written of an answer; may get lost, since the next says it all again."""
        self._send({"page": asked.page, "text": asked.number, "so_far": so_far}, [])

    def _ask(self, asked: Asked, message: Mapping[str, Any]) -> None:
        if self._is_new(asked):
            self._send({"page": asked.page, "ack": asked.number}, [])
            self._start(asked, str(message.get("method")), message.get("params") or {})
        else:
            self._say_again(asked)

    def _give_up(self, asked: Asked) -> None:
        if self._is_new(asked):  # overtook the request, or that got lost
            self.refuse(asked, CANCELLED)
            return
        was_open = self._is_open(asked)
        if was_open:
            self._cancel(asked)
        if not was_open or self._is_open(asked):
            self._say_again(asked)

    def _is_open(self, asked: Asked) -> bool:
        with self._lock:
            return asked in self._open

    def _is_new(self, asked: Asked) -> bool:
        with self._lock:
            new = self._known.setdefault(asked.page, _Numbers()).add(asked.number)
            if new:
                self._open.add(asked)
            return new

    def _say_again(self, asked: Asked) -> None:
        with self._lock:
            answer = self._answers.get(asked)
            is_open = asked in self._open
        if answer is not None:
            self._send(answer.content, answer.buffers)
        elif is_open:
            self._send({"page": asked.page, "ack": asked.number}, [])
        else:
            gone = {"problem": GONE.model_dump(mode="json")}
            self._send({"page": asked.page, "reply": asked.number, **gone}, [])

    def _answer(self, asked: Asked, said: Content, buffers: list[bytes]) -> None:
        content = {"page": asked.page, "reply": asked.number, **said}
        with self._lock:
            if asked not in self._open:
                return
            self._open.discard(asked)
            self._answers[asked] = _Answer(content, buffers)
            if len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        self._send(content, buffers)

    def _forget(self, asked: Asked) -> None:
        with self._lock:
            self._answers.pop(asked, None)


class _Numbers:
    """A set of numbers from 1 on that takes little room where it has few gaps."""

    def __init__(self) -> None:
        self._below = 1  # all smaller ones are in the set
        self._above: set[int] = set()

    def add(self, number: int) -> bool:
        """Whether the number was not in the set before."""
        if number < self._below or number in self._above:
            return False
        self._above.add(number)
        while self._below in self._above:
            self._above.remove(self._below)
            self._below += 1
        return True


def _asked(page: object, number: object) -> Asked | None:
    if not isinstance(page, str) or not 0 < len(page) <= MAX_NAME:
        return None
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        return None
    return Asked(page, number)
