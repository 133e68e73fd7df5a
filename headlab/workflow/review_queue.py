"""Which entries to review, in which order and by whom, and how far a round is.

Nothing here changes an entry: scores and tests decide where it stands in a queue, people what is
true of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import combinations
from statistics import median
from typing import get_args

from headlab.records.errors import HeadLabError
from headlab.records.review_round import Case, Order, QueueItem, ReviewerProgress, RoundProgress
from headlab.records.vote import Blind, Vote

_NO_PATTERN, _FAILED = "the draft found no pattern", "failed"

ORDERS: tuple[Order, ...] = get_args(Order)


def review_queue(
    cases: Iterable[Case], order: Order = "uncertain", reviewer: str | None = None
) -> tuple[QueueItem, ...]:
    """The entries that wait for a decision, or for this reviewer's vote.

    Orders: "uncertain" by `uncertainty`, "failed-tests" by their number, "important" by the loss
    change without the head (nats, largest first, unknown last), "undecided" by fewest votes. Equal
    ones stay as they come. A reviewer's queue knows nothing of others' votes but their number, so
    that its order tells nobody how they voted. Raises HeadLabError for an unknown order.
    """
    if order not in ORDERS:
        raise HeadLabError(f"{order!r} is no order of a queue; choose one of {', '.join(ORDERS)}.")
    found = [
        (case, case.open_votes if reviewer is None else ())
        for case in cases
        if (case.undecided if reviewer is None else case.waits_for(reviewer))
    ]
    keys: dict[Order, Callable[[tuple[Case, Sequence[Vote]]], tuple[float, ...]]] = {
        "uncertain": lambda one: (-uncertainty(*one),),
        "failed-tests": lambda one: (-len(one[0].failed_tests),),
        "important": lambda one: _importance(one[0].loss_change),
        "undecided": lambda one: (len(one[0].open_votes),),
    }
    items = tuple(_item(case, votes) for case, votes in sorted(found, key=keys[order]))
    return items if reviewer is None else tuple(map(_undecided, items))


def without_hidden(item: QueueItem, blind: Collection[Blind]) -> QueueItem:
    """A place in a queue without what a reviewer is not to see; hidden names are empty."""
    change: dict[str, object] = {}
    if "source" in blind:
        change |= {"model_name": "", "model_fingerprint": "", "drafter": ""}
    hidden = (
        *((_NO_PATTERN,) if "draft" in blind else ()),
        *((_FAILED,) if {"draft", "scores"} & set(blind) else ()),
    )
    if "draft" in blind:
        change["drafter"] = ""
    if hidden:
        change["reasons"] = tuple(one for one in item.reasons if not one.startswith(hidden))
    return item.model_copy(update=change)


def uncertainty(case: Case, votes: Sequence[Vote]) -> float:
    """How little is known about a case, from 0 to 1: the largest of five parts.

    1 for a draft that found no pattern; the share of pairs of votes with different decisions; the
    distance of the highest from the lowest rating over 4; the share of votes "unclear"; and how evenly
    a test's interval lies on both sides of 0 (`Case.test_doubt`).
    """
    parts = [1.0 if case.unclear else 0.0, _disagreement(votes), case.test_doubt]
    ratings = [vote.rating for vote in votes if vote.rating is not None]
    if ratings:
        parts.append((max(ratings) - min(ratings)) / 4)
    if votes:
        parts.append(sum(vote.decision == "unclear" for vote in votes) / len(votes))
    return max(parts)


def share_out(
    cases: Iterable[Case], reviewers: Sequence[str], per_entry: int = 2, seed: int = 0
) -> list[tuple[int, str]]:
    """Who to ask about which undecided entry, so that each has `per_entry` reviewers in all.

    Those with the fewest entries come first, equal ones by chance, so that every pair of reviewers
    meets. Who is asked already, or has voted, counts. Raises HeadLabError for too few reviewers.
    """
    names = list(dict.fromkeys(reviewers))
    if not 1 <= per_entry <= len(names):
        raise HeadLabError(
            f"{per_entry} reviewers for each entry cannot be taken from {len(names)}: "
            f"{', '.join(names) or 'none was named'}."
        )
    chance = random.Random(seed)  # noqa: S311
    found = [case for case in cases if case.undecided]
    taking = {case.entry_id: _taking_part(case) for case in found}
    load = {name: sum(name in taken for taken in taking.values()) for name in names}
    wanted = []
    for case in found:
        taken = taking[case.entry_id]
        free = [name for name in names if name not in taken]
        chance.shuffle(free)
        free.sort(key=lambda name: load[name])
        for name in free[: max(0, per_entry - len(taken))]:
            wanted.append((case.entry_id, name))
            load[name] += 1
    return wanted


def round_progress(cases: Iterable[Case], reviewer: str | None = None) -> RoundProgress:
    """How far the review of all entries with a draft is, in all and for each reviewer, or for this
    one alone: their own pace, and nobody else's."""
    found = list(cases)
    votes = [vote for case in found for vote in (*case.open_votes, *case.closed_votes)]
    decided = [seconds for case in found for seconds in case.decision_seconds]
    if reviewer is None:
        names = {vote.reviewer for vote in votes}
        names |= {name for case in found for name in case.assigned}
    else:
        names = {reviewer}
        votes = [vote for vote in votes if vote.reviewer == reviewer]
    return RoundProgress(
        n_entries=len(found),
        n_decided=sum(not case.undecided for case in found),
        n_open=sum(bool(case.open_votes) for case in found),
        median_seconds=_median_seconds(votes),
        decision_seconds=median(decided) if decided and reviewer is None else None,
        reviewers=tuple(_reviewer(name, found, votes) for name in sorted(names)),
    )


