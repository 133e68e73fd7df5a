"""Users' own tasks, from JSON, JSON lines, CSV or text files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from headlab.records.errors import TaskError
from headlab.records.example import Example, TaskSet
from headlab.tasks.reading import (
    csv_rows,
    json_lines,
    lines_of_elements,
    name_of,
    read_json,
    read_text,
    spaced,
)

ENDINGS = (".json", ".jsonl", ".csv", ".txt")
SHAPES = (
    '[{"prompt": ..., "answer": ..., "wrong": [...], "corrupted": ..., "corrupted_answer": ..., '
    '"spans": {...}}, ...] (prompt and answer are needed), or {"name": ..., "description": ..., '
    '"examples": [...]}'
)
Numbered = Iterable[tuple[int, Any]]


def read_task(path: str | Path) -> TaskSet:
    """Read a task from a `.json`, `.jsonl`, `.csv` or `.txt` file.

    JSON: a list of examples, or an object with `name`, `description` and `examples`; JSON lines: an
    example a line. Answers are taken as written, leading space included; `wrong` may be one text.
    CSV: columns prompt, answer and, if wanted, wrong (several with `|` between them), corrupted,
    corrupted_answer. Text: a sentence a line, whose last word is the answer. CSV and text put a
    space between a prompt and an answer that begins with a letter or digit. The task is named after
    the file unless it says otherwise. Raises TaskError with the line.
    """
    file, text = read_text(path, ENDINGS)
    about: dict[str, Any] = {"name": name_of(file), "description": f"Read from {file.name}."}
    ending = file.suffix.lower()
    found: Numbered
    if ending == ".json":
        found, told = _from_json(text, file)
        about |= told
    elif ending == ".jsonl":
        found = json_lines(text, file, SHAPES)
    elif ending == ".csv":
        found = _from_csv(text, file)
    else:
        found = _from_text(text, file)
    examples = tuple(_example(data, file, line) for line, data in found)
    if not examples:
        raise TaskError(f"{file} holds no examples. Expected: {SHAPES}.")
    try:
        return TaskSet(examples=examples, **about)
    except (ValidationError, TypeError) as error:
        raise TaskError(f"{file}: {_first(error)}. Expected: {SHAPES}.") from None


def _from_json(text: str, file: Path) -> tuple[Numbered, dict[str, Any]]:
    data = read_json(text, file, SHAPES)
    key = None
    about: dict[str, Any] = {}
    if isinstance(data, dict):
        key, about = "examples", {name: value for name, value in data.items() if name != "examples"}
        data = data.get("examples")
    if not isinstance(data, list):
        raise TaskError(f"{file} holds no list of examples. Expected: {SHAPES}.")
    return zip(lines_of_elements(text, key), data, strict=True), about


def _from_csv(text: str, file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = csv_rows(text, file, ("prompt", "answer"), ("wrong", "corrupted", "corrupted_answer"))
    for line, cells in rows:
        prompt = cells["prompt"]
        data: dict[str, Any] = {"prompt": prompt, "answer": spaced(prompt, cells["answer"])}
        if cells.get("wrong"):
            data["wrong"] = [spaced(prompt, one) for one in cells["wrong"].split("|") if one]
        if cells.get("corrupted"):
            data["corrupted"] = cells["corrupted"]
        if cells.get("corrupted_answer"):
            data["corrupted_answer"] = spaced(cells.get("corrupted", ""), cells["corrupted_answer"])
        yield line, data


def _from_text(text: str, file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        prompt, _, answer = line.strip().rpartition(" ")
        if not prompt:
            raise TaskError(
                f"{file}, line {number}: {line.strip()[:40]!r} is one word; write a sentence whose "
                "last word is the answer."
            )
        yield number, {"prompt": prompt.rstrip(), "answer": f" {answer}"}


def _example(data: Any, file: Path, line: int) -> Example:
    if isinstance(data, dict) and isinstance(data.get("wrong"), str):
        data = {**data, "wrong": [data["wrong"]]}
    try:
        return Example.model_validate(data)
    except ValidationError as error:
        raise TaskError(f"{file}, line {line}: {_first(error)}. Expected: {SHAPES}.") from None


def _first(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return str(error)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
