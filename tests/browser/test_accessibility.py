"""What axe-core finds in every view, in the lab's three themes, and narrow panels."""

from __future__ import annotations

from typing import Any

import pytest
from axe import assert_accessible, needs_axe
from lab_server import LabServer
from pictures import Picture
from walk import Walk

NARROW = 360

pytestmark = needs_axe


@pytest.fixture(scope="module")
def page(shared_page: Any) -> Any:
    return shared_page


@pytest.fixture(scope="module")
def walk(page: Any, lab: LabServer) -> Walk:
    walk = Walk(page, lab)
    walk.run_notebook(
        "accessible.ipynb", "import headlab", "headlab.Workbench(measure='catalogue/state')"
    )
    walk.panel.get_by_role("button", name="Demo model").wait_for(timeout=120_000)
    return walk


def test_a_panel_without_a_model(walk: Walk, picture: Picture) -> None:
    assert_accessible(walk, ".hl-Workbench", picture, "chooser")


def test_a_panel_with_map_card_and_review(walk: Walk, picture: Picture) -> None:
    walk.panel.get_by_role("button", name="Demo model").click()
    walk.wait_for_model()
    cell = walk.panel.locator("[role=gridcell][tabindex='0']")
    cell.focus()
    walk.page.keyboard.press("Enter")
    walk.card.get_by_role("button", name="Draft by rules").click(timeout=120_000)
    walk.card.get_by_role("textbox", name="Description").wait_for(timeout=120_000)
    assert_accessible(walk, ".hl-Workbench", picture, "panel")


def test_the_sidebar(walk: Walk, picture: Picture) -> None:
    walk.command("headlab:show-catalogue")
    walk.sidebar.get_by_role("row").first.wait_for()
    assert_accessible(walk, ".hl-CataloguePanel", picture, "sidebar")


def narrow_to(walk: Walk, width: int) -> None:
    """Make the window so small that the panel has this width."""
    for _ in range(10):
        walk.settle()
        missing = width - walk.panel.bounding_box()["width"]
        if abs(missing) < 8:
            return
        window = walk.page.viewport_size["width"]
        walk.page.set_viewport_size({"width": int(window + missing), "height": 1000})
    raise AssertionError(f"the panel is not {width} wide")


def test_a_narrow_panel(walk: Walk, page: Any, picture: Picture) -> None:
    before = page.viewport_size
    walk.command("application:toggle-left-area")
    try:
        narrow_to(walk, NARROW)
        picture("narrow")
        assert walk.panel.evaluate("panel => panel.scrollWidth - panel.clientWidth") <= 0
        beyond = walk.panel.evaluate(
            """panel => {
                 const edge = panel.getBoundingClientRect().right + 1;
                 const scrolled = one => {
                   for (let up = one; up !== panel; up = up.parentElement) {
                     if (getComputedStyle(up).overflowX !== 'visible') return true;
                   }
                   return false;
                 };
                 return [...panel.querySelectorAll('*')]
                   .filter(one => one.getBoundingClientRect().right > edge && !scrolled(one))
                   .map(one => one.className);
               }"""
        )
        assert beyond == []
    finally:
        page.set_viewport_size(before)


def test_an_entry_and_the_help(walk: Walk, page: Any, picture: Picture) -> None:
    entry = walk.entries()[0]["id"]
    walk.command("headlab:open-entry", id=entry)
    page.locator(".hl-EntryPage").get_by_role("article").wait_for()
    assert_accessible(walk, ".hl-EntryPage", picture, "entry")
    walk.command("headlab:help")
    page.locator(".hl-HelpPage").get_by_role("heading").first.wait_for()
    assert_accessible(walk, ".hl-HelpPage", picture, "help")
