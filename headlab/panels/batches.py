"""Drafting several heads of the model in hand: by a language model as a batch, or by rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from headlab.catalogue import Catalogue
from headlab.catalogue.job_steps import alike
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import draft_by_rules
from headlab.panels.desk import Desk
from headlab.records.batch import BatchPlan, BatchTurn, BatchView
from headlab.records.card import EvidenceCard
from headlab.records.draft_job import DraftJob
from headlab.records.errors import HeadLabError
from headlab.records.heads_wish import HeadsWish, RuleDrafts
from headlab.workflow.draft_jobs.arriving import Listener
from headlab.workflow.draft_jobs.batch import gather_cards
from headlab.workflow.draft_jobs.plan import Plan, add_batch, plan_batch
from headlab.workflow.draft_jobs.selection import Wanted, select_heads
from headlab.workflow.draft_jobs.wish import DESCRIBED, shown_plan
from headlab.workflow.draft_jobs.workers import BatchWorkers
from headlab.workflow.drafts import choose_endpoint
from headlab.workflow.jobs import JobProgress

Params = Mapping[str, Any]

WORKERS = BatchWorkers()
"""Of the kernel's process: a panel that is run anew finds the batches of the one before it."""


@dataclass(frozen=True)
class _Planned:
    """The plan that a page was shown last: what starts is exactly what was shown."""

    wish: HeadsWish
    fingerprint: str
    plan: Plan


