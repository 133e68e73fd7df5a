"""A catalogue as a folder that a hub of data sets takes as it is."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from headlab.catalogue.file import write_text
from headlab.records.errors import ExportError
from headlab.workflow.exports.origin import Origin, n_in_review, state_counts
from headlab.workflow.exports.rows import Item, full_row, imported_rows
from headlab.workflow.exports.shown import as_markdown
from headlab.workflow.exports.tested import result_rows, verdict_counts

_LICENCE = re.compile(r"[a-z0-9][a-z0-9.+-]{1,60}")


def write_dataset(
    items: Sequence[Item], folder: Path, title: str, licence: str, origin: Origin
) -> Path:
    """Write `README.md`, the data card, and `data/heads.jsonl`, a row a head; returns the folder.

    Where descriptions were tested, `data/tests.jsonl` holds the results, a row a test; where others'
    evidence was imported, `data/imported.jsonl` holds it, a row a head and source.
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
    files = {
        "heads": list(map(full_row, items)),
        "tests": [row for item in items for row in result_rows(item)],
        "imported": [row for item in items for row in imported_rows(item)],
    }
    for name, rows in files.items():
        if rows or name == "heads":  # a hub takes no file without rows
            _write_rows(folder / "data" / f"{name}.jsonl", rows)
    write_text(folder / "README.md", _card(items, title, licence, files, origin))
    return folder


def _write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    write_text(path, "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))


def _card(
    items: Sequence[Item],
    title: str,
    licence: str,
    files: Mapping[str, Sequence[dict[str, Any]]],
    origin: Origin,
) -> str:
    models = Counter((entry.model_name, entry.model_fingerprint) for _, entry in items)
    states = state_counts(items)
    if judged := n_in_review(items):
        states.append(("in review, counted above too", judged))
    counted = "\n".join(f"| {state} | {count} |" for state, count in states)
    named = "\n".join(
        f"| {as_markdown(name)} | {as_markdown(fingerprint)} | {count} |"
        for (name, fingerprint), count in sorted(models.items())
    )
    front = {
        "license": licence,
        "pretty_name": title,
        "tags": ["interpretability", "attention-heads", "headlab"],
        "configs": [
            {
                "config_name": "default" if name == "heads" else name,
                "data_files": f"data/{name}.jsonl",
            }
            for name, rows in files.items()
            if rows or name == "heads"
        ],
    }
    made, selection = origin.lines()
    # a JSON value is a YAML value, whatever the text in it
    yaml = "\n".join(f"{name}: {json.dumps(value)}" for name, value in front.items())
    return f"""---
{yaml}
---

# {as_markdown(title)}

Descriptions of attention heads with the evidence they rest on, exported from a HeadLab catalogue.

{made} {as_markdown(selection)}

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
- `in_review`: people are asked about it or have voted, and nobody has decided; `draft_unclear`: the
  drafter of the newest draft found no pattern, null where there is no draft
- `description`: the text in force; `drafter`: who wrote it; `drafts`: all that were proposed
- `categories`, `stages` (KR, ICI, LR, EP of arXiv 2409.03752), `head_names`, `tags`, `note`
- `tests`: verdicts of tests of the description in force on the head itself, by test
- `relations`: relation and suppression scores from the weights (arXiv 2412.11965), with their
  shuffled controls and ranks; `mappings`: the most salient tokens with their top targets
- `attention`: where the head looks, measure by measure, with controls and ranks; `attended_pairs`:
  the tokens that look most at another, in prompts; both empty where they were not measured
- `loss_change`: nats lost when the head is ablated, missing where it was not measured
{_of_tests(items, files["tests"])}{_of_imported(files["imported"])}
## Whole histories

These rows are the state at the time of the export. Every revision behind them, with authors and hashes,
is in the JSON form of the same entries (`headlab catalogue export FILE.json`), whose JSON Schema
`headlab catalogue schema` writes.

## Limits

A description is a hypothesis about what a head does, from its weights and its effect on a set of
prompts. A state other than `accepted` and `edited` is no person's judgement. Token texts come from
the models' vocabularies and may be offensive.
"""


def _of_tests(items: Sequence[Item], rows: Sequence[dict[str, Any]]) -> str:
    """What `data/tests.jsonl` is and how often which test passes; nothing without that file."""
    if not rows:
        return ""
    counted = "\n".join(
        f"| {test} | {said['passes']} | {said['fails']} | {said['not testable']} |"
        for test, said in verdict_counts(items)
    )
    return f"""
## Tests of descriptions

`data/tests.jsonl` holds the newest result of each test of a description on the head itself, a row a
test. A test passes when the interval of the difference to the best control lies above 0 and `q` is
at most the false discovery rate of its batch. A test that fails is no proof that the description is
wrong, and one that passes none that it is right.

- `model_name`, `model_fingerprint`, `head`, `layer`, `index` as above; `description`: the tested
  text; `in_force`: whether it is the head's description now
- `test`: S1 to S5; `verdict`: passes, fails or not testable; `reason`: in words why it does not pass
- `score` by `measure`, with its 95 % bootstrap interval `score_low`, `score_high`;
  `best_control` and `best_control_score`: the strongest comparison where the description plays no
  part or is not the head's own
- `difference`: score minus the best control's on the rows that both have, with its interval `low`,
  `high`; `p` one-sided, `q` adjusted over the batch; `specificity_gap`: score minus that of another
  head's description
- `n_rows` usable rows; `n_invalid` answers of the judge or writer that could not be used

Of the descriptions in force:

| test | passes | fails | not testable |
|---|--:|--:|--:|
{counted}
"""


def _of_imported(imported: Sequence[dict[str, Any]]) -> str:
    """What `data/imported.jsonl` is and where it comes from; nothing where there is no such file."""
    if not imported:
        return ""
    counted = Counter((row["file"], row["sha256"], row["kind"]) for row in imported)
    sources = "\n".join(
        f"| {as_markdown(file)} | {sha256} | {kind} | {count} |"
        for (file, sha256, kind), count in sorted(counted.items())
    )
    return f"""
## Imported evidence

`data/imported.jsonl` holds what files of others say about these heads, a row a head and source. None
of it was measured here, and no description, score or test in `data/heads.jsonl` rests on it. The
licence above need not be that of these files: check with their authors.

- `model_name`, `model_fingerprint`, `head`, `layer`, `index` as above; that a file is about these
  weights is its importer's word
- `kind`: `maps-mappings` or `head-metrics`; `file` and `sha256`: the source; `imported_at`
- `mappings`: tokens and what they are mapped to, `saliency` where the source has one
- `metrics`: numbers under the names that the source gives them

| source | sha256 | kind | heads |
|---|---|---|--:|
{sources}
"""
