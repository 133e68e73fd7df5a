"""What a judge or a writer of pairs said to one question, or why it said nothing usable."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from headlab.records.base import Record
from headlab.records.draft import FailureKind, Usage
from headlab.records.provenance import now

Question = Literal["rate_rows", "rate_tokens", "name_targets", "write_pairs"]


class JudgeReply(Record):
    """An answer of which at least a part is valid, as the language model wrote it."""

    text: str
    usage: Usage = Usage()
    created_at: datetime = Field(default_factory=now)


class JudgeFailure(Record):
    """Why a question has no usable answer. `retry_after`: seconds the endpoint asked to wait."""

    kind: FailureKind
    message: str
    http_status: int | None = None
    retry_after: float | None = None
    usage: Usage = Usage()
