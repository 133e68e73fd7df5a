"""Batches of drafts over REST: planned, started, watched and turned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headlab.records.batch import ArrivingText, BatchPlan, BatchTurn, BatchView, BatchWish
from headlab.records.draft_job import DraftJob
from headlab.records.measure import Measure
from headlab.server.problems import Refusal
from headlab.server.site import Site

if TYPE_CHECKING:
    from headlab.records.draft_job import DraftBatch


def list_measures(site: Site) -> tuple[Measure, ...]:
    """What heads can be ranked by for a batch, from the evidence in the catalogue alone."""
    from headlab.workflow.card_measures import stored_measures

    return stored_measures(site.catalogue)


def plan_batch(site: Site, body: BatchWish) -> BatchPlan:
    """What a batch would send and cost; nothing is sent or stored."""
    from headlab.workflow.draft_jobs.wish import plan_wish

    return plan_wish(site.catalogue, body).shown


def start_batch(site: Site, body: BatchWish) -> BatchView:
    """Plan a batch, keep it, and begin to work on it.

    Drafts are made from the evidence in the catalogue; a head without any needs its model:
    `headlab draft MODEL HEAD`.
    """
    from headlab.workflow.draft_jobs.plan import add_batch
    from headlab.workflow.draft_jobs.wish import plan_wish

    store, ledger = site.catalogue, site.ledger
    planned = plan_wish(store, body)
    if planned.plan is None or planned.shown.problem:
        raise Refusal(400, "input", planned.shown.problem)
    return _begin(site, add_batch(planned.plan, store, ledger, body.cap))


def list_batches(site: Site) -> tuple[BatchView, ...]:
    """Every batch, the newest first."""
    return tuple(_view(site, batch) for batch in site.ledger.batches())


def get_batch(site: Site, batch_id: int) -> BatchView:
    """One batch."""
    return _view(site, site.ledger.batch(batch_id))


def batch_jobs(site: Site, batch_id: int) -> tuple[DraftJob, ...]:
    """The jobs of a batch, in the order in which they are sent."""
    return site.ledger.jobs(batch_id)


def batch_texts(site: Site, batch_id: int) -> tuple[ArrivingText, ...]:
    """What the calls under way here have written so far, unchecked; nothing of it is stored."""
    found = site.drafting.texts(site.catalogue.place, batch_id)
    if not found:
        site.ledger.batch(batch_id)  # raises where there is no such batch
    return found


def pause_batch(site: Site, batch_id: int, body: BatchTurn) -> BatchView:
    """Send no more; calls under way end, and their answers are kept."""
    _refuse_cap(body)
    return _view(site, site.ledger.pause(batch_id))


def resume_batch(site: Site, batch_id: int, body: BatchTurn) -> BatchView:
    """Go on with a batch that was interrupted, paused or stopped."""
    return _begin(site, site.ledger.resume(batch_id, body.cap))


def cancel_batch(site: Site, batch_id: int, body: BatchTurn) -> BatchView:
    """Give up the jobs that wait, and end the calls under way; what is done stays.

    A call that is ended counts with the most that it can cost.
    """
    _refuse_cap(body)
    batch = site.ledger.cancel(batch_id)
    site.drafting.stop(site.catalogue.place, batch_id)
    return _view(site, batch)


def retry_batch(site: Site, batch_id: int, body: BatchTurn) -> BatchView:
    """Send the failed jobs again, and none that is done."""
    return _begin(site, site.ledger.retry(batch_id, body.cap))


def _refuse_cap(turn: BatchTurn) -> None:
    if turn.cap is not None:
        raise Refusal(400, "input", "The cap is changed when a batch goes on: resume it with one.")


def _begin(site: Site, batch: DraftBatch) -> BatchView:
    site.drafting.start(batch.id)
    return _view(site, site.ledger.batch(batch.id))


def _view(site: Site, batch: DraftBatch) -> BatchView:
    return site.drafting.view(site.catalogue.place, batch)
