"""What a batch has spent at most, and what of it the endpoint counted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))
sys.path.insert(0, str(Path(__file__).parent))

from draft_batches import PRICES, cards, plan

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.cli import main
from headlab.drafting import Endpoint
from headlab.records.draft import Draft, Drafter, Usage

ENDPOINT = Endpoint(base_url="http://127.0.0.1:9/v1", model="m", prices=PRICES)
USAGE = Usage(calls=1, prompt_tokens=100, completion_tokens=20)


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    with Catalogue.open() as opened:
        yield opened


@pytest.fixture
def ledger(catalogue: Catalogue) -> JobLedger:
    return JobLedger.of(catalogue)


def answer() -> Draft:
    return Draft(
        description="Copies.",
        evidence=("R1",),
        drafter=Drafter(kind="llm", name="m"),
        card_hash=cards(1)[0].content_hash(),
        usage=USAGE,
    )


def test_a_killed_workers_reservation_counts_but_is_not_called_counted(catalogue, ledger, capsys):
    batch = plan(catalogue, ENDPOINT, 1, cap=1.0)
    killed = ledger.claim(batch.id, "killed", lease=0.0).job
    assert killed is not None
    held = ledger.batch(batch.id)
    assert (held.spent, held.uncounted, held.reserved) == (0, 0, killed.reserved)
    main(["jobs", "show", str(batch.id)])
    said = " ".join(capsys.readouterr().err.split())
    assert f"at most {killed.reserved:.2g}, 0 counted" in said

    again = ledger.claim(batch.id, "next", lease=30.0).job
    assert again is not None
    taken = ledger.batch(batch.id)
    assert (taken.spent, taken.uncounted) == (killed.reserved, killed.reserved)
    ledger.finish(again.id, "next", answer(), 0.002)
    done = ledger.batch(batch.id)
    assert done.spent == pytest.approx(killed.reserved + 0.002, abs=1e-9)
    assert (done.uncounted, done.reserved) == (killed.reserved, 0)
    [job] = ledger.jobs(batch.id)
    assert (job.uncounted, job.usage) == (killed.reserved, USAGE)
    main(["jobs", "show", str(batch.id)])
    shown = capsys.readouterr()
    both = f"at most {done.spent:.2g}, 0.002 counted"
    assert both in " ".join(shown.err.split())
    assert f"≤{done.spent:.2g}" in shown.out


def test_what_the_endpoint_counted_is_said_alone(catalogue, ledger, capsys):
    batch = plan(catalogue, ENDPOINT, 1, cap=1.0)
    job = ledger.claim(batch.id, "worker", lease=30.0).job
    assert job is not None
    ledger.finish(job.id, "worker", answer(), 0.002)
    done = ledger.batch(batch.id)
    assert (done.spent, done.uncounted) == (0.002, 0)
    main(["jobs", "show", str(batch.id)])
    said = capsys.readouterr().err
    assert "Cost: 0.002" in said
    assert "at most" not in said


def test_the_last_lease_says_how_long_a_dead_worker_is_waited_for(catalogue, ledger):
    batch = plan(catalogue, ENDPOINT, 2)
    assert ledger.held_elsewhere(batch.id) == (0, 0.0)
    ledger.claim(batch.id, "worker", lease=30.0)
    jobs, seconds = ledger.held_elsewhere(batch.id)
    assert jobs == 1
    assert 0 < seconds <= 30
    ledger.renew("worker", 0.0)
    assert ledger.held_elsewhere(batch.id) == (1, 0.0)
