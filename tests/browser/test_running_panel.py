"""JupyterLab's own list of what runs: batches of drafts, opened and cancelled from there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from drafts_walk import Drafts, held, scripted, wait_for_requests
from fault_server import FaultServer, reply
from lab_server import LabServer, Outside, running_lab
from pictures import Picture


@pytest.fixture(scope="module")
def endpoint() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running
        running.go_on.set()


@pytest.fixture(scope="module")
def lab(
    chromium: str,
    outside: Outside,
    endpoint: FaultServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LabServer]:
    with running_lab(tmp_path_factory.mktemp("running"), outside, **scripted(endpoint)) as server:
        yield server


@pytest.fixture(scope="module")
def page(shared_page: Any) -> Any:
    return shared_page


@pytest.fixture(scope="module")
def drafts(page: Any, lab: LabServer) -> Drafts:
    drafts = Drafts(page, lab)
    drafts.open_lab()
    return drafts


def test_the_running_panel_asks_only_while_it_is_seen(drafts: Drafts, page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for number, panel in enumerate(("running:show-panel", "running:show-modal")):
        drafts.command("headlab:show-catalogue")
        drafts.sidebar.wait_for()
        asked.clear()
        drafts.add_heads(1, first=number)
        drafts.row(f"L0H{number}").wait_for()
        assert [url for url in asked if "/headlab/batches" in url] == []
        with page.expect_response("**/headlab/batches?*"):
            drafts.command(panel)
    page.locator(".jp-SearchableSessions").first.wait_for()
    page.keyboard.press("Escape")
    page.locator(".jp-Dialog").wait_for(state="detached")


def test_the_running_panel_lists_opens_and_cancels_batches(
    drafts: Drafts, endpoint: FaultServer, page: Any, picture: Picture
) -> None:
    asked = len(endpoint.requests)
    endpoint.go_on.clear()
    endpoint.script.extend([reply(), *[held] * 6])
    drafts.command("running:show-panel")
    drafts.draft(drafts.add_heads(5, first=50))
    drafts.running("running, 1 of 5").wait_for()
    wait_for_requests(drafts, endpoint, asked + 5)
    drafts.button("Pause").click()
    drafts.running("paused, 1 of 5").wait_for()
    drafts.draft(drafts.add_heads(2, first=56))
    drafts.running("running, 0 of 2").wait_for()
    wait_for_requests(drafts, endpoint, asked + 6)
    drafts.light_and_dark(picture, "section")

    drafts.running("paused").locator(".jp-RunningSessions-itemLabel").click()
    drafts.wait_for_state("paused")
    dialog = drafts.stop("running, 0 of 2")
    dialog.get_by_text("2 heads that wait or are under way will not be drafted").wait_for()
    drafts.light_and_dark(picture, "asked")
    page.keyboard.press("Enter")
    dialog.wait_for(state="detached")
    assert drafts.running("running, 0 of 2").is_visible(), "Enter alone ends nothing"
    drafts.stop("running, 0 of 2").get_by_role("button", name="Cancel batch").click()
    drafts.running("0 of 2").wait_for(state="detached")

    toolbar = page.get_by_role("toolbar", name="HeadLab batches toolbar")
    toolbar.get_by_text("Shut Down All").click()
    dialog.get_by_text("1 batch will be cancelled: 4 heads").wait_for()
    drafts.light_and_dark(picture, "asked-all")
    dialog.get_by_role("button", name="Shut Down All").click()
    drafts.running("Batch").wait_for(state="detached")
    drafts.wait_for_state("cancelled")
    endpoint.go_on.set()
    assert len(endpoint.requests) <= asked + 7
