"""`headlab catalogue ...`."""

from __future__ import annotations

import argparse
from typing import get_args

from headlab.cli import (
    cards,
    catalogue_export,
    catalogue_import,
    catalogue_overview,
    entries,
    show,
)
from headlab.cli import catalogue_filters as filters
from headlab.cli.decide import find_entry
from headlab.cli.options import Commands, json_option, open_catalogue, positive
from headlab.records.page import Sort


def add_commands(commands: Commands) -> None:
    parser = commands.add_parser(
        "catalogue", help="overview, list, show, search, export, verify, back up"
    )
    parser.add_argument(
        "--catalogue", metavar="PLACE", help="file or database URL, else the settings'"
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="entries, by model and head or in another order")
    _listed(listing)
    listing.set_defaults(run=run_list)

    search = actions.add_parser("search", help="full text over descriptions, notes and tags")
    search.add_argument("text", help="words; the last one may be unfinished")
    _listed(search)
    search.set_defaults(run=run_list)
    filters.add_commands(actions)

    entry = actions.add_parser("show", help="one entry with its history")
    entry.add_argument("model", metavar="MODEL")
    entry.add_argument("head", metavar="HEAD")
    json_option(entry)
    entry.set_defaults(run=run_show)

    prompt = actions.add_parser(
        "prompt",
        help="the text of a prompt that drafts were made with",
        description="'headlab catalogue show' prints version and sha256 of a draft's prompt, 'headlab "
        "jobs show' those of a batch. The text is written as it was, so that its sha256 is that name.",
    )
    prompt.add_argument("name", metavar="VERSION", help="a version, or a start of the sha256")
    json_option(prompt)
    prompt.set_defaults(run=run_prompt)

    catalogue_import.add_commands(actions)
    catalogue_overview.add_commands(actions)
    catalogue_export.add_commands(actions)


def _listed(parser: argparse.ArgumentParser) -> None:
    filters.add_options(parser)
    parser.add_argument("--save", metavar="NAME", help="keep this search under a name")
    parser.add_argument(
        "--sort",
        choices=get_args(Sort),
        help="head: by model and head; state: by state, then head; updated: the last change first; "
        "score: the highest relation score first, with --operation that of it. Without it a list is "
        "by head, and what a search finds comes best first.",
    )
    parser.add_argument(
        "--descending",
        action=argparse.BooleanOptionalAction,
        help="the order from its end (head, state); --no-descending: oldest and lowest first "
        "(updated, score)",
    )
    parser.add_argument("--limit", type=positive, default=50, help="rows at most (default 50)")
    json_option(parser)


def run_list(chosen: argparse.Namespace) -> None:
    with open_catalogue(chosen.catalogue, create=False) as store:
        text, narrowed = filters.chosen_search(store, chosen, getattr(chosen, "text", ""))
        if chosen.save is not None:
            store.save_filter(chosen.save, text=text, **narrowed)
        found = store.page(
            text, sort=chosen.sort, descending=chosen.descending, limit=chosen.limit, **narrowed
        )
        if not found.entries:
            filters.require_model(store, narrowed.get("model"))
    rows = found.entries
    if chosen.json:
        show.print_json(list(rows))
        return
    if not rows:
        show.note(
            "Nothing found. Draft some heads with 'headlab draft MODEL --best 5', or change the filter."
        )
        return
    show.out().print(cards.entries_table(rows))
    if found.total > len(rows):
        show.note(f"{len(rows)} of {found.total} entries; --limit shows more.")


def run_show(chosen: argparse.Namespace) -> None:
    with open_catalogue(chosen.catalogue, create=False) as store:
        entry = find_entry(store, chosen.model, chosen.head)
        history = store.history(entry.id)
    if chosen.json:
        show.print_json(entry)
        return
    console = show.out()
    console.print(entries.entry_panel(entry))
    if entry.tests:
        console.print(entries.tests_table(entry))
    if entry.card is not None:
        for made in cards.card_tables(entry.card):
            console.print(made)
    for shown in catalogue_import.imported_tables(entry):
        console.print(shown)
    console.print(entries.history_table(history))


def run_prompt(chosen: argparse.Namespace) -> None:
    with open_catalogue(chosen.catalogue, create=False) as store:
        kept = store.prompt_text(chosen.name)
    if chosen.json:
        show.print_json(kept)
        return
    show.out().print(show.plain(kept.text), soft_wrap=True, end="")
