"""Fixtures of the workflow's tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # this folder's helpers, whatever the import mode
sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from draft_batches import PRICES
from fault_server import FaultServer
from forked_workers import Workers
from watched_jobs import Watched

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    yield made
    made.runner.close()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """An endpoint that gives good answers, unless its script says otherwise."""
    with FaultServer() as running:
        yield running


@pytest.fixture
def endpoint(server: FaultServer) -> Endpoint:
    """The scripted endpoint with prices, as drafters and judges call it."""
    return Endpoint(base_url=server.base_url, model="scripted", deadline=10, prices=PRICES)


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    """An empty catalogue in memory."""
    with Catalogue.open() as opened:
        yield opened


@pytest.fixture
def ledger(catalogue: Catalogue) -> JobLedger:
    return JobLedger.of(catalogue)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """Processes that work on batches, one after another or side by side."""
    made = Workers()
    yield made
    made.close()
