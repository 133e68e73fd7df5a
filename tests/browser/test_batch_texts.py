"""Drafts of a batch while they are written: text by row, not checked, and then what was kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drafts_walk import KEY, scripted
from fault_server import FaultServer, stream
from lab_server import LabServer, Outside, running_lab
from paused_stream import paused_stream
from pictures import Picture
from walk import Walk

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from draft_batches import cards

UNCHECKED = "not checked yet"


@pytest.fixture(scope="module")
def lab(
    chromium: str,
    outside: Outside,
    endpoint: FaultServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LabServer]:
    with running_lab(tmp_path_factory.mktemp("texts"), outside, **scripted(endpoint)) as server:
        with server.catalogue() as store:
            for card in cards(6):
                store.add_evidence(card, author="Rosa")
        yield server


@pytest.fixture(scope="module")
def page(shared_page: Any) -> Any:
    return shared_page


@pytest.fixture(scope="module")
def walk(page: Any, lab: LabServer) -> Walk:
    return Walk(page, lab)


def drafted(walk: Walk) -> int:
    return sum(entry["state"] == "drafted" for entry in walk.entries())


def half_and_half(endpoint: FaultServer) -> None:
    """The first answer comes at once, the next ones stop in the middle until `go_on`."""
    endpoint.go_on.clear()
    endpoint.script.extend([stream(), *[paused_stream] * 4])


def see_it_written(
    walk: Walk, batch: Any, endpoint: FaultServer, picture: Picture, before: int = 0
) -> None:
    """Rows show text that is not checked, and then the drafts that were kept."""
    arriving = batch.locator("tr", has_text=UNCHECKED)
    arriving.first.wait_for()
    row = arriving.first
    head = row.locator("th").inner_text().strip()
    so_far = row.locator(".hl-BatchJobs-arriving").inner_text().strip()
    assert row.get_attribute("data-state") == "sent"
    assert len(so_far) > 3
    assert drafted(walk) <= before + 1, "nothing is kept before it is whole"
    walk.light_and_dark(picture, "written")
    endpoint.go_on.set()
    batch.locator(".hl-Batch-header .hl-BatchMark", has_text="finished").wait_for()
    arriving.first.wait_for(state="detached")
    named = batch.page.get_by_role("button", name=head, exact=True)
    ended = batch.locator("tbody tr").filter(has=named)
    whole = ended.locator(".hl-BatchJobs-text").inner_text()
    assert whole.strip().startswith(so_far)
    assert whole.strip() != so_far


def test_rows_of_a_batch_show_what_is_written(
    walk: Walk, page: Any, endpoint: FaultServer, picture: Picture
) -> None:
    asked: list[str] = []
    page.on(
        "request",
        lambda request: asked.append(request.url) if "/texts" in request.url else None,
    )
    half_and_half(endpoint)
    walk.open_lab()
    walk.palette("Drafts by a Language Model")
    view = page.locator(".hl-Batches")
    view.get_by_role("button", name="Plan").click()
    view.get_by_role("button", name="Draft 6 heads, at most").click()
    see_it_written(walk, view.locator(".hl-Batch"), endpoint, picture)
    assert asked, "the server was asked for them"
    assert KEY not in page.content()
    asked.clear()
    with page.expect_request("**/headlab/batches/plan*"):  # long after the last answer
        view.get_by_role("button", name="New batch").click()
        view.get_by_role("button", name="Plan").click()
    assert asked == [], "of a batch that is over nothing is asked"


@pytest.mark.slow
def test_rows_of_a_workbench_show_what_is_written(
    walk: Walk, page: Any, endpoint: FaultServer, picture: Picture
) -> None:
    """The same pushed by the kernel."""
    before = drafted(walk)
    half_and_half(endpoint)
    walk.run_notebook(
        "texts.ipynb", "import headlab", "headlab.Workbench('demo', measure='overview/relation')"
    )
    walk.wait_for_model()
    walk.panel.get_by_role("button", name="Compute for 60 heads").click()
    walk.wait_for_values()
    walk.panel.get_by_role("button", name="Draft several heads").click()
    pane = walk.panel.locator(".hl-BatchesPane")
    pane.get_by_label("How many of the highest heads").fill("5")
    pane.get_by_role("button", name="Gather evidence and plan").click()
    start = pane.get_by_role("button", name="Draft 5 heads, at most")
    start.wait_for(timeout=120_000)
    start.click()
    see_it_written(walk, pane.locator(".hl-Batch"), endpoint, picture, before)
    assert KEY not in page.content()
