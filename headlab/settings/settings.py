"""The settings of HeadLab, without their sources."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, field_validator

from headlab.records.base import Record
from headlab.settings.presets import preset
from headlab.settings.prices import Prices
from headlab.settings.secrets import is_secret_value, why_secret


class Settings(Record):
    """Everything a user can set. A key is never a setting (see `settings.keys`).

    - `llm_base_url`: an OpenAI-compatible endpoint, up to and with `/v1`; None: the preset's, or
      api.openai.com.
    - `llm_preset`: what kind of endpoint it is (see `settings.presets`); None: any.
    - `llm_api_version`: for Azure.
    - `llm_model`: the model's name there; None: no endpoint, drafts are rule-based.
    - `judge_model`: the model there that tests of descriptions ask; None: `llm_model`, which then
      judges its own drafts.
    - `llm_timeout`: seconds for one draft, all its calls together.
    - `llm_temperature`, `llm_max_tokens`: sent with each call.
    - `price_table`: prices per million tokens by model name, for cost estimates and caps.
    - `prices`: those of `llm_model` where `price_table` does not name it; of no other model.
    - `catalogue`: path or database URL; `cache`: folder of results; None: the default place.
    - `reviewer`: the name that reviews are signed with.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    llm_base_url: str | None = None
    llm_preset: str | None = None
    llm_api_version: str | None = Field(default=None, pattern=r"^[0-9A-Za-z.-]{1,40}$")
    llm_model: str | None = Field(default=None, max_length=200)
    judge_model: str | None = Field(default=None, max_length=200)
    llm_timeout: float = Field(default=120.0, gt=0, le=3600)
    llm_temperature: float = Field(default=0.0, ge=0, le=2)
    llm_max_tokens: int = Field(default=700, ge=1, le=100_000)
    prices: Prices = Prices()
    price_table: dict[str, Prices] = Field(default_factory=dict)
    catalogue: str | None = None
    cache: str | None = None
    reviewer: str | None = Field(default=None, max_length=200)

    @field_validator(
        "llm_preset",
        "llm_base_url",
        "llm_api_version",
        "llm_model",
        "judge_model",
        "catalogue",
        "cache",
        "reviewer",
        mode="before",
    )
    @classmethod
    def _plain_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if is_secret_value(value):
            raise ValueError(why_secret(value))
        value = value.strip()
        if not value.isprintable():
            raise ValueError("expected a text without control characters")
        return value or None

    @field_validator("llm_preset")
    @classmethod
    def _known_preset(cls, name: str | None) -> str | None:
        return None if name is None else preset(name).name

    @field_validator("price_table", mode="before")
    @classmethod
    def _read_table(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            right = 'expected a JSON object such as {"model-name": [0.15, 0.6]}'
            raise ValueError(right) from None

    @field_validator("price_table")
    @classmethod
    def _no_secret_names(cls, table: dict[str, Prices]) -> dict[str, Prices]:
        if any(is_secret_value(name) or not name.isprintable() for name in table):
            raise ValueError("a name in it is no model's name, or looks like a secret")
        return table

    @field_validator("llm_base_url")
    @classmethod
    def _http_url(cls, url: str | None) -> str | None:
        return None if url is None else checked_base_url(url)

    @property
    def base_url(self) -> str | None:
        """The endpoint's base URL: the one that is set, or the preset's."""
        return self.llm_base_url or (preset(self.llm_preset).base_url if self.llm_preset else None)

    def prices_of(self, model: str) -> Prices:
        """The prices of a model: those that `price_table` names, else `prices` if it is `llm_model`;
        those of any other model are not known."""
        own = self.prices if model == self.llm_model else Prices()
        return self.price_table.get(model, own)


def checked_base_url(url: str) -> str:
    """The base URL without a trailing slash; raises ValueError when it is no plain http(s) URL."""
    right = "expected a URL such as http://127.0.0.1:11434/v1"
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        raise ValueError(right) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(right)
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{right}, without a user name, a query or a fragment")
    return url.strip().rstrip("/")
