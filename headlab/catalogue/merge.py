"""An export on its way into a catalogue: what is new here, and what was edited on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import Connection

from headlab.catalogue import (
    beside,
    heads,
    import_log,
    ledger,
    paid_answers,
    prompt_texts,
    saved,
    votes,
)
from headlab.catalogue.changes import HeadState
from headlab.catalogue.errors import ImportRefused
from headlab.catalogue.exported import (
    AskedReviewer,
    Export,
    ExportedEntry,
    PaidAnswer,
    SourceFile,
)
from headlab.catalogue.history import HeadKey, Replay
from headlab.catalogue.signature import signature
from headlab.catalogue.text import canonical, clean, explain, plain, sha256
from headlab.catalogue.transfer import card_of
from headlab.records.card import EvidenceCard
from headlab.records.entry import ImportResult, Revision
from headlab.records.errors import CatalogueError
from headlab.records.import_log import BroughtHead, HistoryConflict, HistoryEnd, LoggedImport
from headlab.records.page import SavedFilter
from headlab.records.provenance import now
from headlab.records.vote import Vote


@dataclass(frozen=True)
class Step:
    """One entry of an import: what is new here of it, and the state that its revisions lead to."""

    key: HeadKey
    state: HeadState
    new: list[Revision]
    known: bool
    votes: tuple[Vote, ...]
    asked: tuple[AskedReviewer, ...]

    @property
    def brought(self) -> BroughtHead | None:
        """What the log says of it; None: nothing is new."""
        if not (self.new or self.votes or self.asked):
            return None
        return BroughtHead(
            model_fingerprint=self.key.fingerprint,
            head=self.key.head,
            first=self.new[0].number if self.new else None,
            last=self.new[-1].number if self.new else None,
            hash=self.new[-1].hash if self.new else "",
            votes=tuple(one.id for one in self.votes),
            asked=tuple(one.reviewer for one in self.asked),
        )

    def run(self, connection: Connection, found: Export) -> None:
        if self.brought is None:
            return
        stored = heads.find_or_add(connection, self.key)
        if self.new:
            for name in filter(None, map(card_of, self.new)):
                ledger.store_card(connection, EvidenceCard.model_validate(found.cards[name]))
            prompt_texts.keep_named(connection, self.new, found.prompts)
            if stored.hash != self.new[0].parent:
                raise CatalogueError(f"{self.key.head} was changed during the import; try again.")
            heads.append_all(connection, stored, self.new, self.state)
        for cast in self.votes:
            votes.add(connection, stored.id, cast)
        beside.ask(connection, stored.id, self.asked)


@dataclass(frozen=True)
class Plan:
    """What an import would do, after everything in it was checked. `kept` as in `ImportResult`."""

    found: Export
    origin: SourceFile
    steps: tuple[Step, ...]
    conflicts: tuple[HistoryConflict, ...]
    filters: tuple[SavedFilter, ...]
    kept: tuple[str, ...]
    answers: tuple[PaidAnswer, ...]

    def run(self, connection: Connection, author: str | None, *, skip_conflicts: bool) -> None:
        """Write it; the caller's transaction holds all of it. Raises ImportRefused for conflicts."""
        if self.conflicts and not skip_conflicts:
            raise ImportRefused(self.conflicts)
        if not self.result(dry_run=False).changes:
            return
        for step in self.steps:
            step.run(connection, self.found)
        for one in self.filters:
            saved.add(connection, one)
        paid_answers.add(connection, self.answers, self.origin.name)
        brought = tuple(filter(None, (step.brought for step in self.steps)))
        import_log.carry(connection, self.found.imports, brought, self.origin.sha256)
        made = LoggedImport(
            kind="catalogue",
            version=self.found.version,
            author=signature(author),
            source=self.origin.name,
            sha256=self.origin.sha256,
            entries=brought,
            filters=len(self.filters),
            answers=len(self.answers),
            created_at=now(),
        )
        import_log.write(connection, made)

    def result(self, *, dry_run: bool) -> ImportResult:
        return ImportResult(
            added=sum(not step.known for step in self.steps),
            extended=sum(step.known and bool(step.new) for step in self.steps),
            unchanged=sum(not step.new for step in self.steps),
            votes=sum(len(step.votes) for step in self.steps),
            asked=sum(len(step.asked) for step in self.steps),
            filters=len(self.filters),
            answers=len(self.answers),
            conflicts=self.conflicts,
            kept=self.kept,
            dry_run=dry_run,
        )


