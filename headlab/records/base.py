"""The base of every record: frozen, validated, plain data."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator, WithJsonSchema


def missing(value: object) -> bool:
    """For `exclude_if`: a fact that is None is left out of JSON, as before there was one."""
    return value is None


def nothing(value: object) -> bool:
    """For `exclude_if`: an empty, zero or false fact is left out of JSON."""
    return not value


class Record(BaseModel):
    """A frozen value that refuses unknown fields; equal when its fields are equal."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        protected_namespaces=(),
        ser_json_inf_nan="null",
    )

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.model_dump_json() == other.model_dump_json()

    def __hash__(self) -> int:
        return hash(self.model_dump_json())


def _as_matrix(value: Any) -> np.ndarray:
    if isinstance(value, list):  # JSON has no NaN: it is written as null
        value = [[np.nan if cell is None else cell for cell in row] for row in value]
    matrix = np.array(value, dtype=np.float64)
    if matrix.ndim != 2:
        raise ValueError(f"expected a matrix [n_layers, n_heads], got {matrix.ndim} dimensions")
    matrix.setflags(write=False)
    return matrix


def _as_lists(matrix: np.ndarray) -> list[list[float | None]]:
    return [[None if np.isnan(cell) else float(cell) for cell in row] for row in matrix]


Matrix = Annotated[
    np.ndarray,
    PlainValidator(_as_matrix),
    PlainSerializer(_as_lists),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"type": "null"}]}},
        }
    ),
]
"""A read-only float64 array `[n_layers, n_heads]`; JSON writes rows, with null for NaN."""
