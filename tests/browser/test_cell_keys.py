"""A panel in a notebook cell: the notebook's single keys do nothing to its cells."""

from __future__ import annotations

from typing import Any

import pytest
from lab_server import LabServer
from walk import Walk, cell_sources

CELLS = ("import headlab", "headlab.Workbench('demo')", "first = 1", "second = 2")


@pytest.fixture(scope="module")
def page(shared_page: Any) -> Any:
    return shared_page


@pytest.fixture(scope="module")
def walk(page: Any, lab: LabServer) -> Walk:
    walk = Walk(page, lab)
    walk.run_notebook("keys.ipynb", *CELLS)
    walk.wait_for_model()
    return walk


def test_keys_in_a_panel_change_no_cell(walk: Walk, page: Any) -> None:
    before = cell_sources(page)
    assert len(before) >= len(CELLS)
    places = [
        walk.panel.get_by_role("button", name="Help"),
        walk.panel.get_by_role("combobox", name="Measure"),
        walk.panel.locator(".hl-MapPane"),
        walk.panel.locator(".hl-Workbench-card"),
    ]
    for place in places:
        for key in ("a", "b", "x", "d", "d", "y", "z", "j", "k", "0", "0", "Shift+M", "c", "v"):
            place.focus()
            page.keyboard.press(key)
        page.keyboard.press("Escape")
    walk.settle()
    assert cell_sources(page) == before


def test_escape_leaves_the_panel_for_the_cell(walk: Walk, page: Any) -> None:
    walk.panel.get_by_role("button", name="Help").focus()
    page.keyboard.press("Escape")
    inside = "document.activeElement.closest('.hl-Workbench') !== null"
    assert not page.evaluate(inside)
    assert page.evaluate("document.activeElement.closest('.jp-Notebook') !== null")
    before = cell_sources(page)
    page.keyboard.press("b")
    assert len(cell_sources(page)) == len(before) + 1, "the notebook has its keys back"
    page.keyboard.press("d")
    page.keyboard.press("d")


def test_saving_and_the_palette_work_from_a_panel(walk: Walk, page: Any) -> None:
    help_button = walk.panel.get_by_role("button", name="Help")
    help_button.focus()
    page.keyboard.press("Control+Shift+c")
    page.locator("#modal-command-palette .lm-CommandPalette-input").wait_for()
    page.keyboard.press("Escape")
    file = walk.lab.notebooks / "keys.ipynb"
    saved = file.stat().st_mtime_ns
    help_button.focus()
    page.keyboard.press("Control+s")
    walk.until(lambda: file.stat().st_mtime_ns != saved, "the notebook is saved")


def test_a_panel_answers_while_its_kernel_runs_a_cell(walk: Walk, page: Any) -> None:
    page.locator(".jp-Notebook .jp-Cell").nth(2).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("import time; time.sleep(60)")
    page.keyboard.press("Control+Enter")
    walk.panel.get_by_role("combobox", name="Measure").click()
    page.keyboard.type("capital")
    page.keyboard.press("Enter")
    walk.wait_for_values()
    busy = page.locator(".jp-Notebook-ExecutionIndicator").get_attribute("data-status")
    assert busy == "busy", "the cell still runs"
    page.get_by_role("button", name="Interrupt the kernel").click()
