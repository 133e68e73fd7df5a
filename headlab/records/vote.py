"""A reviewer's vote on a draft."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from headlab.records.base import Record, missing

Decision = Literal["accepted", "edited", "rejected", "unclear"]
Blind = Literal["draft", "scores", "source"]
"""What a reviewer did not see: the drafts; relation scores and results of tests; which model the head
is of and who drafted."""

MAX_VOTE_TEXT = 4000
MAX_PROVIDER = 200
_MARK = re.compile(r"\(\s*signed\W*in\s*\)", re.IGNORECASE)
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def signed_name(name: str, authenticated_by: str | None) -> str:
    """A name as it is shown: marked where a login vouches for it, else as its bearer gave it.

    A name that holds the mark itself is shown without it.
    """
    bare = _MARK.sub("", name).strip() or "unknown"
    return f"{bare} (signed in)" if authenticated_by else bare


class Vote(Record):
    """One reviewer's own judgement, made without knowing anyone else's. It decides nothing.

    `id` is the sha256 of the vote and its head. `text` is the wording of an edited vote. `card_hash`
    is the evidence that was judged, `seconds` the time it took where that was measured.
    `authenticated_by`: the identity provider of the server where the reviewer was signed in; None for a
    name as its bearer gave it.
    """

    id: str
    reviewer: str = Field(min_length=1, max_length=200)
    decision: Decision
    draft_id: int | None = None
    text: str = Field(default="", max_length=MAX_VOTE_TEXT)
    reason: str = Field(default="", max_length=MAX_VOTE_TEXT)
    rating: int | None = Field(default=None, ge=1, le=5)
    seconds: Seconds | None = None
    blind: tuple[Blind, ...] = ()
    card_hash: str
    authenticated_by: str | None = Field(default=None, max_length=MAX_PROVIDER, exclude_if=missing)
    created_at: datetime

    @property
    def signed(self) -> str:
        """The reviewer's name as it is shown."""
        return signed_name(self.reviewer, self.authenticated_by)

    @model_validator(mode="after")
    def _fits(self) -> Vote:
        if self.decision == "edited" and not self.text.strip():
            raise ValueError("an edited vote needs its text")
        if self.decision != "edited" and self.text:
            raise ValueError(
                f"a vote {self.decision} has no text of its own; give it as the reason"
            )
        if self.decision in ("accepted", "rejected"):
            if self.draft_id is None:
                raise ValueError("there is no draft to judge; write a text, or vote unclear")
            if "draft" in self.blind:
                raise ValueError("an unseen draft cannot be judged; write a text, or vote unclear")
        return self
