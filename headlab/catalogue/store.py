"""The head catalogue: entries with immutable history, in SQLite or PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Unpack

from sqlalchemy import Connection

from headlab.catalogue import (
    edits,
    exported,
    file,
    heads,
    merge,
    prompt_texts,
    saved,
    transfer,
)
from headlab.catalogue.engine import open_database
from headlab.catalogue.exported import SourceFile
from headlab.catalogue.imports import EvidenceImports
from headlab.catalogue.narrowing import read_filter
from headlab.catalogue.place import Mounts, find_place, read_mounts
from headlab.catalogue.questions import Questions
from headlab.catalogue.review_round import ReviewRound
from headlab.catalogue.signature import signature
from headlab.catalogue.text import canonical, clean_record, plain
from headlab.records.card import EvidenceCard
from headlab.records.description_test import DescriptionTest
from headlab.records.draft import Draft, Stage
from headlab.records.entry import Decision, Entry, ImportResult
from headlab.records.errors import CatalogueError
from headlab.records.page import FilterFields, SavedFilter

Texts = Iterable[str]
_Locked = tuple[Connection, heads.StoredHead]


class Catalogue(Questions):
    """Entries of heads, one for each head of a model (known by its fingerprint).

    Every change is one immutable revision: who, when, from where and what. All methods may be
    called from several threads; other processes may use the same catalogue at the same time.
    Methods raise CatalogueError when a change is refused or the database fails; nothing is then
    changed.
    """

    @classmethod
    def open(
        cls,
        path_or_url: str | os.PathLike[str] | None = None,
        *,
        create: bool = True,
        mounts: Mounts = read_mounts,
    ) -> Catalogue:
        """Open a catalogue, made on first use: a file path, or a PostgreSQL URL.

        None means the environment variable HEADLAB_CATALOGUE, else `headlab/catalogue.db` in the
        Jupyter data folder. `mounts` gives the table of mounted file systems. Raises
        CatalogueError, with the file untouched, when it is no catalogue, damaged or newer, and
        NoCatalogue, with nothing made, where there is none and `create` is False.
        """
        return cls(open_database(find_place(path_or_url), mounts, create=create))

    @property
    def review_round(self) -> ReviewRound:
        """Independent votes of several reviewers on an entry, and the decision that ends them."""
        return ReviewRound(self._database)

    @property
    def evidence_imports(self) -> EvidenceImports:
        """Evidence that others published: kept with its source, beside what was measured here."""
        return EvidenceImports(self._database)

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
        self,
        card_or_entry_id: EvidenceCard | int,
        draft: Draft,
        author: str | None = None,
        *,
        prompt_template: str | None = None,
        if_revision: int | None = None,
    ) -> Entry:
        """List a draft; with a card, its entry and evidence are added first.

        The state becomes "drafted" and the description the draft's, unless a person has decided:
        then the draft is only listed. `prompt_template` is the text of the template that a language
        model's draft was made with, kept for `prompt_text`; a batch keeps it by itself. Raises
        CatalogueError when the draft rests on another card than the one given or was made with
        another prompt, or the id is unknown, StaleEdit when the entry is no longer at `if_revision`.
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
            heads.refuse_stale(connection, head, if_revision)
            kept = None
            if prompt_template is not None:
                kept = prompt_texts.keep_for(connection, draft, prompt_template)
            return edits.add_draft(connection, head, draft, author, kept).entry(connection)

    def add_tests(
        self,
        entry_id: int,
        tests: Iterable[DescriptionTest],
        author: str | None = None,
        *,
        description: str | None = None,
    ) -> Entry:
        """List results of tests of a description, the one in force if None.

        The newest of each kind is kept in `Entry.tests`, all of them in the history. They never
        change the state, and count while the tested text is in force. Raises CatalogueError when
        there is no test or no description.
        """
        cleaned = tuple(
            DescriptionTest.model_validate_json(canonical(plain(clean_record(test))))
            for test in tests  # as it will be read
        )
        with self._editing(entry_id, None) as (connection, head):
            return edits.add_tests(connection, head, cleaned, description, author).entry(connection)

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
        note: str | None = None,
        tags: Texts | None = None,
        head_names: Texts | None = None,
        seconds: float | None = None,
        now: bool = False,
        if_revision: int | None = None,
    ) -> Entry:
        """Record a person's decision about the draft `draft_id`, the newest if None.

        "accepted" puts the draft's text in force, "edited" the given description, "rejected" and
        "unclear" none; drafts stay listed. Categories and stages that are None stay as they are,
        or come from an accepted or edited draft when the entry has none; categories of the
        vocabulary are kept in its spelling. Note, tags and head names as for `annotate`, in the same
        step, so that one undo takes back all. `seconds`: the time it took. Raises CatalogueError for
        a decision that does not fit, StaleEdit when the entry is no longer at `if_revision`,
        VotesMissing while some who are asked for a vote have not cast it: `now` decides without
        them, which the history says.
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
                note=note,
                tags=tags,
                head_names=head_names,
                seconds=seconds,
                now=now,
            ).entry(connection)

    def annotate(
        self,
        entry_id: int,
        *,
        note: str | None = None,
        tags: Texts | None = None,
        categories: Texts | None = None,
        stages: Iterable[Stage] | None = None,
        head_names: Texts | None = None,
        author: str | None = None,
        if_revision: int | None = None,
    ) -> Entry:
        """Set the note, tags, categories, stages or names; None leaves one, () empties it.

        `note` is Markdown source. `head_names` are those of `records.categories.NAMED_HEADS`, which
        decides their spelling, and others. Values that are in force already add no revision. Raises
        CatalogueError when nothing is given, StaleEdit when the entry is no longer at `if_revision`.
        """
        with self._editing(entry_id, if_revision) as (connection, head):
            return edits.annotate(
                connection,
                head,
                note=note,
                tags=tags,
                categories=categories,
                stages=stages,
                head_names=head_names,
                author=author,
            ).entry(connection)

    def undo(
        self, entry_id: int, *, author: str | None = None, if_revision: int | None = None
    ) -> Entry:
        """Take back the last step in force that is no evidence measured here, as a new revision.

        Repeated, it goes further back; `redo` takes an undo back. Evidence stays as it is. Raises
        CatalogueError when there is nothing to undo, StaleEdit when the entry is no longer at
        `if_revision`.
        """
        with self._editing(entry_id, if_revision) as (connection, head):
            return edits.undo(connection, head, author).entry(connection)

    def redo(
        self, entry_id: int, *, author: str | None = None, if_revision: int | None = None
    ) -> Entry:
        """Let the step that the last undo took back count again, as a new revision.

        Repeated, it goes on to the one undone before that; a redone step can be undone. Evidence and
        who is asked for a vote stay as they are. `Entry.redoable` names the step. Raises
        CatalogueError when nothing is undone or another step was made since, StaleEdit when the entry
        is no longer at `if_revision`, VotesMissing for a decision that a vote asked for since then
        should come before.
        """
        with self._editing(entry_id, if_revision) as (connection, head):
            return edits.redo(connection, head, author).entry(connection)

    def save_filter(
        self,
        name: str,
        *,
        text: str = "",
        author: str | None = None,
        **filters: Unpack[FilterFields],
    ) -> SavedFilter:
        """Keep a search under a name, in place of the author's older one of that name.

        Raises CatalogueError for a filter that is unknown or of the wrong type, and for no name.
        """
        with self._database.writing() as connection:
            return saved.save(connection, signature(author), name, text, read_filter(filters))

    def forget_filter(self, name: str, *, author: str | None = None) -> None:
        """Remove a saved search; raises CatalogueError when the author has none of that name."""
        with self._database.writing() as connection:
            saved.forget(connection, signature(author), name)

    def import_(
        self,
        path_or_dict: str | os.PathLike[str] | Mapping[str, Any],
        *,
        dry_run: bool = False,
        skip_conflicts: bool = False,
        author: str | None = None,
        source: SourceFile | None = None,
        max_bytes: int = exported.MAX_BYTES,
    ) -> ImportResult:
        """Take over entries of an export with their history, all of them or none.

        A head that is new here is added, one whose history is longer there is extended, an equal
        or longer one here stays. A head that was edited on both sides is a conflict: ImportRefused,
        unless `skip_conflicts` leaves it as it is and takes the rest; `dry_run` lists all of them.
        What changes something is kept in `imports_log`; `source` is the file that a dict came from.
        Raises CatalogueError for a file that is not valid or too large.
        """
        found, origin = exported.read_export(path_or_dict, max_bytes)
        origin = source or origin
        if dry_run:
            with self._database.reading() as connection:
                return merge.plan(connection, found, origin, lock=False).result(dry_run=True)
        with self._database.writing() as connection:
            plan = merge.plan(connection, found, origin, lock=True)
            plan.run(connection, author, skip_conflicts=skip_conflicts)
        return plan.result(dry_run=False)

    def export(
        self,
        path: str | os.PathLike[str] | None = None,
        entry_ids: Iterable[int] | None = None,
        *,
        whole: bool = False,
    ) -> dict[str, Any]:
        """Entries with their history and evidence as plain data, written to a file if given.

        `whole` adds what stands beside them, so that a catalogue can move: votes that are open too,
        which nobody else is to see before a decision, saved filters, and answers that were paid.
        The file is written whole or not at all; an older export is replaced. Raises CatalogueError
        for an unknown id, for `whole` with chosen entries, and for a path that cannot be written or
        is the catalogue itself.
        """
        if whole and entry_ids is not None:
            raise CatalogueError("An export of the whole catalogue takes no choice of entries.")
        own = self._database.place.path
        target = None if path is None else Path(path).expanduser().absolute()
        if target and own and target.exists() and target.samefile(own):
            raise CatalogueError(f"{target} is the catalogue itself; give the export another name.")
        with self._database.reading() as connection:
            data = transfer.export(connection, entry_ids, whole=whole)
        if target is not None:
            file.write_text(target, exported.as_text(data))
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
