"""Files over REST: exports as downloads, and exports that are taken over."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from pydantic import JsonValue

from headlab.records.entry import ImportResult
from headlab.records.import_log import LoggedImport
from headlab.records.imported import EvidenceImportResult, EvidenceToImport
from headlab.server.operation import Download
from headlab.server.parameters import ExportQuery, Format, ImportQuery
from headlab.server.site import Site

MAX_IMPORT = 128 * 2**20
"""Bytes of an export: a head with its evidence and history has about 100,000."""
MAX_PUBLISHED = 32 * 2**20
"""Bytes of a file of published evidence."""

_TYPES: dict[Format, tuple[str, str]] = {
    "json": ("json", "application/json"),
    "csv": ("csv", "text/csv; charset=utf-8"),
    "parquet": ("parquet", "application/vnd.apache.parquet"),
    "markdown": ("md", "text/markdown; charset=utf-8"),
    "html": ("html", "text/html; charset=utf-8"),
    "dataset": ("zip", "application/zip"),
}


def export_entries(site: Site, query: ExportQuery) -> Download:
    """A file with what a search finds; a data set comes as a zip file and needs a licence."""
    from headlab.workflow.exports.write import export_catalogue

    ending, media_type = _TYPES[query.format]
    folder = Path(tempfile.mkdtemp(prefix="headlab-export-"))
    try:
        is_folder = query.format == "dataset"
        written = folder / ("heads" if is_folder else f"heads.{ending}")
        export_catalogue(
            site.catalogue,
            written,
            query.format,
            text=query.text,
            licence=query.licence,
            **query.filters,
        )
        if is_folder:
            written = Path(shutil.make_archive(str(folder / "packed"), ending, written))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Download(written, folder, f"headlab-heads.{ending}", media_type)


def import_entries(
    site: Site, query: ImportQuery, body: dict[str, JsonValue], raw: bytes
) -> ImportResult:
    """Take over a JSON export with its histories, all of it or none; nothing is overwritten.

    A dry run lists every entry that was edited on both sides. What changes something is logged under
    the name in `file`.
    """
    from headlab.catalogue.exported import SourceFile
    from headlab.catalogue.text import clean

    # its own limit counts ASCII, in which a text is up to three times as long
    return site.catalogue.import_(
        body,
        dry_run=query.dry_run,
        skip_conflicts=query.skip_conflicts,
        source=SourceFile.of(clean(query.file), raw),
        max_bytes=4 * MAX_IMPORT,
    )


def list_imports(site: Site) -> tuple[LoggedImport, ...]:
    """Every import that changed something, oldest first: who, when, of which file, what it brought."""
    return site.catalogue.imports_log()


def import_published(site: Site, body: EvidenceToImport) -> EvidenceImportResult:
    """Keep what a published file says about heads, beside what was measured here.

    The body holds the file's text, never a path.
    """
    from headlab.catalogue.text import clean
    from headlab.workflow.imports.file import given_file
    from headlab.workflow.imports.run import import_evidence

    file = given_file(body.file, clean(body.text).encode())
    return import_evidence(
        site.catalogue,
        file,
        body.kind,
        body.model,
        head=body.head,
        in_order=body.in_order,
        dry_run=body.dry_run,
    )
