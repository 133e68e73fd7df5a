"""Whom a request comes from: the login of a server that knows its users, or nobody in particular."""

from __future__ import annotations

import re
from typing import cast

from jupyter_server.auth.identity import (
    IdentityProvider,
    LegacyIdentityProvider,
    PasswordIdentityProvider,
    User,
)

from headlab.catalogue.signature import Login

_OWN = (IdentityProvider, PasswordIdentityProvider)
_NUMBER = re.compile("[0-9a-f]{32}")


def login_of(provider: IdentityProvider, user: User | None) -> Login | None:
    """The person that a request comes from, as an identity provider says; None where it knows nobody.

    Jupyter's own providers know a browser that has the server's token or password, under a random
    number that stands for no person. So does one of another making for who comes with the token.
    """
    if user is None or type(provider) in _OWN or _is_a_browser(user):
        return None
    kind: type[object] = type(provider)
    if kind is LegacyIdentityProvider:  # it asks the login handler, which may be a hub's
        kind = cast("type[object]", provider.login_handler_class)
        if kind.__module__.startswith("jupyter_server."):
            return None
    return Login(name=user.username, provider=f"{kind.__module__}.{kind.__qualname__}")


def _is_a_browser(user: User) -> bool:
    """Whether this is a user as `IdentityProvider.generate_anonymous_user` makes them."""
    return bool(_NUMBER.fullmatch(user.username)) and user.name.startswith("Anonymous ")
