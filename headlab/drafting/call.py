"""One call of a chat endpoint, which ends by its deadline whatever the endpoint does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

from headlab.drafting.answer import Answer
from headlab.drafting.completion import CallFailed, Completion
from headlab.drafting.dialect import Dialect
from headlab.drafting.endpoint import Endpoint
from headlab.drafting.faults import failed_call, too_late
from headlab.drafting.hiding import (
    CALL_THREAD,
    HidingText,
    hidden,
    keep_headers_out_of_logs,
)
from headlab.drafting.line import Line
from headlab.drafting.prompt import Message
from headlab.records.errors import Cancelled
from headlab.settings.keys import Key

Clock = Callable[[], float]
OnText = Callable[[str], None]
Cancel = Callable[[], bool]
_Arrival = str | Completion | CallFailed

POLL = 0.1
"""Seconds between two looks at `cancelled`."""
NO_KEY = "no-key"
"""Sent to endpoints that need none, for the protocol's client insists on one."""

_HEADERS = frozenset(
    {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "user-agent",
        "authorization",
        "x-stainless-raw-response",  # by which the client knows that the body is streamed
    }
)
_OPENAI_HEADERS = _HEADERS | {"openai-organization", "openai-project"}


def complete(
    endpoint: Endpoint,
    key: Key | None,
    messages: Sequence[Message],
    dialect: Dialect,
    *,
    expires: float,
    clock: Clock = time.monotonic,
    on_text: OnText | None = None,
    cancelled: Cancel | None = None,
) -> Completion:
    """The endpoint's answer; raises CallFailed, of kind `deadline` once the clock is at `expires`.

    With `on_text` the answer is streamed, and its text is passed on piece by piece. Raises Cancelled
    soon after `cancelled` turns true. The call runs in a thread of its own; however this function
    ends, its connection ends with it.
    """
    if cancelled is not None and cancelled():
        raise Cancelled
    seconds = expires - clock()
    if seconds <= 0:
        raise too_late(billable=False)
    arrived: SimpleQueue[_Arrival] = SimpleQueue()
    streamed = HidingText(key, arrived.put)
    line = Line()

    def work() -> None:
        try:
            with _request(
                endpoint,
                key,
                messages,
                dialect.fields(endpoint, on_text is not None),
                seconds,
                line,
            ) as body:
                found = _read(body, streamed.add, expires, clock)
            streamed.end()
            arrived.put(hidden(found, key))
        except CallFailed as failed:
            if key is not None:
                failed.message = key.hidden_in(failed.message)
            arrived.put(failed)
        except BaseException as error:  # its text may hold the request, so only its name is kept
            arrived.put(failed_call(error, key))

    keep_headers_out_of_logs()
    threading.Thread(target=work, name=CALL_THREAD, daemon=True).start()
    try:
        while True:
            left = expires - clock()
            text, end = _next(arrived, min(max(left, 0.0), POLL))
            if text and on_text is not None:
                on_text(text)
            if isinstance(end, CallFailed):
                raise end
            if end is not None:
                return end
            if cancelled is not None and cancelled():
                raise Cancelled
            if not text and left <= 0:
                raise too_late()
    finally:
        line.hang_up()


def _next(
    arrived: SimpleQueue[_Arrival], timeout: float
) -> tuple[str, Completion | CallFailed | None]:
    """All text that has arrived, and how the call ended if it did; waits for something to come."""
    pieces: list[str] = []
    try:
        item = arrived.get(timeout=timeout)
        while isinstance(item, str):
            pieces.append(item)
            item = arrived.get_nowait()
    except Empty:
        return "".join(pieces), None
    return "".join(pieces), item


def _read(
    body: Iterator[bytes], on_text: Callable[[str], None], expires: float, clock: Clock
) -> Completion:
    answer = Answer(on_text)
    for chunk in body:
        if answer.feed(chunk):
            break
        if clock() >= expires:
            raise too_late()
    return answer.completion()


@contextmanager
def _request(
    endpoint: Endpoint,
    key: Key | None,
    messages: Sequence[Message],
    fields: dict[str, Any],
    seconds: float,
    line: Line,
) -> Iterator[Iterator[bytes]]:
    """The body of an answer with status 200, as it comes; never follows a redirect, never sends
    twice."""
    import httpx2
    import openai

    secret = NO_KEY if key is None else key.reveal()
    allowed = _OPENAI_HEADERS if endpoint.is_openai else _HEADERS

    def keep_allowed(request: httpx2.Request) -> None:
        """The client adds headers from its environment variables, meant for another endpoint."""
        for name in list(request.headers):
            if name.lower() not in allowed:
                del request.headers[name]
        if endpoint.by_deployment:
            del request.headers["Authorization"]
            request.headers["api-key"] = secret
        else:
            request.headers["Authorization"] = f"Bearer {secret}"
        request.extensions["trace"] = line.trace

    http = httpx2.Client(
        follow_redirects=False,
        timeout=seconds,
        trust_env=not endpoint.is_loopback,
        event_hooks={"request": [keep_allowed]},
    )
    with http:
        client = openai.OpenAI(
            api_key=secret,
            base_url=endpoint.request_url,
            default_query=endpoint.query,
            max_retries=0,
            http_client=http,
        )
        completions: Any = client.chat.completions.with_streaming_response
        request = completions.create(
            model=endpoint.model,
            messages=[{"role": message.role, "content": message.content} for message in messages],
            timeout=seconds,
            **fields,
        )
        with request as response:
            yield response.iter_bytes()
