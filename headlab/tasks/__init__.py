"""Tasks that experiments run on: generators and loaders of examples. No torch.

The package is callable: `headlab.tasks()` gives the names of the generators.
"""

from __future__ import annotations

import sys
from types import ModuleType

from headlab.tasks.files import read_task
from headlab.tasks.labelled import read_labelled
from headlab.tasks.lre import read_lre
from headlab.tasks.registry import task, tasks

__all__ = ["read_labelled", "read_lre", "read_task", "task", "tasks"]


class _Tasks(ModuleType):
    """This package, callable because `headlab.tasks` is both a package and a public call."""

    def __call__(self) -> tuple[str, ...]:
        """Names of the generators."""
        return tasks()


sys.modules[__name__].__class__ = _Tasks
