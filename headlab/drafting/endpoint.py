"""An OpenAI-compatible endpoint and how it is asked; its key is not part of it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, JsonValue, ValidationError, field_validator

from headlab.records.base import Record
from headlab.records.errors import SettingsError
from headlab.settings.keys import OPENAI_URL, origin_of
from headlab.settings.prices import Prices
from headlab.settings.settings import Settings, checked_base_url


class Endpoint(Record):
    """`deadline` (seconds) holds for a draft with all its calls, `max_tokens` for each answer."""

    model_config = ConfigDict(hide_input_in_errors=True)

    base_url: str = OPENAI_URL
    model: str = Field(min_length=1, max_length=200)
    deadline: float = Field(default=120.0, gt=0, le=3600)
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_tokens: int = Field(default=700, ge=1, le=100_000)
    prices: Prices = Prices()

    @field_validator("base_url")
    @classmethod
    def _http_url(cls, url: str) -> str:
        return checked_base_url(url)

    @classmethod
    def from_settings(cls, settings: Settings) -> Endpoint | None:
        """The endpoint that is set, or None when no model is named; raises SettingsError."""
        if settings.llm_model is None:
            return None
        try:
            return cls(
                base_url=settings.llm_base_url or OPENAI_URL,
                model=settings.llm_model,
                deadline=settings.llm_timeout,
                temperature=settings.llm_temperature,
                max_tokens=settings.llm_max_tokens,
                prices=settings.prices,
            )
        except ValidationError as error:
            problem = error.errors(include_input=False)[0]
            message = problem["msg"].removeprefix("Value error, ")
            raise SettingsError(f"The endpoint's {problem['loc'][0]}: {message}.") from None

    @property
    def parameters(self) -> dict[str, JsonValue]:
        """What decides the answer besides the model and the prompt."""
        return {
            "base_url": self.base_url,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
        }

    @property
    def is_openai(self) -> bool:
        return origin_of(self.base_url) == origin_of(OPENAI_URL)

    @property
    def host(self) -> str:
        return (urlsplit(self.base_url).hostname or "").lower()

    @property
    def is_loopback(self) -> bool:
        """Whether the endpoint is on this machine; no proxy is used for it then."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")

    @property
    def is_local(self) -> bool:
        """Whether the endpoint is on this machine or a private network: it may need no key."""
        try:
            return ipaddress.ip_address(self.host).is_private
        except ValueError:
            local = (".localhost", ".local", ".lan", ".internal", ".home.arpa")
            return "." not in self.host or self.host.endswith(local)
