"""What a reviewer is shown: queues, evidence without what is hidden, votes, agreement."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from headlab.cli import cards, entries, show
from headlab.records.agreement import Agreement
from headlab.records.description_test import Interval
from headlab.records.entry import Entry
from headlab.records.review_round import QueueItem, RoundProgress
from headlab.records.vote import Blind, Vote


def queue_table(items: Sequence[QueueItem]) -> Table:
    made = show.table("", "head", "model", "drafter", "votes", "why", right=("", "votes"))
    for place, item in enumerate(items, 1):
        asked = f" of {len(item.assigned)}" if item.assigned else ""
        made.add_row(
            str(place),
            str(item.head),
            show.plain(item.model_name),
            show.plain(item.drafter),
            f"{item.n_votes}{asked}",
            show.plain("; ".join(item.reasons)),
        )
    return made


def print_progress(found: RoundProgress, n_waiting: int) -> None:
    """Counts and pace on standard error, reviewers as a table."""
    pace = ""
    if found.median_seconds is not None:
        left = found.median_seconds * n_waiting / 60
        pace = f" Median {found.median_seconds:.0f} s a vote, about {left:.0f} min for these."
    if found.decision_seconds is not None:
        pace += f" Median {found.decision_seconds:.0f} s a decision."
    show.note(
        f"{found.n_decided} of {found.n_entries} entries are decided, {found.n_open} have votes that "
        f"wait for a decision.{pace}"
    )
    if not found.reviewers:
        return
    made = show.table(
        "reviewer",
        "asked",
        "votes",
        "waiting",
        "seconds a vote",
        right=("asked", "votes", "waiting", "seconds a vote"),
    )
    for one in found.reviewers:
        made.add_row(
            show.plain(one.reviewer),
            str(one.n_assigned),
            str(one.n_votes),
            str(one.n_waiting),
            "–" if one.median_seconds is None else f"{one.median_seconds:.0f}",
        )
    show.out().print(made)


def print_evidence(entry: Entry, blind: Sequence[Blind]) -> None:
    """A head before a vote or a decision; `blind` says what `blinding.blinded` took out of it."""
    console = show.out()
    of = f" of {entry.model_name}" if entry.model_name else ""
    console.print(show.plain(f"{entry.head}{of}", style="bold"))
    if blind:
        console.print(show.plain(f"Hidden: {', '.join(blind)}.", style="dim"))
    for stored in entry.drafts:
        console.print(cards.draft_panel(entry.head, stored.draft, stored.id))
    if entry.tests:
        console.print(entries.tests_table(entry))
    if entry.card is not None:
        for made in cards.card_tables(entry.card):
            if isinstance(made, Text) or made.row_count:
                console.print(made)


def votes_table(votes: Sequence[Vote]) -> Table:
    made = show.table(
        "reviewer",
        "draft",
        "vote",
        "rating",
        "text and reason",
        "blind to",
        "seconds",
        title=f"{len(votes)} votes that no decision rests on yet",
        right=("draft", "rating", "seconds"),
    )
    for vote in votes:
        made.add_row(
            show.plain(vote.signed),
            "–" if vote.draft_id is None else str(vote.draft_id),
            vote.decision,
            "–" if vote.rating is None else str(vote.rating),
            show.plain("\n".join(filter(None, (vote.text, vote.reason)))),
            ", ".join(vote.blind) or "others' votes",
            "–" if vote.seconds is None else f"{vote.seconds:.0f}",
        )
    return made


def decided_panel(entry: Entry) -> Group | Panel:
    """The entry after a decision, and the votes that it rests on."""
    votes = entry.reviews[-1].votes
    made = votes_table(votes)
    made.title = f"Decided on the ground of {len(votes)} votes"
    return Group(entries.entry_panel(entry), made)


def agreement_tables(found: Agreement) -> list[Table | Text]:
    coefficients = show.table(
        "coefficient",
        "of",
        "reviewers",
        "drafts",
        "equal pairs",
        "value",
        "95 % interval",
        title="Agreement of reviewers",
        right=("drafts", "equal pairs", "value", "95 % interval"),
    )
    for one in found.coefficients:
        coefficients.add_row(
            f"{one.name} ({one.scale})",
            one.about,
            show.plain(", ".join(one.reviewers)),
            str(one.n_units),
            _number(one.observed),
            _number(one.value),
            _interval(one.interval),
        )
    shares = show.table(
        "by",
        "group",
        "judged",
        "correct",
        "unclear",
        "share",
        "95 % interval",
        title="Drafts judged correct",
        right=("judged", "correct", "unclear", "share", "95 % interval"),
    )
    for share in found.shares:
        layer = None if share.layer is None else f"layer {share.layer}"
        shares.add_row(
            share.by,
            show.plain(", ".join(filter(None, (share.model, layer, share.drafter)))),
            str(share.n_judged),
            str(share.n_correct),
            str(share.n_unclear),
            _number(share.share),
            _interval(share.interval),
        )
    notes = [show.plain(line, style="dim") for line in found.table().notes]
    return [coefficients, shares, *notes]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def _interval(found: Interval | None) -> str:
    return "–" if found is None else f"{_number(found.low)} to {_number(found.high)}"
