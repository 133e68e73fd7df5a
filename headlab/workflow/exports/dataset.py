"""A catalogue as a folder that a hub of data sets takes as it is."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from headlab.catalogue.file import write_text
from headlab.records.errors import ExportError
from headlab.workflow.exports.rows import Item, full_row
from headlab.workflow.exports.shown import as_markdown

_LICENCE = re.compile(r"[a-z0-9][a-z0-9.+-]{1,60}")


def write_dataset(items: Sequence[Item], folder: Path, title: str, licence: str) -> Path:
    """Write `README.md`, the data card, and `data/heads.jsonl`, a row a head; returns the folder.

    `licence` is an identifier as hubs know them, such as "cc-by-4.0" or "mit". Raises ExportError
    for another text, and for a folder that holds something already.
    """
    if not _LICENCE.fullmatch(licence):
        raise ExportError(
            f"{licence!r} is no licence identifier. Give one such as cc-by-4.0, cc0-1.0, mit or other."
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder} is there already. Give a new or an empty folder.")
    try:
        (folder / "data").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{folder} cannot be made: {error.strerror}.") from error
    lines = [json.dumps(full_row(item), ensure_ascii=False) for item in items]
    write_text(folder / "data" / "heads.jsonl", "".join(f"{line}\n" for line in lines))
    write_text(folder / "README.md", _card(items, title, licence))
    return folder


def _card(items: Sequence[Item], title: str, licence: str) -> str:
    states = Counter(entry.state for _, entry in items)
    models = Counter((entry.model_name, entry.model_fingerprint) for _, entry in items)
    counted = "\n".join(f"| {state} | {count} |" for state, count in sorted(states.items()))
    named = "\n".join(
        f"| {as_markdown(name)} | {as_markdown(fingerprint)} | {count} |"
        for (name, fingerprint), count in sorted(models.items())
    )
    front = {
        "license": licence,
        "pretty_name": title,
        "tags": ["interpretability", "attention-heads", "headlab"],
        "configs": [{"config_name": "default", "data_files": "data/heads.jsonl"}],
    }
    # a JSON value is a YAML value, whatever the text in it
    yaml = "\n".join(f"{name}: {json.dumps(value)}" for name, value in front.items())
    return f"""---
{yaml}
---

# {as_markdown(title)}

Descriptions of attention heads with the evidence they rest on, exported from a HeadLab catalogue.

| state | heads |
|---|--:|
{counted}

| model | fingerprint | heads |
|---|---|--:|
{named}

## What a row holds

One head a row in `data/heads.jsonl`:

- `model_name`, `model_fingerprint` (hash of configuration and weights), `head`, `layer`, `index`
  (both from 0)
- `state`: `undescribed`; `drafted`, by rules or a language model and not yet judged by a person;
  `accepted`, `edited`, `rejected` or `unclear` by a person
- `description`: the text in force; `drafter`: who wrote it; `drafts`: all that were proposed
- `categories`, `stages` (KR, ICI, LR, EP of arXiv 2409.03752), `head_names`, `tags`, `note`
- `tests`: verdicts of tests of the description on the head itself
- `relations`: relation and suppression scores from the weights (arXiv 2412.11965), with their
  shuffled controls and ranks; `mappings`: the most salient tokens with their top targets
- `attention`: where the head looks, measure by measure, with controls and ranks; `attended_pairs`:
  the tokens that look most at another, in prompts; both empty where they were not measured
- `loss_change`: nats lost when the head is ablated, missing where it was not measured

## Limits

A description is a hypothesis about what a head does, from its weights and its effect on a set of
prompts. A state other than `accepted` and `edited` is no person's judgement. Token texts come from
the models' vocabularies and may be offensive.
"""
