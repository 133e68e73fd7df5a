"""A plan counts every round of a writer of pairs that would be sent, and no known one."""

import sys
from contextlib import suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))
sys.path.insert(0, str(Path(__file__).parent))

from fault_server import FaultServer
from judge_batches import HEAD, PRICES
from judges import always, writing

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.drafting.judging.prompts import ask_for_pairs
from headlab.workflow.description_tests.calls import Calls, LedgerJudge
from headlab.workflow.description_tests.recalled import RecalledJudge
from headlab.workflow.description_tests.writers import ROUNDS, WANTED, LLMWriter

TEXT = "Maps words to others."
WORDS = ("cat", "dog", "mat", "red", "blue", "big", "hot", "cold", "day", "night")


@pytest.fixture
def server():
    """The word that is added in each round is none of the model's."""
    with FaultServer() as running:

        def write(description, unusable):
            pairs = zip(WORDS, reversed(WORDS), strict=True)
            return [*pairs, (f"unknown{len(unusable)}", "cat")]

        always(running, writing(write))
        yield running


@pytest.fixture
def endpoint(server):
    return Endpoint(base_url=server.base_url, model="scripted", deadline=10, prices=PRICES)


@pytest.fixture
def catalogue(tmp_path):
    with Catalogue.open(tmp_path / "catalogue.db") as opened:
        yield opened


@pytest.mark.parametrize("n_known", range(ROUNDS + 1))
def test_rounds_that_are_left(tiny_model, catalogue, server, endpoint, n_known):
    model = tiny_model("llama")
    calls = Calls(catalogue, endpoint, model.facts, "test")
    asked = []

    class Counting(LedgerJudge):
        def reply_to(self, ask):
            if len(asked) == n_known:
                raise InterruptedError
            asked.append(ask)
            return super().reply_to(ask)

    with suppress(InterruptedError):
        LLMWriter(model, Counting(calls, HEAD)).write(TEXT)
    sent = len(server.requests)
    recalled = RecalledJudge(endpoint, JobLedger.of(catalogue))
    found = recalled.outlook(LLMWriter(model, recalled), TEXT)
    assert sent == len(server.requests) == found.known == n_known
    assert (found.ask is None) == (n_known == ROUNDS)
    assert len(found.further) == max(0, ROUNDS - 1 - n_known)
    if n_known == 0:
        assert found.ask == ask_for_pairs(TEXT, WANTED)
    if 0 < n_known < ROUNDS:
        assert "unknown0" in found.ask.messages[1].content
    LLMWriter(model, LedgerJudge(calls, HEAD)).write(TEXT)
    assert len(server.requests) == ROUNDS, "the rest is sent, and nothing twice"
