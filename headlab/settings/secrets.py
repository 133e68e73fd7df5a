"""Recognises secrets where none belong, to refuse them before they are stored or shown."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

_SECRET_NAME = re.compile(
    r"(?:^|[_\-. ])(?:(?:api|access|secret|private)[_\-. ]?key|key|token|secret|password|passwd"
    r"|credentials?|authorization|bearer)$",
    re.IGNORECASE,
)
_PASSWORDS = {"password", "sslpassword"}
_SECRET_VALUE = re.compile(
    r"\s*(?:[Bb]earer\s+\S+"
    r"|(?=\S*\d)(?:(?:sk|rk|pk|xai|glpat|nvapi)-\S{16,}|(?:hf|gsk|ghp)_\w{16,}|AIza[-\w]{30,}))\s*"
)


def is_secret_name(name: str) -> bool:
    """Whether a key of a file, such as `api_key` or `llm_token`, is meant to hold a secret."""
    return _SECRET_NAME.search(name) is not None


def is_secret_value(text: str) -> bool:
    """Whether a text looks like an API key, or is a URL with a password in it."""
    return _SECRET_VALUE.fullmatch(text) is not None or has_password(text)


def why_secret(text: str) -> str:
    """Why a secret is refused, and where a database's password belongs; never repeats it."""
    if text.lstrip().lower().startswith("postgres") and has_password(text):
        return (
            "this URL holds a secret, its password, which settings never store. Give the URL "
            "without it, and the password in the environment variable PGPASSWORD or in the file "
            "~/.pgpass, where PostgreSQL's own programs look for it"
        )
    return "this looks like a secret, which settings never hold"


def has_password(url: str) -> bool:
    """Whether a URL carries a password (`scheme://user:password@host` or `?password=…`)."""
    try:
        parts = urlsplit(url)
        given = {name.lower() for name, _ in parse_qsl(parts.query)} if parts.scheme else set()
        return bool(parts.password) or not given.isdisjoint(_PASSWORDS)
    except ValueError:
        return False
