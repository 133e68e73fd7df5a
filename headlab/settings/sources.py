"""Where settings come from: their defaults, one JSON file, and the environment, in rising order."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from jupyter_core.paths import jupyter_config_dir
from pydantic import ValidationError

from headlab.records.errors import SettingsError
from headlab.records.shared_settings import SettingView
from headlab.records.text import escape
from headlab.settings.secrets import is_secret_name
from headlab.settings.settings import Settings
from headlab.settings.whole_file import write_whole

Origin = Literal["default", "file", "environment"]

PREFIX = "HEADLAB_"
_WRITING = threading.Lock()


def settings_file() -> Path:
    """`headlab/settings.json` in Jupyter's configuration folder; it need not exist."""
    return Path(jupyter_config_dir()) / "headlab" / "settings.json"


def variable(name: str) -> str:
    """The environment variable of a setting: `HEADLAB_` and its name in capitals."""
    return PREFIX + name.upper()


def read_settings(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in force.

    Raises SettingsError naming the file or variable, the setting, what is wrong and what would be
    right. An empty variable counts as unset.
    """
    path = settings_file() if path is None else path
    found = _read_file(path)
    for name, value in found.items():
        _check(name, value, f"{path}: {name}")
    for name, text in _from_environment(environ).items():
        found[name] = _check(name, text, f"environment variable {variable(name)}")
    return Settings.model_validate(found)


def origin(name: str, path: Path | None = None, environ: Mapping[str, str] | None = None) -> Origin:
    """Where the value in force of a setting comes from."""
    _known(name)
    if name in _from_environment(environ):
        return "environment"
    return "file" if name in _read_file(settings_file() if path is None else path) else "default"


def view_settings(
    path: Path | None = None, environ: Mapping[str, str] | None = None
) -> tuple[SettingView, ...]:
    """Every setting with its value in force and where that comes from; raises SettingsError."""
    values = read_settings(path, environ).model_dump(mode="json")
    return tuple(
        SettingView(name=name, value=value, origin=origin(name, path, environ))
        for name, value in values.items()
    )


def write_setting(name: str, value: Any, path: Path | None = None) -> Settings:
    """Store one setting in the file, None removing it, and return the settings then in force.

    The value is validated first and the file replaced at once, so that a failure changes nothing.
    A file that has unknown settings or is no JSON is left as it is. Raises SettingsError.
    """
    return write_settings({name: value}, path)


def write_settings(changes: Mapping[str, Any], path: Path | None = None) -> Settings:
    """`write_setting` for several settings: all of them are stored, or none."""
    path = settings_file() if path is None else path
    changes = check_settings(changes, path)
    with _WRITING:
        stored = {name: old for name, old in _read_file(path).items() if name not in changes}
        stored |= {name: value for name, value in changes.items() if value is not None}
        _replace(path, json.dumps(stored, indent=2, ensure_ascii=False) + "\n")
    return read_settings(path)


def write_part(name: str, part: str, value: Any, path: Path | None = None) -> Settings:
    """`write_setting` for one part of a setting that has several: a price, or a model's prices in
    the price table. None removes the part."""
    path = settings_file() if path is None else path
    _known(name)
    whole = Settings.model_validate(_read_file(path)).model_dump(mode="json")[name]
    if not isinstance(whole, dict):
        raise SettingsError(f"{name} has no parts; set it as a whole.")
    if name != "price_table" and part not in whole:
        raise SettingsError(f"{name} has no part {escape(part[:80])}; it has {', '.join(whole)}.")
    changed = {key: old for key, old in whole.items() if key != part}
    if value is not None:
        changed[part] = value
    return write_setting(name, changed or None, path)


def check_settings(changes: Mapping[str, Any], path: Path | None = None) -> dict[str, Any]:
    """The validated values as they would be stored; None stays None. Raises SettingsError."""
    path = settings_file() if path is None else path
    for name in changes:
        _known(name)
    return {
        name: None if value is None else _check(name, value, f"{path}: {name}")
        for name, value in changes.items()
    }


def _known(name: str) -> None:
    if is_secret_name(name):
        raise SettingsError(
            f"{name} is a secret, which settings never hold. Use the environment variable "
            "HEADLAB_API_KEY or `headlab config set-key`."
        )
    if name not in Settings.model_fields:
        raise SettingsError(
            f"There is no setting {escape(name[:80])}. "
            f"Settings are: {', '.join(Settings.model_fields)}."
        )


def _from_environment(environ: Mapping[str, str] | None) -> dict[str, str]:
    values = os.environ if environ is None else environ
    names = ((name, values.get(variable(name), "")) for name in Settings.model_fields)
    return {name: text for name, text in names if text.strip()}


def _read_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({type(error).__name__}).") from None
    try:
        stored = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise SettingsError(
            f"{path} is no JSON{where}. Correct it, or delete it to start from the defaults."
        ) from None
    if not isinstance(stored, dict):
        raise SettingsError(f"{path} must hold one JSON object with a value per setting.")
    secrets = sorted(name for name in stored if is_secret_name(name))
    if secrets:
        raise SettingsError(
            f"{path} holds a secret under {_listed(secrets)}. Remove it from the file and use the "
            "environment variable HEADLAB_API_KEY or `headlab config set-key`."
        )
    unknown = sorted(name for name in stored if name not in Settings.model_fields)
    if unknown:
        raise SettingsError(
            f"{path} has unknown settings: {_listed(unknown)}. Remove or rename them; settings "
            f"are: {', '.join(Settings.model_fields)}."
        )
    return stored


def _check(name: str, value: Any, where: str) -> Any:
    """The validated value, ready for JSON; the error never repeats it, for it may be a secret."""
    try:
        settings = Settings.model_validate({name: value})
    except ValidationError as error:
        wrong = "; ".join(
            ": ".join([*(str(part) for part in problem["loc"][1:]), problem["msg"]])
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise SettingsError(f"{where}: {wrong.replace('Value error, ', '')}.") from None
    return settings.model_dump(mode="json")[name]


def _replace(path: Path, text: str) -> None:
    path = path.resolve()  # a link to a file elsewhere stays a link
    try:
        write_whole(path, text, durable=True)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written ({error.strerror or type(error).__name__})."
        ) from None


def _listed(names: list[str]) -> str:
    return ", ".join(escape(name[:80]) for name in names)
