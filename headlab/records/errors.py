"""Errors that name the input, what is wrong with it and what would be right."""

from __future__ import annotations


class HeadLabError(Exception):
    """Bad input or an unusable environment; the message is meant for a person."""


class RelationError(HeadLabError):
    """A relation is unknown, or a relation file is malformed."""


class ModelError(HeadLabError):
    """A model cannot be loaded or lacks what an analysis needs."""


class HeadError(HeadLabError):
    """A head is written wrongly or does not exist in the model."""


class PromptError(HeadLabError):
    """A prompt file or prompt is unusable."""


class CatalogueError(HeadLabError):
    """The catalogue cannot be opened, or a change to it is refused."""


class SettingsError(HeadLabError):
    """The configuration file or an environment variable is wrong."""


class TaskError(HeadLabError):
    """A task, its examples or its positions do not fit the model or each other."""


class ExportError(HeadLabError):
    """A table or figure cannot be written."""


class Cancelled(Exception):
    """Work ended because someone asked for it; nothing is wrong, so it is no `HeadLabError`."""
