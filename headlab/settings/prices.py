"""What an endpoint charges."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from headlab.records.base import Record


class Prices(Record):
    """Prices per million tokens, in the user's currency; None where unknown.

    Also read from the text `input,output`, such as `0.15,0.60`, and from a list of two numbers.
    """

    input: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    output: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _read_pair(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = value.split(",")
        if isinstance(value, list | tuple):
            if len(value) != 2:
                raise ValueError("expected two numbers, input and output, such as 0.15,0.60")
            return {"input": value[0], "output": value[1]}
        return value

    @property
    def known(self) -> bool:
        return self.input is not None and self.output is not None
