"""The page's end of a workbench, as tests play it."""

from __future__ import annotations

import threading
from typing import Any


class Page:
    """The other end of the widget: sends requests and waits for their replies."""

    def __init__(self, bench: Any):
        self.bench = bench
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        self._changed = threading.Condition()
        bench._dispatch._send = self._take
        bench.send = lambda content: self._take(content, [])

    def _take(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        with self._changed:
            self.messages.append((content, buffers))
            self._changed.notify_all()

    def ask(self, number: int, method: str, **params: Any) -> None:
        self.bench._dispatch.receive({"request": number, "method": method, "params": params})

    def reply(self, number: int, seconds: float = 120) -> tuple[dict[str, Any], list[bytes]]:
        def found() -> tuple[dict[str, Any], list[bytes]] | None:
            return next((one for one in self.messages if one[0].get("reply") == number), None)

        with self._changed:
            assert self._changed.wait_for(found, timeout=seconds), f"no reply to {number}"
            reply = found()
            assert reply is not None
            return reply

    def call(self, number: int, method: str, **params: Any) -> Any:
        self.ask(number, method, **params)
        reply, _ = self.reply(number)
        assert "problem" not in reply, reply["problem"]
        return reply["result"]

    def refused(self, number: int, method: str, **params: Any) -> dict[str, Any]:
        self.ask(number, method, **params)
        problem: dict[str, Any] = self.reply(number)[0]["problem"]
        return problem
