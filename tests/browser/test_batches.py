"""Batches of drafts in the lab: planned, paid under a cap, faults in words, resumed after a reload."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from axe import assert_accessible
from drafts_walk import KEY, Drafts, held, scripted, wait_for_requests
from fault_server import FaultServer, cut_body, reply, status
from lab_server import LabServer, Outside, running_lab
from pictures import Picture

import headlab
from headlab.drafting.template import BUILT_IN

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from draft_batches import cards


@pytest.fixture(scope="module")
def lab(
    chromium: str,
    outside: Outside,
    endpoint: FaultServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LabServer]:
    """A lab of its own, with an endpoint, its prices and a key; 14 heads, two of them described."""
    with running_lab(tmp_path_factory.mktemp("batches"), outside, **scripted(endpoint)) as server:
        with server.catalogue() as store:
            for card in cards(14):
                store.add_evidence(card, author="Rosa")
            for card in cards(2, first=12):
                store.add_draft(card, headlab.draft(card, llm="rules"), author="Rosa")
        yield server


@pytest.fixture(scope="module")
def page(shared_page: Any) -> Any:
    return shared_page


@pytest.fixture(scope="module")
def drafts(page: Any, lab: LabServer) -> Drafts:
    drafts = Drafts(page, lab)
    drafts.open_lab()
    return drafts


def test_the_highest_heads_of_a_measure_are_planned(
    drafts: Drafts, endpoint: FaultServer, picture: Picture
) -> None:
    drafts.palette("Drafts by a Language Model")
    drafts.view.get_by_text("No batch yet").wait_for()
    drafts.view.get_by_label("The highest by a measure").check()
    drafts.view.get_by_label("How many of the highest heads").fill("3")
    measure = drafts.view.get_by_role("combobox", name="Measure")
    measure.select_option(label="country to capital, relation score")
    drafts.light_and_dark(picture, "measure")
    said = drafts.plan().inner_text()
    assert "3 L0H11, L0H10, L0H9" in said
    assert "9 not among the 3 highest" in said
    assert drafts.button("Draft 3 heads, at most").is_enabled()
    assert_accessible(drafts, ".hl-Batches", picture, "highest")
    measure.select_option(label="country to capital, suppression score")
    drafts.view.get_by_role("region", name="Plan").wait_for(state="detached")
    drafts.view.get_by_label("All of them").check()
    assert endpoint.requests == []


def test_a_plan_says_what_it_would_send_and_cost(
    drafts: Drafts, endpoint: FaultServer, picture: Picture
) -> None:
    plan = drafts.plan()
    said = plan.inner_text()
    assert "12 L0H0, L0H1" in said
    assert "2 drafted or decided on already" in said
    assert "on this machine" in said
    assert "at worst" in said
    cap = plan.get_by_label("Cap").input_value()
    assert plan.get_by_role("button", name=f"Draft 12 heads, at most {cap}").is_enabled()
    assert endpoint.requests == []
    drafts.light_and_dark(picture, "plan")


def test_faults_fail_alone_and_only_they_are_sent_again(
    drafts: Drafts, endpoint: FaultServer, picture: Picture
) -> None:
    endpoint.script.extend([reply(), cut_body, status(500, "overloaded <b>today</b>")])
    drafts.button("Draft 12 heads, at most").click()
    drafts.wait_for_state("finished, with failures")
    assert len(endpoint.requests) == 12
    rows = drafts.rows()
    assert len(rows) == 12
    assert rows["L0H0"].startswith("done Performs country_to_capital.")
    failed = {head: row for head, row in rows.items() if row.startswith("failed")}
    assert len(failed) == 2
    assert any("The endpoint could not be reached" in row for row in failed.values())
    assert any("The endpoint failed: " in row and "<b>today</b>" in row for row in failed.values())
    notice = drafts.page.locator(".Toastify__toast, .jp-Notification-Toast").first
    notice.wait_for()
    assert "10 drafts, 2 failed" in notice.inner_text()
    assert_accessible(drafts, ".hl-Batches", picture, "failures")
    drafts.button("Retry 2 failed, at most").click()
    drafts.wait_for_state("finished")
    drafts.batch.get_by_text("12 of 12").wait_for()
    assert len(endpoint.requests) == 14
    states = [entry["state"] for entry in drafts.entries()]
    assert (states.count("drafted"), len(states)) == (14, 14)


def test_a_batch_at_work_outlives_a_reload(
    drafts: Drafts, endpoint: FaultServer, page: Any, picture: Picture
) -> None:
    asked = len(endpoint.requests)
    endpoint.go_on.clear()
    endpoint.script.extend([reply(), *[held] * 4])
    drafts.add_heads(9, first=20)
    drafts.plan()
    drafts.button("Draft 9 heads, at most").click()
    drafts.wait_for_state("running")
    wait_for_requests(drafts, endpoint, asked + 5)
    drafts.batch.get_by_text("1 of 9").wait_for()
    page.wait_for_timeout(800)  # the lab keeps its layout half a second after a change
    drafts.light_and_dark(picture, "running")
    page.reload()
    drafts.wait_for_state("running")
    drafts.batch.get_by_text("1 of 9").wait_for()
    endpoint.go_on.set()
    drafts.wait_for_state("finished")
    assert len(endpoint.requests) == asked + 9, "nothing is paid twice"
    notice = page.locator(".Toastify__toast, .jp-Notification-Toast").first
    notice.wait_for()
    assert "9 drafts" in notice.inner_text()
    page.set_viewport_size({"width": 700, "height": 1000})
    drafts.light_and_dark(picture, "narrow")
    page.set_viewport_size({"width": 1440, "height": 1000})


STEPS = ("cancelled 3 jobs", "paused", "started: 4 jobs, cap ")
"""What was done to the batch, the newest first."""


def test_pause_and_cancel_from_the_view(
    drafts: Drafts, endpoint: FaultServer, picture: Picture
) -> None:
    asked = len(endpoint.requests)
    endpoint.go_on.clear()
    endpoint.script.append(held)
    drafts.add_heads(4, first=40)
    drafts.plan()
    drafts.button("Draft 4 heads, at most").click()
    wait_for_requests(drafts, endpoint, asked + 1)
    drafts.button("Pause").click()
    drafts.wait_for_state("paused")
    endpoint.go_on.set()
    drafts.batch.get_by_text("1 of 4").wait_for()
    drafts.button("Cancel batch").click()
    drafts.button("Cancel 3 heads").click()
    drafts.wait_for_state("cancelled")
    drafts.batch.locator("tbody .hl-BatchMark", has_text="cancelled").first.wait_for()
    assert len(endpoint.requests) == asked + 1
    assert sorted(row.split()[0] for row in drafts.rows().values()) == [*["cancelled"] * 3, "done"]
    steps = drafts.batch.get_by_role("list", name="Steps, newest first").get_by_role("listitem")
    steps.nth(2).wait_for()
    said = [" ".join(text.split()) for text in steps.all_inner_texts()]
    assert [words in step for words, step in zip(STEPS, said, strict=True)] == [True] * 3, said
    drafts.light_and_dark(picture, "cancelled")


def test_the_key_is_nowhere(drafts: Drafts, page: Any, endpoint: FaultServer) -> None:
    assert endpoint.headers_seen[-1]["Authorization"] == f"Bearer {KEY}", "the key was used"
    assert KEY not in page.content()
    written = [file for file in drafts.lab.folder.rglob("*") if file.is_file()]
    assert [file for file in written if KEY.encode() in file.read_bytes()] == []


def test_the_prompt_that_made_a_draft_can_be_read(
    drafts: Drafts, page: Any, picture: Picture
) -> None:
    row = drafts.batch.locator("tbody tr", has_text="done").first
    row.locator(".hl-BatchJobs-open").click()
    drafted = page.locator(".hl-EntryPage:visible .hl-Draft[data-kind='llm']").first
    drafted.get_by_text("Prompt", exact=True).click()
    text = drafted.get_by_label("Text of the prompt")
    text.wait_for()
    assert text.inner_text() == BUILT_IN.text
    drafted.scroll_into_view_if_needed()
    drafts.light_and_dark(picture, "prompt")


def test_the_catalogue_is_backed_up_and_verified_from_the_palette(
    drafts: Drafts, page: Any, picture: Picture
) -> None:
    def told(words: str) -> Any:
        notice = page.locator(".Toastify__toast, .jp-Notification-Toast", has_text=words)
        notice.wait_for()
        return notice

    drafts.palette("Back Up the Catalogue")
    said = told("Backed up as").inner_text()
    (copy,) = (drafts.lab.folder / "data" / "headlab").glob("catalogue-*.backup.db")
    assert copy.name in said
    drafts.palette("Verify the Catalogue")
    told("The catalogue is whole")
    with drafts.lab.catalogue() as store, closing(sqlite3.connect(store.place)) as file:
        text = store.get(1).description
        change = "UPDATE entry SET description = ? WHERE id = 1"
        with file:
            file.execute(change, ("Was <b>never</b> written.",))
        drafts.palette("Verify the Catalogue")
        told("The catalogue has").get_by_role("button", name="Show").click()
        with file:
            file.execute(change, (text,))
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_text("Entry 1 (L0H0) is not what its history says").wait_for()
    drafts.light_and_dark(picture, "problems")
    assert_accessible(drafts, ".jp-Dialog", picture, "problems")
    dialog.get_by_role("button", name="Close").click()


@pytest.mark.slow
def test_several_heads_from_a_workbench(
    drafts: Drafts, endpoint: FaultServer, page: Any, picture: Picture
) -> None:
    """The kernel's side: evidence gathered, a batch beside the model, and the rules."""
    asked = len(endpoint.requests)
    drafts.run_notebook(
        "several.ipynb", "import headlab", "headlab.Workbench('demo', measure='overview/relation')"
    )
    drafts.wait_for_model()
    drafts.panel.get_by_role("button", name="Compute for 60 heads").click()
    drafts.wait_for_values()
    drafts.panel.get_by_role("button", name="Draft several heads").click()
    pane = drafts.panel.locator(".hl-BatchesPane")
    pane.get_by_label("How many of the highest heads").fill("3")
    pane.get_by_role("button", name="Gather evidence and plan").click()
    start = pane.get_by_role("button", name="Draft 3 heads, at most")
    start.wait_for(timeout=120_000)
    assert len(endpoint.requests) == asked
    drafts.light_and_dark(picture, "plan")
    start.click()
    pane.locator(".hl-Batch-header .hl-BatchMark", has_text="finished").wait_for()
    assert len(endpoint.requests) == asked + 3
    drafts.light_and_dark(picture, "finished")
    assert_accessible(drafts, ".hl-BatchesPane", picture, "pane")
    pane.get_by_label("Rules").check()
    pane.get_by_label("All heads").check()
    pane.get_by_label("Layers").fill("2")
    pane.get_by_role("button", name="Draft these heads by rules").click()
    pane.get_by_text("heads drafted:").wait_for(timeout=120_000)
    drafts.light_and_dark(picture, "rules")
