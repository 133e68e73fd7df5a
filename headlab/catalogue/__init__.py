"""The head catalogue: entries of heads with immutable history, searched, exported, imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headlab.catalogue.errors import (
        CatalogueUnavailable,
        CopiedElsewhere,
        DamagedEntry,
        ImportRefused,
        NoCatalogue,
        NotYourName,
        StaleEdit,
        Unknown,
        UnknownEntry,
        VotesHidden,
        VotesMissing,
    )
    from headlab.catalogue.recovery import recover
    from headlab.catalogue.store import Catalogue

__all__ = [
    "Catalogue",
    "CatalogueUnavailable",
    "CopiedElsewhere",
    "DamagedEntry",
    "ImportRefused",
    "NoCatalogue",
    "NotYourName",
    "StaleEdit",
    "Unknown",
    "UnknownEntry",
    "VotesHidden",
    "VotesMissing",
    "recover",
]

_HOMES = dict.fromkeys(__all__, "headlab.catalogue.errors")
_HOMES["Catalogue"] = "headlab.catalogue.store"
_HOMES["recover"] = "headlab.catalogue.recovery"


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
