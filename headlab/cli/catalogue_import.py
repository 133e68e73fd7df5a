"""`headlab catalogue import`: an export, or evidence that others published."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from rich.console import RenderableType
from rich.table import Table

from headlab.cli import show
from headlab.cli.options import Commands, json_option, open_catalogue
from headlab.records.entry import Entry
from headlab.records.errors import CatalogueError, HeadLabError
from headlab.records.imported import EvidenceImportResult, ImportedEvidence, ImportKind

if TYPE_CHECKING:
    from headlab.catalogue import Catalogue

MOST_SHOWN = 10
"""Conflicts, mappings and metrics that a terminal shows."""


def add_commands(actions: Commands) -> None:
    reading = actions.add_parser(
        "import",
        help="read entries from an export, or evidence that others published",
        description="Without --kind: an export of another catalogue. With it: published evidence, "
        "which is kept with its source beside what was measured here and never mixed with it.",
    )
    reading.add_argument("file", metavar="FILE", type=Path)
    reading.add_argument(
        "--kind",
        choices=get_args(ImportKind),
        help="maps-mappings: tables of tokens and mappings (.html, .csv); head-metrics: numbers for "
        "each head (.json, .csv, .html)",
    )
    reading.add_argument(
        "--model", metavar="MODEL", help="which model the evidence is about: a name or the start of "
        "a fingerprint in the catalogue, else 'demo', a folder or a hub id",
    )  # fmt: skip
    reading.add_argument("--head", metavar="HEAD", help="where the file names none, such as L5H3")
    reading.add_argument(
        "--in-order",
        action="store_true",
        help="the rows name no heads: one for each head, layer by layer",
    )
    reading.add_argument(
        "--dry-run",
        action="store_true",
        help="say what would happen, with every conflict, and stop",
    )
    reading.add_argument(
        "--skip-conflicts",
        action="store_true",
        help="of an export: leave entries that were edited on both sides as they are, take the rest",
    )
    json_option(reading)
    reading.set_defaults(run=run_import)

    log = actions.add_parser(
        "imports", help="what was imported: who, when, of which file, and what it brought"
    )
    json_option(log)
    log.set_defaults(run=run_imports)


def run_import(chosen: argparse.Namespace) -> int | None:
    if chosen.kind is None:
        if chosen.model or chosen.head or chosen.in_order:
            raise CatalogueError("--model, --head and --in-order belong to --kind.")
        return _run_export_import(chosen)
    if chosen.skip_conflicts:
        raise CatalogueError(
            "--skip-conflicts belongs to an export: published evidence stands side by side."
        )
    if chosen.model is None:
        raise CatalogueError("Say with --model which model the evidence is about.")
    from headlab.workflow.imports.run import import_evidence

    with open_catalogue(chosen.catalogue) as store:
        result = import_evidence(
            store,
            chosen.file,
            chosen.kind,
            _model(store, chosen.model),
            head=chosen.head,
            in_order=chosen.in_order,
            dry_run=chosen.dry_run,
        )
    if chosen.json:
        show.print_json(result)
    else:
        _tell(result)
    return None


def _run_export_import(chosen: argparse.Namespace) -> int | None:
    """Exit status 1 for a dry run with conflicts, which an import would refuse."""
    with open_catalogue(chosen.catalogue) as store:
        report = store.import_(
            chosen.file, dry_run=chosen.dry_run, skip_conflicts=chosen.skip_conflicts
        )
    refused = chosen.dry_run and report.conflicts and not chosen.skip_conflicts
    if chosen.json:
        show.print_json(report)
        return 1 if refused else None
    verb = "Would import" if chosen.dry_run else "Imported"
    counts = f"{report.added} added, {report.extended} extended, {report.unchanged} unchanged"
    beside = (
        f", {count} new {one if count == 1 else more}"
        for count, one, more in (
            (report.votes, "vote", "votes"),
            (report.asked, "request for a vote", "requests for a vote"),
            (report.filters, "saved filter", "saved filters"),
            (report.answers, "paid answer", "paid answers"),
        )
        if count
    )
    show.note(f"{verb}: {counts}{''.join(beside)}.")
    for one in report.conflicts:
        show.note(f"Edited on both sides: {one.words}. It stays as it is here.")
    for name in report.kept:
        show.note(f"The saved filter {name} is another one here, and stays.")
    if refused:
        show.note("Without --skip-conflicts nothing would be imported.")
    return 1 if refused else None


def run_imports(chosen: argparse.Namespace) -> None:
    with open_catalogue(chosen.catalogue, create=False) as store:
        log = store.imports_log()
    if chosen.json:
        show.print_json(log)
        return
    if not log:
        show.note("Nothing was imported into this catalogue.")
        return
    made = show.table(
        "at", "by", "file", "sha256", "kind", "heads", "revisions", "note",
        title="Imports", right=("heads", "revisions"),
    )  # fmt: skip
    for one in log:
        revisions = sum(
            head.last - head.first + 1
            for head in one.entries
            if head.first is not None and head.last is not None
        )
        made.add_row(
            f"{one.created_at:%F %R}",
            show.plain(one.author),
            show.plain(one.source),
            one.sha256[:12],
            one.kind,
            str(len(one.entries)),
            str(revisions),
            f"into another catalogue, known by {one.carried_by[:12]}" if one.carried_by else "",
        )
    show.out().print(made)


def _model(store: Catalogue, name: str) -> Any:
    """A model of the catalogue, else the facts of one that can be opened."""
    from headlab.workflow.imports.run import find_model

    try:
        find_model(store, name)
    except CatalogueError as error:
        if any(name in (one.name, one.fingerprint) for one in store.overview().models):
            raise
        from headlab.models.checkpoint_model import open_checkpoint

        try:
            return open_checkpoint(name, "cpu").facts
        except HeadLabError as unopened:
            raise CatalogueError(f"{error} Nor can it be opened: {unopened}") from unopened
    return name


def _tell(result: EvidenceImportResult) -> None:
    verb = "Would import" if result.dry_run else "Imported"
    show.note(
        f"{verb} {result.kind} from {result.file} (sha256 {result.sha256[:12]}) for "
        f"{result.model_name}. Heads: {len(result.created)} new here, {len(result.extended)} extended, "
        f"{len(result.unchanged)} unchanged."
    )
    for one in result.conflicts[:MOST_SHOWN]:
        known = f"{one.known_file} (sha256 {one.known_sha256[:12]})"
        show.note(f"{one.head} {one.about}: {one.new}, but {one.known} in {known}. Both are kept.")
    if len(result.conflicts) > MOST_SHOWN:
        show.note(f"and {len(result.conflicts) - MOST_SHOWN} more; --json shows all.")
    for line in result.left_out:
        show.note(f"Left out: {line}.")


def imported_tables(entry: Entry) -> Iterator[RenderableType]:
    """Each source of imported evidence, named, with a table of what it says."""
    for stored in entry.imported:
        evidence = stored.evidence
        yield show.plain(
            f"Imported, not measured here: {evidence.file} (sha256 {evidence.sha256[:12]}), by "
            f"{stored.imported_by}, {stored.imported_at:%Y-%m-%d %H:%M}",
            "bold",
        )
        yield _imported_table(evidence)


def _imported_table(evidence: ImportedEvidence) -> Table:
    if evidence.kind == "maps-mappings":
        made = show.table("token", "mapped to")
        for mapping in evidence.mappings[:MOST_SHOWN]:
            made.add_row(show.token(mapping.source), show.tokens(mapping.targets))
    else:
        made = show.table("metric", "value", right=("value",))
        for metric in evidence.metrics[:MOST_SHOWN]:
            made.add_row(show.plain(metric.name), f"{metric.value:.4g}")
    hidden = max(len(evidence.mappings), len(evidence.metrics)) - MOST_SHOWN
    if hidden > 0:
        made.caption = f"and {hidden} more"
    return made
