"""The page's end of a workbench, as tests play it."""

from __future__ import annotations

import itertools
import threading
from typing import Any

LOADED = itertools.count(1)


class Page:
    """The other end of the widget: sends requests and waits for their replies."""

    def __init__(self, bench: Any):
        self.bench = bench
        self.name = f"page {next(LOADED)}"
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        self._changed = threading.Condition()
        bench._dispatch._send = self._take
        bench.send = lambda content: self._take(content, [])

    def _take(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        with self._changed:
            self.messages.append((content, buffers))
            self._changed.notify_all()

    def ask(self, number: int, method: str, **params: Any) -> None:
        self.send(request=number, method=method, params=params)

    def cancel(self, number: int) -> None:
        self.send(cancel=number)

    def send(self, **message: Any) -> None:
        self.bench._dispatch.receive({"page": self.name, **message})

    def reply(self, number: int, seconds: float = 120) -> tuple[dict[str, Any], list[bytes]]:
        def found() -> tuple[dict[str, Any], list[bytes]] | None:
            return next((one for one in self.messages if self._answers(one[0], number)), None)

        with self._changed:
            assert self._changed.wait_for(found, timeout=seconds), f"no reply to {number}"
            reply = found()
            assert reply is not None
            return reply

    def _answers(self, content: dict[str, Any], number: int) -> bool:
        return content.get("reply") == number and content["page"] == self.name

    def call(self, number: int, method: str, **params: Any) -> Any:
        self.ask(number, method, **params)
        reply, _ = self.reply(number)
        assert "problem" not in reply, reply["problem"]
        return reply["result"]

    def refused(self, number: int, method: str, **params: Any) -> dict[str, Any]:
        self.ask(number, method, **params)
        problem: dict[str, Any] = self.reply(number)[0]["problem"]
        return problem
