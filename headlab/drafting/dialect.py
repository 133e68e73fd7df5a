"""What of the chat protocol an endpoint understands, learnt from what it rejects."""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from headlab.drafting import dialect_memory
from headlab.drafting.endpoint import Endpoint
from headlab.drafting.schema import NAME, SCHEMA

ResponseFormat = Literal["json_schema", "json_object", "none"]

_NEXT: dict[ResponseFormat, ResponseFormat] = {"json_schema": "json_object", "json_object": "none"}
_FORMAT_WORDS = (
    "response_format",
    "json_schema",
    "json_object",
    "schema",
    "structured",
    "grammar",
    "unknown parameter",
    "unknown field",
    "unrecognized",
    "unexpected field",
    "extra inputs",
    "extra_forbidden",
)
_STREAM = re.compile(r"\bstream(?!_options)")  # not "upstream"


@dataclass(frozen=True)
class Dialect:
    """How the answer's form, its length, the temperature and a stream are asked for."""

    response_format: ResponseFormat = "json_schema"
    length_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: bool = True
    stream: bool = True
    stream_usage: bool = True

    @classmethod
    def from_plain(cls, value: Any) -> Dialect | None:
        """A dialect out of `asdict`'s plain value, None when it is none."""
        try:
            return TypeAdapter(cls).validate_python(value)
        except ValidationError:
            return None

    def fields(self, endpoint: Endpoint, stream: bool = False) -> dict[str, Any]:
        """The request's fields besides the model and the messages; `stream`: a stream is wanted."""
        fields: dict[str, Any] = {self.length_field: endpoint.max_tokens}
        if self.temperature:
            fields["temperature"] = endpoint.temperature
        if self.response_format == "json_schema":
            schema = {"name": NAME, "strict": True, "schema": SCHEMA}
            fields["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self.response_format == "json_object":
            fields["response_format"] = {"type": "json_object"}
        if stream and self.stream:
            fields["stream"] = True
            if self.stream_usage:
                fields["stream_options"] = {"include_usage": True}
        return fields

    def simpler(self, rejection: str, stream: bool = False) -> Dialect | None:
        """What to try after a 400 or 422 with this text; None when it speaks of something else.

        `stream`: a stream was wanted.
        """
        text = rejection.casefold()
        if self.length_field == "max_tokens" and "max_completion_tokens" in text:
            return replace(self, length_field="max_completion_tokens")
        if self.temperature and "temperature" in text:
            return replace(self, temperature=False)
        if stream and self.stream:
            if self.stream_usage and ("stream_options" in text or "include_usage" in text):
                return replace(self, stream_usage=False)
            if _STREAM.search(text):
                return replace(self, stream=False)
        following = _NEXT.get(self.response_format)
        if following is not None and any(word in text for word in _FORMAT_WORDS):
            return replace(self, response_format=following)
        return None


_known: dict[tuple[str, str], Dialect] = {}
_lock = threading.Lock()


def remembered(endpoint: Endpoint) -> Dialect:
    """The dialect that last worked for this URL and model, in this process or another of this
    user, else the fullest that the endpoint's preset may understand."""
    with _lock:
        known = _known.get((endpoint.base_url, endpoint.model))
    if known is None:
        known = Dialect.from_plain(dialect_memory.read(endpoint.base_url, endpoint.model))
    return known or Dialect(response_format=endpoint.response_format)


def remember(endpoint: Endpoint, dialect: Dialect) -> None:
    """Keep a dialect that worked; the file is written when it is another than before."""
    known = remembered(endpoint)
    with _lock:
        _known[endpoint.base_url, endpoint.model] = dialect
    if dialect != known:
        dialect_memory.write(endpoint.base_url, endpoint.model, asdict(dialect))
