"""Published evidence into the catalogue, as evidence that is not ours."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import get_args

from headlab.catalogue import Catalogue
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.imported import EvidenceImportResult, ImportedEvidence, ImportKind
from headlab.records.model import ModelFacts
from headlab.workflow.imports.file import EvidenceFile, read_file
from headlab.workflow.imports.mappings import read_mappings
from headlab.workflow.imports.metrics import read_metrics

_PAGE = 50


def import_evidence(
    catalogue: Catalogue,
    path: str | os.PathLike[str] | EvidenceFile,
    kind: ImportKind,
    model: str | ModelFacts,
    *,
    head: Head | str | None = None,
    in_order: bool = False,
    author: str | None = None,
    dry_run: bool = False,
) -> EvidenceImportResult:
    """Keep what a published file says about heads of a model, beside what was measured here.

    `kind` "maps-mappings": tables of tokens and their mappings (HTML, CSV); "head-metrics": numbers a
    head (JSON, CSV, HTML). `model` is a name or the start of a fingerprint in the catalogue, or the
    facts of a model; nothing in such a file proves that it is about these weights. `head` is needed
    where the file names none. `in_order`: the rows name no heads and stand for all of them, layer by
    layer. Each source is one revision of each entry; the same file again changes nothing, another one
    stands beside it, and what they say differently is in `conflicts`. Raises CatalogueError, with
    nothing changed and the line or row named, for a file that cannot be read.
    """
    if kind not in get_args(ImportKind):
        raise CatalogueError(f"{kind!r} is no kind of evidence: {', '.join(get_args(ImportKind))}.")
    name, fingerprint, facts = find_model(catalogue, model)
    given = None if head is None else Head.parse(head)
    file = path if isinstance(path, EvidenceFile) else read_file(path)
    source = {"kind": kind, "file": file.name, "sha256": file.sha256}
    found: dict[Head, ImportedEvidence]
    if kind == "maps-mappings":
        if in_order:
            raise CatalogueError("Only metrics can stand in the order of the heads.")
        mappings, left_out = read_mappings(file, given)
        found = {one: ImportedEvidence(**source, mappings=rows) for one, rows in mappings.items()}
    else:
        if in_order and facts is None:
            raise CatalogueError(f"The catalogue does not know how many heads {name} has.")
        shape = (facts.n_layers, facts.n_heads) if in_order and facts else None
        metrics, left_out = read_metrics(file, given, shape)
        found = {one: ImportedEvidence(**source, metrics=rows) for one, rows in metrics.items()}
    if facts is not None:
        _refuse_unknown_heads(file.name, found, facts)
    result = catalogue.evidence_imports.take(
        name, fingerprint, found, author=author, dry_run=dry_run
    )
    return result.model_copy(update={"left_out": left_out})


def find_model(catalogue: Catalogue, model: str | ModelFacts) -> tuple[str, str, ModelFacts | None]:
    """Name, fingerprint and, as far as any entry's evidence tells them, the facts of a model.

    Raises CatalogueError for a name that the catalogue does not know or that two models share.
    """
    if isinstance(model, ModelFacts):
        return model.name, model.fingerprint, model
    known = [
        one
        for one in catalogue.overview().models
        if model and (one.name == model or one.fingerprint.startswith(model))
    ]
    if len({one.fingerprint for one in known}) != 1:
        if known:
            prints = ", ".join(sorted({one.fingerprint[:12] for one in known}))
            raise CatalogueError(
                f"Several models are called {model!r}; give a fingerprint: {prints}."
            )
        raise CatalogueError(f"The catalogue has no entry of a model {model!r}.")
    (one, *_) = known
    return one.name, one.fingerprint, _facts(catalogue, one.fingerprint, one.entries)


def _facts(catalogue: Catalogue, fingerprint: str, entries: int) -> ModelFacts | None:
    for offset in range(0, entries, _PAGE):
        for row in catalogue.list(model=fingerprint, limit=_PAGE, offset=offset):
            if (card := catalogue.get(row.id).card) is not None:
                return card.model
    return None


def _refuse_unknown_heads(name: str, found: Iterable[Head], facts: ModelFacts) -> None:
    for head in found:
        if head.layer >= facts.n_layers or head.index >= facts.n_heads:
            raise CatalogueError(
                f"{name}: {head} is no head of {facts.name}, which has {facts.n_layers} layers of "
                f"{facts.n_heads} heads. Nothing was imported."
            )
