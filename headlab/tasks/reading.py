"""Reading files of examples: text, JSON with line numbers, CSV rows; errors name file and line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headlab.records.errors import TaskError

MAX_BYTES = 50_000_000


def read_text(path: str | Path, endings: tuple[str, ...]) -> tuple[Path, str]:
    """The file and its text. Raises TaskError when it is missing, too large or not UTF-8."""
    file = Path(path)
    if file.suffix.lower() not in endings:
        raise TaskError(f"{file.name!r} must end in {', '.join(endings)}.")
    try:
        if file.stat().st_size > MAX_BYTES:
            raise TaskError(f"{file} is larger than {MAX_BYTES // 1_000_000} MB.")
        return file, file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise TaskError(f"There is no file {str(file)!r}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise TaskError(f"{file} cannot be read as UTF-8 text: {error}.") from None


def read_json(text: str, file: Path, shapes: str) -> Any:
    """The value of a JSON text. Raises TaskError with line and column."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise TaskError(
            f"{file}, line {error.lineno}, column {error.colno}: {error.msg}. Expected: {shapes}."
        ) from None
    except RecursionError:
        raise TaskError(f"{file} is nested too deeply. Expected: {shapes}.") from None


def lines_of_elements(text: str, key: str | None = None) -> list[int]:
    """The line on which each element of a valid JSON text's list starts.

    The list is the whole text, or the value of `key` in its object.
    """
    decoder = json.JSONDecoder()
    place = _list_start(text, key, decoder)
    found: list[int] = []
    while True:
        place = _skip(text, place, " \t\r\n,")
        if text[place] == "]":
            return found
        found.append(text.count("\n", 0, place) + 1)
        _, place = decoder.raw_decode(text, place)


def _list_start(text: str, key: str | None, decoder: json.JSONDecoder) -> int:
    place = _skip(text, 0, " \t\r\n") + 1
    if key is None:
        return place
    found = place
    while text[place := _skip(text, place, " \t\r\n,")] != "}":  # the outer object's own keys
        name, place = decoder.raw_decode(text, place)
        place = _skip(text, place, " \t\r\n:")
        if name == key:  # of keys that come twice, the last one holds
            found = place + 1
        _, place = decoder.raw_decode(text, place)
    return found


def _skip(text: str, place: int, characters: str) -> int:
    while text[place] in characters:
        place += 1
    return place


def json_lines(text: str, file: Path, shapes: str) -> Iterator[tuple[int, Any]]:
    """Line number and value of every line that is not blank."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                said = getattr(error, "msg", "nested too deeply")
                raise TaskError(f"{file}, line {number}: {said}. Expected: {shapes}.") from None


def csv_rows(
    text: str, file: Path, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and named cells of every row; the first row names the columns."""
    reader = csv.reader(io.StringIO(text), strict=True)
    header: list[str] | None = None
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if header is None:
                header = [cell.strip().lower() for cell in row]
                _check_header(header, file, required, optional)
                continue
            if len(row) != len(header):
                raise TaskError(
                    f"{file}, line {reader.line_num}: {len(row)} columns, the header names "
                    f"{len(header)}. Put texts with commas in quotation marks."
                )
            cells = dict(zip(header, row, strict=True))
            for name in required:
                if not cells[name].strip():
                    raise TaskError(f"{file}, line {reader.line_num}: {name} is empty.")
            yield reader.line_num, cells
    except csv.Error as error:
        raise TaskError(f"{file}, line {reader.line_num}: {error}.") from None


def _check_header(
    header: list[str], file: Path, required: tuple[str, ...], optional: tuple[str, ...]
) -> None:
    wanted = f"Its columns: {', '.join(required)}"
    wanted += f"; optional: {', '.join(optional)}." if optional else "."
    for name in required:
        if name not in header:
            raise TaskError(f"{file}, line 1: there is no column {name!r}. {wanted}")
    for name in header:
        if name not in (*required, *optional) or header.count(name) > 1:
            raise TaskError(f"{file}, line 1: column {name!r} is unknown or said twice. {wanted}")


def spaced(prompt: str, answer: str) -> str:
    """The answer with the space that running text has before a word."""
    return f" {answer}" if answer[:1].isalnum() and not prompt[-1:].isspace() else answer


def name_of(file: Path) -> str:
    """A name made of the file's."""
    return re.sub(r"[^\w .+-]", "_", file.stem) or "task"
