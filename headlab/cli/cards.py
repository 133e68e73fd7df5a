"""Drafts, entries and cards as panels and tables in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from headlab.cli.show import (
    effect_tables,
    mappings_table,
    plain,
    provenance_line,
    table,
    token,
    tokens,
)
from headlab.records.attention_evidence import AttendedPair, AttentionEvidence, AttentionMeasure
from headlab.records.card import PREFIX, EvidenceCard
from headlab.records.draft import Draft, DraftFailure
from headlab.records.entry import Entry, EntrySummary, Revision, StoredDraft
from headlab.records.head import Head

MARKS = {
    "undescribed": "·",
    "drafted": "◐",
    "accepted": "✓",
    "edited": "✓✎",
    "rejected": "✕",
    "unclear": "?",
}


def draft_panel(head: Head, result: Draft | DraftFailure) -> Panel:
    """A draft with its label and evidence, or a failure with its reason."""
    if isinstance(result, DraftFailure):
        body = plain(f"No draft ({result.kind}): {result.message}")
        return _panel(f"{head} · failed · {result.drafter.label}", body, "red")
    return _panel(
        f"{head} · {'unclear · ' if result.unclear else ''}draft · {result.drafter.label}",
        _draft_body(result),
        "yellow" if result.unclear else "green",
    )


def _draft_body(draft: Draft) -> Group:
    lines = [plain(draft.description)]
    facts = [
        f"input: {draft.input_kind}" if draft.input_kind else "",
        f"pattern: {draft.pattern}" if draft.pattern else "",
        f"categories: {', '.join(draft.categories)}" if draft.categories else "",
        f"stages: {', '.join(draft.stages)}" if draft.stages else "",
        f"rests on {', '.join(draft.evidence)}" if draft.evidence else "",
    ]
    lines += [plain(fact, style="dim") for fact in facts if fact]
    return Group(*lines)


def entry_panel(entry: Entry) -> Panel:
    """An entry: state, the text in force, its drafts and reviews."""
    lines: list[Text] = [plain(entry.description or "No description in force.")]
    if entry.categories or entry.stages or entry.tags:
        words = [*entry.categories, *entry.stages, *(f"#{tag}" for tag in entry.tags)]
        lines.append(plain(" · ".join(words), style="dim"))
    if entry.note:
        lines.append(plain(f"Note: {entry.note}"))
    for stored in entry.drafts:
        lines.append(
            plain(
                f"Draft {stored.id} · {stored.draft.drafter.label}{_prompt(stored)} · "
                f"{stored.draft.created_at:%F %R}",
                style="dim",
            )
        )
    for review in entry.reviews:
        reason = f": {review.reason}" if review.reason else ""
        rating = f", rated {review.rating} of 5" if review.rating else ""
        lines.append(
            plain(
                f"{review.decision} by {review.reviewer} at {review.created_at:%F %R}{rating}{reason}",
                style="dim",
            )
        )
    title = f"{entry.head} · {entry.model_name} · {MARKS[entry.state]} {entry.state}"
    if entry.open_votes:
        title += f" · ◔ in review, votes waiting for a decision: {entry.open_votes}"
    return _panel(f"{title} · revision {entry.revision}", Group(*lines), "blue")


def _prompt(stored: StoredDraft) -> str:
    """The prompt of a language model's draft, with the name of its text where that is kept."""
    version = stored.draft.drafter.prompt_version
    if version is None:
        return ""
    kept = f" (sha256 {stored.template[:12]})" if stored.template else ", text not kept"
    return f" · prompt {version}{kept}"


def _panel(title: str, body: Text | Group, colour: str) -> Panel:
    return Panel(body, title=plain(title), title_align="left", border_style=colour, box=box.ROUNDED)


