"""The settings as a page sees them: never a key."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from headlab.records.base import Record, missing


class SettingView(Record):
    """One setting: its value in force and where that comes from (an environment variable wins)."""

    name: str
    value: JsonValue
    origin: Literal["default", "file", "environment"]


class SettingsView(Record):
    """All settings, the file they are kept in, and where the endpoint's key was found, if it was.

    `signed_in_as`: the login that what is decided over this server is signed with, in place of the
    setting `reviewer`; None where the server knows no users.
    """

    file: str
    settings: tuple[SettingView, ...]
    key_origin: Literal["environment", "keyring", "file"] | None = None
    catalogue_place: str
    signed_in_as: str | None = Field(default=None, exclude_if=missing)
