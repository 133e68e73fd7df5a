"""A tidy table: one row an observation, one column a variable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, model_validator

from headlab.records.base import Record
from headlab.records.provenance import Provenance

Cell = str | int | float | bool | None


class Table(Record):
    """Named columns and rows of plain cells, with how they were made.

    `notes` says in words what a reader must know: what a column means, what was left out and why.
    A missing number is None or NaN.
    """

    name: str = Field(min_length=1)
    columns: tuple[str, ...] = Field(min_length=1)
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    provenance: Provenance | None = None

    @classmethod
    def of(
        cls,
        name: str,
        rows: Iterable[Mapping[str, Any]],
        columns: Iterable[str] | None = None,
        **rest: Any,
    ) -> Table:
        """A table of mappings; `columns=None` takes the keys of the first row, in their order."""
        found = list(rows)
        names = tuple(columns) if columns is not None else tuple(found[0] if found else ())
        return cls(
            name=name,
            columns=names,
            rows=tuple(tuple(row.get(column) for column in names) for row in found),
            **rest,
        )

    @model_validator(mode="after")
    def _rows_fit(self) -> Table:
        if len(set(self.columns)) != len(self.columns):
            raise ValueError(f"table {self.name} names a column twice")
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"row {number} of table {self.name} has {len(row)} cells, "
                    f"{len(self.columns)} columns were named"
                )
        return self

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> tuple[Cell, ...]:
        """All cells of a column; raises KeyError for an unknown one."""
        if name not in self.columns:
            raise KeyError(name)
        place = self.columns.index(name)
        return tuple(row[place] for row in self.rows)

    def dicts(self) -> list[dict[str, Cell]]:
        """The rows as mappings."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]
