"""A streamed answer with a pause in its description, for tests of what is seen in between."""

from __future__ import annotations

import json

from fault_server import DONE, USAGE, Handler, events, good_answer, piece

PATIENCE = 120.0
"""Seconds after which a test that never says `go_on` loses its answer."""


def paused_stream(handler: Handler) -> None:
    """The good answer up to the middle of its description, and the rest once the test says `go_on`."""
    answer = good_answer(handler.asked)
    whole = json.dumps(answer)
    middle = whole.index(answer["description"]) + len(answer["description"]) // 2

    def rest(handler: Handler) -> None:
        handler.server.go_on.wait(PATIENCE)
        for item in (piece(whole[middle:]), piece(finish="stop"), USAGE, DONE):
            text = item if isinstance(item, str) else json.dumps(item)
            handler.wfile.write(f"data: {text}\n\n".encode())

    events(piece("", role="assistant"), piece(whole[:middle]), end=rest)(handler)
