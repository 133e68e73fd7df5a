"""What was undone counts again: in the queue, in an entry and in the sidebar, by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe import assert_accessible, needs_axe
from lab_server import LabServer, Outside, running_lab
from pictures import Picture
from review_walk import Queue, seed

from headlab.catalogue.signature import Login, signed_in


@pytest.fixture(scope="module")
def lab(
    chromium: str, outside: Outside, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    with running_lab(tmp_path_factory.mktemp("redo"), outside) as server:
        with server.catalogue() as store:
            seed(store)
            with signed_in(Login("ada", "team.Provider")):  # as a server that knows its users does
                store.annotate(1, note="Look at the second sentence.")
        yield server


@pytest.fixture(scope="module")
def page(shared_page: Any) -> Any:
    return shared_page


@pytest.fixture(scope="module")
def queue(page: Any, lab: LabServer) -> Queue:
    walk = Queue(page, lab)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.set_default_timeout(15_000)
    walk.open_lab()
    walk.open_queue()
    walk.wait_for_head("L0H0")
    walk.mode("Decide")
    return walk


def states(queue: Queue, *heads: str) -> list[tuple[str, int]]:
    found = queue.stored()
    return [(found[head]["state"], found[head]["revision"]) for head in heads]


def test_the_queue_puts_back_what_it_took_back(queue: Queue, picture: Picture) -> None:
    queue.see_head("L0H0")
    queue.root.locator("[data-sentence='0']").focus()
    assert queue.root.get_by_role("button", name="Redo").count() == 0
    queue.press("a")
    queue.wait_for_head("L0H1")
    queue.press("x")
    queue.wait_for_head("L0H2")
    queue.wait_for_revision("L0H1", 3)
    for head in ("L0H1", "L0H0"):
        queue.press("z")
        queue.wait_for_head(head)
    queue.wait_for_revision("L0H0", 5)
    queue.root.get_by_role("button", name="Redo").wait_for()
    queue.light_and_dark(picture, "queue")
    queue.press("Control+Shift+Z")
    queue.wait_for_head("L0H1")
    queue.wait_for_revision("L0H0", 6)
    queue.press("Shift+Z")
    queue.wait_for_head("L0H2")
    queue.wait_for_revision("L0H1", 5)
    assert states(queue, "L0H0", "L0H1") == [("accepted", 6), ("rejected", 5)]
    queue.press("Shift+Z")
    queue.root.get_by_text("There is nothing to put back here.").first.wait_for()
    assert states(queue, "L0H0", "L0H1") == [("accepted", 6), ("rejected", 5)]


def test_an_entry_puts_back_its_last_step_until_another_is_made(
    queue: Queue, page: Any, picture: Picture
) -> None:
    queue.command("headlab:open-entry", id=1)
    form = page.locator(".hl-EntryPage .hl-Review")
    form.locator(".hl-Review-heading").focus()
    redo = form.get_by_role("button", name="Redo")
    page.keyboard.press("Control+z")
    redo.wait_for()
    page.keyboard.press("Control+Shift+Z")
    form.get_by_text("Redone, revision 8.").first.wait_for()
    redo.wait_for(state="detached")
    page.keyboard.press("z")
    form.get_by_text("Undone, revision 9.").first.wait_for()
    history = form.locator(".hl-History")
    history.locator("summary").click()
    history.get_by_text("put back revision 4").first.wait_for()
    assert history.locator(".hl-SignedIn").count() == 1
    history.locator("li", has_text="Look at the second sentence").locator(".hl-SignedIn").wait_for()
    history.get_by_text("Names are as their bearers gave them").scroll_into_view_if_needed()
    queue.light_and_dark(picture, "entry")
    form.locator(".hl-Review-heading").focus()
    page.keyboard.press("u")
    redo.wait_for(state="detached")
    page.keyboard.press("Shift+Z")
    form.get_by_text("There is nothing to redo").first.wait_for()
    assert states(queue, "L0H0") == [("unclear", 10)]


@needs_axe
def test_the_entry_is_accessible(queue: Queue, picture: Picture) -> None:
    assert_accessible(queue, ".hl-EntryPage", picture)


def test_the_sidebar_puts_back_what_it_took_back(queue: Queue, page: Any, picture: Picture) -> None:
    queue.command("headlab:show-catalogue")
    row = page.locator(".hl-CatalogueRow", has_text="L0H3").first
    row.click()
    row.and_(page.locator(":focus")).wait_for()
    page.keyboard.press("a")
    queue.wait_for_revision("L0H3", 3)
    panel = page.locator(".hl-CataloguePanel")
    panel.get_by_role("button", name="Undo the decision about L0H3").wait_for()
    page.keyboard.press("z")
    panel.get_by_role("button", name="Redo the decision about L0H3").wait_for()
    queue.light_and_dark(picture, "sidebar")
    page.keyboard.press("Shift+Z")
    queue.wait_for_revision("L0H3", 5)
    assert states(queue, "L0H3") == [("accepted", 5)]
