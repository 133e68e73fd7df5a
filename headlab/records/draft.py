"""A drafted description of a head, or the reason why there is none."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue, model_validator

from headlab.records.base import Record, nothing
from headlab.records.provenance import now

Stage = Literal["KR", "ICI", "LR", "EP"]
"""Knowledge Recalling, In-Context Identification, Latent Reasoning, Expression Preparation."""

DrafterKind = Literal["rules", "llm", "person"]

FailureKind = Literal[
    "no_key",
    "connection",
    "deadline",
    "rate_limited",
    "quota",
    "unauthorised",
    "not_found",
    "server_error",
    "redirect",
    "refusal",
    "cut_short",
    "empty",
    "invalid",
    "bad_request",
]


class Drafter(Record):
    """Who wrote a draft. `name` is the LLM's model name, or the version of the rules."""

    kind: DrafterKind
    name: str
    prompt_version: str | None = None
    prompt_hash: str | None = None
    parameters: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def label(self) -> str:
        """How the drafter is shown everywhere."""
        if self.kind == "rules":
            return "rule-based, no language model"
        return f"language model {self.name}" if self.kind == "llm" else f"written by {self.name}"


class Usage(Record):
    """Tokens a draft cost, over all calls; None where the endpoint did not say."""

    calls: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Draft(Record):
    """A description with the evidence rows it rests on; `unclear` means no pattern was found.

    `description` is plain text. `evidence` are row ids of the card whose hash is `card_hash`.
    `held_out`: the rows that tests use were kept from the drafter; left out of JSON where they were
    not, or nothing is known of it.
    """

    description: str = Field(min_length=1, max_length=2000)
    input_kind: str = Field(default="", max_length=400)
    pattern: str = Field(default="", max_length=400)
    categories: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    evidence: tuple[str, ...] = ()
    unclear: bool = False
    drafter: Drafter
    card_hash: str
    held_out: bool = Field(default=False, exclude_if=nothing)
    usage: Usage = Usage()
    created_at: datetime = Field(default_factory=now)

    @model_validator(mode="after")
    def _rests_on_evidence(self) -> Draft:
        if not self.unclear and not self.evidence and self.drafter.kind != "person":
            raise ValueError("a draft that is not 'unclear' must cite the evidence it rests on")
        return self


class DraftFailure(Record):
    """Why drafting gave nothing: never a description, never stored as one.

    `retry_after`: seconds the endpoint asked to wait, where it did.
    """

    kind: FailureKind
    message: str
    http_status: int | None = None
    retry_after: float | None = None
    drafter: Drafter
    card_hash: str
    usage: Usage = Usage()
    created_at: datetime = Field(default_factory=now)
