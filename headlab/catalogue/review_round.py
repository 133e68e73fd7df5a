"""Independent votes, and the decision that ends them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from headlab.catalogue import edits, heads, loss_changes, schema, votes
from headlab.catalogue.changes import HeadState
from headlab.catalogue.engine import Database
from headlab.catalogue.errors import DamagedEntry, VotesHidden
from headlab.catalogue.heads import StoredHead
from headlab.catalogue.narrowing import conditions, read_filter
from headlab.catalogue.signature import authenticated_by, signature
from headlab.catalogue.text import clean, clean_record
from headlab.records.draft import Stage
from headlab.records.entry import Entry
from headlab.records.errors import CatalogueError
from headlab.records.provenance import now
from headlab.records.review_round import Case
from headlab.records.vote import Blind, Decision, Vote


class ReviewRound:
    """Several reviewers judge an entry, each alone; then one person decides.

    A vote is stored beside the entry and changes nothing of it, neither its state nor its history.
    Who is asked for one is a part of the history, and no part of the state.
    What a reviewer is shown before the vote is up to the caller, who must not show others' votes.
    Methods raise CatalogueError, with nothing changed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def cast(
        self,
        entry_id: int,
        decision: Decision,
        *,
        reviewer: str | None = None,
        draft_id: int | None = None,
        text: str = "",
        reason: str = "",
        rating: int | None = None,
        seconds: float | None = None,
        blind: Iterable[Blind] = (),
    ) -> Vote:
        """Record a vote about a draft, the newest if None, in place of one's own older vote on it.

        "edited" needs the reviewer's own `text`. `seconds`: the time it took. `blind`: what the
        reviewer did not see; an unseen draft can be neither accepted nor rejected. Raises
        NotYourName where that older vote was cast signed in, and this one is not.
        """
        with self._database.writing() as connection:
            head = heads.load(connection, entry_id, lock=True)
            state = head.state
            assert state is not None
            if draft_id is None and state.drafts:
                draft_id = state.drafts[-1].id
            elif draft_id is not None:
                state.find_draft(draft_id)
            made = Vote(
                id="",
                reviewer=signature(reviewer),
                decision=decision,
                draft_id=draft_id,
                text=clean(text),
                reason=clean(reason),
                rating=rating,
                seconds=seconds,
                blind=tuple(dict.fromkeys(blind)),
                card_hash=state.card_hash,
                authenticated_by=authenticated_by(reviewer),
                created_at=now(),
            )
            return votes.add_once(connection, entry_id, head.key, clean_record(made))

    def own_votes(self, reviewer: str | None = None) -> dict[int, tuple[Vote, ...]]:
        """A reviewer's own votes by entry, decided on or not, oldest first."""
        name = signature(reviewer)
        with self._database.reading() as connection:
            found = votes.read_all(connection)
        own = {
            entry_id: tuple(vote for vote in cast if vote.reviewer == name)
            for entry_id, cast in found.items()
        }
        return {entry_id: cast for entry_id, cast in own.items() if cast}

    def open_votes(
        self, entry_id: int, *, reviewer: str | None = None, lead: bool = False
    ) -> tuple[Vote, ...]:
        """The votes that no decision rests on yet, for a reviewer who has voted on the newest draft.

        `lead`: for whoever leads the round and decides, without a vote of their own. Raises
        VotesHidden for anyone else, and for who is asked for a vote and has still to cast it.
        """
        name = signature(reviewer)
        with self._database.reading() as connection:
            head = heads.load(connection, entry_id)
            found = _open(connection, head)
            assert head.state is not None
            if not found or votes.may_know(connection, head.id, head.state, name):
                return found
            if name in votes.asked_about(connection, head.id):
                raise VotesHidden(
                    f"{name} is asked for a vote on {head.key.head}: the others' votes are shown "
                    "after it."
                )
        if not lead:
            raise VotesHidden(
                f"{name} has not voted on {head.key.head}: the others' votes are shown after that, or "
                "to whoever leads the round and says so (lead)."
            )
        return found

    def adjudicate(
        self,
        entry_id: int,
        decision: Decision,
        *,
        votes_seen: Iterable[str] | None = None,
        reviewer: str | None = None,
        description: str = "",
        reason: str = "",
        rating: int | None = None,
        draft_id: int | None = None,
        categories: Iterable[str] | None = None,
        stages: Iterable[Stage] | None = None,
        seconds: float | None = None,
        now: bool = False,
        if_revision: int | None = None,
    ) -> Entry:
        """Decide on an entry as `Catalogue.review` does, on the ground of its open votes.

        The votes become a part of the history, where everybody sees them, and where they say who
        decided without a vote of their own. `votes_seen` are the ids
        of the votes, all open ones if None; one that came in meanwhile stays open. `draft_id=None`
        is the draft that the votes are about. Raises CatalogueError when there is no open vote, an
        id is not of one, or the votes are about several drafts and none is named; VotesMissing
        and StaleEdit as `Catalogue.review`.
        """
        with self._database.writing() as connection:
            head = heads.load(connection, entry_id, lock=True)
            heads.refuse_stale(connection, head, if_revision)
            seen = _named(_open(connection, head), votes_seen, head)
            judged = {vote.draft_id for vote in seen} - {None}
            if draft_id is None and len(judged) > 1:
                listed = ", ".join(str(one) for one in sorted(filter(None, judged)))
                raise CatalogueError(f"The votes are about the drafts {listed}: name one of them.")
            return edits.review(
                connection,
                head,
                decision,
                reviewer=reviewer,
                description=description,
                reason=reason,
                rating=rating,
                draft_id=next(iter(judged), None) if draft_id is None else draft_id,
                categories=categories,
                stages=stages,
                seconds=seconds,
                now=now,
                votes=seen,
            ).entry(connection)

    def assign(
        self, wanted: Iterable[tuple[int, str]], *, reason: str = "", author: str | None = None
    ) -> None:
        """Ask reviewers for votes: pairs of an entry's id and a reviewer.

        A revision of each entry says who asked whom, when and why; who is asked already stays so
        without one. It makes no edit of the entry stale.
        """
        names: dict[int, list[str]] = {}
        for entry_id, name in wanted:
            names.setdefault(entry_id, []).append(signature(name))
        with self._database.writing() as connection:
            for entry_id in sorted(names):  # in one order, so that two writers wait in turn
                head = heads.load(connection, entry_id, lock=True)
                known = votes.asked_about(connection, entry_id)
                new = [one for one in dict.fromkeys(names[entry_id]) if one not in known]
                if new:
                    edits.assign(connection, head, asked=new, reason=reason, author=author)

    def release(
        self,
        reviewer: str,
        *,
        model: str | None = None,
        reason: str = "",
        author: str | None = None,
    ) -> int:
        """Ask a reviewer for nothing more; returns about how many entries they were asked.

        Votes that they cast stay. Each of the entries, of all models or of `model` (a name or the
        start of a fingerprint), gets a revision that says who released whom, when and why.
        """
        name = signature(reviewer)
        chosen = conditions(read_filter({"model": model}))
        theirs = select(votes.assignment.c.entry_id).where(votes.assignment.c.reviewer == name)
        found = select(schema.entry.c.id).where(schema.entry.c.id.in_(theirs), *chosen)
        gone = 0
        with self._database.writing() as connection:
            for entry_id in connection.execute(found.order_by(schema.entry.c.id)).scalars().all():
                head = heads.load(connection, entry_id, lock=True)
                if name in votes.asked_about(connection, entry_id):
                    edits.assign(connection, head, released=[name], reason=reason, author=author)
                    gone += 1
        return gone

    def cases(self, model: str | None = None) -> tuple[Case, ...]:
        """Every entry with a draft or a vote, by model and head, as a round sees it.

        Holds open votes: for the person who leads the round. `model` is a name or the start of a
        fingerprint.
        """
        columns = schema.entry.c
        order = (columns.model_name, columns.model_fingerprint, columns.layer, columns.head_index)
        query = select(schema.entry).where(*conditions(read_filter({"model": model})))
        with self._database.reading() as connection:
            cast, asked = votes.read_all(connection), votes.assigned(connection)
            rows = connection.execute(query.order_by(*order)).all()
            losses = loss_changes.read(connection, (row.card for row in rows))
            found = (
                _case(heads.from_row(row), losses, cast.get(row.id, []), asked.get(row.id, ()))
                for row in rows
            )
            return tuple(case for case in found if case.drafts or case.open_votes)

    def case(self, entry_id: int) -> Case:
        """One entry as a round sees it, with its open votes; raises UnknownEntry."""
        with self._database.reading() as connection:
            head = heads.load(connection, entry_id)
            losses = loss_changes.read(connection, (head.state.card,) if head.state else ())
            asked = votes.asked_about(connection, entry_id)
            return _case(head, losses, votes.read(connection, entry_id), asked)


