"""Relations in the format of the LRE data set."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from headlab.records.errors import TaskError
from headlab.records.relation import SOURCE, TARGET, Category, Pair, Relation
from headlab.tasks.reading import lines_of_elements, name_of, read_json, read_text

SHAPES = (
    'an object with "name", "prompt_templates" (texts with one {}) and "samples" '
    '([{"subject": ..., "object": ...}, ...]); optional "prompt_templates_zs" and "properties"'
)
CATEGORIES: dict[str, Category] = {
    "factual": "knowledge",
    "commonsense": "knowledge",
    "linguistic": "linguistic",
}


def read_lre(path: str | Path) -> Relation:
    """Read a relation of the LRE data set's format (Hernandez et al., arXiv 2308.09124), `.json`.

    Subjects become sources, objects targets. The cloze sentences are the zero-shot templates, then
    the others, as far as they hold one `{}`; the target follows. The relation type gives the
    category (factual and commonsense: knowledge). Raises TaskError with the line.
    """
    file, text = read_text(path, (".json",))
    data = read_json(text, file, SHAPES)
    if not isinstance(data, dict) or not isinstance(data.get("samples"), list):
        raise TaskError(f"{file} is no LRE relation. Expected: {SHAPES}.")
    lines = lines_of_elements(text, "samples")
    pairs = [_pair(one, file, line) for line, one in zip(lines, data["samples"], strict=True)]
    properties = data.get("properties")
    kind = properties.get("relation_type") if isinstance(properties, dict) else None
    try:
        return Relation(
            name=_name(data.get("name"), file),
            category=CATEGORIES.get(str(kind), "custom"),
            description=f"LRE relation{f' ({kind})' if isinstance(kind, str) else ''}.",
            cloze=_templates(data, file),
            sources=f"Read from {file.name}.",
            pairs=tuple(pairs),
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise TaskError(f"{file}: {where}: {first['msg']}. Expected: {SHAPES}.") from None


def _pair(sample: Any, file: Path, line: int) -> Pair:
    match sample:
        case {"subject": str(source), "object": str(target)} if source.strip() and target.strip():
            return (source, target)
    raise TaskError(
        f'{file}, line {line}: expected {{"subject": "...", "object": "..."}} with a text on both '
        "sides."
    )


def _templates(data: dict[str, Any], file: Path) -> tuple[str, ...]:
    found: list[str] = []
    for key in ("prompt_templates_zs", "prompt_templates"):
        templates = data.get(key, [])
        if not isinstance(templates, list) or not all(isinstance(one, str) for one in templates):
            raise TaskError(f"{file}: {key} must be a list of texts. Expected: {SHAPES}.")
        for template in templates:
            if template.count("{}") == 1:
                found.append(template.replace("{}", SOURCE).rstrip() + " " + TARGET)
    return tuple(dict.fromkeys(found))


def _name(given: Any, file: Path) -> str:
    name = re.sub(r"[^\w .+-]", "_", given)[:80] if isinstance(given, str) else ""
    return name or name_of(file)
