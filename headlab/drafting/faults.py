"""What went wrong in a call, from the exceptions of the client and the status of the endpoint."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from headlab.drafting.completion import CallFailed, told
from headlab.records.draft import FailureKind
from headlab.settings.keys import Key


def failed_call(error: BaseException, key: Key | None) -> CallFailed:
    """What an exception of the client or of its transport means."""
    import httpx2
    import openai

    name = type(error).__name__
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return too_late()
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


def too_late(billable: bool = True) -> CallFailed:
    """The deadline has passed."""
    return CallFailed(
        "deadline",
        "The endpoint did not answer before the deadline; raise llm_timeout.",
        billable=billable,
    )
