"""The head catalogue: entries with immutable history, in SQLite or PostgreSQL."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection

from headlab.catalogue import edits, file, heads, ledger, queries, transfer
from headlab.catalogue import verify as verification
from headlab.catalogue.engine import Database, open_database
from headlab.catalogue.history import HeadKey
from headlab.catalogue.place import Mounts, find_place, read_mounts
from headlab.catalogue.stamp import StampReader
from headlab.catalogue.text import clean, clean_record
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft, Stage
from headlab.records.entry import Decision, Entry, EntrySummary, ImportResult, Revision
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.page import CatalogueOverview, EntryPage

Summaries = tuple[EntrySummary, ...]
Problems = list[str]
Texts = Iterable[str]
_Locked = tuple[Connection, heads.StoredHead]


class Catalogue:
    """Entries of heads, one for each head of a model (known by its fingerprint).

    Every change is one immutable revision: who, when, from where and what. All methods may be
    called from several threads; other processes may use the same catalogue at the same time.
    Methods raise CatalogueError when a change is refused or the database fails; nothing is then
    changed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stamps = StampReader()

    @classmethod
    def open(
        cls, path_or_url: str | os.PathLike[str] | None = None, *, mounts: Mounts = read_mounts
    ) -> Catalogue:
        """Open a catalogue, made on first use: a file path, or a PostgreSQL URL.

        None means the environment variable HEADLAB_CATALOGUE, else `headlab/catalogue.db` in the
        Jupyter data folder. `mounts` gives the table of mounted file systems. Raises
        CatalogueError, with the file untouched, when it is no catalogue, damaged or newer.
        """
        return cls(open_database(find_place(path_or_url), mounts))

    @property
    def place(self) -> str:
        """The file's path, or the database's URL without its password."""
        return self._database.place.shown

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user should know about this place, such as a network file system."""
        return self._database.warnings

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # changes

    def add_evidence(self, card: EvidenceCard, author: str | None = None) -> Entry:
        """Create the card's entry, or replace its evidence; equal evidence adds no revision."""
        card = clean_record(card)
        with self._database.writing() as connection:
            return edits.add_evidence(connection, card, author).entry(connection)

    def add_draft(
        self, card_or_entry_id: EvidenceCard | int, draft: Draft, author: str | None = None
    ) -> Entry:
        """List a draft; with a card, its entry and evidence are added first.

        The state becomes "drafted" and the description the draft's, unless a person has decided:
        then the draft is only listed. Raises CatalogueError when the draft rests on another card
        than the one given, or the id is unknown.
        """
        if not isinstance(draft, Draft):
            raise CatalogueError(f"Only a draft can be listed, not a {type(draft).__name__}.")
        card = card_or_entry_id
        if isinstance(card, EvidenceCard):
            given, card = card, clean_record(card)
            if draft.card_hash not in (card.content_hash(), _content_hash(given)):
                raise CatalogueError("The draft rests on another evidence card than the one given.")
        draft = clean_record(draft)
        with self._database.writing() as connection:
            if isinstance(card, EvidenceCard):
                head = edits.add_evidence(connection, card, author)
            else:
                head = heads.load(connection, card, lock=True)
            return edits.add_draft(connection, head, draft, author).entry(connection)

    def review(
        self,
        entry_id: int,
        decision: Decision,
        *,
        reviewer: str | None = None,
        description: str = "",
        reason: str = "",
        rating: int | None = None,
        draft_id: int | None = None,
        categories: Texts | None = None,
        stages: Iterable[Stage] | None = None,
        if_revision: int | None = None,
    ) -> Entry:
        """Record a person's decision about the draft `draft_id`, the newest if None.

        "accepted" puts the draft's text in force, "edited" the given description, "rejected" and
        "unclear" none; drafts stay listed. Categories and stages that are None stay as they are,
        or come from an accepted or edited draft when the entry has none. Raises CatalogueError for
        a decision that does not fit, StaleEdit when the entry is no longer at `if_revision`.
        """
        with self._editing(entry_id, if_revision) as (connection, head):
            return edits.review(
                connection,
                head,
                decision,
                reviewer=reviewer,
                description=description,
                reason=reason,
                rating=rating,
                draft_id=draft_id,
                categories=categories,
                stages=stages,
            ).entry(connection)

    def annotate(
        self,
        entry_id: int,
        *,
        note: str | None = None,
        tags: Texts | None = None,
        categories: Texts | None = None,
        stages: Iterable[Stage] | None = None,
        author: str | None = None,
        if_revision: int | None = None,
    ) -> Entry:
        """Set the note, tags, categories or stages; None leaves one as it is, () empties it.

        Values that are in force already add no revision. Raises CatalogueError when nothing is
        given, StaleEdit when the entry is no longer at `if_revision`.
        """
        with self._editing(entry_id, if_revision) as (connection, head):
            return edits.annotate(
                connection,
                head,
                note=note,
                tags=tags,
                categories=categories,
                stages=stages,
                author=author,
            ).entry(connection)

    def undo(
        self, entry_id: int, *, author: str | None = None, if_revision: int | None = None
    ) -> Entry:
        """Take back the last review, annotation or draft that is in force, as a new revision.

        Repeated, it goes further back. Evidence stays as it is. Raises CatalogueError when there
        is nothing to undo, StaleEdit when the entry is no longer at `if_revision`.
        """
        with self._editing(entry_id, if_revision) as (connection, head):
            return edits.undo(connection, head, author).entry(connection)

    def import_(
        self,
        path_or_dict: str | os.PathLike[str] | Mapping[str, Any],
        *,
        dry_run: bool = False,
        max_bytes: int = transfer.MAX_BYTES,
    ) -> ImportResult:
        """Take over entries of an export with their history, all of them or none.

        A head that is new here is added, one whose history is longer there is extended, an equal
        or longer one here stays. Raises CatalogueError for a file that is not valid or too large,
        and for a head that was edited on both sides.
        """
        found = transfer.read_export(path_or_dict, max_bytes)
        if dry_run:
            with self._database.reading() as connection:
                return transfer.result(transfer.plan(connection, found, lock=False), dry_run=True)
        with self._database.writing() as connection:
            steps = transfer.plan(connection, found, lock=True)
            for step in steps:
                step.run(connection, found.cards)
        return transfer.result(steps, dry_run=False)

    # questions

    def get(self, entry_id: int) -> Entry:
        """An entry; raises CatalogueError when there is none with this id."""
        with self._database.reading() as connection:
            return heads.load(connection, entry_id).entry(connection)

    def find(self, model_fingerprint: str, head: Head | str) -> Entry | None:
        """The entry of a head, None when there is none."""
        key = HeadKey(clean(model_fingerprint), Head.parse(head))
        with self._database.reading() as connection:
            found = heads.find(connection, key)
            return found.entry(connection) if found is not None else None

    def list(
        self,
        model: str | None = None,
        state: str | None = None,
        layer: int | None = None,
        category: str | None = None,
        stage: str | None = None,
        tag: str | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> Summaries:
        """Entries by model and head; `model` is a name or the start of a fingerprint."""
        return self.search("", model, state, layer, category, stage, tag, limit, offset)

    def count(
        self,
        model: str | None = None,
        state: str | None = None,
        layer: int | None = None,
        category: str | None = None,
        stage: str | None = None,
        tag: str | None = None,
        *,
        text: str = "",
    ) -> int:
        """How many entries `list`, or `search` with this text, would give in all."""
        filters = queries.Filters(
            model=model, state=state, layer=layer, category=category, stage=stage, tag=tag
        )
        with self._database.reading() as connection:
            return queries.count_entries(connection, filters, text)

    def search(
        self,
        text: str,
        model: str | None = None,
        state: str | None = None,
        layer: int | None = None,
        category: str | None = None,
        stage: str | None = None,
        tag: str | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> Summaries:
        """Entries that hold every word, the last one as a start; best first, all for no text.

        Looks in description, drafts, note, tags, head and model name. Any text is allowed: case,
        accents and punctuation do not count, and there is no query language.
        """
        filters = queries.Filters(
            model=model, state=state, layer=layer, category=category, stage=stage, tag=tag
        )
        with self._database.reading() as connection:
            return queries.list_entries(connection, filters, text, limit, offset)

    def page(
        self,
        text: str = "",
        model: str | None = None,
        state: str | None = None,
        layer: int | None = None,
        category: str | None = None,
        stage: str | None = None,
        tag: str | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> EntryPage:
        """What `search` gives, with how many match in all at the same moment."""
        filters = queries.Filters(
            model=model, state=state, layer=layer, category=category, stage=stage, tag=tag
        )
        with self._database.reading() as connection:
            return EntryPage(
                entries=queries.list_entries(connection, filters, text, limit, offset),
                total=queries.count_entries(connection, filters, text),
                offset=offset,
                place=self.place,
                warnings=self.warnings,
            )

    def overview(self) -> CatalogueOverview:
        """Counts over all entries, by state and by model, with the stamp of the same moment."""
        with self._database.reading() as connection:
            states = queries.count_states(connection)
            return CatalogueOverview(
                place=self.place,
                stamp=self._stamps.read(connection),
                total=sum(states.values()),
                states=states,
                models=queries.count_models(connection),
                warnings=self.warnings,
            )

    def stamp(self) -> str:
        """A value that is another one after every change by any process; cheap enough to poll."""
        with self._database.reading() as connection:
            return self._stamps.read(connection)

    def history(self, entry_id: int) -> tuple[Revision, ...]:
        """Every revision of an entry, oldest first; raises CatalogueError if it is unknown."""
        with self._database.reading() as connection:
            heads.load(connection, entry_id)
            return ledger.read_history(connection, entry_id)

    def verify(self) -> Problems:
        """Recompute every chain and state; the problems found, none when all is well."""
        with self._database.reading() as connection:
            return [clean(problem) for problem in verification.problems(connection)]

    def export(
        self,
        path: str | os.PathLike[str] | None = None,
        entry_ids: Iterable[int] | None = None,
    ) -> dict[str, Any]:
        """Entries with their history and evidence as plain data, written to a file if given.

        The file is written whole or not at all; an older export is replaced. Raises CatalogueError
        for an unknown id and for a path that cannot be written or is the catalogue itself.
        """
        own = self._database.place.path
        target = None if path is None else Path(path).expanduser().absolute()
        if target and own and target.exists() and target.samefile(own):
            raise CatalogueError(f"{target} is the catalogue itself; give the export another name.")
        with self._database.reading() as connection:
            data = transfer.export(connection, entry_ids)
        if target is not None:
            file.write_text(target, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
        return data

    def backup(self, path: str | os.PathLike[str]) -> Path:
        """Copy the catalogue while it is in use, to a new file; returns its path.

        Raises CatalogueError when the file exists, and for PostgreSQL, which has its own tool.
        """
        source = self._database.place.path
        if source is None:
            raise CatalogueError("A PostgreSQL catalogue is backed up with pg_dump.")
        target = Path(path).expanduser().absolute()
        file.back_up(source, target)
        return target

    @contextmanager
    def _editing(self, entry_id: int, if_revision: int | None) -> Iterator[_Locked]:
        """A transaction on an entry that stays locked until its end."""
        with self._database.writing() as connection:
            head = heads.load(connection, entry_id, lock=True)
            heads.refuse_stale(connection, head, if_revision)
            yield connection, head


def _content_hash(card: EvidenceCard) -> str | None:
    """The hash of a card as it came, None where its text has no JSON."""
    try:
        return card.content_hash()
    except ValueError:
        return None
