"""Salient mappings as the MAPS paper's authors print them: a token, and what it is mapped to."""

from __future__ import annotations

import math

from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.imported import MAX_ROWS, ImportedMapping
from headlab.workflow.imports.file import EvidenceFile
from headlab.workflow.imports.html_tables import html_tables
from headlab.workflow.imports.table import HeadReader, RawRow, RawTable, csv_table, role, whole_rows
from headlab.workflow.imports.tokens import read_token, read_tokens

_SOURCES = {"token", "source", "source token", "salient token", "input", "input token"}
_TARGETS = {"mapping", "target", "target token", "mapped token", "output", "output token"}
_TARGETS |= {f"{name}s" for name in _TARGETS} | {"top mappings", "top targets"}
_SALIENCY = {"saliency", "norm", "amplification"}
_LONGEST, _MOST_TARGETS = 400, 100

Mappings = dict[Head, tuple[ImportedMapping, ...]]


def read_mappings(file: EvidenceFile, given: Head | None) -> tuple[Mappings, tuple[str, ...]]:
    """Mappings by head from HTML or CSV, and in words the columns that were left out.

    Columns: `Token`, `Mappings` (one with a list, or several with a token each, such as `target 1`),
    and if the file holds several heads `layer` and `head`, or a title with the head over each table.
    Raises CatalogueError with the line of what cannot be read.
    """
    if file.form == "json":
        raise CatalogueError(f"{file.name}: mappings are read from .html or .csv.")
    tables = html_tables(file) if file.form == "html" else [csv_table(file)]
    found: dict[Head, list[ImportedMapping]] = {}
    left_out: dict[str, None] = {}
    fitting = [table for table in tables if table.places(_SOURCES) and _targets(table)]
    if not fitting:
        names = ", ".join(repr(name) for name in tables[0].columns[:8])
        file.refuse(
            "line 1", f"no table has the columns Token and Mappings; the first one has {names}."
        )
    for table in fitting:
        reader = HeadReader(file, table, given)
        (source, *_), targets = table.places(_SOURCES), _targets(table)
        saliency = table.places(_SALIENCY)[:1]
        used = {source, *targets, *saliency, *reader.places}
        left_out |= {name: None for place, name in enumerate(table.columns) if place not in used}
        for row in whole_rows(file, table):
            rows = found.setdefault(reader.of(row), [])
            rows.append(_mapping(file, row, source, targets, saliency))
            if len(rows) > MAX_ROWS:
                file.refuse(f"line {row.line}", f"a head may have {MAX_ROWS:,} mappings.")
    if len(fitting) < len(tables):
        left_out[f"{len(tables) - len(fitting)} tables without Token and Mappings"] = None
    if not found:
        file.refuse("line 1", "its tables have no rows.")
    return {head: tuple(rows) for head, rows in found.items()}, tuple(filter(None, left_out))


def _targets(table: RawTable) -> list[int]:
    """Columns of targets, also numbered ones: `target 1`, `mapping_2`."""
    found = []
    for place, name in enumerate(table.columns):
        words = role(name)
        base = words.rstrip("0123456789").rstrip()
        if base in _TARGETS or (base != words and base == "top"):
            found.append(place)
    return found


def _mapping(
    file: EvidenceFile, row: RawRow, source: int, targets: list[int], saliency: list[int]
) -> ImportedMapping:
    where = f"line {row.line}"
    if len(targets) == 1:
        words = read_tokens(row.cells[targets[0]])
    else:
        cells = (row.cells[place] for place in targets)
        words = tuple(read_token(cell) for cell in cells if cell.strip())
    token = read_token(row.cells[source])
    if not row.cells[source].strip() or not words:
        file.refuse(where, f"the {'token' if words else 'mapping'} is empty.")
    if max(map(len, (token, *words))) > _LONGEST or len(words) > _MOST_TARGETS:
        file.refuse(
            where,
            f"no mapping: a token has at most {_LONGEST} characters, and {_MOST_TARGETS} targets.",
        )
    number = None
    if saliency and (said := row.cells[saliency[0]].strip()):
        try:
            number = float(said)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            file.refuse(where, f"the saliency {said[:40]!r} is no finite number.")
    return ImportedMapping(source=token, targets=words, saliency=number)
