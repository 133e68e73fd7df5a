"""A card made by hand, and an endpoint that misbehaves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # this folder's helpers, whatever the import mode

from cards_by_hand import ATTENTION, CAPITAL, MAPPINGS, ablation, make_card, relation
from fault_server import FaultServer

from headlab.drafting import Endpoint
from headlab.records.card import EvidenceCard


@pytest.fixture
def card() -> EvidenceCard:
    """A small card with one row of most kinds."""
    other = relation("word_to_synonym", "linguistic", score=0.03)
    return make_card([CAPITAL, other], MAPPINGS, ablation(), 3, ["year_to_following"], ATTENTION)


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key of the machine that runs the tests, and no keyring."""
    for name in ("HEADLAB_API_KEY", "OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_CUSTOM_HEADERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("headlab.settings.keys._from_keyring", lambda user: None)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def endpoint(server: FaultServer) -> Endpoint:
    return Endpoint(base_url=server.base_url, model="scripted", deadline=10)
