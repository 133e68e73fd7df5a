"""Kinds of endpoints that speak the OpenAI protocol, and what is particular about each."""

from __future__ import annotations

from headlab.records.preset import Preset

AZURE = "azure"


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
        note="Name the deployment as the model. Set the API version, or end the URL with /openai/v1, "
        "which takes none.",
    ),
    _local("ollama", "Ollama", 11434, "Name the model as `ollama list` shows it."),
    _local(
        "vllm",
        "vLLM",
        8000,
        "Name the model that the server was started with; --api-key sets a key.",
    ),
    _local("llama.cpp", "llama.cpp server", 8080, "Any name of a model will do."),
    _local("lm-studio", "LM Studio", 1234, "Name the model as its list of loaded models shows it."),
    Preset(
        name="openrouter",
        title="OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        pattern="https://openrouter.ai/api/v1",
        needs_key=True,
        note="Name the model with its maker, like maker/model. Prices differ: set the price table.",
    ),
    _local(
        "transformers",
        "transformers serve",
        8000,
        "Name a model of the hub, or a folder. It takes no answer format, so the prompt asks alone.",
        response_format="none",
    ),
)


def preset(name: str) -> Preset:
    """The preset of a name; raises ValueError with the names there are."""
    for one in PRESETS:
        if one.name == name.strip().lower():
            return one
    raise ValueError(f"there is no such preset; expected {', '.join(p.name for p in PRESETS)}")
