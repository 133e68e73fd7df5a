"""Tests of descriptions as a page asks for them: estimates, steps, results kept, nothing decided."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import headlab

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from fault_server import FaultServer, stall
from judges import always, answering, by_question, writing
from panel_page import Page

from headlab.analyses.description_tests.split import halves
from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.records.bench import Job
from headlab.records.draft import Draft, Drafter
from headlab.records.entry import Entry
from headlab.records.head import Head
from headlab.relations.bundled import relation
from headlab.settings import Prices
from headlab.settings.sources import write_settings
from headlab.workflow.description_tests.operations import SplitOperations

NAMES = ("copying", "country_to_capital", "verb_to_past_tense")
TEXT = "Copies words."
COPIES = halves(relation("copying"))[1].pairs[:40]


@pytest.fixture(scope="module")
def held(demo_model: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A workbench with the demo model, and operations that do not take long to score."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("JUPYTER_DATA_DIR", str(home / "data"))
        patch.setenv("JUPYTER_CONFIG_DIR", str(home / "config"))
        made = headlab.Workbench()
        made._dispatch.desk.take(demo_model, "demo", lambda *_: None)
    desk = made._dispatch.desk
    few = SplitOperations(desk.bench, [relation(name) for name in NAMES])
    made._dispatch.testing._known = (desk.bench, few)
    yield made
    made.close()


@pytest.fixture
def page(held: Any) -> Page:
    return Page(held)


@pytest.fixture
def entry(held: Any) -> Entry:
    """L1H0 with a draft of a language model called "scripted"."""
    desk = held._dispatch.desk
    card = desk.bench.card(desk.bench.model.head("L1H0"), desk.bench.bundled_scores(), {})
    return _described(desk.catalogue(), card, TEXT)


def _described(catalogue: Catalogue, card: Any, text: str) -> Entry:
    drafter = Drafter(kind="llm", name="scripted")
    draft = Draft(
        description=text, evidence=("R1",), drafter=drafter, card_hash=card.content_hash()
    )
    return catalogue.add_draft(card, draft)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        always(
            running,
            by_question(
                rate_rows=answering(lambda description, item: 50),
                rate_tokens=answering(lambda description, item: 50),
                name_targets=answering(lambda description, item: "the, of"),
                write_pairs=writing(lambda description, _: COPIES),
            ),
        )
        yield running


@pytest.fixture
def judge(server: FaultServer) -> FaultServer:
    write_settings({"llm_model": "scripted", "llm_base_url": server.base_url})
    return server


def test_without_a_judge_what_runs_here_is_told_apart(page: Page, entry: Entry) -> None:
    plan = page.call(1, "plan_tests", entry_id=entry.id, seed=0)
    reasons = {one["kind"]: one["reason"] for one in plan["tests"]}
    assert list(reasons) == ["S1", "S2", "S3", "S4", "S5"]
    assert all("language model" in reasons[kind] for kind in ("S1", "S2", "S3"))
    assert reasons["S4"] == reasons["S5"] == ""
    assert (plan["judge"], plan["description"]) == (None, TEXT)
    assert {one["calls"] for one in plan["tests"]} == {0}
    assert plan["tests"][4]["seconds"] > 0


def test_a_text_without_known_words_says_so_before_it_is_tested(page: Page, held: Any) -> None:
    desk = held._dispatch.desk
    card = desk.bench.card(desk.bench.model.head("L1H1"), desk.bench.bundled_scores(), {})
    made = _described(desk.catalogue(), card, "Hums quietly.")
    plan = page.call(1, "plan_tests", entry_id=made.id, seed=0)
    assert "no known operation" in plan["tests"][3]["reason"]


def test_results_are_kept_and_no_state_changes(page: Page, entry: Entry) -> None:
    run = page.call(1, "test_description", entry_id=entry.id, kinds=["S4"], seed=3)
    assert (run["cost"], run["batch_id"]) == ("", None)
    [test] = run["entry"]["tests"]
    assert (test["description"], test["result"]["kind"]) == (TEXT, "S4")
    assert test["result"]["provenance"]["seed"] == 3
    assert run["entry"]["state"] == entry.state == "drafted"
    assert run["entry"]["revision"] == entry.revision + 1
    kept = page.bench._dispatch.desk.catalogue().get(entry.id)
    assert [one.result.kind for one in kept.tests] == ["S4"]
    again = page.call(2, "test_description", entry_id=entry.id, kinds=["S4"], seed=3)
    assert again["entry"]["tests"][0]["result"]["score"] == test["result"]["score"]


def test_a_judge_is_estimated_asked_once_and_said_to_be_the_drafter(
    page: Page, entry: Entry, judge: FaultServer
) -> None:
    plan = page.call(1, "plan_tests", entry_id=entry.id, seed=0)
    calls = {one["kind"]: one["calls"] for one in plan["tests"]}
    assert calls == {"S1": 12, "S2": 12, "S3": 6, "S4": 3, "S5": 3}
    assert judge.requests == [], "an estimate sends nothing"
    assert "Judge and drafter are the same model" in plan["warnings"][0]
    assert not plan["priced"]
    run = page.call(2, "test_description", entry_id=entry.id, kinds=["S3", "S4"], seed=0)
    assert len(judge.requests) == 6 + 3
    assert "Judge and drafter are the same model" in run["warnings"][0]
    told = [content["so_far"] for content, _ in page.messages if content.get("text") == 2]
    first = Job.model_validate_json(told[0])
    assert first.title == "Testing the description of L1H0"
    assert (first.step, first.done, first.total) == ("answers of the language model", 0, 9)
    ledger = JobLedger.of(page.bench._dispatch.desk.catalogue())
    batch = ledger.batch(run["batch_id"])
    assert (batch.kind, batch.selection, batch.counts["done"]) == ("test", "L1H0: S3, S4", 9)
    again = page.call(3, "test_description", entry_id=entry.id, kinds=["S4"], seed=0)
    assert (len(judge.requests), again["cost"]) == (9, "nothing: every answer was in the ledger")
    plan = page.call(4, "plan_tests", entry_id=entry.id, seed=0)
    assert [one["calls"] for one in plan["tests"]] == [12, 12, 0, 0, 0]
    assert [one["known"] for one in plan["tests"]] == [0, 0, 6, 3, 3]


def test_a_cap_that_is_too_small_keeps_no_result(
    page: Page, entry: Entry, judge: FaultServer
) -> None:
    write_settings({"prices": Prices(input=1.0, output=2.0)})
    plan = page.call(1, "plan_tests", entry_id=entry.id, seed=0)
    assert plan["priced"]
    assert 0 < plan["tests"][0]["low"] < plan["tests"][0]["high"] < plan["tests"][0]["ceiling"]
    asked = {"entry_id": entry.id, "kinds": ["S3"], "seed": 0}
    problem = page.refused(2, "test_description", **asked, cap=1e-6)
    assert "cap is reached" in problem["message"]
    assert judge.requests == []
    assert page.bench._dispatch.desk.catalogue().get(entry.id).tests == ()
    problem = page.refused(3, "test_description", **asked, cap=-1)
    assert problem["kind"] == "input"


def test_cancel_ends_the_calls_and_the_batch(page: Page, entry: Entry, judge: FaultServer) -> None:
    always(judge, stall)
    page.ask(1, "test_description", entry_id=entry.id, kinds=["S3"], seed=0)
    _until(lambda: bool(judge.requests))
    page.cancel(1)
    assert page.reply(1, seconds=2)[0]["problem"]["kind"] == "cancelled"
    assert judge.client_left.wait(2)
    ledger = JobLedger.of(page.bench._dispatch.desk.catalogue())
    _until(lambda: ledger.batches()[0].state == "cancelled")
    assert ledger.batches()[0].unfinished == 0
    assert page.bench._dispatch.desk.catalogue().get(entry.id).tests == ()


def test_a_head_s_card_does_not_wait_for_a_judge(
    page: Page, entry: Entry, judge: FaultServer
) -> None:
    always(judge, stall)
    page.ask(1, "test_description", entry_id=entry.id, kinds=["S3"], seed=0)
    _until(lambda: bool(judge.requests))
    assert page.call(2, "head", head={"layer": 1, "index": 0})["entry"]["id"] == entry.id
    page.cancel(1)
    page.reply(1)


def test_what_cannot_be_tested_is_refused(page: Page, entry: Entry) -> None:
    asked = {"entry_id": entry.id, "seed": 0}
    unknown = page.refused(1, "test_description", kinds=["S9"], **asked)
    assert "no test 'S9'" in unknown["message"]
    assert "No test was named" in page.refused(2, "test_description", kinds=[], **asked)["message"]
    catalogue = page.bench._dispatch.desk.catalogue()
    card = entry.card
    assert card is not None
    bare = catalogue.add_evidence(card.model_copy(update={"head": Head(layer=1, index=5)}))
    empty = page.refused(3, "test_description", entry_id=bare.id, kinds=["S4"], seed=0)
    assert "no description to test" in empty["message"]
    facts = card.model.model_copy(update={"fingerprint": "f" * 64, "name": "elsewhere"})
    other = _described(catalogue, card.model_copy(update={"model": facts}), TEXT)
    problem = page.refused(4, "plan_tests", entry_id=other.id, seed=0)
    assert "another model (elsewhere)" in problem["message"]


def _until(what: Any, seconds: float = 20) -> None:
    waited = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if what():
            return
        waited.wait(0.02)
    raise AssertionError("waited in vain")
