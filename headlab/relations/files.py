"""Users' own relations, from JSON or CSV files."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from headlab.records.errors import RelationError
from headlab.records.relation import Pair, Relation

SHAPES = (
    '[["source", "target"], ...], {"name": ..., "pairs": [...]} with optional category, '
    "description, k, few_shot and cloze, or CSV with two columns"
)
MAX_BYTES = 10_000_000


def read_relation(path: str | Path) -> Relation:
    """Read a relation from a `.json` or `.csv` file.

    JSON: a list of pairs, or an object with `name`, `pairs` and optional templates (`template` is
    taken as a cloze sentence). CSV: two columns, with or without the header `source,target`. The
    relation is named after the file unless it says otherwise. Raises RelationError with the line.
    """
    file = Path(path)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise RelationError(f"{file} is larger than {MAX_BYTES // 1_000_000} MB.")
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise RelationError(f"There is no file {str(file)!r}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RelationError(f"{file} cannot be read as UTF-8 text: {error}.") from None
    ending = file.suffix.lower()
    if ending not in (".json", ".csv"):
        raise RelationError(f"{file} must end in .json or .csv. Expected: {SHAPES}.")
    data = _from_csv(text, file) if ending == ".csv" else _from_json(text, file)
    data.setdefault("name", re.sub(r"[^\w .+-]", "_", file.stem) or "custom")
    try:
        return Relation.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise RelationError(f"{file}: {where}: {first['msg']}. Expected: {SHAPES}.") from None


def _from_csv(text: str, file: Path) -> dict[str, Any]:
    pairs: list[Pair] = []
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != 2:
                raise RelationError(
                    f"{file}, line {reader.line_num}: {len(row)} columns, expected two "
                    "(source, target)."
                )
            source, target = (cell.strip() for cell in row)
            if not pairs and (source.lower(), target.lower()) == ("source", "target"):
                continue
            if not source or not target:
                raise RelationError(f"{file}, line {reader.line_num}: one side is empty.")
            pairs.append((source, target))
    except csv.Error as error:
        raise RelationError(f"{file}, line {reader.line_num}: {error}.") from None
    if not pairs:
        raise RelationError(f"{file} holds no pairs. Expected: {SHAPES}.")
    return {"pairs": pairs}


def _from_json(text: str, file: Path) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise RelationError(
            f"{file}, line {error.lineno}, column {error.colno}: {error.msg}. Expected: {SHAPES}."
        ) from None
    except RecursionError:
        raise RelationError(f"{file} is nested too deeply. Expected: {SHAPES}.") from None
    if isinstance(data, list):
        data = {"pairs": data}
    if not isinstance(data, dict) or not isinstance(data.get("pairs"), list):
        raise RelationError(f"{file} holds no list of pairs. Expected: {SHAPES}.")
    if "template" in data:
        template = data.pop("template")
        data["cloze"] = [template, *data.get("cloze", ())]
    for number, pair in enumerate(data["pairs"], 1):
        well = isinstance(pair, list) and len(pair) == 2 and all(isinstance(w, str) for w in pair)
        if not well:
            line = _line_of(text, number)
            raise RelationError(
                f"{file}, line {line}: pair {number} is {json.dumps(pair)[:60]}, expected "
                '["source", "target"].'
            )
    return data


def _line_of(text: str, number: int) -> int:
    """The line on which element `number` of the list of pairs starts."""
    decoder = json.JSONDecoder()
    start = text.index("[") if text.lstrip().startswith("[") else _pairs_start(text)
    place = start + 1
    for count in range(1, number + 1):
        while text[place] in " \t\r\n,":
            place += 1
        if count == number:
            break
        _, place = decoder.raw_decode(text, place)
    return text.count("\n", 0, place) + 1


def _pairs_start(text: str) -> int:
    match = re.search(r'"pairs"\s*:\s*\[', text)
    return match.end() - 1 if match else 0
