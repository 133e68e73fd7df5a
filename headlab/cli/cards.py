"""Drafts, evidence cards and lists of entries as panels and tables in a terminal."""

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
from headlab.drafting.plain_text import shortened
from headlab.records.attention_evidence import AttendedPair, AttentionEvidence, AttentionMeasure
from headlab.records.card import PREFIX, EvidenceCard
from headlab.records.draft import Draft, DraftFailure
from headlab.records.entry import EntrySummary
from headlab.records.head import Head

MARKS = {
    "undescribed": "·",
    "drafted": "◐",
    "accepted": "✓",
    "edited": "✓✎",
    "rejected": "✕",
    "unclear": "?",
}
MAX_LISTED = 300
"""Characters of a description in a list; 'show' has all of it."""

IN_REVIEW = "◔ in review"
"""Beside a state, which it does not change."""


def draft_panel(head: Head, result: Draft | DraftFailure, number: int | None = None) -> Panel:
    """A draft with its label and evidence, or a failure with its reason.

    `number` is that of a draft in an entry, by which commands know it.
    """
    if isinstance(result, DraftFailure):
        body = plain(f"No draft ({result.kind}): {result.message}")
        return _panel(f"{head} · failed · {result.drafter.label}", body, "red")
    name = "draft" if number is None else f"draft {number}"
    return _panel(
        f"{head} · {'unclear · ' if result.unclear else ''}{name} · {result.drafter.label}",
        _draft_body(result),
        "yellow" if result.unclear else "green",
    )


def _draft_body(draft: Draft) -> Group:
    return Group(plain(draft.description), *draft_facts(draft))


def draft_facts(draft: Draft) -> list[Text]:
    """What a draft says beside its description, a line each."""
    facts = [
        f"input: {draft.input_kind}" if draft.input_kind else "",
        f"pattern: {draft.pattern}" if draft.pattern else "",
        f"categories: {', '.join(draft.categories)}" if draft.categories else "",
        f"stages: {', '.join(draft.stages)}" if draft.stages else "",
        f"rests on {', '.join(draft.evidence)}" if draft.evidence else "",
    ]
    return [plain(fact, style="dim") for fact in facts if fact]


def _panel(title: str, body: Text | Group, colour: str) -> Panel:
    return Panel(body, title=plain(title), title_align="left", border_style=colour, box=box.ROUNDED)


def card_tables(card: EvidenceCard) -> list[Table | Text]:
    """The evidence of a card: relations, mappings, ablation, attention, provenance."""
    numbers = ("score", "rank", "control", "suppr.", "rank ", "control ")
    relations = table(
        "row",
        "operation",
        *numbers,
        title=f"Relations ({card.head}, rank among {card.model.total_heads} heads; suppr.: suppression)",
        right=numbers,
    )
    for number, row in enumerate(card.relations, 1):
        relations.add_row(
            f"{PREFIX['relation']}{number}",
            row.name,
            f"{row.score:.2f}",
            str(row.rank),
            f"{row.control:.2f}",
            f"{row.suppression:.2f}",
            str(row.suppression_rank),
            f"{row.suppression_control:.2f}",
        )
    mappings = mappings_table(card.mappings, "Salient mappings", PREFIX["mapping"])
    shown: list[Table | Text] = [relations, mappings]
    if card.ablation is not None:
        shown += [made for made in effect_tables(card.ablation, of_card=True) if made.row_count]
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
    """A row an entry; one model is named once, above, so that descriptions have the room."""
    models = {row.model_fingerprint for row in rows}
    one = rows[0].model_name if len(models) == 1 else ""
    columns = ("", "head", *([] if one else ["model"]), "state", "description", "drafter")
    made = table(*columns, title=f"Entries of {one}" if one else "")
    for row in rows:
        model = [] if one else [plain(row.model_name)]
        if row.damaged:
            said = plain(row.damaged, style="red")
            made.add_row("!", str(row.head), *model, "damaged", said, "")
            continue
        made.add_row(
            MARKS[row.state],
            str(row.head),
            *model,
            _state(row),
            plain(shortened(row.description, MAX_LISTED) or "–"),
            plain(row.drafter),
        )
    return made


def _state(row: EntrySummary) -> Text:
    """The state, and below it what people and the drafter say beside it."""
    said: list[str] = [row.state]
    if row.in_review:
        said.append(IN_REVIEW)
    if row.draft_unclear and row.state == "drafted":
        said.append("? unclear")
    return Text("\n".join(said))
