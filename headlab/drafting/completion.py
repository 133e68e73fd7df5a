"""The body of a chat completion, read strictly: a whole answer, or the reason why there is none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from headlab.drafting.plain_text import one_line, shortened
from headlab.records.draft import FailureKind


@dataclass(frozen=True)
class Tokens:
    """Tokens of one call as the endpoint counted them; None where it did not say."""

    prompt: int | None = None
    completion: int | None = None


@dataclass(frozen=True)
class Completion:
    """The text of an answer that ended by itself."""

    content: str
    tokens: Tokens


@dataclass
class CallFailed(Exception):
    """A call that gave no answer.

    `rejection` is the endpoint's own text with a 400 or 422. `billable`: the endpoint may charge
    for the call, for it was accepted or its fate is unknown.
    """

    kind: FailureKind
    message: str
    http_status: int | None = None
    retry_after: float | None = None
    rejection: str = ""
    billable: bool = True
    tokens: Tokens = Tokens()


def read_completion(body: bytes) -> Completion:
    """The answer in a body with status 200; raises CallFailed."""
    return completion_in(_json(body))


def completion_in(data: dict[str, Any]) -> Completion:
    """The answer in a chat completion; raises CallFailed."""
    if data.get("error") and not data.get("choices"):
        raise reported_error(data["error"])
    tokens = _tokens(data.get("usage"))
    choices = data.get("choices")
    if choices == []:
        raise CallFailed("empty", "The endpoint answered without a choice.", 200, tokens=tokens)
    choice = choices[0] if isinstance(choices, list) else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise CallFailed("invalid", "The endpoint's answer is no chat completion.", 200)
    return Completion(_content(message, choice.get("finish_reason"), tokens), tokens)


def reported_error(error: Any) -> CallFailed:
    """An error that came with status 200."""
    return CallFailed("server_error", f"The endpoint reports an error: {told(error)}.", 200)


def told(error: Any) -> str:
    """What an endpoint says of an error, in one visible line of at most 300 characters."""
    if isinstance(error, dict):
        inner = error.get("error")
        error = error.get("message") or (inner if inner is not None else error.get("detail"))
        if isinstance(error, dict):
            error = error.get("message")
    if not isinstance(error, str):
        error = json.dumps(error, ensure_ascii=False, default=str) if error is not None else ""
    if error.lstrip().startswith("<"):
        return "a web page"
    return shortened(one_line(error[:2000]), 300).rstrip(".") or "no reason given"


def _json(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise CallFailed("invalid", "The endpoint's answer is no UTF-8 text.", 200) from None
    if not text:
        raise CallFailed("empty", "The endpoint answered with an empty body.", 200)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        if text.startswith("{") and not text.endswith("}"):
            message = "The answer's body ends before its JSON does."
            raise CallFailed("connection", message, 200) from None
        what = "a web page" if text.startswith("<") else "no JSON"
        message = f"The endpoint answered with {what}, not a chat completion; check its URL."
        raise CallFailed("invalid", message, 200) from None
    if not isinstance(data, dict):
        raise CallFailed("invalid", "The endpoint's answer is no chat completion.", 200)
    return data


def _content(message: dict[str, Any], finish_reason: Any, tokens: Tokens) -> str:
    def failed(kind: FailureKind, text: str) -> CallFailed:
        return CallFailed(kind, text, 200, tokens=tokens)

    refusal = message.get("refusal")
    if refusal:
        raise failed("refusal", f"The model refused: {told(refusal)}.")
    if finish_reason == "length":
        raise failed("cut_short", "The answer was cut at the token limit; raise llm_max_tokens.")
    if finish_reason == "content_filter":
        raise failed("refusal", "The endpoint's content filter stopped the answer.")
    if finish_reason != "stop":
        reason = shortened(one_line(str(finish_reason)[:200]), 40)
        raise failed("invalid", f"The answer did not end with 'stop' but with {reason!r}.")
    content = message.get("content")
    if content is None or (isinstance(content, str) and not content.strip()):
        raise failed("empty", "The model answered with an empty text.")
    if not isinstance(content, str):
        raise failed("invalid", "The answer's content is no text.")
    return content


def _tokens(usage: Any) -> Tokens:
    def count(name: str) -> int | None:
        value = usage.get(name) if isinstance(usage, dict) else None
        return value if type(value) is int and value >= 0 else None

    return Tokens(count("prompt_tokens"), count("completion_tokens"))
