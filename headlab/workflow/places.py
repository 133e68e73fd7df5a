"""Where HeadLab keeps things when nothing else is said."""

from __future__ import annotations

from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

from headlab.settings import Settings, read_settings


def cache_folder(settings: Settings | None = None) -> Path:
    """The folder of computed results: the setting `cache`, else one in the Jupyter data folder."""
    chosen = (read_settings() if settings is None else settings).cache
    if chosen:
        return Path(chosen).expanduser()
    return Path(jupyter_data_dir()) / "headlab" / "cache"