def plan(connection: Connection, found: Export, origin: SourceFile, *, lock: bool) -> Plan:
    """What an import would do; raises CatalogueError for an export that was changed."""
    for name, card in found.cards.items():
        if sha256(canonical(card)) != name:
            raise CatalogueError(
                f"The evidence card {clean(name)[:12]} was changed: its hash is wrong."
            )
    steps: list[Step] = []
    conflicts: list[HistoryConflict] = []
    keys: set[HeadKey] = set()
    for exported in found.entries:
        key = HeadKey(exported.model_fingerprint, exported.head)
        if key in keys:
            raise CatalogueError(f"{_title(exported)} is there twice; each head has one history.")
        keys.add(key)
        made = _step(connection, found, exported, key, lock)
        if isinstance(made, Step):
            steps.append(made)
        else:
            conflicts.append(made)
    _check_imports(found)
    here = {(one.author, one.name): one for one in saved.read_all(connection, None)}
    given = {(one.author, one.name): one for one in found.filters}
    return Plan(
        found=found,
        origin=origin,
        steps=tuple(steps),
        conflicts=tuple(conflicts),
        filters=tuple(one for name, one in given.items() if name not in here),
        kept=tuple(
            f"{one.author}: {one.name}"
            for name, one in given.items()
            if name in here and (here[name].text, here[name].filters) != (one.text, one.filters)
        ),
        answers=paid_answers.new(connection, found.answers),
    )


def _step(
    connection: Connection, found: Export, exported: ExportedEntry, key: HeadKey, lock: bool
) -> Step | HistoryConflict:
    revisions = [Revision(entry_id=0, **dict(row)) for row in exported.revisions]
    try:
        replay = Replay(key).run(revisions)
        _check_cards(found, exported, revisions)
        _check_prompts(found, revisions)
        beside.check_votes(exported, key)
    except CatalogueError as error:
        raise CatalogueError(f"{_title(exported)}: {error}") from error
    if replay.state is None or replay.state != exported.current:
        raise CatalogueError(f"{_title(exported)}: 'current' is not what its history leads to.")
    stored = heads.find(connection, key, lock=lock)
    if stored is None:
        said = votes.said_of(revisions)
        asked = tuple(one for one in exported.asked if one.reviewer not in said)
        return Step(key, replay.state, revisions, False, exported.votes, asked)
    here = ledger.read_history(connection, stored.id)
    for number, (mine, theirs) in enumerate(zip(here, revisions, strict=False), 1):
        if mine.hash != theirs.hash:
            return HistoryConflict(
                entry_id=stored.id,
                model_name=exported.current.model_name,
                model_fingerprint=key.fingerprint,
                head=key.head,
                revision=number,
                here=_end(mine),
                there=_end(theirs),
            )
    cast = beside.new_votes(votes.read(connection, stored.id), exported.votes)
    named = {*votes.said_of((*here, *revisions)), *votes.asked_about(connection, stored.id)}
    asked = tuple(one for one in exported.asked if one.reviewer not in named)
    return Step(key, replay.state, revisions[len(here) :], True, cast, asked)


def _check_cards(found: Export, exported: ExportedEntry, revisions: Sequence[Revision]) -> None:
    for name in filter(None, map(card_of, revisions)):
        if name not in found.cards:
            raise CatalogueError(f"The evidence card {name[:12]} is missing from the file.")
        try:
            card = EvidenceCard.model_validate_json(canonical(found.cards[name]))
        except ValidationError as error:
            raise CatalogueError(f"The evidence card {name[:12]}: {explain(error)}.") from error
        if canonical(plain(card)) != canonical(found.cards[name]):
            raise CatalogueError(f"The evidence card {name[:12]} is not written in full.")
        if (card.model.fingerprint, card.head) != (exported.model_fingerprint, exported.head):
            raise CatalogueError(f"The evidence card {name[:12]} is of another head.")


def _check_prompts(found: Export, revisions: Sequence[Revision]) -> None:
    for name in filter(None, map(prompt_texts.named_by, revisions)):
        if name not in found.prompts:
            raise CatalogueError(f"The prompt {name[:12]} is missing from the file.")
        if sha256(found.prompts[name]) != name:
            raise CatalogueError(f"The prompt {name[:12]} was changed: its hash is wrong.")


def _check_imports(found: Export) -> None:
    """Raise CatalogueError where the file's log names revisions that the file does not hold."""
    histories = {
        HeadKey(one.model_fingerprint, one.head): [row.hash for row in one.revisions]
        for one in found.entries
    }
    for made in found.imports:
        for one in made.entries:
            hashes = histories.get(import_log.key_of(one), [])
            first, last = one.first or 1, one.last or 1
            named = one.first is None and one.last is None and not one.hash
            if not named and (
                not 1 <= first <= last <= len(hashes) or hashes[last - 1] != one.hash
            ):
                raise CatalogueError(
                    f"The import of {made.source} names revisions of {one.head} that are not in the "
                    "file."
                )


def _end(revision: Revision) -> HistoryEnd:
    return HistoryEnd(
        author=revision.author, action=revision.action, created_at=revision.created_at
    )


def _title(exported: ExportedEntry) -> str:
    return f"{exported.head} of {exported.current.model_name}"