def _item(case: Case, votes: Sequence[Vote]) -> QueueItem:
    reasons = []
    if case.unclear:
        reasons.append(_NO_PATTERN)
    if _disagreement(votes) > 0:
        reasons.append("reviewers disagree")
    if case.failed_tests:
        reasons.append(f"{_FAILED} {', '.join(case.failed_tests)}")
    if case.loss_change is not None:
        reasons.append(f"loss change {case.loss_change:+.4f} nats")
    return QueueItem(
        entry_id=case.entry_id,
        model_name=case.model_name,
        model_fingerprint=case.model_fingerprint,
        head=case.head,
        state=case.state,
        drafter=case.drafts[max(case.drafts)] if case.drafts else "",
        n_votes=len(case.open_votes),
        assigned=case.assigned,
        reasons=tuple(reasons),
    )


def _undecided(item: QueueItem) -> QueueItem:
    """The item as if nobody had decided before: an earlier decision is another's judgement."""
    return item.model_copy(update={"state": "drafted" if item.drafter else "undescribed"})


def _importance(loss_change: float | None) -> tuple[float, ...]:
    return (1, 0) if loss_change is None else (0, -loss_change)


def _disagreement(votes: Sequence[Vote]) -> float:
    pairs = list(combinations([vote.decision for vote in votes], 2))
    return sum(first != second for first, second in pairs) / len(pairs) if pairs else 0.0


def _taking_part(case: Case) -> set[str]:
    return {*case.assigned, *(vote.reviewer for vote in case.open_votes)}


def _reviewer(name: str, cases: Sequence[Case], votes: Sequence[Vote]) -> ReviewerProgress:
    own = [vote for vote in votes if vote.reviewer == name]
    return ReviewerProgress(
        reviewer=name,
        n_assigned=sum(name in case.assigned for case in cases),
        n_votes=len(own),
        n_waiting=sum(case.waits_for(name) for case in cases),
        median_seconds=_median_seconds(own),
    )


def _median_seconds(votes: Sequence[Vote]) -> float | None:
    measured = [vote.seconds for vote in votes if vote.seconds is not None]
    return median(measured) if measured else None
