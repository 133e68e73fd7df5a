"""A table of texts with the lines that its rows stand on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from headlab.records.errors import HeadError
from headlab.records.head import Head
from headlab.workflow.imports.file import EvidenceFile

_LAYER = {"layer", "layer index", "layer idx"}
_HEAD = {"head", "head index", "head idx"}
_TITLE = re.compile(
    r"\bL(\d+)\.?H(\d+)\b|\blayer\s*:?\s*(\d+)\W+head\s*:?\s*(\d+)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class RawRow:
    line: int
    cells: list[str]


@dataclass(frozen=True)
class RawTable:
    """Columns as the file names them; "" for one without a name, such as an index."""

    title: str
    columns: list[str]
    rows: list[RawRow]

    def places(self, *roles: set[str]) -> list[int]:
        """The columns whose name is one of these."""
        names = set().union(*roles)
        return [place for place, name in enumerate(self.columns) if role(name) in names]


def role(name: str) -> str:
    """A column's name for comparison: no case, words with one space between."""
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))


def csv_table(file: EvidenceFile) -> RawTable:
    """The table of a CSV file whose first row names the columns."""
    reader = csv.reader(io.StringIO(file.text, newline=""), strict=True)
    columns: list[str] | None = None
    rows = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = [cell.strip() for cell in cells]
            else:
                rows.append(RawRow(line=reader.line_num, cells=cells))
    except csv.Error as error:
        file.refuse(f"line {reader.line_num}", f"{error}.")
    if columns is None:
        file.refuse("line 1", "there is no row of column names.")
    return RawTable(title="", columns=columns, rows=rows)


class HeadReader:
    """Says which head a row is about: by its columns, by the table's title, or the one given."""

    def __init__(self, file: EvidenceFile, table: RawTable, given: Head | None) -> None:
        self._file = file
        layers, heads = table.places(_LAYER), table.places(_HEAD)
        self._layer = layers[0] if layers else None
        self._head = heads[0] if heads else None
        self.places = {*layers, *heads}
        self._fixed = given
        if max(len(layers), len(heads)) > 1:
            file.refuse(self._first(table), "layer or head is named by two columns.")
        if self._layer is not None and self._head is None:
            file.refuse(
                self._first(table), "there is a column for the layer and none for the head."
            )
        named = self._head is not None
        if not named and (match := _TITLE.search(table.title)):
            layer, index = (int(part) for part in match.groups() if part is not None)
            self._fixed, named = Head(layer=layer, index=index), True
        if named and given is not None:
            file.refuse(self._first(table), f"it names its heads itself; leave {given} out.")

    @property
    def known(self) -> bool:
        return self._head is not None or self._fixed is not None

    def of(self, row: RawRow) -> Head:
        """The head of a row; refuses what is none."""
        if self._head is None:
            if self._fixed is None:
                self._file.refuse(
                    f"line {row.line}",
                    "no head is named. Give columns for layer and head, a title such as L5H3, or say "
                    "which head the file is about.",
                )
            return self._fixed
        index = row.cells[self._head].strip()
        try:
            if self._layer is None:
                return Head.parse(index)
            layer = row.cells[self._layer].strip()
            return Head(layer=_whole(layer), index=_whole(index))
        except (HeadError, ValueError):
            said = index if self._layer is None else f"layer {layer}, head {index}"
            self._file.refuse(
                f"line {row.line}", f"{said[:60]!r} is no head. Count layer and head from 0."
            )

    @staticmethod
    def _first(table: RawTable) -> str:
        return f"line {table.rows[0].line}" if table.rows else "line 1"


def whole_rows(file: EvidenceFile, table: RawTable) -> Iterator[RawRow]:
    """Rows with as many cells as there are columns; refuses others."""
    for row in table.rows:
        if len(row.cells) != len(table.columns):
            file.refuse(
                f"line {row.line}",
                f"{len(row.cells)} cells, the first row names {len(table.columns)} columns.",
            )
        yield row


def _whole(text: str) -> int:
    """pandas writes whole numbers of a column with gaps as 5.0."""
    number = text.removesuffix(".0")
    if not (number.isascii() and number.isdecimal()) or len(number) > 9:
        raise ValueError(text)
    return int(number)
