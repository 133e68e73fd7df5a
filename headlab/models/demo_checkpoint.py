"""Where the bundled demo model lies."""

from __future__ import annotations

from pathlib import Path

DEMO = "demo"


def demo_path() -> Path:
    """Folder of the bundled demo model: config, safetensors, tokenizer and model card."""
    return Path(__file__).parent / "demo"
