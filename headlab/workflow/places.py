"""Where HeadLab keeps things when nothing else is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_core.paths import jupyter_data_dir

from headlab.settings import Settings, read_settings

if TYPE_CHECKING:
    from headlab.catalogue import Catalogue


def cache_folder(settings: Settings | None = None) -> Path:
    """The folder of computed results: the setting `cache`, else one in the Jupyter data folder."""
    chosen = (read_settings() if settings is None else settings).cache
    if chosen:
        return Path(chosen).expanduser()
    return Path(jupyter_data_dir()) / "headlab" / "cache"


@contextmanager
def opened_catalogue(catalogue: Catalogue | None) -> Iterator[Catalogue]:
    """The given catalogue, which stays open; None: the settings' one, closed at the end."""
    from headlab.catalogue import Catalogue

    if catalogue is not None:
        yield catalogue
        return
    with Catalogue.open() as opened:
        yield opened
