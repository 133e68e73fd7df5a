"""An entry of the catalogue in a terminal: what is in force, its drafts, tests and history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue
from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from headlab.cli.cards import IN_REVIEW, MARKS, draft_facts
from headlab.cli.show import plain, table
from headlab.drafting.plain_text import shortened
from headlab.records.description_test import TITLES
from headlab.records.entry import Entry, Review, Revision, StoredDraft

AS_GIVEN = (
    "Names are as their bearers gave them; the Jupyter server vouches for those marked (signed in)."
)
_MAX_NOTE = 120


def entry_panel(entry: Entry) -> Panel:
    """An entry: state, the text in force, labels and note, every draft with its text, reviews."""
    parts: list[RenderableType] = [plain(entry.description or "No description in force.")]
    if entry.description and entry.state == "drafted" and entry.drafts[-1].draft.unclear:
        parts.insert(0, Text("? unclear: the drafter found no pattern", style="yellow"))
    if entry.in_review:
        waiting = f", votes waiting for a decision: {entry.open_votes}" if entry.open_votes else ""
        parts.insert(0, Text(f"{IN_REVIEW}{waiting}", style="cyan"))
    labels = _labels(entry)
    if labels.row_count:
        parts += ["", labels]
    in_force = draft_in_force(entry)
    for stored in entry.drafts:
        parts += ["", *_draft(stored, in_force=stored.id == in_force, entry=entry)]
    if entry.reviews:
        parts += ["", *map(_review, entry.reviews)]
    return Panel(
        Group(*parts),
        title=plain(
            f"{entry.head} · {_state(entry)} · revision {entry.revision} · {entry.model_name}"
        ),
        title_align="left",
        border_style="blue",
        box=box.ROUNDED,
    )


def _state(entry: Entry) -> str:
    mark = "" if entry.state == "undescribed" else f"{MARKS[entry.state]} "
    return f"{mark}{entry.state}"


def draft_in_force(entry: Entry) -> int | None:
    """The number of the draft whose text is the description in force, None where none is."""
    if entry.state == "accepted":
        return entry.reviews[-1].draft_id
    return entry.drafts[-1].id if entry.state == "drafted" else None


def _labels(entry: Entry) -> Table:
    """Categories, stages, names, tags and note beside their names, those that there are."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    found = {
        "categories": ", ".join(entry.categories),
        "stages": ", ".join(entry.stages),
        "head names": ", ".join(entry.head_names),
        "tags": " ".join(f"#{tag}" for tag in entry.tags),
        "note": entry.note,
    }
    for name, text in found.items():
        if text:
            made.add_row(Text(name, style="dim"), plain(text))
    return made


def _draft(stored: StoredDraft, *, in_force: bool, entry: Entry) -> Iterator[RenderableType]:
    """A draft's number, maker and time, its text unless that stands above, and what it rests on."""
    draft = stored.draft
    said = Text(f"Draft {stored.id}", style="bold")
    if in_force:
        said.append(" · in force, the text above", style="green")
    if draft.unclear:
        said.append(" · ? unclear", style="yellow")
    made = f" · {draft.drafter.label}{_prompt(stored)} · {draft.created_at:%F %R}"
    said.append_text(plain(made, style="dim"))
    yield said
    text = () if in_force and draft.description == entry.description else (draft.description,)
    for line in (*map(plain, text), *draft_facts(draft)):
        yield Padding(line, (0, 0, 0, 2))


def _prompt(stored: StoredDraft) -> str:
    """The prompt of a language model's draft, with the name of its text where that is kept."""
    version = stored.draft.drafter.prompt_version
    if version is None:
        return ""
    kept = f" (sha256 {stored.template[:12]})" if stored.template else ", text not kept"
    return f" · prompt {version}{kept}"


def _review(review: Review) -> Text:
    about = f", about draft {review.draft_id}" if review.draft_id is not None else ""
    rating = f", rated {review.rating} of 5" if review.rating else ""
    reason = f": {review.reason}" if review.reason else ""
    when = f"{review.created_at:%F %R}"
    said = f"{MARKS[review.decision]} {review.decision} by {review.signed} at {when}"
    return plain(f"{said}{about}{rating}{reason}")


