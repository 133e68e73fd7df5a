"""A chat endpoint on this machine that answers by script and fails on request."""

from __future__ import annotations

import json
import select
import socket
import threading
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Takes the next behaviour of the server's script, or answers the prompt."""

    protocol_version = "HTTP/1.1"
    server: FaultServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked: dict[str, Any] = json.loads(body)
        self.server.requests.append(self.asked)
        self.server.headers_seen.append(dict(self.headers))
        self.server.paths.append(self.path)
        behaviour = self.server.script.popleft() if self.server.script else reply()
        try:
            behaviour(self)
        except OSError:  # the client went away, as it should from a stall
            self.server.client_left.set()

    def send(
        self, status: int, body: bytes, kind: str = "application/json", **headers: str
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class FaultServer(ThreadingHTTPServer):
    """`script` holds the behaviours of the next requests; `requests` what was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: deque[Behaviour] = deque()
        self.requests: list[dict[str, Any]] = []
        self.headers_seen: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.stopping = threading.Event()
        self.client_left = threading.Event()
        self.go_on = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def __enter__(self) -> FaultServer:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()


def good_answer(asked: dict[str, Any]) -> dict[str, Any]:
    """An answer to the prompt: it names the first operation of the evidence and cites its row."""
    user = next(m["content"] for m in asked["messages"] if m["role"] == "user")
    block = user.split("<evidence>\n", 1)[1].split("\n</evidence>", 1)[0]
    row = json.loads(block.splitlines()[1])
    return {
        "description": f"Performs {row.get('operation', row['kind'])}.",
        "input_kind": "words",
        "pattern": "source to target",
        "categories": ["knowledge"],
        "stages": ["KR"],
        "evidence": [row["id"]],
        "unclear": False,
    }


def completion(content: str | None, finish: str | None = "stop", **message: Any) -> dict[str, Any]:
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": content, **message},
            }
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }


def reply(
    content: str | None = None, finish: str | None = "stop", change: Any = None, **message: Any
) -> Behaviour:
    """A whole completion: the given content, or the good answer with some fields changed."""

    def behave(handler: Handler) -> None:
        text = content
        if text is None and not message:
            text = json.dumps({**good_answer(handler.asked), **(change or {})})
        handler.send(200, json.dumps(completion(text, finish, **message)).encode())

    return behave


def status(code: int, message: str = "no", kind: str | None = None, **headers: str) -> Behaviour:
    error = {"error": {"message": message, "type": kind, "code": kind, "param": None}}
    return lambda handler: handler.send(code, json.dumps(error).encode(), **headers)


def raw(body: bytes, kind: str = "application/json", code: int = 200, **headers: str) -> Behaviour:
    return lambda handler: handler.send(code, body, kind, **headers)


def cut_body(handler: Handler) -> None:
    """Half of a body whose length promised the whole, then the end of the connection."""
    body = json.dumps(completion(json.dumps(good_answer(handler.asked)))).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def stall(handler: Handler) -> None:
    """Silence, until the client leaves."""
    while not handler.server.stopping.is_set():
        if select.select([handler.connection], [], [], 0.02)[0]:
            if not handler.connection.recv(1, socket.MSG_PEEK):
                handler.server.client_left.set()
            return


def drip(handler: Handler) -> None:
    """Headers at once, then a byte every 50 ms: never silent for long, never done."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.server.stopping.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def drip_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.server.stopping.wait(0.05):
        handler.wfile.write(b"X-More: yes\r\n")
        handler.wfile.flush()


def piece(content: str | None = None, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    """An event of a streamed completion."""
    if content is not None:
        delta["content"] = content
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "choices": [choice], "usage": None}


USAGE = {
    "choices": [],
    "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
}
DONE = "[DONE]"


def events(
    *data: Any, end: Behaviour | None = None, newline: str = "\n", chunked: bool = False
) -> Behaviour:
    """A stream of these events, then what `end` does, then the end of the connection.

    A body that is not `chunked` ends with its connection, so that nobody sees whether it is whole.
    """

    def behave(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header(
            *("Transfer-Encoding", "chunked") if chunked else ("Connection", "close")
        )
        handler.end_headers()
        for item in data:
            text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
            sent = f"data: {text}{newline}{newline}".encode()
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(sent), sent) if chunked else sent)
            handler.wfile.flush()
        if end is not None:
            end(handler)
        handler.close_connection = True

    return behave


def stream(
    content: str | None = None,
    *,
    size: int = 5,
    share: float = 1.0,
    tail: tuple[Any, ...] = (piece(finish="stop"), USAGE, DONE),
    **how: Any,
) -> Behaviour:
    """A streamed completion of the content, or of the good answer, in pieces of `size` characters.

    `share` of it is sent, then the `tail`.
    """

    def behave(handler: Handler) -> None:
        whole = json.dumps(good_answer(handler.asked)) if content is None else content
        sent = whole[: round(len(whole) * share)]
        pieces = [piece(sent[start : start + size]) for start in range(0, len(sent), size)]
        events(piece("", role="assistant"), *pieces, *tail, **how)(handler)

    return behave


def streamed_when_asked(handler: Handler) -> None:
    """The good answer, as an endpoint gives it that understands `stream`."""
    (stream() if handler.asked.get("stream") else reply())(handler)


def raw_stream(data: bytes, size: int | None = None, end: Behaviour | None = None) -> Behaviour:
    """These bytes as an event stream, `size` of them at a time."""

    def behave(handler: Handler) -> None:
        events()(handler)
        for start in range(0, len(data), size or len(data)):
            handler.wfile.write(data[start : start + (size or len(data))])
            handler.wfile.flush()
        if end is not None:
            end(handler)

    return behave


def keep_alive(handler: Handler) -> None:
    """Comments for ever, as proxies send them."""
    while not handler.server.stopping.wait(0.05):
        handler.wfile.write(b": still here\n\n")
        handler.wfile.flush()


def wait_then(following: Behaviour) -> Behaviour:
    """Wait until the test says `go_on`."""

    def behave(handler: Handler) -> None:
        handler.server.go_on.wait(10)
        following(handler)

    return behave
