"""Rounds of review over REST: queues, cases to judge alone, votes, decisions, agreement."""

from __future__ import annotations

from headlab.records.agreement import Agreement
from headlab.records.edits import Adjudication, Assigning, Ballot, Releasing
from headlab.records.entry import Entry
from headlab.records.review_round import Order, QueuePage
from headlab.records.vote import Vote
from headlab.server.parameters import AgreementQuery, CaseQuery, QueueQuery, VotesQuery
from headlab.server.site import Site

SHOWN = 200


def queue(site: Site, query: QueueQuery) -> QueuePage:
    """The entries that wait for a decision or, with `mine`, for the vote of who asks.

    A reviewer's own queue tells how many others have voted, never how, and nothing that `blind` hides.
    """
    from headlab.workflow.review_queue import without_hidden

    page = _page(site, query.order, query.model, query.limit, mine=query.mine)
    shown = tuple(without_hidden(item, query.blind) for item in page.items)
    return page.model_copy(update={"items": shown})


def get_case(site: Site, entry_id: int, query: CaseQuery) -> Entry:
    """An entry to vote on: without what `blind` hides, others' reviews and open votes."""
    from headlab.workflow.blinding import blinded

    return blinded(site.catalogue.get(entry_id), query.blind, _reviewer())


def vote(site: Site, entry_id: int, body: Ballot) -> Vote:
    """Record the reviewer's vote; it changes nothing of the entry."""
    given = {name: getattr(body, name) for name in type(body).model_fields}
    return site.catalogue.review_round.cast(entry_id, **given)


def open_votes(site: Site, entry_id: int, query: VotesQuery) -> tuple[Vote, ...]:
    """The votes that no decision rests on yet, for a reviewer who has voted on the entry.

    `lead` shows them to whoever leads the round; never to who is asked for a vote and has not cast it.
    """
    return site.catalogue.review_round.open_votes(entry_id, lead=query.lead)


def adjudicate(site: Site, entry_id: int, body: Adjudication, seen: int) -> Entry:
    """Decide on the ground of open votes, which become a part of the history."""
    return site.catalogue.review_round.adjudicate(entry_id, if_revision=seen, **body.model_dump())


def assign(site: Site, body: Assigning) -> QueuePage:
    """Share out the undecided entries among reviewers; answers with the leader's queue."""
    from headlab.workflow.review_queue import share_out

    rounds = site.catalogue.review_round
    wanted = share_out(rounds.cases(body.model), body.reviewers, body.per_entry, body.seed)
    rounds.assign(wanted, reason=body.reason)
    return _page(site, "uncertain", body.model, SHOWN)


def release(site: Site, body: Releasing) -> QueuePage:
    """Ask a reviewer for nothing more; votes that were cast stay. Answers with the leader's queue."""
    site.catalogue.review_round.release(body.reviewer, model=body.model, reason=body.reason)
    return _page(site, "uncertain", body.model, SHOWN)


def agreement(site: Site, query: AgreementQuery) -> Agreement:
    """Coefficients of agreement and shares judged correct.

    `with_open` counts votes that nobody has decided on yet: not for who still votes.
    """
    from headlab.workflow.agreement import agreement as measured

    cases = site.catalogue.review_round.cases(query.model)
    return measured(cases, with_open=query.with_open, seed=query.seed)


def _page(
    site: Site, order: Order, model: str | None, limit: int, *, mine: bool = False
) -> QueuePage:
    from headlab.workflow.review_queue import review_queue, round_progress

    cases = site.catalogue.review_round.cases(model)
    reviewer = _reviewer() if mine else None
    items = review_queue(cases, order, reviewer)
    return QueuePage(
        order=order,
        reviewer=reviewer,
        items=items[:limit],
        total=len(items),
        progress=round_progress(cases, reviewer),
    )


def _reviewer() -> str:
    """Who is signed in, else whom the settings name."""
    from headlab.catalogue.signature import signature

    return signature(None)
