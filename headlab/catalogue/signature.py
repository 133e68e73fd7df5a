"""Who signs a change: a name as its bearer gives it, or the login that a server vouches for."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from headlab.catalogue.text import clean
from headlab.settings import read_settings

LONGEST = 200
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Login:
    """A person who is signed in at a server, and the identity provider that says so."""

    name: str
    provider: str


_LOGIN: ContextVar[Login | None] = ContextVar("headlab_login", default=None)


@contextmanager
def signed_in(login: Login | None) -> Iterator[None]:
    """What this thread or task changes meanwhile is signed by the login; None: by who works here.

    It holds for everything that is signed without a name, so that no operation of a server can forget
    it.
    """
    token = _LOGIN.set(login)
    try:
        yield
    finally:
        _LOGIN.reset(token)


def current_login() -> Login | None:
    """Who is signed in; None where nobody is, or the server knows no users."""
    return _LOGIN.get()


def user_name() -> str:
    """The setting `reviewer`, else who uses this machine, "unknown" when it cannot say."""
    try:
        return read_settings().reviewer or getpass.getuser()
    except (OSError, KeyError, ImportError):
        return UNKNOWN


def signature(author: str | None) -> str:
    """A name as it is stored with a change; None: who is signed in, else who works here."""
    if author is None:
        login = current_login()
        author = user_name() if login is None else login.name
    return clean(author).strip()[:LONGEST] or UNKNOWN


def authenticated_by(author: str | None) -> str | None:
    """The provider that vouches for a change without a name of its own; None where none does."""
    login = current_login()
    return clean(login.provider)[:LONGEST] if author is None and login is not None else None
