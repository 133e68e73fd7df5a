"""`headlab review MODEL HEAD`: a decision on a draft, labels, undo; what other judgements share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headlab.cli import entries, show
from headlab.cli.editor import edited
from headlab.cli.options import Commands, json_option, open_catalogue
from headlab.records.errors import CatalogueError, HeadLabError

if TYPE_CHECKING:
    from headlab.catalogue import Catalogue
    from headlab.records.entry import Decision, Entry, Revision
    from headlab.records.head import Head


def add_commands(commands: Commands) -> None:
    review = commands.add_parser(
        "review",
        help="accept, edit, reject a drafted description, or call it unclear",
        description="Decide on the newest draft of a head in the catalogue. MODEL is the name or "
        "the start of the fingerprint; the model is not loaded. Labels and a note are kept with or "
        "without a decision. With nothing to keep: show the entry.",
    )
    decision = decision_options(review)
    decision.add_argument("--undo", action="store_true", help="take the last step back")
    decision.add_argument(
        "--redo", action="store_true", help="let the step that was undone last count again"
    )
    label_options(review)
    review.add_argument("--draft", type=int, metavar="N", help="its number (default: the newest)")
    review.add_argument("--head-name", action="append", metavar="NAME", help="repeatable")
    review.add_argument("--tag", action="append", metavar="TAG", help="repeatable")
    review.add_argument("--note", help="a note kept with the entry")
    now_option(review)
    json_option(review)
    review.set_defaults(run=run_review)


def decision_options(parser: argparse.ArgumentParser) -> Any:
    """The head, a judgement of it with reason and rating; the group of judgements is returned."""
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("head", metavar="HEAD")
    decision = parser.add_mutually_exclusive_group()
    decision.add_argument("--accept", action="store_const", dest="decision", const="accepted")
    decision.add_argument(
        "--edit",
        metavar="TEXT",
        nargs="?",
        const="",
        help="your own wording; without TEXT your editor ($VISUAL, $EDITOR) opens",
    )
    decision.add_argument("--reject", action="store_const", dest="decision", const="rejected")
    decision.add_argument("--unclear", action="store_const", dest="decision", const="unclear")
    parser.add_argument("--reason", default="", help="why")
    parser.add_argument("--rating", type=int, choices=range(1, 6), help="plausibility, 1 to 5")
    return decision


def now_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--now",
        action="store_true",
        help="also before all assigned reviewers have voted, which the history says",
    )


def label_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--category", action="append", metavar="NAME", help="repeatable")
    parser.add_argument("--stage", action="append", choices=("KR", "ICI", "LR", "EP"))


def run_review(chosen: argparse.Namespace) -> None:
    decision = chosen_decision(chosen)
    labels = _labels(chosen)
    if decision is None:
        _refuse_undecided(chosen)
    if labels and (chosen.undo or chosen.redo):
        raise HeadLabError("--undo and --redo stand alone: set labels by themselves afterwards.")
    with open_catalogue(create=False) as store:
        entry = find_entry(store, chosen.model, chosen.head)
        if chosen.undo or chosen.redo:
            entry = store.undo(entry.id) if chosen.undo else store.redo(entry.id)
            _tell_moved(store.history(entry.id))
        elif decision is not None:
            entry = _decide(store, entry, chosen, decision, labels)
        elif labels:
            entry = store.annotate(entry.id, **labels)
        if chosen.json:
            show.print_json(entry)
        else:
            show.out().print(entries.entry_panel(entry))


def _labels(chosen: argparse.Namespace) -> dict[str, Any]:
    """Labels and note as the options name them, by the catalogue's names."""
    given = {
        "note": chosen.note,
        "tags": chosen.tag,
        "head_names": chosen.head_name,
        "categories": chosen.category,
        "stages": chosen.stage,
    }
    return {name: value for name, value in given.items() if value is not None}


def _tell_moved(history: Sequence[Revision]) -> None:
    """Which step the last revision took back or put back."""
    change = history[-1].change
    for verb, words in (("undoes", "Took back"), ("redoes", "Put back")):
        for step in history:
            if step.number == change.get(verb):
                said = entries.step_words(step)
                show.note(f"{words} revision {step.number}: {step.action}{said and ', ' + said}")


def chosen_decision(chosen: argparse.Namespace) -> Decision | None:
    """The judgement that the options give."""
    found: Decision | None = "edited" if chosen.edit is not None else chosen.decision
    return found


def _refuse_undecided(chosen: argparse.Namespace) -> None:
    """What belongs to a decision alone is not dropped in silence where there is none."""
    given = {
        "--reason": bool(chosen.reason),
        "--rating": chosen.rating is not None,
        "--draft": chosen.draft is not None,
        "--now": chosen.now,
    }
    unused = [name for name, is_given in given.items() if is_given]
    if unused:
        raise HeadLabError(
            f"{' and '.join(unused)} without a decision: add --accept, --edit, --reject or --unclear. "
            "Nothing was saved."
        )


def _decide(
    store: Catalogue,
    entry: Entry,
    chosen: argparse.Namespace,
    decision: Decision,
    labels: dict[str, Any],
) -> Entry:
    """The entry after the decision and its labels, which are one step of the history."""
    text = ""
    if decision == "edited":
        text = chosen.edit or edited_text(entry.head, text_to_edit(entry, chosen.draft))
    return store.review(
        entry.id,
        decision,
        description=text,
        reason=chosen.reason,
        rating=chosen.rating,
        draft_id=chosen.draft,
        now=chosen.now,
        if_revision=entry.revision,
        **labels,
    )


def text_to_edit(entry: Entry, draft_id: int | None = None) -> str:
    """The named draft's text; else the description in force, else the newest draft's."""
    if draft_id is not None:
        return next((one.draft.description for one in entry.drafts if one.id == draft_id), "")
    newest = entry.drafts[-1].draft.description if entry.drafts else ""
    return entry.description or newest


def edited_text(head: Head, start: str) -> str:
    """A description as the person leaves it in their editor."""
    text = edited(start + "\n", f"{head}.txt", "Give the text after --edit").strip()
    if not text:
        raise HeadLabError("The text is empty; nothing was saved.")
    return text


def find_entry(store: Catalogue, model: str, head: str) -> Entry:
    """The entry of a head, by model name or the start of its fingerprint."""
    from headlab.records.head import Head

    wanted = Head.parse(head)
    found = {
        row.model_fingerprint: row.id
        for row in store.list(model=model, layer=wanted.layer, limit=1000)
        if row.head == wanted
    }
    if not found:
        raise CatalogueError(
            f"The catalogue has no entry for {wanted} of {model!r}. Draft it first: "
            f"headlab draft {model} {wanted}"
        )
    if len(found) > 1:
        choices = ", ".join(fingerprint[:12] for fingerprint in found)
        raise CatalogueError(
            f"Several models are called {model!r}. Give the start of a fingerprint: {choices}."
        )
    return store.get(next(iter(found.values())))
