"""Evidence about a head that others published: kept with its source, never measured here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from headlab.records.base import Record, missing
from headlab.records.head import Head

ImportKind = Literal["maps-mappings", "head-metrics"]

MAX_ROWS = 1000
"""Mappings or metrics that one source may give for one head."""

Word = Annotated[str, Field(max_length=400)]


class ImportedMapping(Record):
    """A source token and what it is mapped to, strongest first; texts are escaped.

    `saliency` is the source's own number, if it gives one.
    """

    source: Word
    targets: tuple[Word, ...] = Field(min_length=1, max_length=100)
    saliency: float | None = Field(default=None, allow_inf_nan=False, exclude_if=missing)


class ImportedMetric(Record):
    """A number under the name that its source gives it."""

    name: str = Field(min_length=1, max_length=200)
    value: float = Field(allow_inf_nan=False)


class ImportedEvidence(Record):
    """What one file says about one head: mappings or metrics, as `kind` says.

    `sha256` is the file's and makes the source; `file` is the name it had, without its folder.
    """

    kind: ImportKind
    file: str = Field(min_length=1, max_length=255)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    mappings: tuple[ImportedMapping, ...] = Field(default=(), max_length=MAX_ROWS)
    metrics: tuple[ImportedMetric, ...] = Field(default=(), max_length=MAX_ROWS)

    @model_validator(mode="after")
    def _is_of_its_kind(self) -> ImportedEvidence:
        if bool(self.mappings) != (self.kind == "maps-mappings") or (
            bool(self.metrics) != (self.kind == "head-metrics")
        ):
            raise ValueError(f"{self.kind} holds rows of that kind, at least one, and no others")
        return self


class EvidenceToImport(Record):
    """A published file by its `text`, and which heads it is about; `file` is its name, whose ending
    says how to read it. The rest as in `headlab.import_evidence`."""

    kind: ImportKind
    file: str = Field(min_length=1, max_length=255)
    text: str
    model: str = Field(min_length=1, max_length=1000)
    head: str | None = Field(default=None, max_length=100)
    in_order: bool = False
    dry_run: bool = False


class StoredImport(Record):
    """Imported evidence of an entry; `id` is the number of the revision that added it."""

    id: int
    evidence: ImportedEvidence
    imported_by: str
    imported_at: datetime


class ImportConflict(Record):
    """Two sources that disagree about a head: both are kept.

    `about` is a metric's name or a source token; `known` is what the file `known_file`, with the hash
    `known_sha256`, says, `new` what the one that is imported says.
    """

    head: Head
    about: str
    known: str
    known_file: str
    known_sha256: str
    new: str


class EvidenceImportResult(Record):
    """What an import of evidence did, or would do if `dry_run`, head by head.

    `created` heads had no entry, `extended` ones gained this source, `unchanged` ones had it.
    `left_out` says in words which parts of the file were not taken over.
    """

    kind: ImportKind
    file: str
    sha256: str
    model_name: str
    model_fingerprint: str
    created: tuple[Head, ...] = ()
    extended: tuple[Head, ...] = ()
    unchanged: tuple[Head, ...] = ()
    conflicts: tuple[ImportConflict, ...] = ()
    left_out: tuple[str, ...] = ()
    dry_run: bool = False
