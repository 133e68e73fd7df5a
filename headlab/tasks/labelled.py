"""Prompts with labels, such as sentiment sets: each label stands for an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from headlab.records.errors import TaskError
from headlab.records.example import Example, TaskSet
from headlab.tasks.reading import (
    csv_rows,
    json_lines,
    lines_of_elements,
    name_of,
    read_json,
    read_text,
)

SHAPES = (
    '[{"prompt": ..., "label": ...}, ...], one such object a line (.jsonl), or CSV with the columns '
    "prompt and label"
)
MOVIE_REVIEW = {"positive": " great", "negative": " terrible"}
MOOD_STORY = {"positive": " excited", "negative": " nervous"}


def read_labelled(path: str | Path, answers: Mapping[str, str] = MOVIE_REVIEW) -> TaskSet:
    """Read prompts with labels from a `.json`, `.jsonl` or `.csv` file.

    answers: the answer that each label stands for, as it continues the prompt (leading space
    included); the others are the wrong ones. The defaults are those of ToyMovieReview; `MOOD_STORY`
    has ToyMoodStory's (Tigges et al., arXiv 2310.15154). Labels are compared in lower case. Raises
    TaskError with the line.
    """
    file, text = read_text(path, (".json", ".jsonl", ".csv"))
    known = {label.lower(): answer for label, answer in answers.items()}
    examples = tuple(_example(data, known, file, line) for line, data in _items(text, file))
    if not examples:
        raise TaskError(f"{file} holds no prompts. Expected: {SHAPES}.")
    return TaskSet(
        name=name_of(file),
        description=f"Prompts with labels, read from {file.name}.",
        parameters={"answers": dict(answers)},
        examples=examples,
    )


def _items(text: str, file: Path) -> Iterator[tuple[int, Any]]:
    if file.suffix.lower() == ".csv":
        yield from csv_rows(text, file, ("prompt", "label"))
    elif file.suffix.lower() == ".jsonl":
        yield from json_lines(text, file, SHAPES)
    else:
        data = read_json(text, file, SHAPES)
        if not isinstance(data, list):
            raise TaskError(f"{file} holds no list. Expected: {SHAPES}.")
        yield from zip(lines_of_elements(text), data, strict=True)


def _example(data: Any, answers: Mapping[str, str], file: Path, line: int) -> Example:
    prompt = data.get("prompt") if isinstance(data, dict) else None
    if not isinstance(prompt, str) or not prompt.strip() or "label" not in data:
        raise TaskError(f"{file}, line {line}: no prompt and label. Expected: {SHAPES}.")
    label = str(data["label"]).strip().lower()
    if label not in answers:
        raise TaskError(
            f"{file}, line {line}: label {label[:40]!r} is unknown. Known ones: "
            f"{', '.join(answers)}; give others with answers={{label: answer}}."
        )
    wrong = dict.fromkeys(answer for name, answer in answers.items() if name != label)
    return Example(prompt=prompt, answer=answers[label], wrong=tuple(wrong), facts={"label": label})
