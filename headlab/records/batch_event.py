"""What was done to a batch, one step a record."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from headlab.records.base import Record, missing
from headlab.records.vote import MAX_PROVIDER, signed_name

BatchAction = Literal[
    "started", "extended", "paused", "stopped", "resumed", "cap", "cancelled", "retried"
]

LEDGER = "headlab"
"""The author of what the ledger does by itself."""


class BatchStep(Record):
    """What a step changed.

    `jobs`: how many were planned, added, given up or let be sent again. `cap`: the cap that the step
    set, None for none, and `cap_before` the one that it replaced. `prompt_version` and `template`,
    the sha256 of the prompt's text, are those of a start. `reason`: why the ledger stopped.
    `authenticated_by`: the identity provider of the server where its author was signed in; None for a
    name as its bearer gave it.
    """

    jobs: int | None = None
    prompt_version: str = ""
    template: str | None = None
    cap: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    cap_before: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    reason: str = ""
    authenticated_by: str | None = Field(default=None, max_length=MAX_PROVIDER, exclude_if=missing)


class BatchEvent(BatchStep):
    """A step with who made it: a person, or the ledger itself under its own name."""

    author: str
    action: BatchAction
    created_at: datetime

    @property
    def signed(self) -> str:
        """The author's name as it is shown."""
        return signed_name(self.author, self.authenticated_by)

    @property
    def words(self) -> str:
        """The step in words, without author and time."""
        jobs = "1 job" if self.jobs == 1 else f"{self.jobs} jobs"
        cap = "no cap" if self.cap is None else f"cap {self.cap:g}"
        if self.action == "started":
            return f"started: {jobs}, {cap}, prompt {self.prompt_version}"
        if self.action == "cap":
            before = "no cap" if self.cap_before is None else f"{self.cap_before:g}"
            return f"changed the cap: {before} before, {self.cap:g} now"
        if self.action == "stopped":
            return f"stopped: {self.reason}"
        if self.action in ("paused", "resumed"):
            return self.action
        done = {"extended": "added", "cancelled": "cancelled", "retried": "sends again"}
        return f"{done[self.action]} {jobs}"
