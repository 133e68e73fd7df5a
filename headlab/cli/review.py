"""`headlab review queue`, `vote`, `assign`, `adjudicate` and `agreement`: rounds of review."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

from headlab.cli import rounds, show
from headlab.cli.catalogue_filters import require_model
from headlab.cli.decide import (
    chosen_decision,
    decision_options,
    edited_text,
    find_entry,
    label_options,
    now_option,
    text_to_edit,
)
from headlab.cli.options import Commands, json_option, open_catalogue, positive
from headlab.records.errors import HeadLabError
from headlab.records.review_round import Order
from headlab.records.vote import Blind

if TYPE_CHECKING:
    from headlab.catalogue import Catalogue
    from headlab.records.entry import Entry
    from headlab.records.review_round import Case
    from headlab.records.vote import Decision

_KEYS: dict[str, Decision] = {"a": "accepted", "e": "edited", "x": "rejected", "u": "unclear"}


class _Review(argparse.ArgumentParser):
    """`headlab review`: the decision on MODEL HEAD, or the action that the first word names."""

    def __init__(self, decide: argparse.ArgumentParser) -> None:
        super().__init__(prog=decide.prog, add_help=False)
        self._decide = decide
        self._actions_by_name: dict[str, argparse.ArgumentParser] = {}

    def add_action(self, name: str, **words: Any) -> argparse.ArgumentParser:
        made = argparse.ArgumentParser(prog=f"{self.prog} {name}", **words)
        self._actions_by_name[name] = made
        return made

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        words = list(args or ())
        action = self._actions_by_name.get(words[0]) if words else None
        if action is None:
            return self._decide.parse_known_args(words, namespace)
        return action.parse_known_args(words[1:], namespace)


def add_commands(commands: Commands) -> None:
    """The actions of a round, beside the plain decision that `headlab review` is."""
    decide = commands.choices["review"]
    decide.epilog = (
        "Rounds with several reviewers: headlab review queue | vote | assign | adjudicate | "
        "agreement (each has --help). A model of such a name is given by its fingerprint."
    )
    review = _Review(decide)
    commands.choices["review"] = review

    queue = review.add_action(
        "queue",
        description="The entries that wait for a decision or, with --reviewer, for that reviewer's "
        "vote, and how far the round is. Scores and tests order the queue; they decide nothing.",
    )
    queue.add_argument("--order", choices=get_args(Order), default="uncertain")
    queue.add_argument("--reviewer", metavar="R", help="the queue of one reviewer")
    _model(queue)
    queue.add_argument("--limit", type=positive, default=30, help="rows at most (default 30)")
    json_option(queue)
    queue.set_defaults(run=run_queue)

    vote = review.add_action(
        "vote",
        description="Judge a head alone. The vote changes nothing of the entry and nobody else sees "
        "it until someone decides. Without a judgement: show the head and ask for one.",
    )
    decision_options(vote)
    vote.add_argument("--draft", type=int, metavar="N", help="its number (default: the newest)")
    vote.add_argument(
        "--blind",
        type=_blind,
        default=(),
        metavar="WHAT",
        help="what you have not seen: draft, scores, source, or several, separated by commas",
    )
    vote.add_argument("--seconds", type=float, help="the time it took; measured when it is asked")
    vote.add_argument("--reviewer", metavar="R", help="whose vote; default: the settings' reviewer")
    json_option(vote)
    vote.set_defaults(run=run_vote)

    assign = review.add_action(
        "assign",
        description="Share out the undecided entries among reviewers, evenly, or release one. The "
        "history of each entry says who asked or released whom, when and why.",
    )
    assign.add_argument("reviewers", metavar="REVIEWER", nargs="*")
    assign.add_argument(
        "--per-entry", type=positive, default=2, help="reviewers of each (default 2)"
    )
    assign.add_argument("--seed", type=int, default=0, help="for ties (default 0)")
    assign.add_argument(
        "--release",
        metavar="R",
        help="ask this reviewer for nothing more, of --model or of all; votes that were cast stay",
    )
    assign.add_argument(
        "--reason", default="", help="why, for the history of each entry that is asked about"
    )
    _model(assign)
    assign.set_defaults(run=run_assign)

    adjudicate = review.add_action(
        "adjudicate",
        description="Decide on a head on the ground of its votes, which everybody sees from then "
        "on. Without a decision: show the votes.",
    )
    decision_options(adjudicate)
    label_options(adjudicate)
    adjudicate.add_argument("--draft", type=int, metavar="N", help="where votes are about several")
    adjudicate.add_argument("--reviewer", metavar="R", help="who decides; default: the settings'")
    now_option(adjudicate)
    json_option(adjudicate)
    adjudicate.set_defaults(run=run_adjudicate)

    agreement = review.add_action(
        "agreement",
        description="Cohen's kappa, Krippendorff's alpha, and the share of drafts judged correct by "
        "model, layer and drafter, with intervals.",
    )
    _model(agreement)
    agreement.add_argument(
        "--with-open",
        action="store_true",
        help="count votes that nobody has decided on yet: not for who still votes",
    )
    agreement.add_argument("--seed", type=int, default=0, help="of the bootstrap (default 0)")
    agreement.add_argument("--out", metavar="FILE", help="also write the table: .csv or .parquet")
    json_option(agreement)
    agreement.set_defaults(run=run_agreement)


def _model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="M", help="model name, or the start of its fingerprint")


def _blind(text: str) -> tuple[Blind, ...]:
    known: tuple[Blind, ...] = get_args(Blind)
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words or not set(words) <= set(known):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of {', '.join(known)}")
    return tuple(one for one in known if one in words)


def run_queue(chosen: argparse.Namespace) -> None:
    from headlab.workflow.review_queue import review_queue, round_progress

    with open_catalogue(create=False) as store:
        cases = _cases(store, chosen.model)
    items = review_queue(cases, chosen.order, chosen.reviewer)
    if chosen.json:
        show.print_json(list(items))
        return
    if not items:
        show.note("Nothing waits for a review.")
    else:
        show.out().print(rounds.queue_table(items[: chosen.limit]))
    if len(items) > chosen.limit:
        show.note(f"{chosen.limit} of {len(items)} entries; --limit shows more.")
    rounds.print_progress(round_progress(cases), len(items))


def run_vote(chosen: argparse.Namespace) -> None:
    from headlab.catalogue.signature import signature
    from headlab.workflow.blinding import blinded

    with open_catalogue(create=False) as store:
        found = find_entry(store, chosen.model, chosen.head)
        entry = blinded(found, chosen.blind, signature(chosen.reviewer))
        decision, seconds = chosen_decision(chosen), chosen.seconds
        if decision is None:
            rounds.print_evidence(entry, chosen.blind)
            started = time.monotonic()
            decision = _ask()
            if decision is None:
                show.note("No vote was recorded.")
                return
            seconds = time.monotonic() - started if seconds is None else seconds
        text = _text(chosen, entry, decision)
        vote = store.review_round.cast(
            entry.id,
            decision,
            reviewer=chosen.reviewer,
            draft_id=chosen.draft,
            text=text,
            reason=chosen.reason,
            rating=chosen.rating,
            seconds=seconds,
            blind=chosen.blind,
        )
    if chosen.json:
        show.print_json(vote)
    else:
        show.note(f"{vote.reviewer} votes {vote.decision} on {entry.head}. The entry is unchanged.")


def run_assign(chosen: argparse.Namespace) -> None:
    from headlab.workflow.review_queue import round_progress, share_out

    if not chosen.reviewers and chosen.release is None:
        raise HeadLabError("Name the reviewers, or one to --release.")
    with open_catalogue(create=False) as store:
        asked = store.review_round
        if chosen.release is not None:
            gone = asked.release(chosen.release, model=chosen.model, reason=chosen.reason)
            if not gone:
                raise _unasked(store, chosen.release, chosen.model)
            show.note(f"{chosen.release} is released from {gone} entries.")
        if chosen.reviewers:
            cases = _cases(store, chosen.model)
            wanted = share_out(cases, chosen.reviewers, chosen.per_entry, chosen.seed)
            asked.assign(wanted, reason=chosen.reason)
            show.note(f"Asked for {len(wanted)} votes.")
        found = asked.cases(chosen.model)
    rounds.print_progress(round_progress(found), sum(case.undecided for case in found))


def run_adjudicate(chosen: argparse.Namespace) -> None:
    with open_catalogue(create=False) as store:
        entry = find_entry(store, chosen.model, chosen.head)
        if not chosen.now:
            _refuse_early(store, entry)
        votes = store.review_round.open_votes(entry.id, reviewer=chosen.reviewer, lead=True)
        decision = chosen_decision(chosen)
        if decision is None:
            if chosen.json:
                show.print_json(list(votes))
            else:
                rounds.print_evidence(entry, ())
                show.out().print(rounds.votes_table(votes))
            return
        entry = store.review_round.adjudicate(
            entry.id,
            decision,
            votes_seen=[vote.id for vote in votes],
            reviewer=chosen.reviewer,
            description=_text(chosen, entry, decision),
            reason=chosen.reason,
            rating=chosen.rating,
            draft_id=chosen.draft,
            categories=chosen.category,
            stages=chosen.stage,
            now=chosen.now,
            if_revision=entry.revision,
        )
    if chosen.json:
        show.print_json(entry)
    else:
        show.out().print(rounds.decided_panel(entry))


def run_agreement(chosen: argparse.Namespace) -> None:
    from headlab.workflow.agreement import agreement
    from headlab.workflow.tables import save_table

    with open_catalogue(create=False) as store:
        cases = _cases(store, chosen.model)
    found = agreement(cases, with_open=chosen.with_open, seed=chosen.seed)
    if chosen.out is not None:
        show.note(f"Wrote {save_table(found.table(), chosen.out)}")
    if chosen.json:
        show.print_json(found)
        return
    for made in rounds.agreement_tables(found):
        show.out().print(made)


def _cases(store: Catalogue, model: str | None) -> tuple[Case, ...]:
    """Entries as a round sees them; raises CatalogueError for a model that there is none of."""
    found = store.review_round.cases(model)
    if not found:
        require_model(store, model)
    return found


def _unasked(store: Catalogue, reviewer: str, model: str | None) -> HeadLabError:
    """A name that is asked for nothing is a mistyped one; "released from 0 entries" would hide it."""
    asked = sorted({name for case in _cases(store, model) for name in case.assigned})
    where = "" if model is None else f" on {model}"
    known = f"Asked are: {', '.join(asked)}." if asked else "Nobody is asked for one."
    return HeadLabError(f"{reviewer!r} is asked for no vote{where}. {known}")


def _refuse_early(store: Catalogue, entry: Entry) -> None:
    """Votes are opened when all who are asked have cast theirs, so that they stay independent."""
    from headlab.catalogue import VotesMissing

    case = store.review_round.case(entry.id)
    missing = tuple(name for name in case.assigned if case.waits_for(name))
    if missing:
        raise VotesMissing(str(entry.head), missing)


def _text(chosen: argparse.Namespace, entry: Entry, decision: Decision) -> str:
    if decision != "edited":
        return ""
    return chosen.edit or edited_text(entry.head, text_to_edit(entry, chosen.draft))


def _ask() -> Decision | None:
    """A judgement by its key; None for anything else, and where nobody answers."""
    show.note("Your vote: a accept, e edit, x reject, u unclear; Enter leaves without one.")
    try:
        return _KEYS.get(input().strip().lower())
    except EOFError:
        return None
