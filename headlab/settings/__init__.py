"""One configuration for kernel, server and command line, and the keys that are never part of it."""

from headlab.records.preset import Preset
from headlab.settings.keys import (
    Key,
    KeyFound,
    api_key,
    key_origin,
    set_key,
    set_key_in_file,
)
from headlab.settings.presets import PRESETS
from headlab.settings.prices import Prices
from headlab.settings.settings import Settings
from headlab.settings.sources import (
    check_settings,
    origin,
    read_settings,
    settings_file,
    view_settings,
    write_part,
    write_setting,
    write_settings,
)

__all__ = [
    "PRESETS",
    "Key",
    "KeyFound",
    "Preset",
    "Prices",
    "Settings",
    "api_key",
    "check_settings",
    "key_origin",
    "origin",
    "read_settings",
    "set_key",
    "set_key_in_file",
    "settings_file",
    "view_settings",
    "write_part",
    "write_setting",
    "write_settings",
]