def card_tables(card: EvidenceCard) -> list[Table | Text]:
    """The evidence of a card: relations, mappings, ablation, attention, provenance."""
    relations = table(
        "row",
        "operation",
        "score",
        "rank",
        "control",
        "suppression",
        "rank ",
        "control ",
        title=f"Relations ({card.head}, rank among {card.model.total_heads} heads)",
        right=("score", "rank", "control", "suppression", "rank ", "control "),
    )
    for number, row in enumerate(card.relations, 1):
        relations.add_row(
            f"R{number}",
            row.name,
            f"{row.score:.2f}",
            str(row.rank),
            f"{row.control:.2f}",
            f"{row.suppression:.2f}",
            str(row.suppression_rank),
            f"{row.suppression_control:.2f}",
        )
    shown: list[Table | Text] = [relations, mappings_table(card.mappings, "Salient mappings")]
    if card.ablation is not None:
        shown += [made for made in effect_tables(card.ablation) if made.row_count]
    if card.attention is not None:
        shown += _attention_tables(card.attention)
    seen = {made.analysis: made for made in card.provenances}
    return shown + [provenance_line(made) for made in seen.values()]


def _attention_tables(found: AttentionEvidence) -> list[Table | Text]:
    """Measures beside their controls, and pairs of tokens; the row ids go on from one to the other."""
    shown: list[Table | Text] = []
    if found.measures:
        shown.append(_measures_table(found.measures))
    if found.pairs:
        shown.append(_pairs_table(found.pairs, 1 + len(found.measures)))
    return shown + [plain(f"Not measured: {reason}", style="dim") for reason in found.skipped]


def _measures_table(rows: Sequence[AttentionMeasure]) -> Table:
    made = table(
        "row",
        "measure",
        "value",
        "rank",
        "control",
        "unit",
        title=f"Attention (rank among {rows[0].n_heads} heads)",
        right=("value", "rank", "control"),
    )
    for number, row in enumerate(rows, 1):
        detail = "" if row.detail is None else f"; {row.detail_is}: {row.detail:.3g}"
        made.add_row(
            f"{PREFIX['attention']}{number}",
            plain(row.title.lower()),
            f"{row.value:.2f}",
            str(row.rank),
            f"{row.control:.2f}",
            plain(f"{row.unit}{detail}"),
        )
    return made


def _pairs_table(rows: Sequence[AttendedPair], start: int) -> Table:
    made = table(
        "row",
        "before",
        "token",
        "looks at",
        "back",
        "attention",
        "uniform",
        title="Strongest pairs in the prompts, without position 0 and the token itself",
        right=("back", "attention", "uniform"),
    )
    for number, row in enumerate(rows, start):
        made.add_row(
            f"{PREFIX['attention']}{number}",
            tokens(row.before[-8:], ""),
            token(row.query),
            token(row.key),
            str(row.query_position - row.key_position),
            f"{row.weight:.2f}",
            f"{row.uniform:.2f}",
        )
    return made


def entries_table(rows: Sequence[EntrySummary]) -> Table:
    made = table("", "head", "model", "state", "description", "drafter")
    for row in rows:
        made.add_row(
            MARKS[row.state],
            str(row.head),
            plain(row.model_name),
            row.state,
            plain(row.description or "–"),
            plain(row.drafter),
        )
    return made


def history_table(history: Sequence[Revision]) -> Table:
    brought = any(step.imports for step in history)
    columns = ("", "action", "what", "by", "source", "at", "hash")
    made = table(*columns, *["imported"] * brought, title="History", right=("",))
    for step in history:
        made.add_row(
            str(step.number),
            step.action,
            plain(_what(step)),
            plain(step.author),
            step.source,
            f"{step.created_at:%F %R}",
            step.hash[:12],
            *[plain(_brought(step))] * brought,
        )
    return made


def _brought(step: Revision) -> str:
    """The imports that brought a revision, a line each."""
    return "\n".join(
        f"by {one.imported_by} on {one.imported_at:%F %R} from {one.source}"
        + (" into another catalogue" if one.carried_by else "")
        for one in step.imports
    )


def _what(step: Revision) -> str:
    """The decision, the people asked or released, and why; empty for other steps."""
    change = step.change
    people = [
        f"{verb} {', '.join(map(str, names))}"
        for verb in ("asked", "released")
        if isinstance(names := change.get(verb), list)
    ]
    said = [change.get("decision"), *people, change.get("reason")]
    return ": ".join(str(one) for one in said if one)
