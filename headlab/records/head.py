"""The address of an attention head."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, model_validator

from headlab.records.base import Record
from headlab.records.errors import HeadError

_WRITTEN = re.compile(r"\s*(?:L(\d+)\.?H(\d+)|(\d+)\.(\d+))\s*", re.IGNORECASE)


class Head(Record):
    """Head `index` of layer `layer`, both from 0; written `L5H3` (`L5.H3` and `5.3` are read too)."""

    layer: int = Field(ge=0)
    index: int = Field(ge=0)

    @model_validator(mode="before")
    @classmethod
    def _read_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            head = cls.parse(value)
            return {"layer": head.layer, "index": head.index}
        return value

    @classmethod
    def parse(cls, text: str | Head) -> Head:
        """Read `L5H3`, `L5.H3` or `5.3`; raises HeadError for anything else."""
        if isinstance(text, Head):
            return text
        match = _WRITTEN.fullmatch(text)
        if match is None:
            raise HeadError(f"{text!r} is not a head. Write layer and head from 0, like L5H3.")
        layer, index = (int(part) for part in match.groups() if part is not None)
        return cls(layer=layer, index=index)

    def __str__(self) -> str:
        return f"L{self.layer}H{self.index}"

    def __lt__(self, other: Head) -> bool:
        return (self.layer, self.index) < (other.layer, other.index)
