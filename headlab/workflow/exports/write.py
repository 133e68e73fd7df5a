"""One call for every format."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Unpack, get_args

from headlab.catalogue import Catalogue
from headlab.catalogue.file import write_text
from headlab.records.errors import ExportError
from headlab.records.page import FilterFields, filter_words
from headlab.workflow.exports.dataset import write_dataset
from headlab.workflow.exports.markdown import markdown_report
from headlab.workflow.exports.origin import Origin
from headlab.workflow.exports.report import html_report
from headlab.workflow.exports.rows import flat_table, read_items
from headlab.workflow.spreadsheet import csv_file
from headlab.workflow.tables import save_table

Format = Literal["json", "csv", "parquet", "markdown", "html", "dataset"]


def export_catalogue(
    catalogue: Catalogue,
    path: str | Path,
    format: Format,
    *,
    text: str = "",
    title: str = "Heads of a HeadLab catalogue",
    licence: str | None = None,
    **filters: Unpack[FilterFields],
) -> int:
    """Write the entries that a search finds; returns how many.

    "json" has every revision and card and can be imported; "csv" and "parquet" have a flat row a
    head; "markdown" and "html" are reports to read; "dataset" is a folder for a hub and needs a
    `licence`. Texts are written exactly, in CSV behind a quote where a program could take them for a
    formula. An older file of the name is replaced, but not where nothing is found. Raises ExportError
    and CatalogueError.
    """
    file = Path(path).expanduser().absolute()
    own = Path(catalogue.place)
    if own.exists() and file.exists() and file.samefile(own):
        raise ExportError(f"{file} is the catalogue itself; give the export another name.")
    items = read_items(catalogue, text, **filters)
    origin = Origin.of(text, filters)
    if not items and file.exists():
        said = ", ".join(filter_words(text, filters)) or "no filter: the catalogue is empty"
        raise ExportError(f"No entry is found with {said}. {file} was not replaced.")
    if format == "json":
        catalogue.export(file, [entry.id for _, entry in items])
    elif format == "csv":
        write_text(file, csv_file(flat_table(items)))
    elif format == "parquet":
        save_table(flat_table(items), file)
    elif format == "markdown":
        write_text(file, markdown_report(items, title, origin))
    elif format == "html":
        write_text(file, html_report(items, title, origin))
    elif format == "dataset":
        if licence is None:
            raise ExportError("A data set needs a licence, such as cc-by-4.0: others will use it.")
        write_dataset(items, file, title, licence, origin)
    else:
        raise ExportError(f"{format!r} is no format. Choose one of: {', '.join(get_args(Format))}.")
    return len(items)
