"""Two clients edit the same entries, each on what it saw last; a machine checks every answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from headlab.catalogue import Catalogue
from headlab.catalogue.errors import StaleEdit
from headlab.records.entry import Entry


@dataclass(frozen=True)
class Refused:
    """A stale edit: the entry as it is, and what the person is told."""

    current: Entry
    message: str


class Client(Protocol):
    """Edits on a revision that was seen."""

    def look(self, entry_id: int) -> Entry: ...
    def edit(self, entry_id: int, kind: str, text: str, seen: int) -> Entry | Refused: ...


class Direct:
    """A kernel: the catalogue by its place."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def look(self, entry_id: int) -> Entry:
        return self.catalogue.get(entry_id)

    def edit(self, entry_id: int, kind: str, text: str, seen: int) -> Entry | Refused:
        try:
            if kind == "note":
                return self.catalogue.annotate(entry_id, note=text, if_revision=seen)
            if kind == "review":
                return self.catalogue.review(
                    entry_id, "unclear", reason=text, reviewer="ada", if_revision=seen
                )
            return self.catalogue.undo(entry_id, if_revision=seen)
        except StaleEdit as error:
            return Refused(error.current, str(error))


class TwoClients(RuleBasedStateMachine):
    """What is expected is kept as a stack of notes and reasons for each entry."""

    def __init__(self, catalogue: Catalogue, clients: tuple[Client, Client]) -> None:
        super().__init__()
        self.catalogue, self.clients = catalogue, clients
        self.ids = [row.id for row in catalogue.list()]

    @initialize()
    def both_look(self) -> None:
        self.seen = [
            {one: client.look(one).revision for one in self.ids} for client in self.clients
        ]
        entries = [self.catalogue.get(one) for one in self.ids]
        self.steps = {entry.id: [] for entry in entries}
        self.revisions = {entry.id: entry.revision for entry in entries}
        self.base = {entry.id: (entry.note, len(entry.reviews)) for entry in entries}

    def expected(self, entry_id: int) -> tuple[str, int]:
        note, reviews = self.base[entry_id]
        for kind, text in self.steps[entry_id]:
            note, reviews = (text, reviews) if kind == "note" else (note, reviews + 1)
        return note, reviews

    @rule(who=st.integers(0, 1), which=st.integers(0, 1))
    def look(self, who: int, which: int) -> None:
        entry = self.clients[who].look(self.ids[which])
        assert entry.revision == self.revisions[entry.id]
        self.seen[who][entry.id] = entry.revision

    @rule(
        who=st.integers(0, 1),
        which=st.integers(0, 1),
        kind=st.sampled_from(["note", "note", "review", "undo"]),
        text=st.text("ab", max_size=2),
    )
    def edit(self, who: int, which: int, kind: str, text: str) -> None:
        one = self.ids[which]
        if kind == "undo" and not self.steps[one]:
            return
        seen, newest = self.seen[who][one], self.revisions[one]
        answer = self.clients[who].edit(one, kind, text, seen)
        if seen != newest:
            assert isinstance(answer, Refused)
            assert answer.current == self.catalogue.get(one)
            assert f"revision {seen}, the newest is {newest}" in answer.message
            return
        assert isinstance(answer, Entry)
        if kind == "undo":
            self.steps[one].pop()
        elif kind == "review" or self.expected(one)[0] != text:
            self.steps[one].append((kind, text))
        else:
            assert answer.revision == newest, "a note that is there already adds no revision"
            return
        assert answer.revision == newest + 1
        self.revisions[one] = self.seen[who][one] = newest + 1

    @invariant()
    def nothing_but_accepted_edits_is_there(self) -> None:
        for one in self.ids if hasattr(self, "steps") else ():
            entry = self.catalogue.get(one)
            assert entry.revision == self.revisions[one]
            assert (entry.note, len(entry.reviews)) == self.expected(one)

    def teardown(self) -> None:
        assert self.catalogue.verify() == []