def tests_table(entry: Entry) -> Table:
    """The tests of the description in force, each beside its best control, and why it failed."""
    numbers = ("score", "control", "rows")
    made = table(
        "test", "verdict", *numbers, "what", title="Tests of the description", right=numbers
    )
    made.columns[1].no_wrap = True
    earlier = []
    for stored in entry.tests:
        test = stored.result
        if stored.description != entry.description:
            earlier.append(f"{test.kind} {test.verdict}")
            continue
        made.add_row(
            test.kind,
            Text(test.verdict, style=_COLOURS.get(test.verdict, "")),
            _number(test.score),
            _number(None if test.beside is None else test.beside.score),
            str(test.n_rows),
            plain(": ".join(filter(None, (TITLES[test.kind], test.reason)))),
        )
    if earlier:
        made.caption_justify = "left"
        made.caption = plain(f"Of an earlier text, not counted: {', '.join(earlier)}.")
    return made


_COLOURS = {"passes": "green", "fails": "red"}


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def history_table(history: Sequence[Revision]) -> Table:
    """Every revision: what it did, by whom, when and from where."""
    brought = any(step.imports for step in history)
    columns = ("", "action", "what", "by", "source", "at", "hash")
    made = table(*columns, *["imported"] * brought, title="History", right=("",))
    made.columns[2].overflow = "fold"
    for step in history:
        made.add_row(
            str(step.number),
            step.action,
            plain(step_words(step)),
            plain(step.signed),
            step.source,
            f"{step.created_at:%F %R}",
            step.hash[:12],
            *[plain(_brought(step))] * brought,
        )
    made.caption, made.caption_justify = AS_GIVEN, "left"
    return made


def _brought(step: Revision) -> str:
    """The imports that brought a revision, a line each."""
    return "\n".join(
        f"by {one.imported_by} on {one.imported_at:%F %R} from {one.source}"
        + (" into another catalogue" if one.carried_by else "")
        for one in step.imports
    )


def step_words(step: Revision) -> str:
    """What a revision set, in words: the decision, verdicts, labels, people, and why."""
    change = step.change
    said = [
        _given(change, "decision"),
        _given(change, "draft_id", "about draft "),
        _given(change, "rating", "rated "),
        *_drafted(change.get("draft")),
        *_verdicts(change.get("tests")),
        *_imported(change.get("evidence")),
        *(_given(change, name, f"{name} ") for name in ("asked", "released")),
        _given(change, "undoes", "revision "),
        _given(change, "redoes", "revision "),
        _given(change, "note", "note: "),
        _given(change, "tags", "tags: "),
        _given(change, "head_names", "head names: "),
    ]
    if step.action == "annotate":
        said += [_given(change, name, f"{name}: ") for name in ("categories", "stages")]
    reason = _given(change, "reason")
    return ": ".join(filter(None, ("; ".join(filter(None, said)), reason)))


def _given(change: Mapping[str, JsonValue], name: str, words: str = "") -> str:
    value = change.get(name)
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return f"{words}{', '.join(map(str, value)) or 'none'}"
    text = str(value)
    return words + (shortened(" ".join(text.split()), _MAX_NOTE) if name == "note" else text)


def _drafted(draft: JsonValue) -> Iterator[str]:
    drafter = draft.get("drafter") if isinstance(draft, dict) else None
    if isinstance(draft, dict) and isinstance(drafter, dict):
        yield "by rules" if drafter.get("kind") == "rules" else f"by {drafter.get('name')}"
        if draft.get("unclear"):
            yield "unclear"


def _verdicts(tests: JsonValue) -> Iterator[str]:
    for test in tests if isinstance(tests, list) else ():
        if isinstance(test, dict):
            yield f"{test.get('kind')} {test.get('verdict')}"


def _imported(evidence: JsonValue) -> Iterator[str]:
    if isinstance(evidence, dict):
        yield f"from {evidence.get('file')}"
