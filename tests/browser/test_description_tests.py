"""Tests of a description in the panel: chosen with their costs, made, cancelled, shown by rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fault_server import FaultServer, stall
from judges import always, answering
from lab_server import LabServer, Outside, running_lab
from pictures import Picture
from walk import Walk

HEAD = "L1H0"
SECONDS = 2_000


@pytest.fixture(scope="module")
def lab(
    chromium: str, outside: Outside, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    """A lab of its own, whose catalogue holds one description."""
    with running_lab(tmp_path_factory.mktemp("tested"), outside) as server:
        server.headlab("draft", "demo", HEAD, "--text", "Copies words.")
        yield server


@pytest.fixture(scope="module")
def page(shared_page: Any) -> Any:
    return shared_page


@pytest.fixture(scope="module")
def walk(page: Any, lab: LabServer) -> Walk:
    walk = Walk(page, lab)
    walk.run_notebook(
        "testing.ipynb",
        "import headlab",
        f"headlab.Workbench('demo', measure='catalogue/state', selected='{HEAD}')",
    )
    walk.wait_for_card(HEAD)
    return walk


def section(walk: Walk) -> Any:
    return walk.card.locator("[data-section='Tests']")


def choose_only(walk: Walk, *kinds: str) -> None:
    for box in section(walk).get_by_role("checkbox").all():
        if box.is_enabled():
            box.set_checked(False)
    for kind in kinds:
        section(walk).get_by_role("checkbox", name=kind).check()


def test_what_runs_here_is_told_made_and_kept(
    walk: Walk, page: Any, lab: LabServer, picture: Picture
) -> None:
    tests = section(walk)
    tests.get_by_text("Not tested yet.").wait_for()
    tests.get_by_role("button", name="Test this description").click()
    tests.get_by_role("checkbox", name="S4").wait_for(timeout=60_000)
    assert tests.get_by_role("checkbox", name="S1").is_disabled()
    assert "nothing is sent" in tests.inner_text()
    tests.get_by_role("button", name="Test this description").scroll_into_view_if_needed()
    walk.light_and_dark(picture, "choices")
    choose_only(walk, "S4")
    tests.get_by_role("button", name="Run 1 test").click()
    tests.locator("[role=alert], .hl-Test").first.wait_for(timeout=60_000)
    assert tests.get_by_role("alert").all_inner_texts() == []
    item = tests.locator(".hl-Test")
    [row] = walk.entries()
    entry = walk.entry(row["id"])
    assert (entry["state"], len(entry["tests"])) == ("drafted", 1)
    result = entry["tests"][0]["result"]
    assert result["verdict"] in item.inner_text()
    shown = f"{result['score']:.3f}"[:5] if result["score"] else "relation score 0 "
    assert shown in item.inner_text()
    item.get_by_text("raw rows").click()
    table = item.get_by_role("table")
    assert table.get_by_role("row").count() == 1 + min(200, len(result["rows"]))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    item.scroll_into_view_if_needed()
    walk.light_and_dark(picture, "rows")
    item.get_by_role("button", name="Copy all").click()
    item.get_by_text("Copied.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert len(copied.split("\n")) == 1 + len(result["rows"])
    item.get_by_text("raw rows").click()


@pytest.mark.slow
def test_a_judge_is_asked_within_a_cap_and_cancelled(
    walk: Walk, lab: LabServer, endpoint: FaultServer, picture: Picture
) -> None:
    tests = section(walk)
    settings = {
        "llm_base_url": endpoint.base_url,
        "llm_model": "scripted",
        "prices": "0.15,0.60",
    }
    for name, value in settings.items():
        lab.headlab("config", "set", name, value)
    toggle = tests.get_by_role("button", name="Test this description")
    if toggle.get_attribute("aria-expanded") == "true":
        toggle.click()
    toggle.click()  # costs are estimated anew when it is opened
    tests.get_by_text("12 questions").first.wait_for(timeout=60_000)
    assert endpoint.requests == [], "an estimate sends nothing"
    always(endpoint, stall)
    choose_only(walk, "S3")
    tests.get_by_role("button", name="Run 1 test").click()
    tests.get_by_text("answers of the language model 0 of 6").wait_for(timeout=60_000)
    walk.until(lambda: len(endpoint.requests) > 0, "the endpoint is asked")
    toggle.scroll_into_view_if_needed()
    walk.light_and_dark(picture, "asking")
    tests.get_by_role("button", name="Cancel").click()
    tests.get_by_text("The tests were cancelled; no result was kept.").wait_for(timeout=SECONDS)
    assert endpoint.client_left.wait(SECONDS / 1000), "the connection is given up"

    asked = len(endpoint.requests)
    tests.get_by_label("Cost at most").fill("0.000001")
    tests.get_by_role("button", name="Run 1 test").click()
    tests.get_by_text("The cap is reached").wait_for(timeout=60_000)
    assert len(endpoint.requests) == asked, "the worst case is reserved before anything is sent"

    always(endpoint, answering(lambda description, item: 90 if len(description) > 3 else 50))
    choose_only(walk, "S1")
    tests.get_by_label("Cost at most").fill("0.5")
    tests.get_by_role("button", name="Run 1 test").click()
    tests.get_by_text("1 test made: S1").wait_for(timeout=60_000)
    assert len(endpoint.requests) == asked + 12
    assert "not surely above the best control" in tests.locator(".hl-Test").first.inner_text()
    tests.locator(".hl-Test").first.scroll_into_view_if_needed()
    walk.light_and_dark(picture, "results")


def test_an_edited_text_makes_results_old(walk: Walk, lab: LabServer, picture: Picture) -> None:
    lab.headlab("review", "demo", HEAD, "--edit", "Repeats the word it reads.")
    old = section(walk).locator(".hl-Test[data-old]")
    old.first.wait_for(timeout=20_000)
    assert "Of an older text" in old.first.inner_text()
    assert "Copies words." in old.first.inner_text()
    old.first.scroll_into_view_if_needed()
    walk.light_and_dark(picture, "old")
