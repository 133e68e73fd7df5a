"""What a person does to a batch, inside a transaction of the ledger, each turn kept as a step."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Connection, Row, update

from headlab.catalogue import batch_events, schema
from headlab.catalogue.history import stamp
from headlab.catalogue.job_rows import JOB, as_amount, at_least, count_jobs
from headlab.catalogue.job_steps import CONCURRENCY, any_unpriced, set_batch
from headlab.records.errors import CatalogueError
from headlab.records.provenance import now

Turn = Literal["paused", "resumed", "cancelled", "retried"]

_ON = ("open", "paused", "stopped")
_TURNS: dict[Turn, tuple[tuple[str, ...], str]] = {
    "paused": (("open",), "paused"),
    "resumed": (_ON, "open"),
    "cancelled": (_ON, "cancelled"),
    "retried": (_ON, "open"),
}
"""The states in which each is allowed, and the one that it leads to."""
_MOVES = {"cancelled": ("waiting", "cancelled"), "retried": ("failed", "waiting")}
"""The states that it takes jobs out of, and into."""


def turn_batch(
    connection: Connection, batch: Row[Any], action: Turn, author: str | None, cap: float | None
) -> None:
    """Pause, resume, cancel or retry a batch, with another cap if one is given.

    Raises CatalogueError in a state that does not allow it, for a cap without known prices, and where
    nothing is left to pause or to cancel: it would say for good that work was given up that is done.
    """
    allowed, state = _TURNS[action]
    if action in ("paused", "cancelled") and _is_over(connection, batch):
        raise CatalogueError(f"Batch {batch.id} is finished: nothing in it waits or is under way.")
    if batch.state not in allowed:
        raise CatalogueError(
            f"Batch {batch.id} is {batch.state}; only one that is {' or '.join(allowed)} can "
            f"become {state}."
        )
    values: dict[str, Any] = {"state": state, "reason": ""}
    if cap is not None:
        if any_unpriced(connection, batch.id):
            raise CatalogueError("The prices of this batch are not known: it takes no cap.")
        values["cap"] = at_least(cap)
        if values["cap"] != batch.cap:
            caps = {"cap": as_amount(values["cap"]), "cap_before": as_amount(batch.cap)}
            batch_events.note(connection, batch.id, "cap", author, **caps)
    step = {} if action not in _MOVES else {"jobs": _move(connection, batch.id, *_MOVES[action])}
    if state == "open":
        fresh = {"proved": 0, "setbacks": 0, "streak": 0, "not_before": 0.0}
        values |= {**fresh, "concurrency": CONCURRENCY}
    set_batch(connection, batch.id, **values)
    batch_events.note(connection, batch.id, action, author, **step)


def _is_over(connection: Connection, batch: Row[Any]) -> bool:
    """Whether a batch ended by itself with nothing left; one that stopped at a failure has not."""
    left = (count_jobs(connection, batch.id, state) for state in ("waiting", "sent"))
    if batch.state == "cancelled" or any(left):
        return False
    return batch.state == "open" or not count_jobs(connection, batch.id, "failed")


def _move(connection: Connection, batch_id: int, out_of: str, into: str) -> int:
    """Put the jobs of a state into another one; how many there were."""
    jobs = update(schema.draft_job).where(JOB.batch_id == batch_id, JOB.state == out_of)
    return connection.execute(jobs.values(state=into, updated_at=stamp(now()))).rowcount
