"""What the lab's settings editor offers is what HeadLab's settings take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headlab.records.errors import SettingsError
from headlab.settings import PRESETS, Settings, check_settings

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "headlab_ext" / "schema" / "plugin.json").read_text("utf-8")
)
OFFERED: dict[str, dict[str, Any]] = SCHEMA["properties"]
VALUES = {
    "llm_preset": ["ollama"],
    "llm_base_url": ["http://127.0.0.1:1/v1"],
    "llm_api_version": ["2024-10-21", "1" * 40],
    "prices": [{}, {"input": 0}, {"input": 0.15, "output": 0.6}],
    "price_table": [{}, {"maker/model": {}}, {"maker/model": {"input": 0.15, "output": 0.6}}],
}


def set_parts(value: Any) -> Any:
    """What a form shows of a value: parts that are unset are left out."""
    if not isinstance(value, dict):
        return "" if value is None else value
    return {name: set_parts(part) for name, part in value.items() if part is not None}


def outside(offered: dict[str, Any]) -> list[Any]:
    """Values just outside the limits of a number or a text."""
    found: list[Any] = []
    if "minimum" in offered:
        found.append(offered["minimum"] - 1)
    if "exclusiveMinimum" in offered:
        found.append(offered["exclusiveMinimum"])
    if "maximum" in offered:
        found.append(offered["maximum"] + 1)
    if "maxLength" in offered:
        found.append("x" * (offered["maxLength"] + 1))
    if "pattern" in offered:
        found += ["x" * 41, "a b"]
    return found


def test_every_setting_is_offered_and_no_key():
    assert set(OFFERED) == set(Settings.model_fields)
    assert "headlab config set-key" in SCHEMA["description"]
    assert "HEADLAB_API_KEY" in SCHEMA["description"]
    assert SCHEMA["additionalProperties"] is False


@pytest.mark.parametrize("name", OFFERED)
def test_defaults_and_limits_are_those_of_the_settings(name):
    offered = OFFERED[name]
    assert offered["default"] == set_parts(Settings().model_dump(mode="json")[name])
    allowed = [offered["default"], *VALUES.get(name, [])]
    allowed += [offered[limit] for limit in ("minimum", "maximum") if limit in offered]
    allowed += ["x" * offered["maxLength"]] if "maxLength" in offered else []
    for value in allowed:
        stored = check_settings({name: value})[name]
        assert set_parts(stored) == value
    for value in outside(offered):
        with pytest.raises(SettingsError):
            check_settings({name: value})


def test_the_kinds_of_endpoints_are_the_presets():
    offered = {one["const"]: one["title"] for one in OFFERED["llm_preset"]["oneOf"]}
    assert offered.pop("") == "Any OpenAI-compatible endpoint"
    assert offered == {one.name: one.title for one in PRESETS}


def test_prices_have_the_same_parts_everywhere():
    parts = OFFERED["prices"]["properties"]
    assert set(parts) == set(Settings().prices.model_dump())
    assert OFFERED["price_table"]["additionalProperties"]["properties"] == parts
    for part in parts:
        assert parts[part]["minimum"] == 0
        with pytest.raises(SettingsError):
            check_settings({"prices": {part: -1}})
