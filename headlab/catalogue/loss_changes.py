"""What a model loses without a head, from the evidence in force: a number of each card, read once.

A card never changes and has about 100,000 characters, so that to read those of a whole catalogue for
each queue would take longer than all the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, select

from headlab.catalogue import damage, schema

_AT_ONCE = 200
_MOST = 200_000
_KNOWN: dict[str, float | None] = {}
"""By the sha256 that names a card, of every catalogue that this process reads."""


def read(connection: Connection, cards: Iterable[str | None]) -> dict[str, float | None]:
    """The rise of the loss in nats by the name of each card; None where it was not measured.

    None also for a card that is lost or cannot be read: `verify` names it, and it hides no other.
    """
    wanted = list(dict.fromkeys(name for name in cards if name is not None))
    found: dict[str, float | None] = {name: _KNOWN[name] for name in wanted if name in _KNOWN}
    missing = [name for name in wanted if name not in found]
    document = schema.document.c
    for start in range(0, len(missing), _AT_ONCE):
        names = missing[start : start + _AT_ONCE]
        query = select(document.sha256, document.body).where(document.sha256.in_(names))
        for row in damage.rows(connection, query):
            with suppress(ValueError, TypeError, KeyError):
                found[row.sha256] = _loss_change(row.body)
    if len(_KNOWN) > _MOST:
        _KNOWN.clear()
    _KNOWN.update((name, found[name]) for name in missing if name in found)
    return dict.fromkeys(wanted) | found


def _loss_change(body: str) -> float | None:
    """From a card's JSON: to validate whole cards for one number would take most of the time."""
    ablation: dict[str, Any] | None = json.loads(body)["ablation"]
    change = None if ablation is None else ablation["loss_change"]
    return None if change is None else float(change)
