"""API keys: from the environment, the keyring or a file of mode 0600, and seen nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn
from urllib.parse import quote, urlsplit

from headlab.records.errors import SettingsError
from headlab.settings import key_file
from headlab.settings.settings import checked_base_url

SERVICE = "headlab"
OPENAI_URL = "https://api.openai.com/v1"
VARIABLE, OPENAI_VARIABLE = "HEADLAB_API_KEY", "OPENAI_API_KEY"

KeyOrigin = Literal["environment", "keyring", "file"]
_TELLING = 4
"""Characters of a key that tell too much when the rest of it is cut off."""
_PORTS = {"http": 80, "https": 443}


class Key:
    """An API key. Only `reveal()` gives its text; it cannot be pickled or copied into a record."""

    __slots__ = ("_text",)

    def __init__(self, text: str):
        text = text.strip()
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise SettingsError(
                "An API key must be one word of printable ASCII characters; the one given is "
                "empty or has other characters (a line break copied along, for one)."
            )
        self._text = text

    def reveal(self) -> str:
        return self._text

    def hidden_in(self, text: str) -> str:
        """The text with the key replaced by `[key]`, also where it is written for a URL or cut off."""
        for whole in self._forms():
            text = text.replace(whole, "[key]")
            for size in range(len(whole) - 1, _TELLING - 1, -1):
                for end in ("\u2026", "..."):
                    text = text.replace(whole[:size] + end, "[key]" + end)
        return text

    def started_by(self, text: str) -> int:
        """How many characters at the end of a text are the start of the key."""
        return max(
            next((n for n in range(len(one) - 1, 0, -1) if text.endswith(one[:n])), 0)
            for one in self._forms()
        )

    def _forms(self) -> tuple[str, ...]:
        return self._text, quote(self._text, safe="")

    def __repr__(self) -> str:
        return "Key([hidden])"

    __str__ = __repr__

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("an API key cannot be pickled or copied")


@dataclass(frozen=True, slots=True)
class KeyFound:
    """A key and where it was found."""

    key: Key
    origin: KeyOrigin


def api_key(base_url: str | None) -> KeyFound | None:
    """The key for an endpoint, None meaning api.openai.com; None when there is none.

    Looked for in HEADLAB_API_KEY, then, for api.openai.com only, OPENAI_API_KEY, then the keyring
    (service `headlab`, user name the URL's origin), then the file of keys. Raises SettingsError for a
    malformed key, and for a file of keys that others may read.
    """
    user = origin_of(base_url)
    variables = [VARIABLE]
    if user == origin_of(OPENAI_URL):
        variables.append(OPENAI_VARIABLE)
    for name in variables:
        text = os.environ.get(name, "")
        if text.strip():
            return KeyFound(Key(text), "environment")
    stored = _from_keyring(user)
    if stored and stored.strip():
        return KeyFound(Key(stored), "keyring")
    written = key_file.read_key(user)
    return KeyFound(Key(written), "file") if written and written.strip() else None


def key_origin(base_url: str | None) -> KeyOrigin | None:
    """Where the key for an endpoint comes from: all that may be told about it."""
    found = api_key(base_url)
    return None if found is None else found.origin


def set_key(base_url: str | None, key: str | Key) -> None:
    """Put the key for an endpoint into the keyring.

    Raises SettingsError when the key is malformed or no keyring is at hand.
    """
    key = key if isinstance(key, Key) else Key(key)
    user = origin_of(base_url)
    try:
        import keyring

        keyring.set_password(SERVICE, user, key.reveal())
        kept = keyring.get_password(SERVICE, user) == key.reveal()
    except Exception:  # backends raise errors of their own; none of their text is passed on
        kept = False
    if not kept:
        raise SettingsError(
            f"No keyring on this machine keeps the key for {user}. "
            f"Set the environment variable {VARIABLE} instead, or keep it in a file that only you can "
            "read: headlab config set-key --file"
        )


def set_key_in_file(base_url: str | None, key: str | Key) -> Path:
    """Put the key for an endpoint into the file of keys, mode 0600; returns the file's path.

    Raises SettingsError when the key is malformed or the file cannot be written.
    """
    key = key if isinstance(key, Key) else Key(key)
    return key_file.write_key(origin_of(base_url), key.reveal())


def origin_of(base_url: str | None) -> str:
    """Scheme, host and port of an endpoint, such as `https://api.openai.com`.

    Raises SettingsError when it is no http(s) URL.
    """
    try:
        parts = urlsplit(checked_base_url(base_url or OPENAI_URL))
    except ValueError as error:
        raise SettingsError(f"The endpoint's base URL is unusable: {error}.") from None
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    written = "" if port is None or port == _PORTS[parts.scheme] else f":{port}"
    return f"{parts.scheme}://{host}{written}"


def _from_keyring(user: str) -> str | None:
    try:
        import keyring

        return keyring.get_password(SERVICE, user)
    except Exception:  # no keyring, or a locked one: there is no key to be had
        return None
