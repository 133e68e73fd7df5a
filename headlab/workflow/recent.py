"""Models that were loaded lately, kept in the Jupyter data folder."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir
from pydantic import ValidationError

from headlab.records.base import Record
from headlab.records.bench import ModelChoice
from headlab.records.provenance import now
from headlab.settings.whole_file import write_whole

DEMO = "demo"
KEPT = 8


class _Used(Record):
    name: str
    at: datetime


def _file() -> Path:
    return Path(jupyter_data_dir()) / "headlab" / "recent.json"


def model_choices() -> tuple[ModelChoice, ...]:
    """The demo model, then the models loaded lately, newest first.

    A folder that is gone is left out; it comes back with the folder.
    """
    demo = ModelChoice(name=DEMO, title="Demo model (bundled)", source="demo")
    recent = (
        ModelChoice(name=used.name, title=_title(used.name), source="recent", last_used=used.at)
        for used in _read()
        if used.name != DEMO and (not Path(used.name).is_absolute() or Path(used.name).is_dir())
    )
    return (demo, *recent)


def remember_model(name: str) -> None:
    """Put a model first; a folder is kept by its absolute path. Failing to is no error."""
    folder = Path(name).expanduser()
    kept = str(folder.resolve()) if name != DEMO and folder.is_dir() else name
    used = [_Used(name=kept, at=now()), *(one for one in _read() if one.name != kept)][:KEPT]
    text = json.dumps([one.model_dump(mode="json") for one in used], indent=1)
    with suppress(OSError):
        write_whole(_file(), text + "\n")


def _read() -> list[_Used]:
    try:
        stored = json.loads(_file().read_text(encoding="utf-8"))
        return [_Used.model_validate(one) for one in stored]
    except (OSError, ValueError, TypeError, ValidationError):
        return []


def _title(name: str) -> str:
    return Path(name).name if Path(name).is_absolute() else name
