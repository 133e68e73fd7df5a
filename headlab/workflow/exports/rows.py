"""Entries as rows: one flat row for tables, one with lists and evidence for data sets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Unpack

from headlab.catalogue import Catalogue
from headlab.records.entry import Entry, EntrySummary
from headlab.records.page import FilterFields
from headlab.records.table import Table

PAGE = 500
Item = tuple[EntrySummary, Entry]

NOTES = (
    "One row a head. categories, stages, head_names and tags are JSON lists, tests a JSON object of "
    "verdicts on the description in force.",
    "reviewer, reason and rating are those of the newest review. top_operation has the highest "
    "relation score, at top_k; top_control is the highest score of any head with shuffled targets.",
    "loss_change: nats, positive where the head helps.",
    "imported_from: names of files with evidence that others published, as a JSON list; what they say "
    "takes several rows a head and is in the reports, the data set and the JSON export.",
    "in_review: people are asked about the entry or have voted, and nobody has decided. draft_unclear: "
    "the drafter of the newest draft found no pattern; missing where there is no draft.",
)


def read_items(catalogue: Catalogue, text: str, **filters: Unpack[FilterFields]) -> list[Item]:
    """The entries that a search finds, all pages, each with its summary, by model and head."""
    total = catalogue.count(text=text, **filters)
    rows = [
        row
        for offset in range(0, total, PAGE)
        for row in catalogue.search(text, limit=PAGE, offset=offset, **filters)
    ]
    rows.sort(key=lambda row: (row.model_name, row.model_fingerprint, row.head))
    return [(row, catalogue.get(row.id)) for row in rows]


def head_fields(entry: Entry) -> dict[str, Any]:
    """Which head a row is about; the same names in every file."""
    return {
        "model_name": entry.model_name,
        "model_fingerprint": entry.model_fingerprint,
        "head": str(entry.head),
        "layer": entry.head.layer,
        "index": entry.head.index,
    }


def draft_unclear(entry: Entry) -> bool | None:
    """Whether the newest draft says that its drafter found no pattern; None without a draft."""
    return entry.drafts[-1].draft.unclear if entry.drafts else None


def flat_table(items: Sequence[Item]) -> Table:
    """A row of plain cells for each entry."""
    return Table.of("catalogue", map(_flat, items), columns=COLUMNS, notes=NOTES)


def full_row(item: Item) -> dict[str, Any]:
    """An entry as plain JSON values, lists as lists, with the evidence it rests on."""
    summary, entry = item
    card = entry.card
    data: dict[str, Any] = json.loads(
        entry.model_dump_json(include={*_SHARED, "categories", "stages", "tags", "note"})
    )
    data |= head_fields(entry)
    data |= {"head_names": list(entry.head_names), "drafter": summary.drafter}
    data |= _standing(entry)
    data["tests"] = dict(summary.verdicts)
    data["drafts"] = [stored.draft.description for stored in entry.drafts]
    data["relations"] = [row.model_dump() for row in card.relations] if card else []
    data["mappings"] = [
        {
            "token": row.text,
            "saliency": row.saliency,
            "targets": [target.text for target in row.targets],
        }
        for row in (card.mappings if card else ())
    ]
    looks = card.attention if card else None
    data["attention"] = [row.model_dump() for row in looks.measures] if looks else []
    data["attended_pairs"] = [
        {
            "token": row.query,
            "looks_at": row.key,
            "tokens_back": row.query_position - row.key_position,
            "attention": row.weight,
            "uniform": row.uniform,
        }
        for row in (looks.pairs if looks else ())
    ]
    data["loss_change"] = card.ablation.loss_change if card and card.ablation else None
    return data


def imported_rows(item: Item) -> list[dict[str, Any]]:
    """What each imported file says about the head, a row a file, with the same names in all."""
    entry = item[1]
    return [
        {
            **head_fields(entry),
            "kind": stored.evidence.kind,
            "file": stored.evidence.file,
            "sha256": stored.evidence.sha256,
            "imported_at": stored.imported_at.isoformat(),
            "mappings": [
                {"token": row.source, "targets": list(row.targets), "saliency": row.saliency}
                for row in stored.evidence.mappings
            ],
            "metrics": [row.model_dump() for row in stored.evidence.metrics],
        }
        for stored in entry.imported
    ]


_SHARED = ("model_name", "model_fingerprint", "state", "description", "created_at", "updated_at")

COLUMNS = (
    "model_name",
    "model_fingerprint",
    "head",
    "layer",
    "index",
    "state",
    "description",
    "drafter",
    "categories",
    "stages",
    "head_names",
    "tags",
    "note",
    "tests",
    "reviewer",
    "reason",
    "rating",
    "top_operation",
    "top_score",
    "top_k",
    "top_control",
    "loss_change",
    "imported_from",
    "n_drafts",
    "revision",
    "created_at",
    "updated_at",
    "in_review",
    "draft_unclear",
)


def _flat(item: Item) -> dict[str, Any]:
    summary, entry = item
    review = entry.reviews[-1] if entry.reviews else None
    card = entry.card
    relations = card.relations if card else ()
    top = max(relations, key=lambda row: row.score, default=None)
    return {
        **head_fields(entry),
        "state": entry.state,
        "description": entry.description,
        "drafter": summary.drafter,
        **{
            name: json.dumps(list(getattr(entry, name)), ensure_ascii=False)
            for name in ("categories", "stages", "head_names", "tags")
        },
        "note": entry.note,
        "tests": json.dumps(dict(summary.verdicts)),
        "reviewer": review and review.reviewer,
        "reason": review and review.reason,
        "rating": review and review.rating,
        "top_operation": top and top.name,
        "top_score": top and top.score,
        "top_k": top and top.k,
        "top_control": top and top.control,
        "loss_change": card.ablation.loss_change if card and card.ablation else None,
        "imported_from": json.dumps(
            [stored.evidence.file for stored in entry.imported], ensure_ascii=False
        ),
        "n_drafts": len(entry.drafts),
        "revision": entry.revision,
        "created_at": entry.created_at.isoformat(),
        "updated_at": entry.updated_at.isoformat(),
        **_standing(entry),
    }


def _standing(entry: Entry) -> dict[str, Any]:
    return {"in_review": entry.in_review, "draft_unclear": draft_unclear(entry)}
