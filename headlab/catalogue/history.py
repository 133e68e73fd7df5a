"""The history of an entry: a chain of hashes, and the state that replaying it gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue, ValidationError

from headlab.catalogue.changes import (
    AnnotateChange,
    AssignChange,
    DraftChange,
    EvidenceChange,
    HeadState,
    ImportChange,
    RedoChange,
    ReviewChange,
    TestsChange,
    UndoChange,
)
from headlab.catalogue.text import canonical, explain, plain, sha256
from headlab.records.entry import ActionKind, Revision, RevisionSource
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.provenance import now

Change = (
    EvidenceChange
    | DraftChange
    | ReviewChange
    | AnnotateChange
    | TestsChange
    | ImportChange
    | AssignChange
    | UndoChange
    | RedoChange
)

_CHANGES: dict[str, type[Change]] = {
    "created": EvidenceChange,
    "evidence": EvidenceChange,
    "draft": DraftChange,
    "review": ReviewChange,
    "annotate": AnnotateChange,
    "test": TestsChange,
    "import": ImportChange,
    "assign": AssignChange,
    "undo": UndoChange,
    "redo": RedoChange,
}
UNDOABLE: tuple[ActionKind, ...] = ("draft", "review", "annotate", "test", "import")
"""The steps that an undo takes back; any of them ends what could be redone."""
_EVIDENCE = ("model_name", "card", "card_hash")


@dataclass(frozen=True)
class HeadKey:
    """What makes an entry unique, on every machine."""

    fingerprint: str
    head: Head


def stamp(when: datetime) -> str:
    """A time as it is stored and hashed: ISO, UTC."""
    return when.astimezone(UTC).isoformat()


def revision_hash(key: HeadKey, revision: Revision) -> str:
    """sha256 of a revision's content, bound to its head and to the revision before it."""
    content = {
        "entry": [key.fingerprint, key.head.layer, key.head.index],
        "number": revision.number,
        "action": revision.action,
        "author": revision.author,
        "source": revision.source,
        "change": revision.change,
        "parent": revision.parent,
        "created_at": stamp(revision.created_at),
    }
    return sha256(canonical(content))


def next_revision(
    key: HeadKey,
    *,
    entry_id: int,
    number: int,
    parent: str,
    action: ActionKind,
    change: Change,
    author: str,
    source: RevisionSource,
) -> Revision:
    """The revision that records a change; fields that are None are left out of it."""
    written: dict[str, JsonValue] = {
        name: value for name, value in plain(change).items() if value is not None
    }
    revision = Revision(
        entry_id=entry_id,
        number=number,
        action=action,
        author=author,
        source=source,
        change=written,
        parent=parent,
        hash="",
        created_at=now(),
    )
    return revision.model_copy(update={"hash": revision_hash(key, revision)})


_Steps = list[tuple[int, HeadState]]
"""Numbers of revisions, each with the state that stands without it, or again with it."""


class Replay:
    """Walks a history from its start, checking the chain and the rules of every change."""

    def __init__(self, key: HeadKey) -> None:
        self.key = key
        self.state: HeadState | None = None
        self.number = 0
        self.hash = ""
        self._undoable: _Steps = []
        self._redoable: _Steps = []

    @property
    def last_undoable(self) -> int | None:
        """The revision that an undo would take back."""
        return self._undoable[-1][0] if self._undoable else None

    @property
    def last_redoable(self) -> int | None:
        """The revision that a redo would put back: the last undone one, until another step is made."""
        return self._redoable[-1][0] if self._redoable else None

    def run(self, revisions: Iterable[Revision]) -> Replay:
        """Add every revision; raises CatalogueError at the first that does not fit."""
        for revision in revisions:
            self.add(revision)
        return self

    def add(self, revision: Revision) -> HeadState:
        """The state after one more revision; raises CatalogueError when it does not fit."""
        where = f"Revision {revision.number} of {self.key.head}"
        if revision.number != self.number + 1:
            raise CatalogueError(f"{where} follows revision {self.number}: one is missing.")
        if revision.parent != self.hash:
            raise CatalogueError(f"{where} does not continue the revision before it.")
        try:
            intact = revision_hash(self.key, revision) == revision.hash
        except ValueError as error:
            raise CatalogueError(f"{where} holds a number that is not finite.") from error
        if not intact:
            raise CatalogueError(f"{where} was changed after it was written: its hash is wrong.")
        try:
            state = self._apply(revision)
        except ValidationError as error:
            raise CatalogueError(f"{where} is not valid: {explain(error)}.") from error
        except CatalogueError as error:
            raise CatalogueError(f"{where} is not valid: {error}") from error
        self.state, self.number, self.hash = state, revision.number, revision.hash
        return state

    def _apply(self, revision: Revision) -> HeadState:
        change = read_change(revision)
        if isinstance(change, UndoChange):
            return self._move(change.undoes, self._undoable, self._redoable, "undo")
        if isinstance(change, RedoChange):
            return self._move(change.redoes, self._redoable, self._undoable, "redo")
        state = apply(self.state, change, revision)
        if revision.action in UNDOABLE:
            self._undoable.append((revision.number, self.state or state))
            self._redoable.clear()
        return state

    def _move(self, wanted: int, source: _Steps, target: _Steps, verb: str) -> HeadState:
        """The state beside the last step of `source`, which goes to `target` with the state of now."""
        if self.state is None or not source:
            raise CatalogueError(f"There is nothing to {verb}.")
        number, state = source[-1]
        if wanted != number:
            raise CatalogueError(f"The step to {verb} is {number}, not {wanted}.")
        source.pop()
        target.append((number, self.state))
        return state.model_copy(update={name: getattr(self.state, name) for name in _EVIDENCE})


def read_change(revision: Revision) -> Change:
    """A revision's change as a record; raises ValidationError or CatalogueError."""
    kind = _CHANGES.get(revision.action)
    if kind is None:
        raise CatalogueError(f"An action {revision.action!r} is not known in a history.")
    return kind.model_validate_json(canonical(revision.change))


def apply(before: HeadState | None, change: Change, revision: Revision) -> HeadState:
    """The state after any change but an undo or redo, which need the whole history."""
    if isinstance(change, EvidenceChange | ImportChange):
        return change.apply(before, revision)
    if before is None:
        raise CatalogueError("A history begins with the creation of its entry.")
    assert not isinstance(change, UndoChange | RedoChange)
    return change.apply(before, revision)
