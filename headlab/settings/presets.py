"""Kinds of endpoints that speak the OpenAI protocol, and what is particular about each."""

from __future__ import annotations

from typing import Literal

from headlab.records.base import Record

AZURE = "azure"


class Preset(Record):
    """`base_url` None: it differs for every user, and `pattern` shows its form.

    `response_format` is the fullest form of answer that is worth asking for first.
    """

    name: str
    title: str
    base_url: str | None
    pattern: str
    needs_key: bool
    response_format: Literal["json_schema", "json_object", "none"] = "json_schema"
    note: str


def _local(name: str, title: str, port: int, note: str, **fields: str) -> Preset:
    url = f"http://127.0.0.1:{port}/v1"
    return Preset.model_validate(
        {
            "name": name,
            "title": title,
            "base_url": url,
            "pattern": url,
            "needs_key": False,
            "note": note,
            **fields,
        }
    )


PRESETS: tuple[Preset, ...] = (
    Preset(
        name="openai",
        title="OpenAI",
        base_url="https://api.openai.com/v1",
        pattern="https://api.openai.com/v1",
        needs_key=True,
        note="OPENAI_API_KEY is read for this endpoint only.",
    ),
    Preset(
        name=AZURE,
        title="Azure OpenAI",
        base_url=None,
        pattern="https://RESOURCE.openai.azure.com",
        needs_key=True,
        note="llm_model is the deployment's name. Set llm_api_version, or end the URL with /openai/v1, "
        "which takes none.",
    ),
    _local("ollama", "Ollama", 11434, "llm_model as `ollama list` shows it."),
    _local("vllm", "vLLM", 8000, "llm_model as the server was started with; --api-key sets a key."),
    _local("llama.cpp", "llama.cpp server", 8080, "llm_model can be any name."),
    _local("lm-studio", "LM Studio", 1234, "llm_model as its list of loaded models shows it."),
    Preset(
        name="openrouter",
        title="OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        pattern="https://openrouter.ai/api/v1",
        needs_key=True,
        note="llm_model with its maker, like maker/model. Prices differ by model: set price_table.",
    ),
    _local(
        "transformers",
        "transformers serve",
        8000,
        "llm_model is a hub id or a folder. It takes no answer format, so that the prompt asks alone.",
        response_format="none",
    ),
)


def preset(name: str) -> Preset:
    """The preset of a name; raises ValueError with the names there are."""
    for one in PRESETS:
        if one.name == name.strip().lower():
            return one
    raise ValueError(f"there is no such preset; expected {', '.join(p.name for p in PRESETS)}")
