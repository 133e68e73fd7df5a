"""Rows of a damaged catalogue put together again to an export, as far as their chains are valid."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, TypeVar

from pydantic import ValidationError

from headlab.catalogue import beside, import_log, paid_answers, prompt_texts, saved, transfer, votes
from headlab.catalogue.changes import EvidenceChange
from headlab.catalogue.exported import AskedReviewer, PaidAnswer
from headlab.catalogue.history import HeadKey, Replay, read_change
from headlab.catalogue.text import canonical, plain, sha256
from headlab.records.card import EvidenceCard
from headlab.records.entry import Revision
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.import_log import LoggedImport
from headlab.records.page import SavedFilter
from headlab.records.vote import Vote

Row = dict[str, Any]
T = TypeVar("T")

TABLES = (
    "entry", "revision", "document", "vote", "assignment", "saved_filter", "import_log",
    "draft_batch", "draft_job",
)  # fmt: skip


class Rescue:
    """`leftover` are rows that can be read and belong to no valid chain; `lost` grows by what is
    missing, in words."""

    def __init__(self, tables: dict[str, list[Row]], lost: list[str]) -> None:
        self._tables: defaultdict[str, list[Row]] = defaultdict(list, tables)
        self._lost = lost
        self.leftover: list[Row] = []
        self._cards: dict[str, EvidenceCard] = {}
        self._prompts: dict[str, str] = {}
        for row in self._tables["document"]:
            self._document(row)
        self._keys = {row["id"]: row for row in self._tables["entry"]}
        self._histories = self._grouped("revision", "number")
        self._votes = self._grouped("vote", "number")
        self._asked = self._grouped("assignment", "position")
        self._hashes: dict[HeadKey, list[str]] = {}

    def export(self) -> dict[str, Any]:
        entries = []
        cards: dict[str, Any] = {}
        prompts: dict[str, str] = {}
        for entry_id, rows in self._histories.items():
            found = self._entry(entry_id, rows, cards, prompts)
            if found is not None:
                entries.append(found)
        for entry_id in sorted(set(self._keys) - set(self._histories)):
            self._lost.append(f"Entry {entry_id}: no revision of it can be read.")
        batches = {row["id"]: row for row in self._tables["draft_batch"]}
        return transfer.assemble(
            entries,
            cards,
            prompts,
            imports=[plain(one) for one in self._imports()],
            filters=[plain(one) for one in self._each("saved_filter", _filter, "A saved filter")],
            answers=[
                plain(one)
                for one in paid_answers.first(
                    self._each("draft_job", lambda row: _answer(row, batches), "A paid answer")
                )
            ],
        )

    def _grouped(self, table: str, order: str) -> dict[int, list[Row]]:
        """Rows by their entry, in the order of a column."""
        found: defaultdict[int, list[Row]] = defaultdict(list)
        for row in sorted(self._tables[table], key=lambda row: (row["entry_id"], row[order])):
            found[row["entry_id"]].append(row)
        return found

    def _each(self, table: str, read: Callable[[Row], T | None], what: str) -> Iterator[T]:
        """The rows of a table that can be read; the others are lost."""
        for row in self._tables[table]:
            try:
                found = read(row)
            except (AttributeError, CatalogueError, KeyError, TypeError, ValueError):
                self._lost.append(f"{what} cannot be read.")
                self.leftover.append(row)
                continue
            if found is not None:
                yield found

    def _document(self, row: Row) -> None:
        name, body = row["sha256"], row["body"]
        try:
            if prompt_texts.is_text(body):
                if sha256(body) == name:
                    self._prompts[name] = body
                    return
            elif sha256(canonical(json.loads(body))) == name:
                self._cards[name] = EvidenceCard.model_validate_json(body)
                return
        except (AttributeError, TypeError, ValueError):
            pass
        self._lost.append(f"The evidence card or prompt {str(name)[:12]} was changed.")
        self.leftover.append(row)

    def _entry(
        self, entry_id: int, rows: list[Row], cards: dict[str, Any], prompts: dict[str, str]
    ) -> Row | None:
        key = self._key(entry_id, rows)
        replay = Replay(key) if key is not None else None
        kept: list[Revision] = []
        why = "neither its head nor its first evidence can be read"
        for row in rows:
            if replay is None:
                break
            try:
                revision = _revision(row)
                name = self._evidence(revision)
                prompt = prompt_texts.named_by(revision)
                if prompt is not None and prompt not in self._prompts:
                    raise CatalogueError(f"the prompt {prompt[:12]} is lost")
                replay.add(revision)
            except CatalogueError as error:
                why = str(error).rstrip(".")
                break
            if name is not None:
                cards[name] = plain(self._cards[name])
            if prompt is not None:
                prompts[prompt] = self._prompts[prompt]
            kept.append(revision)
        if len(kept) < len(rows):
            cut = f"revisions from {rows[len(kept)]['number']} on ({len(rows) - len(kept)})"
            self._lost.append(f"Entry {entry_id}{f', {key.head}' if key else ''}: {cut}: {why}.")
            self.leftover += rows[len(kept) :]
        if not kept or replay is None or replay.state is None or key is None:
            return None
        stored = self._keys.get(entry_id)
        if stored is not None and stored["revision"] != replay.number and len(kept) == len(rows):
            self._lost.append(f"Entry {entry_id}, {key.head}: revisions after {replay.number}.")
        self._hashes[key] = [revision.hash for revision in kept]
        return {
            "model_fingerprint": key.fingerprint,
            "head": plain(key.head),
            "current": plain(replay.state),
            "revisions": [transfer.exported(revision) for revision in kept],
            "votes": [plain(one) for one in self._votes_on(entry_id, key, kept)],
            "asked": [plain(one) for one in self._asked_about(entry_id, kept)],
        }

    def _votes_on(self, entry_id: int, key: HeadKey, kept: list[Revision]) -> Iterator[Vote]:
        drafts = {None, *(one.number for one in kept if one.action == "draft")}
        for row in self._votes.get(entry_id, ()):
            try:
                cast = Vote.model_validate_json(row["body"])
                if votes.vote_id(key, cast) == cast.id == row["id"] and cast.draft_id in drafts:
                    yield cast
                    continue
            except (TypeError, ValueError):
                pass
            self._lost.append(f"Entry {entry_id}, {key.head}: a vote.")
            self.leftover.append(row)

    def _asked_about(self, entry_id: int, kept: list[Revision]) -> tuple[AskedReviewer, ...]:
        rows = (SimpleNamespace(**row) for row in self._asked.get(entry_id, ()))
        try:
            return beside.unsaid_of(rows, kept)
        except ValidationError:
            self._lost.append(f"Entry {entry_id}: who is asked for a vote.")
            return ()

    def _imports(self) -> Iterator[LoggedImport]:
        """What the log says of revisions that are whole."""
        for made in self._each("import_log", _import, "An import of the log"):
            whole = tuple(
                one
                for one in made.entries
                if (hashes := self._hashes.get(import_log.key_of(one))) is not None
                and (one.last is None or one.hash in hashes[one.last - 1 : one.last])
            )
            if whole:
                yield made.model_copy(update={"entries": whole})

    def _key(self, entry_id: int, rows: list[Row]) -> HeadKey | None:
        """From the evidence of the first revision, which its hash protects, else from the entry."""
        try:
            name = self._evidence(_revision(rows[0]))
        except CatalogueError:
            name = None
        if name is not None:
            card = self._cards[name]
            return HeadKey(card.model.fingerprint, card.head)
        row = self._keys.get(entry_id)
        if row is None:
            return None
        try:
            head = Head(layer=row["layer"], index=row["head_index"])
        except ValidationError:
            return None
        return HeadKey(str(row["model_fingerprint"]), head)

    def _evidence(self, revision: Revision) -> str | None:
        """The card that a revision needs; raises CatalogueError when it is lost."""
        try:
            change = read_change(revision)
        except ValueError as error:
            raise CatalogueError(f"revision {revision.number} cannot be read") from error
        if not isinstance(change, EvidenceChange):
            return None
        if change.card not in self._cards:
            raise CatalogueError(f"the evidence card {change.card[:12]} is lost")
        return change.card


def _revision(row: Row) -> Revision:
    try:
        return Revision.model_validate(row | {"change": json.loads(row["change"])})
    except (TypeError, ValueError) as error:
        raise CatalogueError(f"revision {row['number']} cannot be read") from error


def _filter(row: Row) -> SavedFilter:
    return saved.from_row(dict(row))


def _import(row: Row) -> LoggedImport:
    return import_log.from_row(SimpleNamespace(**row))


def _answer(row: Row, batches: dict[int, Row]) -> PaidAnswer | None:
    """None for a job that is not done."""
    if row["state"] != "done":
        return None
    batch = batches[row["batch_id"]]
    names = {name: batch[name] for name in ("model_name", "model_fingerprint")}
    return paid_answers.from_row(SimpleNamespace(**row, **names))
