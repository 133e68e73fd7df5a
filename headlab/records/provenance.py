"""How a result was made."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field, JsonValue

from headlab.records.base import Record


def now() -> datetime:
    """The current time, UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


class Provenance(Record):
    """Model, analysis, parameters and time behind a result; every result carries one."""

    model: str
    revision: str | None = None
    fingerprint: str
    tokenizer_hash: str
    dtype: str
    device: str
    attention_kernel: str
    analysis: str
    analysis_version: int
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    prompts_hash: str | None = None
    seed: int | None = None
    headlab_version: str
    created_at: datetime = Field(default_factory=now)
    seconds: float = 0.0

    def identity(self) -> dict[str, JsonValue]:
        """The part that decides the numbers: equal identities mean equal results."""
        return self.model_dump(
            mode="json", exclude={"model", "revision", "headlab_version", "created_at", "seconds"}
        )
