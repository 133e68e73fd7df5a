"""An OpenAI-compatible endpoint and how it is asked; its key is not part of it."""

from __future__ import annotations

import ipaddress
from typing import Literal
from urllib.parse import quote, urlsplit

from pydantic import (
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
    model_validator,
)

from headlab.records.base import Record
from headlab.records.errors import SettingsError
from headlab.settings.keys import OPENAI_URL, origin_of
from headlab.settings.presets import AZURE, preset
from headlab.settings.prices import Prices
from headlab.settings.settings import Settings, checked_base_url


class Endpoint(Record):
    """`deadline` (seconds) holds for a draft with all its calls, `max_tokens` for each answer.

    `preset`: what kind of endpoint it is, None for any; `api_version` is for Azure alone.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    base_url: str = OPENAI_URL
    model: str = Field(min_length=1, max_length=200)
    deadline: float = Field(default=120.0, gt=0, le=3600)
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_tokens: int = Field(default=700, ge=1, le=100_000)
    prices: Prices = Prices()
    preset: str | None = None
    api_version: str | None = None

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, name: str | None) -> str | None:
        return None if name is None else preset(name).name

    @field_validator("base_url")
    @classmethod
    def _http_url(cls, url: str) -> str:
        return checked_base_url(url)

    @classmethod
    def from_settings(cls, settings: Settings, model: str | None = None) -> Endpoint | None:
        """The endpoint that is set, asked for `model`, or for `llm_model` if None; None when neither
        is named. Raises SettingsError."""
        chosen = model or settings.llm_model
        if chosen is None:
            return None
        try:
            return cls(
                base_url=_base_url(settings),
                model=chosen,
                deadline=settings.llm_timeout,
                temperature=settings.llm_temperature,
                max_tokens=settings.llm_max_tokens,
                prices=settings.prices_of(chosen),
                preset=settings.llm_preset,
                api_version=settings.llm_api_version,
            )
        except ValidationError as error:
            problem = error.errors(include_input=False)[0]
            message = problem["msg"].removeprefix("Value error, ")
            what = problem["loc"][0] if problem["loc"] else "settings"
            raise SettingsError(f"The endpoint's {what}: {message}.") from None

    @property
    def parameters(self) -> dict[str, JsonValue]:
        """What decides the answer besides the model and the prompt."""
        version = {"api_version": self.api_version} if self.by_deployment else {}
        return {
            "base_url": self.base_url,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            **version,
        }

    @property
    def by_deployment(self) -> bool:
        """Whether requests go to Azure's path of one deployment, with a version and its own header
        for the key; a URL that ends with /openai/v1 works like every other endpoint."""
        return self.preset == AZURE and not self.base_url.endswith("/v1")

    @property
    def request_url(self) -> str:
        """The URL that `/chat/completions` is put behind."""
        if not self.by_deployment:
            return self.base_url
        return f"{self.base_url.removesuffix('/openai')}/openai/deployments/{quote(self.model, '')}"

    @property
    def query(self) -> dict[str, str]:
        """What every request's URL carries."""
        return {"api-version": self.api_version or ""} if self.by_deployment else {}

    @property
    def response_format(self) -> Literal["json_schema", "json_object", "none"]:
        """The form of answer to ask for first."""
        return "json_schema" if self.preset is None else preset(self.preset).response_format

    @model_validator(mode="after")
    def _says_its_version(self) -> Endpoint:
        if self.by_deployment and not self.api_version:
            raise ValueError(
                "Azure needs llm_api_version, such as 2024-10-21, unless the URL ends with "
                "/openai/v1"
            )
        return self

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


def _base_url(settings: Settings) -> str:
    if settings.base_url is None and settings.llm_preset is not None:
        chosen = preset(settings.llm_preset)
        raise SettingsError(
            f"{chosen.title} has a URL of your own: set llm_base_url to one like {chosen.pattern}."
        )
    return settings.base_url or OPENAI_URL
