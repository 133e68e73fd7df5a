"""Keys in a file that only its owner can read, for machines without a keyring."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from jupyter_core.paths import jupyter_config_dir

from headlab.records.errors import SettingsError
from headlab.settings.whole_file import write_whole

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def key_file() -> Path:
    """`headlab/keys.json` in Jupyter's configuration folder; it need not exist."""
    return Path(jupyter_config_dir()) / "headlab" / "keys.json"


def read_key(origin: str) -> str | None:
    """The key that the file holds for an endpoint's origin, None without one.

    Raises SettingsError, which never repeats what is in the file, when others may read it or it is
    no JSON object of texts.
    """
    path = key_file()
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if os.name == "posix" and (found.st_mode & _OTHERS or found.st_uid != os.geteuid()):
            raise SettingsError(
                f"{path} holds keys and is not yours alone to read. Make it so: chmod 600 {path}"
            )
        data = file.read(2**20)
    return _parse(data, path).get(origin)


def write_key(origin: str, key: str) -> Path:
    """Put a key into the file, mode 0600, beside those of other endpoints; returns the path."""
    path = key_file()
    try:
        kept = _parse(path.read_bytes(), path) if path.exists() else {}
        write_whole(path, json.dumps(kept | {origin: key}, indent=1), durable=True)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from None
    return path


def _parse(data: bytes, path: Path) -> dict[str, str]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise SettingsError(
            f"{path} is no list of keys. Remove it, then: headlab config set-key --file"
        )
    return found
