"""One call of a chat endpoint, which ends by its deadline whatever the endpoint does."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from headlab.drafting.completion import CallFailed, Completion, read_completion, told
from headlab.drafting.dialect import Dialect
from headlab.drafting.endpoint import Endpoint
from headlab.drafting.prompt import Message
from headlab.records.draft import FailureKind
from headlab.settings.keys import Key

Clock = Callable[[], float]

MAX_BODY = 4_000_000
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
) -> Completion:
    """The endpoint's answer; raises CallFailed, of kind `deadline` once the clock is at `expires`.

    The call runs in a thread of its own. One that outlives its deadline is left behind and ends
    with the next byte that arrives, or with its read time-out.
    """
    seconds = expires - clock()
    if seconds <= 0:
        raise _too_late(billable=False)
    outcome: list[Completion | CallFailed] = []

    def work() -> None:
        try:
            body = _exchange(endpoint, key, messages, dialect, seconds, expires, clock)
            outcome.append(read_completion(body))
        except CallFailed as failed:
            outcome.append(failed)
        except BaseException as error:  # its text may hold the request, so only its name is kept
            outcome.append(_failed(error, key))

    thread = threading.Thread(target=work, name="headlab-llm-call", daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise _too_late()
    if isinstance(outcome[0], CallFailed):
        raise outcome[0]
    return outcome[0]


def _exchange(
    endpoint: Endpoint,
    key: Key | None,
    messages: Sequence[Message],
    dialect: Dialect,
    seconds: float,
    expires: float,
    clock: Clock,
) -> bytes:
    """The body of an answer with status 200; never follows a redirect, never sends twice."""
    import httpx2
    import openai

    secret = NO_KEY if key is None else key.reveal()
    allowed = _OPENAI_HEADERS if endpoint.is_openai else _HEADERS

    def keep_allowed(request: httpx2.Request) -> None:
        """The client adds headers from its environment variables, meant for another endpoint."""
        for name in list(request.headers):
            if name.lower() not in allowed:
                del request.headers[name]
        request.headers["Authorization"] = f"Bearer {secret}"

    http = httpx2.Client(
        follow_redirects=False,
        timeout=seconds,
        trust_env=not endpoint.is_loopback,
        event_hooks={"request": [keep_allowed]},
    )
    with http:
        client = openai.OpenAI(
            api_key=secret, base_url=endpoint.base_url, max_retries=0, http_client=http
        )
        completions: Any = client.chat.completions.with_streaming_response
        request = completions.create(
            model=endpoint.model,
            messages=[{"role": message.role, "content": message.content} for message in messages],
            timeout=seconds,
            **dialect.fields(endpoint),
        )
        body = bytearray()
        with request as response:
            for chunk in response.iter_bytes():
                body += chunk
                if clock() >= expires:
                    raise _too_late()
                if len(body) > MAX_BODY:
                    raise CallFailed("invalid", f"The answer is longer than {MAX_BODY} bytes.", 200)
        return bytes(body)


def _failed(error: BaseException, key: Key | None) -> CallFailed:
    """What an exception of the client or of its transport means."""
    import httpx2
    import openai

    name = type(error).__name__
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return _too_late()
    if isinstance(error, openai.APIStatusError):
        return _status(error, key)
    if isinstance(error, httpx2.ConnectError) or isinstance(error.__cause__, httpx2.ConnectError):
        return CallFailed("connection", "The endpoint cannot be reached.", billable=False)
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError):
        return CallFailed("connection", "The connection broke before the whole answer arrived.")
    if isinstance(error, httpx2.DecodingError):
        return CallFailed("invalid", "The answer's body cannot be decoded.", 200)
    return CallFailed("connection", f"The request could not be made ({name}).", billable=False)


def _status(error: Any, key: Key | None) -> CallFailed:
    status: int = error.status_code
    said = told(error.body)
    said = said if key is None else key.hidden_in(said)
    kind, message = _meaning(status, f"{error.code} {error.type}", said)
    return CallFailed(
        kind,
        message,
        status,
        retry_after=_seconds(error.response.headers.get("retry-after")),
        rejection=f"{error.param} {error.body}"[:20_000] if status in (400, 422) else "",
        billable=status >= 500,
    )


def _meaning(status: int, codes: str, said: str) -> tuple[FailureKind, str]:
    if 300 <= status < 400:
        return "redirect", (
            f"The endpoint redirects elsewhere (status {status}), which is not followed: the "
            "evidence and the key would go there. Set the URL it redirects to."
        )
    if status in (401, 403):  # such messages often quote the key, so they are not passed on
        return "unauthorised", f"The endpoint refuses the key (status {status})."
    if status == 404:
        return "not_found", f"The endpoint knows no such URL or model (status 404): {said}."
    if status == 402 or (status == 429 and ("quota" in codes or "billing" in codes)):
        return "quota", f"The account's quota is used up (status {status}): {said}."
    if status == 429:
        return "rate_limited", f"The endpoint asks to wait (status 429): {said}."
    if status >= 500:
        return "server_error", f"The endpoint failed (status {status}): {said}."
    return "bad_request", f"The endpoint rejects the request (status {status}): {said}."


def _seconds(retry_after: str | None) -> float | None:
    """The seconds in a Retry-After header: a number, or a date."""
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            date = parsedate_to_datetime(retry_after)
            date = date if date.tzinfo else date.replace(tzinfo=UTC)
            seconds = (date - datetime.now(UTC)).total_seconds()
        except (ValueError, OverflowError):
            return None
    return max(0.0, round(seconds, 1)) if math.isfinite(seconds) else None


def _too_late(billable: bool = True) -> CallFailed:
    return CallFailed(
        "deadline",
        "The endpoint did not answer before the deadline; raise llm_timeout.",
        billable=billable,
    )