class Batches:
    """The requests of a workbench about batches; `changed` is called when entries or jobs change.

    `quick` requests read and turn batches, `long` ones need the model and tell their progress.
    """

    def __init__(self, desk: Desk, changed: Callable[[], None]):
        self._desk = desk
        self._changed = changed
        self._planned: _Planned | None = None
        self._begun: set[tuple[str, int]] = set()
        self.quick: dict[str, Callable[[Params], Any]] = {
            "batches": lambda _params: self.batches(),
            "batch": lambda params: self.batch(int(params["id"])),
            "batch_jobs": lambda params: self.jobs(int(params["id"])),
            "turn_batch": lambda params: self.turn(
                int(params["id"]), str(params["turn"]), _cap(params)
            ),
        }
        self.long: dict[str, Callable[[Params, JobProgress], Any]] = {
            "plan_batch": lambda params, progress: self.plan(_wish(params), progress),
            "start_batch": lambda params, progress: self.start(
                _wish(params), _cap(params), progress
            ),
            "draft_by_rules": lambda params, progress: self.by_rules(_wish(params), progress),
        }
        self.titles: dict[str, Callable[[Params], str]] = {
            "plan_batch": lambda _params: "Gathering evidence for a batch",
            "start_batch": lambda _params: "Starting a batch",
            "draft_by_rules": lambda _params: "Drafting by rules",
        }

    def plan(self, wish: HeadsWish, progress: JobProgress) -> BatchPlan:
        """Gather the evidence of the heads, and say what drafting them would send and cost."""
        self._planned = None
        endpoint = choose_endpoint(None)
        (choice,) = [one for one in self._desk.drafters() if one.key == "endpoint"]
        if endpoint is None or not choice.ready:
            raise HeadLabError(choice.reason)
        cards, left_out = self._cards(wish, progress)
        ledger = JobLedger.of(self._desk.catalogue())
        plan = plan_batch(cards, endpoint, ledger, _wanted(wish).words)
        self._planned = _Planned(wish, cards[0].model.fingerprint, plan)
        return shown_plan(cards, left_out, endpoint, plan, "")

    def start(self, wish: HeadsWish, cap: float | None, progress: JobProgress) -> BatchView:
        """Keep the batch that was planned last, and work on it beside everything else."""
        planned, facts = self._planned, self._desk.facts
        if planned is None or planned.wish != wish:
            raise HeadLabError("Another selection was planned since. Plan this one again.")
        if facts is None or planned.fingerprint != facts.fingerprint:
            raise HeadLabError("Another model was loaded since. Plan the batch again.")
        progress("keeping the evidence", 0, 0)
        catalogue = self._desk.catalogue()
        ledger = JobLedger.of(catalogue)
        batch = add_batch(planned.plan, catalogue, ledger, cap)
        self._planned = None
        if progress.cancelled():  # nothing is sent that somebody no longer wants
            ledger.cancel(batch.id)
            progress.check()
        self._work(batch.id)
        return WORKERS.view(catalogue.place, batch)

    def by_rules(self, wish: HeadsWish, progress: JobProgress) -> RuleDrafts:
        """Draft the heads by rules and list the drafts; one that is listed already is left alone."""
        cards, _ = self._cards(wish, progress)
        catalogue = self._desk.catalogue()
        described = unclear = unchanged = 0
        try:
            for done, card in enumerate(cards):
                progress("drafts", done, len(cards))
                draft = draft_by_rules(card)
                entry = catalogue.add_evidence(card)
                if any(alike(stored.draft, draft) for stored in entry.drafts):
                    unchanged += 1
                else:
                    catalogue.add_draft(card, draft)
                described += not draft.unclear
                unclear += draft.unclear
        finally:
            self._changed()
        return RuleDrafts(
            heads=len(cards), described=described, unclear=unclear, unchanged=unchanged
        )

    def batches(self) -> tuple[BatchView, ...]:
        """Every batch of the catalogue, the newest first."""
        catalogue = self._desk.catalogue()
        found = JobLedger.of(catalogue).batches()
        return tuple(WORKERS.view(catalogue.place, batch) for batch in found)

    def batch(self, batch_id: int) -> BatchView:
        catalogue = self._desk.catalogue()
        return WORKERS.view(catalogue.place, JobLedger.of(catalogue).batch(batch_id))

    def jobs(self, batch_id: int) -> tuple[DraftJob, ...]:
        return JobLedger.of(self._desk.catalogue()).jobs(batch_id)

    def follow(self, batch_id: int, listener: Listener) -> Callable[[], None]:
        """Tell what the calls under way here write, unchecked; returns what ends that."""
        return WORKERS.follow(self._desk.catalogue().place, batch_id, listener)

    def turn(self, batch_id: int, turn: str, cap: float | None) -> BatchView:
        """Pause, resume, cancel or retry a batch; one that goes on is worked on here."""
        catalogue = self._desk.catalogue()
        ledger = JobLedger.of(catalogue)
        if turn == "pause":
            ledger.pause(batch_id)
        elif turn == "cancel":
            ledger.cancel(batch_id)
            WORKERS.stop(catalogue.place, batch_id)
        elif turn in ("resume", "retry"):
            (ledger.resume if turn == "resume" else ledger.retry)(batch_id, cap)
            self._work(batch_id)
        else:
            raise HeadLabError("A batch can be paused, resumed, cancelled or retried.")
        self._changed()
        return WORKERS.view(catalogue.place, ledger.batch(batch_id))

    def close(self) -> None:
        """End the work that this panel began; jobs under way wait again."""
        for place, batch_id in self._begun:
            WORKERS.stop(place, batch_id)

    def _work(self, batch_id: int) -> None:
        catalogue = Catalogue.open()
        self._begun.add((catalogue.place, batch_id))
        WORKERS.start(catalogue, batch_id, self._changed)

    def _cards(
        self, wish: HeadsWish, progress: JobProgress
    ) -> tuple[list[EvidenceCard], Counter[str]]:
        """The cards of a wish, and how many of its heads are left out, by reason."""
        bench, catalogue = self._desk.bench, self._desk.catalogue()
        bench.progress = progress
        wanted = _wanted(wish)
        heads = select_heads(bench, wanted, catalogue)
        left_out: Counter[str] = Counter()
        if wish.undescribed and wish.top is None:
            every = select_heads(bench, Wanted(layers=wish.layers), catalogue)
            left_out[DESCRIBED] = len(every) - len(heads)
        return gather_cards(bench, heads), +left_out


def _wanted(wish: HeadsWish) -> Wanted:
    return Wanted(
        top=wish.top,
        measure=None if wish.top is None else wish.measure,
        layers=wish.layers or None,
        undescribed=wish.undescribed,
    )


def _wish(params: Params) -> HeadsWish:
    return HeadsWish.model_validate(params["wish"])


def _cap(params: Params) -> float | None:
    return BatchTurn.model_validate({"cap": params.get("cap")}).cap