def _open(connection: Connection, head: StoredHead) -> tuple[Vote, ...]:
    assert head.state is not None
    return votes.open_votes(votes.read(connection, head.id), head.state)


def _named(
    found: tuple[Vote, ...], ids: Iterable[str] | None, head: StoredHead
) -> tuple[Vote, ...]:
    known = {vote.id: vote for vote in found}
    wanted = list(known if ids is None else dict.fromkeys(ids))
    if not wanted:
        raise CatalogueError(f"{head.key.head} has no open vote to decide on; review it instead.")
    for one in wanted:
        if one not in known:
            raise CatalogueError(
                f"{one[:12]!r} is no open vote on {head.key.head}: it was replaced by a newer one, or "
                "decided on already. Look at the votes again."
            )
    return tuple(known[one] for one in wanted)


def _case(
    head: StoredHead,
    losses: Mapping[str, float | None],
    cast: Iterable[Vote],
    asked: tuple[str, ...],
) -> Case:
    state = head.state
    if state is None:
        raise DamagedEntry(f"Entry {head.id} has no history; run verify.")
    return Case(
        entry_id=head.id,
        model_name=state.model_name,
        model_fingerprint=head.key.fingerprint,
        head=head.key.head,
        state=state.state,
        unclear=bool(state.drafts) and state.drafts[-1].draft.unclear,
        drafts={stored.id: stored.draft.drafter.label for stored in state.drafts},
        decisions={
            review.draft_id: review.decision
            for review in state.reviews
            if review.draft_id is not None
        },
        failed_tests=tuple(test for test, said in state.verdicts.items() if said == "fails"),
        test_doubt=_test_doubt(state),
        loss_change=losses.get(state.card) if state.card else None,
        open_votes=votes.open_votes(cast, state),
        closed_votes=tuple(vote for review in state.reviews for vote in review.votes),
        decision_seconds=tuple(
            review.seconds for review in state.reviews if review.seconds is not None
        ),
        assigned=asked,
    )


def _test_doubt(state: HeadState) -> float:
    """How evenly an interval of (score - best control) lies on both sides of 0, at most 1."""
    doubts = [0.0]
    for test in state.tests:
        bounds = test.result.difference_interval
        in_force = test.description == state.description
        if in_force and bounds is not None and bounds.low < 0 < bounds.high:
            doubts.append(1 - abs(bounds.high + bounds.low) / (bounds.high - bounds.low))
    return max(doubts)
