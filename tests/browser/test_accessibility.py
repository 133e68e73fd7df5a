"""What axe-core finds in every view, in the lab's three themes, and narrow panels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_server import LabServer
from walk import Walk

Picture = Callable[[str], Path]

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast")
NARROW = 360

pytestmark = pytest.mark.skipif(
    not AXE.is_file(), reason="node_modules has no axe-core: run npm ci"
)


@pytest.fixture(scope="module")
def page(shared_page: Any) -> Any:
    return shared_page


@pytest.fixture(scope="module")
def walk(page: Any, lab: LabServer) -> Iterator[Walk]:
    walk = Walk(page, lab)
    walk.run_notebook(
        "accessible.ipynb", "import headlab", "headlab.Workbench(measure='catalogue/state')"
    )
    walk.panel.get_by_role("button", name="Demo model").wait_for(timeout=120_000)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    yield walk
    change_theme(walk, THEMES[0])  # the lab keeps it, for the tests of other files too


def change_theme(walk: Walk, theme: str) -> None:
    walk.command("apputils:change-theme", theme=theme)
    walk.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=theme)
    walk.page.wait_for_timeout(500)  # colours are read and drawn anew


def assert_accessible(walk: Walk, view: str, picture: Picture, name: str) -> None:
    """Nothing serious or critical in the view, in each theme."""
    found = []
    for theme in THEMES:
        change_theme(walk, theme)
        short = theme.removeprefix("JupyterLab ").replace(" ", "-").lower()
        picture(f"{name}-{short}")
        violations = walk.page.evaluate(
            "async view => (await axe.run(view, {resultTypes: ['violations']})).violations", view
        )
        found += [
            f"{theme}: {violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in violations
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]
    assert found == []


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
    for _ in range(3):
        walk.page.wait_for_timeout(400)
        beside = walk.page.viewport_size["width"] - walk.panel.bounding_box()["width"]
        walk.page.set_viewport_size({"width": int(beside + width), "height": 1000})
    walk.page.wait_for_timeout(600)
    assert abs(walk.panel.bounding_box()["width"] - width) < 8


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
