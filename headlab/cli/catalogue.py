"""`headlab catalogue ...`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from headlab.cli import cards, show
from headlab.cli.describe import find_entry
from headlab.cli.options import Commands, json_option, open_catalogue, positive
from headlab.records.entry import State

STATES = State.__args__  # type: ignore[attr-defined]


def add_commands(commands: Commands) -> None:
    parser = commands.add_parser("catalogue", help="list, show, search, export, verify, back up")
    parser.add_argument(
        "--catalogue", metavar="PLACE", help="file or database URL, else the settings'"
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="entries, newest first")
    _filters(listing)
    listing.set_defaults(run=run_list)

    search = actions.add_parser("search", help="full text over descriptions, notes and tags")
    search.add_argument("text", help="words; the last one may be unfinished")
    _filters(search)
    search.set_defaults(run=run_list)

    entry = actions.add_parser("show", help="one entry with its history")
    entry.add_argument("model", metavar="MODEL")
    entry.add_argument("head", metavar="HEAD")
    json_option(entry)
    entry.set_defaults(run=run_show)

    export = actions.add_parser("export", help="write all entries with their history as JSON")
    export.add_argument("file", metavar="FILE", help="a file, or - for standard output")
    export.set_defaults(run=run_export)

    reading = actions.add_parser("import", help="read entries from an export")
    reading.add_argument("file", metavar="FILE", type=Path)
    reading.add_argument("--dry-run", action="store_true", help="say what would happen and stop")
    reading.set_defaults(run=run_import)

    verify = actions.add_parser("verify", help="recompute every history and compare")
    verify.set_defaults(run=run_verify)

    backup = actions.add_parser("backup", help="write a consistent copy, also while in use")
    backup.add_argument("file", metavar="FILE", type=Path)
    backup.set_defaults(run=run_backup)


def _filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", help="model name, or the start of its fingerprint")
    parser.add_argument("--state", choices=STATES)
    parser.add_argument("--layer", type=int)
    parser.add_argument("--category")
    parser.add_argument("--stage", choices=("KR", "ICI", "LR", "EP"))
    parser.add_argument("--tag")
    parser.add_argument("--limit", type=positive, default=50, help="rows at most (default 50)")
    json_option(parser)


def run_list(chosen: argparse.Namespace) -> None:
    filters = {
        name: getattr(chosen, name)
        for name in ("model", "state", "layer", "category", "stage", "tag")
    }
    with open_catalogue(chosen.catalogue) as store:
        if chosen.action == "search":
            rows = store.search(chosen.text, **filters, limit=chosen.limit)
            total = len(rows)
        else:
            rows = store.list(**filters, limit=chosen.limit)
            total = store.count(**filters)
    if chosen.json:
        show.print_json(list(rows))
        return
    if not rows:
        show.note(
            "Nothing found. Draft some heads with 'headlab draft MODEL --best 5', or change the filter."
        )
        return
    show.out().print(cards.entries_table(rows))
    if total > len(rows):
        show.note(f"{len(rows)} of {total} entries; --limit shows more.")


def run_show(chosen: argparse.Namespace) -> None:
    with open_catalogue(chosen.catalogue) as store:
        entry = find_entry(store, chosen.model, chosen.head)
        history = store.history(entry.id)
    if chosen.json:
        show.print_json(entry)
        return
    console = show.out()
    console.print(cards.entry_panel(entry))
    if entry.card is not None:
        for made in cards.card_tables(entry.card):
            console.print(made)
    console.print(cards.history_table(history))


def run_export(chosen: argparse.Namespace) -> None:
    with open_catalogue(chosen.catalogue) as store:
        if chosen.file == "-":
            json.dump(store.export(), sys.stdout, ensure_ascii=False, indent=2)
            sys.stdout.write("\n")
            return
        written = store.export(Path(chosen.file))
    show.note(f"Wrote {len(written['entries'])} entries to {chosen.file}")


def run_import(chosen: argparse.Namespace) -> None:
    with open_catalogue(chosen.catalogue) as store:
        report = store.import_(chosen.file, dry_run=chosen.dry_run)
    show.note(f"{'Would import' if chosen.dry_run else 'Imported'}: {report}")


def run_verify(chosen: argparse.Namespace) -> int | None:
    with open_catalogue(chosen.catalogue) as store:
        problems = store.verify()
        checked = store.count()
    for problem in problems:
        show.note(problem)
    if problems:
        return 1
    show.note(f"{checked} entries: every history is whole and gives the state that is stored.")
    return None


def run_backup(chosen: argparse.Namespace) -> None:
    with open_catalogue(chosen.catalogue) as store:
        store.backup(chosen.file)
    show.note(f"Wrote {chosen.file}")
