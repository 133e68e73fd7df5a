"""What endpoints were found to understand, kept in a file for later processes; never a key."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir

from headlab.settings.whole_file import write_whole

KEPT = timedelta(days=30)
"""After this an endpoint is asked anew: it may have learnt more."""
MOST = 200


def file() -> Path:
    return Path(jupyter_data_dir()) / "headlab" / "dialects.json"


def read(base_url: str, model: str) -> Any:
    """What was kept for an endpoint's model, None when there is nothing, or it is old."""
    for row in _rows():
        if (row["base_url"], row["model"]) == (base_url, model) and _is_fresh(row):
            return row["dialect"]
    return None


def write(base_url: str, model: str, dialect: Any) -> None:
    """Keep a plain value for an endpoint's model. A file that cannot be written is no error: the
    endpoint is only asked again."""
    row = {
        "base_url": base_url,
        "model": model,
        "learnt": datetime.now(UTC).isoformat(),
        "dialect": dialect,
    }
    others = [old for old in _rows() if (old["base_url"], old["model"]) != (base_url, model)]
    text = json.dumps([row, *filter(_is_fresh, others)][:MOST], indent=1) + "\n"
    with suppress(OSError):
        write_whole(file(), text)


def _rows() -> list[dict[str, Any]]:
    """The file's rows that can be read; a file that is damaged holds none."""
    try:
        found = json.loads(file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    rows = found if isinstance(found, list) else []
    names = ("base_url", "model", "learnt", "dialect")
    return [row for row in rows if isinstance(row, dict) and all(name in row for name in names)]


def _is_fresh(row: dict[str, Any]) -> bool:
    try:
        return datetime.now(UTC) - datetime.fromisoformat(row["learnt"]) < KEPT
    except (TypeError, ValueError):
        return False
