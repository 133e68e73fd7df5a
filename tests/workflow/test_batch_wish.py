"""Batches planned from the catalogue alone: which heads, at which cost, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from draft_batches import cards
from fault_server import FaultServer, reply

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.records.batch import BatchWish
from headlab.records.draft import Draft, Drafter
from headlab.records.page import FilterFields
from headlab.settings import write_settings
from headlab.workflow.draft_jobs import wish as module
from headlab.workflow.draft_jobs.plan import add_batch, plan_batch
from headlab.workflow.draft_jobs.run import run_batch
from headlab.workflow.draft_jobs.wish import plan_wish
from headlab.workflow.drafts import choose_endpoint

LOCAL = {"llm_base_url": "http://127.0.0.1:9/v1", "llm_model": "tiny", "prices": "1,2"}


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """Entries 1 to 4 with evidence of one model, the first of them drafted."""
    write_settings(LOCAL)
    with Catalogue.open(tmp_path / "catalogue.db") as opened:
        for card in cards(4):
            opened.add_evidence(card)
        opened.add_draft(1, a_draft(opened, 1))
        yield opened


def a_draft(catalogue: Catalogue, entry_id: int) -> Draft:
    card = catalogue.get(entry_id).card
    assert card is not None
    drafter = Drafter(kind="person", name="ada")
    return Draft(description="Mine.", drafter=drafter, card_hash=card.content_hash())


def add_model(catalogue: Catalogue, name: str, fingerprint: str, count: int = 1) -> list[int]:
    found = []
    for card in cards(count):
        facts = card.model.model_copy(update={"name": name, "fingerprint": fingerprint})
        found.append(catalogue.add_evidence(card.model_copy(update={"model": facts})).id)
    return found


def names(plan: object) -> list[str]:
    return [str(head) for head in plan.heads]  # type: ignore[attr-defined]


def test_a_plan_is_that_of_the_same_cards(catalogue: Catalogue) -> None:
    shown = plan_wish(catalogue, BatchWish(undescribed=False)).shown
    endpoint = choose_endpoint(None)
    assert endpoint is not None
    same = plan_batch(cards(4), endpoint, JobLedger.of(catalogue))
    assert names(shown) == [str(card.head) for card in cards(4)]
    assert (shown.low, shown.high, shown.ceiling) == (
        same.estimate.low,
        same.estimate.high,
        same.estimate.ceiling,
    )
    assert (shown.low_tokens, shown.high_tokens) == (
        same.estimate.low_tokens,
        same.estimate.high_tokens,
    )
    assert (shown.drafter, shown.host, shown.is_local) == ("language model tiny", "127.0.0.1", True)
    assert shown.prompt_version == same.prompts[0][1].version
    assert shown.model_fingerprint == cards(1)[0].model.fingerprint
    assert (shown.problem, shown.known) == ("", ())
    assert JobLedger.of(catalogue).batches() == ()  # nothing was stored


def test_who_is_left_out_is_counted_by_the_reason(catalogue: Catalogue) -> None:
    others = add_model(catalogue, "another", "a" * 64, 2)
    one = cards(1)[0].model.name
    wish = BatchWish(entry_ids=(1, 2, 3, 99, *others), filters={"model": one})
    shown = plan_wish(catalogue, wish).shown
    assert names(shown) == ["L0H1", "L0H2"]
    assert shown.left_out == {
        module.DESCRIBED: 1,
        module._GONE: 1,
        module._OTHER_MODEL: 2,
    }
    assert shown.problem == ""


def test_a_wish_takes_one_model_and_says_which_there_are(catalogue: Catalogue) -> None:
    add_model(catalogue, "another", "a" * 64)
    several = plan_wish(catalogue, BatchWish())
    assert several.plan is None
    assert several.shown.heads == ()
    assert "of 2 models" in several.shown.problem
    assert "another (aaaaaaaaaaaa)" in several.shown.problem
    one = plan_wish(catalogue, BatchWish(filters={"model": "aaaa"})).shown
    assert (one.model_name, one.problem) == ("another", "")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"layer": 0}, ["L0H1", "L0H2", "L0H3"]),
        ({"operation": "country_to_capital", "score_from": 0.5015}, ["L0H2", "L0H3"]),
        ({"state": "drafted"}, []),
    ],
)
def test_filters_choose(catalogue: Catalogue, filters: FilterFields, expected: list[str]) -> None:
    shown = plan_wish(catalogue, BatchWish(filters=filters)).shown
    assert names(shown) == expected
    assert bool(shown.problem) == (not expected)


def test_what_speaks_against_a_start_is_said(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def problem(wish: BatchWish | None = None) -> str:
        return plan_wish(catalogue, wish or BatchWish()).shown.problem

    assert problem(BatchWish(text="nothing of this kind")).startswith("No head is left")
    assert problem(BatchWish(cap=1.0)) == ""
    write_settings({"prices": None})
    assert problem(BatchWish(cap=1.0)) == module.NO_CAP
    assert problem() == ""
    write_settings({"llm_base_url": "https://llm.example.org/v1"})
    assert "no key for llm.example.org" in problem()
    monkeypatch.setenv("HEADLAB_API_KEY", "two words")
    assert "one word" in problem()
    monkeypatch.setenv("HEADLAB_API_KEY", "sk-canary-key")
    shown = plan_wish(catalogue, BatchWish()).shown
    assert (shown.problem, shown.is_local) == ("", False)
    assert "sk-canary" not in shown.model_dump_json()
    write_settings({"llm_model": None})
    shown = plan_wish(catalogue, BatchWish()).shown
    assert shown.problem == module.NO_ENDPOINT
    assert len(shown.heads) == 3
    assert (shown.low_tokens, shown.low, shown.drafter) == (0, None, "")


def test_answers_that_are_known_cost_nothing(catalogue: Catalogue) -> None:
    with FaultServer() as server:
        write_settings({"llm_base_url": server.base_url})
        server.script.append(reply())
        planned = plan_wish(catalogue, BatchWish(entry_ids=(2,)))
        assert planned.plan is not None
        ledger = JobLedger.of(catalogue)
        batch = run_batch(ledger, add_batch(planned.plan, catalogue, ledger).id)
    assert batch.state == "finished"
    assert batch.selection == "1 chosen; undescribed"
    shown = plan_wish(catalogue, BatchWish(entry_ids=(2, 3), undescribed=False)).shown
    assert [str(head) for head in shown.known] == ["L0H1"]


def test_a_wish_of_more_heads_than_a_batch_takes(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_HEADS", 3)
    monkeypatch.setattr(module, "PAGE", 2)
    shown = plan_wish(catalogue, BatchWish(undescribed=False)).shown
    assert names(shown) == ["L0H0", "L0H1", "L0H2"]
    assert sum(shown.left_out.values()) == 1
