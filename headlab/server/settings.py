"""The settings over REST: their values, never a key."""

from __future__ import annotations

from typing import Any

from pydantic import JsonValue

from headlab.catalogue.signature import current_login
from headlab.records.errors import HeadLabError, SettingsError
from headlab.records.preset import Preset
from headlab.records.shared_settings import SettingsView
from headlab.server.notices import Seen
from headlab.server.problems import Refusal
from headlab.server.site import Site
from headlab.settings import (
    PRESETS,
    check_settings,
    key_origin,
    read_settings,
    settings_file,
    view_settings,
    write_settings,
)


def get_settings(site: Site) -> SettingsView:
    """All settings; of a key only where it was found."""
    return settings_view()


def change_settings(site: Site, body: dict[str, JsonValue]) -> SettingsView:
    """Set several settings at once, or none of them; null removes one from the file.

    Who is signed in cannot set another `reviewer` than themselves.
    """
    _refuse_another_name(body.get("reviewer"))
    _check(body)
    write_settings(body)
    return settings_view()


def list_presets(site: Site) -> tuple[Preset, ...]:
    """Every kind of endpoint that the setting llm_preset can name."""
    return PRESETS


def settings_view() -> SettingsView:
    """The settings in force; raises SettingsError when they cannot be read."""
    chosen = read_settings()
    return SettingsView(
        file=str(settings_file()),
        settings=view_settings(),
        key_origin=_key_origin(chosen.base_url),
        catalogue_place=_place(chosen.catalogue),
        signed_in_as=None if (login := current_login()) is None else login.name,
    )


def look_at_settings() -> Seen:
    """The settings file, with a stamp that is another one after every change."""
    path = settings_file()
    try:
        found = path.stat()
    except FileNotFoundError:
        return Seen(str(path), "")
    return Seen(str(path), f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}")


def _check(changes: dict[str, Any]) -> None:
    """Refuse, as bad input, what cannot be stored or would leave no catalogue to open.

    A new place is opened as the next request would, so that it is made there if it is not yet.
    """
    try:
        given = check_settings(changes).get("catalogue")
        if given is not None:
            from headlab.catalogue.store import Catalogue

            Catalogue.open(given).close()
    except HeadLabError as error:
        raise Refusal(400, "input", str(error)) from None
    except OSError as error:
        said = f"The place for the catalogue cannot be used: {error.strerror}."
        raise Refusal(400, "input", said) from None


def _refuse_another_name(wanted: JsonValue) -> None:
    login = current_login()
    if wanted and login is not None and wanted != login.name:
        raise Refusal(
            403,
            "forbidden",
            f"You are signed in as {login.name}: what you decide here is signed with that name, and no "
            "other can be set.",
        )


def _place(given: str | None) -> str:
    from headlab.catalogue.place import find_place

    try:
        return find_place(given).shown
    except HeadLabError:  # shown as it is, so that it can be corrected
        return given or ""


def _key_origin(base_url: str | None) -> Any:
    try:
        return key_origin(base_url)
    except SettingsError:  # a malformed key is no key; drafting says what is wrong with it
        return None
