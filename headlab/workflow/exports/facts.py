"""What a report says of a head, whatever it is written in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from headlab.records.card import EvidenceCard
from headlab.records.entry import Entry
from headlab.records.imported import ImportedEvidence
from headlab.workflow.exports.rows import Item, draft_unclear

Texts = tuple[str, ...]

MOST_ROWS = 5
"""Relations, mappings, measures of attention and pairs of tokens shown for each head, and rows of
each source of imported evidence."""


@dataclass(frozen=True)
class ReportTable:
    """Cells of text; `numbers` are the columns that stand to the right. `caption` is untrusted."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[str, ...] = ()
    caption: str = ""


def by_model(items: Sequence[Item]) -> Iterator[tuple[str, str, list[Item]]]:
    """Name and fingerprint of each model with its heads; the items are sorted by model."""
    grouped = groupby(items, key=lambda item: (item[1].model_name, item[1].model_fingerprint))
    for (name, fingerprint), found in grouped:
        yield name, fingerprint, list(found)


def state_words(entry: Entry) -> str:
    """The state, and that people are judging it, which changes no state."""
    return f"{entry.state} · ◔ in review" if entry.in_review else entry.state


def heads_table(items: Sequence[Item]) -> ReportTable:
    return ReportTable(
        ("head", "state", "description", "drafter"),
        tuple(
            (str(entry.head), state_words(entry), entry.description or "–", summary.drafter)
            for summary, entry in items
        ),
    )


def tells_more(item: Item) -> bool:
    """Whether there is more to say of a head than that it has evidence."""
    entry = item[1]
    return bool(entry.drafts or entry.reviews or entry.note or entry.imported)


def facts(item: Item) -> list[tuple[str, str]]:
    """Names and texts of what is known beside the description, empty ones left out."""
    summary, entry = item
    found = [
        ("drafter", summary.drafter),
        ("newest draft", "unclear: its drafter found no pattern" if draft_unclear(entry) else ""),
        ("categories", ", ".join(entry.categories)),
        ("stages", ", ".join(entry.stages)),
        ("names", ", ".join(entry.head_names)),
        ("tags", ", ".join(entry.tags)),
    ]
    for review in entry.reviews:
        rating = f", rating {review.rating}" if review.rating else ""
        reason = f": {review.reason}" if review.reason else ""
        found.append((review.decision, f"{review.signed}{rating}{reason}"))
    return [(name, text) for name, text in found if text]


def evidence_tables(entry: Entry) -> Iterator[ReportTable]:
    """What was measured, the strongest rows of each kind, then what each imported file says."""
    if entry.card is not None:
        yield from _measured(entry.card)
    for stored in entry.imported:
        evidence = stored.evidence
        names, rows, numbers = _imported(evidence)
        shown = f", the first {MOST_ROWS} of {len(rows)} rows" if len(rows) > MOST_ROWS else ""
        yield ReportTable(
            names,
            rows[:MOST_ROWS],
            numbers,
            f"Imported, not measured here: {evidence.file} (sha256 {evidence.sha256[:12]}), by "
            f"{stored.imported_by}, {stored.imported_at:%Y-%m-%d}{shown}",
        )


def _imported(evidence: ImportedEvidence) -> tuple[Texts, tuple[Texts, ...], Texts]:
    """Names of columns, rows in the order of the file, and the columns of numbers."""
    if evidence.kind == "head-metrics":
        rows = tuple((row.name, f"{row.value:.6g}") for row in evidence.metrics)
        return ("metric", "value"), rows, ("value",)
    salient = any(row.saliency is not None for row in evidence.mappings)
    cells = tuple(
        (row.source, ", ".join(row.targets), "–" if row.saliency is None else f"{row.saliency:.3g}")
        for row in evidence.mappings
    )
    names = ("token", "mapped to", "saliency")
    if salient:
        return names, cells, ("saliency",)
    return names[:2], tuple(row[:2] for row in cells), ()


def _measured(card: EvidenceCard) -> Iterator[ReportTable]:
    """The strongest rows of a card by its weights and of its attention, as far as there are any."""
    if card.relations:
        yield ReportTable(
            ("operation", "score", "rank", "control"),
            tuple(
                (row.name, f"{row.score:.2f}", str(row.rank), f"{row.control:.2f}")
                for row in card.relations[:MOST_ROWS]
            ),
            ("score", "rank", "control"),
        )
    if card.mappings:
        yield ReportTable(
            ("token", "targets", "saliency"),
            tuple(
                (row.text, ", ".join(one.text for one in row.targets), f"{row.saliency:.3g}")
                for row in card.mappings[:MOST_ROWS]
            ),
            ("saliency",),
        )
    looks = card.attention
    if looks is not None and looks.measures:
        yield ReportTable(
            ("attention", "value", "rank", "control", "unit"),
            tuple(
                (
                    row.title.lower(),
                    f"{row.value:.2f}",
                    str(row.rank),
                    f"{row.control:.2f}",
                    row.unit,
                )
                for row in looks.measures[:MOST_ROWS]
            ),
            ("value", "rank", "control"),
        )
    if looks is not None and looks.pairs:
        yield ReportTable(
            ("token", "looks at", "tokens back", "attention"),
            tuple(
                (
                    row.query,
                    row.key,
                    str(row.query_position - row.key_position),
                    f"{row.weight:.2f}",
                )
                for row in looks.pairs[:MOST_ROWS]
            ),
            ("tokens back", "attention"),
        )
