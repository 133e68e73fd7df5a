"""Numbers about heads, as dashboards and papers publish them: a row or an object a head."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from headlab.records.errors import HeadError
from headlab.records.head import Head
from headlab.records.imported import MAX_ROWS, ImportedMetric
from headlab.workflow.imports.file import EvidenceFile
from headlab.workflow.imports.html_tables import html_tables
from headlab.workflow.imports.table import HeadReader, RawTable, csv_table, whole_rows

Metrics = dict[Head, tuple[ImportedMetric, ...]]

_ABSENT = {"", "nan", "null", "none", "na", "n/a"}
_HEAD_KEYS = ("head", "head_index", "headIndex", "index")
_LISTS = ("heads", "data", "results", "metrics")
_LONGEST = 200


@dataclass
class _Found:
    """Numbers by head, with where each head was named first."""

    file: EvidenceFile
    heads: dict[Head, dict[str, float]] = field(default_factory=dict)
    places: dict[Head, str] = field(default_factory=dict)
    left_out: dict[str, None] = field(default_factory=dict)

    def add(self, head: Head, where: str, numbers: dict[str, float]) -> None:
        if head in self.places:
            self.file.refuse(where, f"{head} was named at {self.places[head]} already.")
        if len(numbers) > MAX_ROWS:
            self.file.refuse(where, f"a head may have {MAX_ROWS:,} metrics.")
        for name in numbers:
            if not 0 < len(name) <= _LONGEST:
                self.file.refuse(where, f"a metric's name has 1 to {_LONGEST} characters.")
        self.heads[head], self.places[head] = numbers, where

    def result(self) -> tuple[Metrics, tuple[str, ...]]:
        empty = sum(not numbers for numbers in self.heads.values())
        if empty == len(self.heads):
            self.file.refuse("line 1", "it holds no number about any head.")
        if empty:
            self.left_out[f"{empty} heads without a number"] = None
        found = {
            head: tuple(ImportedMetric(name=name, value=value) for name, value in numbers.items())
            for head, numbers in self.heads.items()
            if numbers
        }
        return found, tuple(self.left_out)


def read_metrics(
    file: EvidenceFile, given: Head | None, shape: tuple[int, int] | None = None
) -> tuple[Metrics, tuple[str, ...]]:
    """Finite numbers by head, and in words what was left out.

    CSV and HTML have columns for layer and head and one for each metric; a column without any number
    is left out. JSON is a list of objects with layer and head, an object by head (`L5H3`), or an
    object of matrices, layers by heads. `shape` (layers, heads): the rows name no heads, but there is
    one for each head in order. A missing or NaN number is left out; an infinite one, text among
    numbers and a head said twice raise CatalogueError with the line or the row.
    """
    found = _Found(file)
    if file.form == "json":
        _read_json(found, given)
    else:
        tables = html_tables(file) if file.form == "html" else [csv_table(file)]
        for table in tables:
            _read_table(found, table, given, shape)
    return found.result()


def _read_table(
    found: _Found, table: RawTable, given: Head | None, shape: tuple[int, int] | None
) -> None:
    reader = HeadReader(found.file, table, given)
    rows = list(whole_rows(found.file, table))
    if shape is not None:
        layers, heads = shape
        if reader.known:
            found.file.refuse("line 1", "its rows name their heads; do not count them in order.")
        if len(rows) != layers * heads:
            found.file.refuse(
                "line 1", f"{len(rows):,} rows, the model has {layers * heads:,} heads."
            )
    columns = [
        place for place, name in enumerate(table.columns) if place not in reader.places and name
    ]
    if len({table.columns[place] for place in columns}) < len(columns):
        found.file.refuse("line 1", "two columns have the same name.")
    numeric = []
    for place in columns:
        if any(_number(row.cells[place]) is not None for row in rows):
            numeric.append(place)
        else:
            found.left_out[f"column {table.columns[place]!r}, which holds no number"] = None
    for count, row in enumerate(rows):
        head = reader.of(row) if shape is None else Head(layer=count // heads, index=count % heads)
        numbers = {}
        for place in numeric:
            if row.cells[place].strip().casefold() in _ABSENT:
                continue
            value = _number(row.cells[place])
            if value is None or not math.isfinite(value):
                said = f"{row.cells[place].strip()[:40]!r} in column {table.columns[place]!r}"
                found.file.refuse(f"line {row.line}", f"{said} is no finite number.")
            numbers[table.columns[place]] = value
        found.add(head, f"line {row.line}", numbers)


def _number(cell: str) -> float | None:
    try:
        return float(cell) if cell.strip().casefold() not in _ABSENT else None
    except ValueError:
        return None


def _read_json(found: _Found, given: Head | None) -> None:
    file = found.file
    try:
        data = json.loads(file.text, object_pairs_hook=_no_key_twice)
    except json.JSONDecodeError as error:
        file.refuse(f"line {error.lineno}", f"no JSON: {error.msg}.")
    except (ValueError, RecursionError) as error:
        file.refuse("line 1", f"{str(error)[:200] or 'nested too deeply'}.")
    if isinstance(data, dict):
        name = next((name for name in _LISTS if isinstance(data.get(name), list)), None)
        if name is not None and all(isinstance(one, dict) for one in data[name]):
            data = data[name]
    if isinstance(data, list):
        for number, one in enumerate(data, 1):
            where = f"item {number}"
            if not isinstance(one, dict):
                file.refuse(where, "an object with layer, head and numbers is expected.")
            head, rest = _head_of(found, where, one, given)
            found.add(head, where, _numbers(found, where, rest))
    elif isinstance(data, dict) and data and all(map(_is_matrix, data.values())):
        _read_matrices(found, data)
    elif isinstance(data, dict) and given is not None:
        found.add(given, "line 1", _numbers(found, "line 1", data))
    elif isinstance(data, dict) and all(isinstance(one, dict) for one in data.values()):
        for name, one in data.items():
            found.add(_parse(found, name, name), name, _numbers(found, name, one))
    else:
        file.refuse("line 1", "a list of objects, or an object by head such as L5H3, is expected.")


def _no_key_twice(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise ValueError(f"the key {name[:60]!r} is there twice in one object")
        made[name] = value
    return made


def _head_of(
    found: _Found, where: str, one: dict[str, Any], given: Head | None
) -> tuple[Head, dict[str, Any]]:
    name = next((name for name in _HEAD_KEYS if name in one), None)
    if name is None and given is not None:
        return given, one
    rest = {key: value for key, value in one.items() if key not in (name, "layer")}
    if name is None:
        found.file.refuse(where, "it names no head; give layer and head.")
    if given is not None:
        found.file.refuse(where, f"it names its head itself; leave {given} out.")
    if "layer" not in one:
        return _parse(found, where, one[name]), rest
    layer, index = one["layer"], one[name]
    try:
        if isinstance(layer, bool) or isinstance(index, bool):
            raise ValueError
        return Head(layer=int(str(layer)), index=int(str(index))), rest
    except ValueError:
        said = f"layer {str(layer)[:20]}, head {str(index)[:20]}"
        found.file.refuse(where, f"{said} is no head. Count layer and head from 0.")


def _parse(found: _Found, where: str, text: Any) -> Head:
    try:
        return Head.parse(str(text)[:40])
    except HeadError as error:
        found.file.refuse(where[:40], str(error))


def _numbers(
    found: _Found, where: str, one: dict[str, Any], prefix: str = "", depth: int = 0
) -> dict[str, float]:
    """Numbers of an object and of those in it, which give them the start of their names."""
    numbers: dict[str, float] = {}
    for name, value in one.items():
        if isinstance(value, dict) and depth < 2:
            inner = prefix if name in ("metrics", "scores", "values") else f"{prefix}{name}."
            more = _numbers(found, where, value, inner, depth + 1)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            more = {f"{prefix}{name}": _finite(found, where, name, value)} if value == value else {}
        else:
            if value is not None:
                found.left_out[f"{prefix}{name}"[:_LONGEST] + ", which is no number"] = None
            continue
        for key in more.keys() & numbers.keys():
            found.file.refuse(where, f"{key[:60]!r} is said twice.")
        numbers |= more
    return numbers


def _finite(found: _Found, where: str, name: str, value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        found.file.refuse(where, f"{name[:60]!r} is no finite number.")
    return number


def _is_matrix(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, list) for row in value)


def _read_matrices(found: _Found, data: dict[str, Any]) -> None:
    """`{metric: [layer][head]}`"""
    heads: dict[Head, dict[str, float]] = {}
    for name, matrix in data.items():
        for layer, row in enumerate(matrix):
            for index, value in enumerate(row):
                numbers = heads.setdefault(Head(layer=layer, index=index), {})
                where = f"{name[:60]}, layer {layer}, head {index}"
                if value is not None and (
                    isinstance(value, bool) or not isinstance(value, (int, float))
                ):
                    found.file.refuse(where, "a number or null is expected.")
                if value is not None and value == value:
                    numbers[name] = _finite(found, where, name, value)
    for head, numbers in heads.items():
        found.add(head, str(head), numbers)
