"""`headlab catalogue export`, `compare` and `recover`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table as Shown

from headlab.cli import catalogue_filters as filters
from headlab.cli import show
from headlab.cli.options import Commands, open_catalogue, positive
from headlab.records.errors import CatalogueError
from headlab.records.page import filter_words
from headlab.records.table import Table

if TYPE_CHECKING:
    from headlab.catalogue import Catalogue
    from headlab.workflow.exports.write import Format

FORMATS = ("json", "csv", "parquet", "markdown", "html", "dataset")
ENDINGS: dict[str, Format] = {
    ".json": "json",
    ".csv": "csv",
    ".parquet": "parquet",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
}
"""The format that the end of a file's name means; a data set is a folder and has none."""


def add_commands(actions: Commands) -> None:
    export = actions.add_parser(
        "export",
        help="write entries as JSON with their history, as tables, reports or a data set",
        description="JSON holds every revision and can be imported. CSV and Parquet have a row a "
        "head, Markdown and HTML are to be read, dataset is a folder for a hub.",
    )
    export.add_argument("file", metavar="FILE", help="file or folder, or - for JSON to the output")
    export.add_argument(
        "--format",
        choices=FORMATS,
        help=f"else as the name ends: {', '.join(ENDINGS)}; a data set is asked for by --format",
    )
    export.add_argument("--text", default="", help="only entries with these words")
    export.add_argument("--title", help="of a report or a data set")
    export.add_argument("--licence", help="of a data set, such as cc-by-4.0")
    export.add_argument(
        "--whole",
        action="store_true",
        help="JSON of the whole catalogue, to move it: with all votes, open ones too, which reviewers "
        "are not to see, with saved filters and with answers that were paid",
    )
    filters.add_options(export)
    export.set_defaults(run=run_export)

    schema = actions.add_parser("schema", help="the JSON Schema of a JSON export")
    schema.add_argument("file", metavar="FILE", nargs="?", default="-", help="else to the output")
    schema.set_defaults(run=run_schema)

    compare = actions.add_parser(
        "compare",
        help="two models, or two versions of one",
        description="Matches heads by the profile of their relation scores and by the words of their "
        "descriptions, and counts what is described and accepted.",
    )
    compare.add_argument("a", metavar="A", help="model name, or the start of its fingerprint")
    compare.add_argument("b", metavar="B")
    compare.add_argument("--other", metavar="PLACE", help="the catalogue of B, if another")
    compare.add_argument(
        "--out", metavar="FOLDER", type=Path, help="write both tables as CSV into a folder"
    )
    compare.add_argument("--limit", type=positive, default=20, help="heads shown (default 20)")
    compare.set_defaults(run=run_compare)

    recover = actions.add_parser(
        "recover", help="read what is whole in a damaged file, without changing it"
    )
    recover.add_argument("file", metavar="FILE", type=Path)
    recover.add_argument(
        "--out", metavar="FILE.json", type=Path, required=True, help="an export for 'import'"
    )
    recover.set_defaults(run=run_recover)


def run_export(chosen: argparse.Namespace) -> None:
    from headlab.workflow.exports.write import export_catalogue

    options = {} if chosen.title is None else {"title": chosen.title}
    form = _format(chosen.file, chosen.format)
    with open_catalogue(chosen.catalogue, create=False) as store:
        text, narrowed = filters.chosen_search(store, chosen, chosen.text)
        if chosen.whole:
            if form != "json" or text or narrowed:
                raise CatalogueError(
                    "--whole is JSON of all entries: give no filter, no other format."
                )
            _write_whole(store, chosen.file)
            return
        if not store.count(text=text, **narrowed):
            filters.require_model(store, narrowed.get("model"))
        if chosen.file == "-":
            from headlab.workflow.exports.rows import read_items

            ids = [entry.id for _, entry in read_items(store, text, **narrowed)]
            _print_json(store.export(entry_ids=ids))
            return
        written = export_catalogue(
            store, chosen.file, form, text=text, licence=chosen.licence,
            **options, **narrowed,
        )  # fmt: skip
    show.note(f"Wrote {written} entries to {chosen.file}")
    if not written and (said := filter_words(text, narrowed)):
        show.note(f"No entry is found with {', '.join(said)}.")
    if form == "json" and not (text or narrowed):
        show.note(
            "With --whole votes, saved filters and paid answers go along, to move a catalogue."
        )


def _format(file: str, given: Format | None) -> Format:
    """The format that is asked for, else that of the name's ending; JSON to the output."""
    if file == "-":
        if given not in (None, "json"):
            raise CatalogueError(f"Only JSON is written to the output: give {given} a file.")
        return "json"
    found = given or ENDINGS.get(Path(file).suffix.lower())
    if found is None:
        raise CatalogueError(
            f"The name {file!r} does not tell a format. End it in {', '.join(ENDINGS)}, or give "
            "--format."
        )
    return found


def _write_whole(store: Catalogue, name: str) -> None:
    if name == "-":
        _print_json(store.export(whole=True))
        return
    written = store.export(name, whole=True)
    show.note(f"Wrote the whole catalogue, {len(written['entries'])} entries, to {name}")


def run_schema(chosen: argparse.Namespace) -> None:
    from headlab.catalogue.exported import json_schema
    from headlab.catalogue.file import write_text

    if chosen.file == "-":
        _print_json(json_schema())
        return
    write_text(
        Path(chosen.file).expanduser().absolute(), json.dumps(json_schema(), indent=1) + "\n"
    )
    show.note(f"Wrote {chosen.file}")


def _print_json(data: dict[str, Any]) -> None:
    json.dump(data, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def run_compare(chosen: argparse.Namespace) -> None:
    from headlab.workflow.compare import compare_catalogues

    with open_catalogue(chosen.catalogue, create=False) as store:
        if chosen.other is None:
            made = compare_catalogues(store, chosen.a, chosen.b)
        else:
            with open_catalogue(chosen.other, create=False) as other:
                made = compare_catalogues(store, chosen.a, chosen.b, other=other)
    if chosen.out is not None:
        from headlab.workflow.spreadsheet import write_csv

        for table in (made.coverage, made.heads):
            write_csv(table, chosen.out / f"{table.name}.csv")
            show.note(f"Wrote {chosen.out / table.name}.csv")
        return
    console = show.out()
    console.print(_shown(made.coverage, "Coverage", made.coverage.columns, None))
    console.print(_shown(made.heads, "Heads of A and the nearest of B", _HEADS, chosen.limit))
    for line in (*made.coverage.notes, *made.heads.notes):
        show.note(line)


_HEADS = (
    "head_a",
    "description_a",
    "head_b_by_profile",
    "profile_similarity",
    "shared_operation",
    "head_b_by_description",
    "description_similarity",
)


def _shown(table: Table, title: str, columns: tuple[str, ...], limit: int | None) -> Shown:
    made = show.table(*(name.replace("_", " ") for name in columns), title=title)
    for row in table.dicts()[:limit]:
        cells = (row[name] for name in columns)
        made.add_row(
            *(
                "–" if cell is None else f"{cell:.2f}" if isinstance(cell, float)
                else show.plain(str(cell))
                for cell in cells
            )
        )  # fmt: skip
    return made


def run_recover(chosen: argparse.Namespace) -> int | None:
    from headlab.catalogue import recover

    result = recover(chosen.file, chosen.out)
    for line in result.lost:
        show.note(line)
    show.note(
        f"Wrote {result.entries} entries with {result.revisions} revisions to {chosen.out}. Import it "
        "into a new catalogue: headlab catalogue --catalogue NEW import " + str(chosen.out)
    )
    return 1 if result.lost else None
