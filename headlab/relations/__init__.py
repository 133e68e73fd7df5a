"""Operation data: the bundled relations, users' own, and which pairs a tokenizer can serve.

The package is callable: `headlab.relations()` gives the names of the bundled operations.
"""

from __future__ import annotations

import sys
from types import ModuleType


class _Relations(ModuleType):
    """This package, callable because `headlab.relations` is both a package and a public call."""

    def __call__(self) -> tuple[str, ...]:
        """Names of the bundled operations."""
        from headlab.relations.bundled import relations

        return relations()


sys.modules[__name__].__class__ = _Relations
