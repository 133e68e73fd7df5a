"""The network connection of one call, which another thread can hang up."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any


class Line:
    """Closing a client does not wake a thread that waits in its socket; this does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._down = False

    def trace(self, _event: str, info: dict[str, Any]) -> None:
        """The transport's trace extension: keeps the newest socket, which TLS replaces."""
        look_up = getattr(info.get("return_value"), "get_extra_info", None)
        found = look_up("socket") if callable(look_up) else None
        if isinstance(found, socket.socket):
            with self._lock:
                self._socket = found
                if self._down:
                    _shut(found)

    def hang_up(self) -> None:
        """End the connection, now or as soon as it is made; harmless when it has ended."""
        with self._lock:
            self._down = True
            if self._socket is not None:
                _shut(self._socket)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # closed already
        # not the TLS socket's own method, which would take its state from under the reading thread
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
