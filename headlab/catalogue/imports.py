"""Evidence that others published, kept beside what was measured here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from headlab.catalogue import heads, import_log, ledger, schema
from headlab.catalogue.changes import ImportChange
from headlab.catalogue.engine import Database
from headlab.catalogue.history import HeadKey
from headlab.catalogue.signature import authenticated_by, signature
from headlab.catalogue.text import clean, clean_record
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.import_log import BroughtHead, LoggedImport
from headlab.records.imported import (
    EvidenceImportResult,
    ImportConflict,
    ImportedEvidence,
    StoredImport,
)
from headlab.records.provenance import now

Found = Mapping[Head, ImportedEvidence]


class EvidenceImports:
    """What files say about heads. It enters no score, no state and no draft.

    Each source is one revision of each entry that it is about, and can be undone. A second source
    stands beside the first. Methods raise CatalogueError, with nothing changed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(
        self,
        model_name: str,
        model_fingerprint: str,
        found: Found,
        *,
        author: str | None = None,
        dry_run: bool = False,
    ) -> EvidenceImportResult:
        """Keep what one file says about heads of a model, all of it or nothing.

        A head without an entry gets one that holds only this. A head that has this source already,
        with the same content, stays as it is. Raises CatalogueError for evidence of several files.
        """
        sources = {(one.kind, one.file, one.sha256) for one in found.values()}
        if len(sources) != 1:
            raise CatalogueError("Give the evidence of one file, with at least one head.")
        if not model_name or not model_fingerprint:
            raise CatalogueError("Imported evidence needs the model's name and fingerprint.")
        ((kind, file, sha256),) = sources
        name, fingerprint = clean(model_name), clean(model_fingerprint)
        created: list[Head] = []
        extended: list[Head] = []
        unchanged: list[Head] = []
        conflicts: list[ImportConflict] = []
        brought: list[BroughtHead] = []
        by, vouched = signature(author), authenticated_by(author)
        with (self._database.reading if dry_run else self._database.writing)() as connection:
            for head in sorted(found):
                evidence = clean_record(found[head])
                key = HeadKey(fingerprint, head)
                _check(key)
                stored = heads.find(connection, key, lock=not dry_run)
                known = () if stored is None else ledger.read_imports(connection, stored.id)
                if any(_same(one.evidence, evidence) for one in known):
                    unchanged.append(head)
                    continue
                (created if stored is None else extended).append(head)
                conflicts += _conflicts(head, known, evidence)
                if not dry_run:
                    change = ImportChange(
                        model_name=name, evidence=evidence, authenticated_by=vouched
                    )
                    brought.append(_add(connection, key, change, by))
            if brought:
                made = LoggedImport(
                    kind=kind,
                    author=by,
                    source=file,
                    sha256=sha256,
                    entries=tuple(brought),
                    created_at=now(),
                )
                import_log.write(connection, made)
        return EvidenceImportResult(
            kind=kind,
            file=file,
            sha256=sha256,
            model_name=name,
            model_fingerprint=fingerprint,
            created=tuple(created),
            extended=tuple(extended),
            unchanged=tuple(unchanged),
            conflicts=tuple(conflicts),
            dry_run=dry_run,
        )


def _check(key: HeadKey) -> None:
    if max(key.head.layer, key.head.index) > schema.MAX_INTEGER:
        raise CatalogueError(f"{key.head} is no head of a model: its numbers are too large.")


def _add(connection: Connection, key: HeadKey, change: ImportChange, by: str) -> BroughtHead:
    stored = heads.find_or_add(connection, key)
    after = heads.append(connection, stored, "import", change, author=by, source="import")
    return BroughtHead(
        model_fingerprint=key.fingerprint,
        head=key.head,
        first=after.revision,
        last=after.revision,
        hash=after.hash,
    )


def _same(known: ImportedEvidence, new: ImportedEvidence) -> bool:
    """The same source and content, whatever the file was called."""
    return known == new.model_copy(update={"file": known.file})


def _conflicts(
    head: Head, known: tuple[StoredImport, ...], new: ImportedEvidence
) -> Iterator[ImportConflict]:
    said = _statements(new)
    for stored in known:
        if stored.evidence.kind != new.kind:
            continue
        for about, before in _statements(stored.evidence).items():
            if said.get(about, before) != before:
                yield ImportConflict(
                    head=head,
                    about=about,
                    known=before,
                    known_file=stored.evidence.file,
                    known_sha256=stored.evidence.sha256,
                    new=said[about],
                )


def _statements(evidence: ImportedEvidence) -> dict[str, str]:
    """What is said of each metric or source token, as text to compare and to show."""
    found = {row.name: f"{row.value:.6g}" for row in evidence.metrics}
    return found | {row.source: ", ".join(row.targets) for row in evidence.mappings}
