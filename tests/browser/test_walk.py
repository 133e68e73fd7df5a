"""A person who has never seen HeadLab: from the launcher card to an accepted entry, and back again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo_answers import best_head, strongest_mapping
from lab_server import LabServer, Outside, running_lab
from pictures import Picture
from walk import OPERATION, OWN_WORDS, TITLE, Walk, cell_sources


@pytest.fixture
def lab(chromium: str, outside: Outside, tmp_path: Path) -> Iterator[LabServer]:
    """A lab of its own for each walk: nothing is computed, nothing is in the catalogue."""
    with running_lab(tmp_path, outside) as server:
        yield server


@pytest.fixture
def walk(page: Any, lab: LabServer) -> Walk:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    made = Walk(page, lab)
    made.requests = requests
    return made


def assert_nothing_left_the_machine(walk: Walk) -> None:
    here = f"http://127.0.0.1:{walk.lab.port}/"
    strangers = [
        url for url in walk.requests if not url.startswith((here, "data:", "blob:http://127.0.0.1"))
    ]
    assert strangers == []
    assert walk.lab.outside.asked == []


def test_by_mouse(walk: Walk, page: Any, picture: Picture) -> None:
    lab = walk.lab
    walk.open_lab()
    card = page.locator(".jp-LauncherCard", has_text="HeadLab")
    card.wait_for()
    walk.light_and_dark(picture, "1-launcher")
    started = time.monotonic()

    # the launcher card opens a notebook with the workbench running in it
    walk.click(card)
    demo = walk.panel.get_by_role("button", name="Demo model")
    demo.wait_for(timeout=120_000)
    assert (lab.notebooks / "HeadLab.ipynb").is_file()
    assert any("headlab.Workbench()" in text for text in cell_sources(page))
    walk.light_and_dark(picture, "2-workbench")

    walk.click(demo)
    walk.wait_for_model()
    assert "3 layers × 20 heads" in walk.panel.locator(".hl-ModelChip").inner_text()

    # an operation: the map and its ranked list are Python's numbers
    walk.click(walk.panel.get_by_role("combobox", name="Measure"))
    page.keyboard.type("capital")
    walk.click(walk.panel.get_by_role("option").filter(has_text=TITLE).first)
    walk.wait_for_values()
    best, score = best_head(OPERATION)
    head, shown = walk.ranked()[0]
    assert (head, shown) == (best, f"{score:.3f}" if score < 1 else "1.00")
    walk.light_and_dark(picture, "3-map")

    # its best head, and what it writes
    walk.click(walk.panel.locator(".hl-RankedHeads tbody button").first)
    walk.wait_for_card(best)
    source, target = strongest_mapping(best)
    row = walk.card.locator(".hl-Mappings [data-row=M1]")
    assert source.strip() in row.inner_text()
    assert target.strip() in row.inner_text()
    relations = walk.card.locator(".hl-Relations").inner_text()
    assert OPERATION in relations
    walk.light_and_dark(picture, "4-card")

    # a draft by rules is kept in the catalogue
    walk.click(walk.card.get_by_role("button", name="Draft by rules"))
    area = walk.card.get_by_role("textbox", name="Description")
    area.wait_for(timeout=120_000)
    (entry,) = walk.entries()
    assert entry["state"] in ("drafted", "unclear")
    draft = walk.entry(entry["id"])["drafts"][0]["draft"]
    assert draft["drafter"]["kind"] == "rules"
    assert draft["description"] in walk.card.locator(".hl-Draft-text").inner_text()
    walk.card.scroll_into_view_if_needed()
    walk.panel.locator(".hl-CardHeadline").evaluate("e => e.scrollIntoView({block: 'start'})")
    walk.light_and_dark(picture, "5-draft")

    # corrected by the person, and accepted as corrected
    area.fill(OWN_WORDS)
    walk.click(walk.card.get_by_role("button", name="Save edit"))
    walk.card.locator(".hl-CardHeadline-first", has_text=OWN_WORDS).wait_for()
    kept = walk.entry(entry["id"])
    assert (kept["state"], kept["description"]) == ("edited", OWN_WORDS)
    assert kept["reviews"][-1]["reviewer"] == "Rosa"
    walk.light_and_dark(picture, "6-accepted")

    # seen in the catalogue
    walk.click(page.locator(".jp-SideBar [title*='HeadLab']").first)
    assert "edited" in walk.state_of(best)
    assert walk.clicks <= 8
    assert time.monotonic() - started < 300
    walk.light_and_dark(picture, "7-catalogue")

    # a reload of the page keeps everything
    page.keyboard.press("Control+s")
    walk.wait_for_kept_layout()
    page.reload()
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=90_000)
    walk.wait_for_card(best)
    walk.card.locator(".hl-CardHeadline-first", has_text=OWN_WORDS).wait_for()
    assert walk.panel.get_by_role("combobox", name="Measure").input_value().startswith(TITLE)
    assert "edited" in walk.state_of(best)

    # a restart of the kernel: the cell runs again, the model is at hand, nothing is lost
    page.evaluate(
        "void window.jupyterapp.commands.execute('notebook:restart-run-all', {activate: true})"
    )
    confirm = page.locator(".jp-Dialog button.jp-mod-warn, .jp-Dialog button.jp-mod-accept")
    confirm.first.click()
    fresh = walk.panel.get_by_role("button", name="Demo model")
    fresh.wait_for(timeout=120_000)
    fresh.click()
    walk.wait_for_model()
    walk.row(best).click()
    walk.wait_for_card(best)
    walk.card.locator(".hl-CardHeadline-first", has_text=OWN_WORDS).wait_for()
    walk.light_and_dark(picture, "8-after-a-restart")
    assert walk.entry(entry["id"])["description"] == OWN_WORDS
    assert_nothing_left_the_machine(walk)


def press_until(page: Any, key: str, reached: str, most: int = 80) -> None:
    """Press a key until the focused element matches a selector."""
    for _ in range(most):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", reached):
            return
        page.keyboard.press(key)
        page.wait_for_timeout(30)
    raise AssertionError(f"{key} did not lead to {reached} in {most} presses")


def wait_for_state(walk: Walk, state: str) -> None:
    """The page's word, without which the next key would come too early, and the catalogue's own."""
    walk.card.locator(f".hl-CardHeadline .hl-StateMark[data-state={state}]").wait_for()
    walk.until(lambda: walk.entries()[0]["state"] == state, f"the catalogue says {state}")


def walk_by_keyboard(walk: Walk, page: Any, picture: Picture) -> str:
    """From the launcher to an accepted entry and a reload, without the mouse; returns the head."""
    walk.open_lab()
    page.locator(".jp-LauncherCard", has_text="HeadLab").wait_for()
    page.mouse.move(0, 0)
    page.locator("body").focus()
    press_until(page, "Tab", ".jp-LauncherCard[data-category='HeadLab']")
    page.keyboard.press("Enter")
    walk.panel.get_by_role("button", name="Demo model").wait_for(timeout=120_000)

    # into the panel, and on to the demo model
    page.keyboard.press("Escape")
    press_until(page, "Tab", ".hl-Workbench *")
    press_until(page, "Tab", ".hl-ModelChooser-list button")
    page.keyboard.press("Enter")
    walk.wait_for_model()

    # m: the measure; type, Enter
    press_until(page, "F6", ".hl-MapPane")
    page.keyboard.press("m")
    page.keyboard.type("capital")
    page.keyboard.press("Enter")
    walk.wait_for_values()
    best, _ = best_head(OPERATION)

    # the best head in rank is the focused one; Enter opens it
    press_until(page, "Tab", ".hl-RankedHeads-head, [role=gridcell]")
    page.keyboard.press("Enter")
    walk.wait_for_card(best)
    walk.light_and_dark(picture, "1-card")

    # to the draft, and its text
    press_until(page, "F6", ".hl-Workbench-card")
    press_until(page, "Tab", ".hl-DraftPane-bar button", most=200)
    page.keyboard.press("Enter")
    walk.card.get_by_role("textbox", name="Description").wait_for(timeout=120_000)
    press_until(page, "Tab", ".hl-Review textarea", most=200)
    page.keyboard.press("Control+a")
    page.keyboard.type(OWN_WORDS)
    page.keyboard.press("Control+Enter")
    walk.card.locator(".hl-CardHeadline-first", has_text=OWN_WORDS).wait_for()
    (entry,) = walk.entries()
    assert (entry["state"], entry["description"]) == ("edited", OWN_WORDS)

    # single keys decide: unclear, and undone
    assert page.evaluate("document.activeElement.closest('.hl-Review') !== null")
    page.keyboard.press("u")
    wait_for_state(walk, "unclear")
    page.keyboard.press("z")
    wait_for_state(walk, "edited")
    walk.light_and_dark(picture, "2-review")

    # the sidebar by its command in the palette
    walk.palette("Show Head Catalogue")
    assert "edited" in walk.state_of(best)
    walk.light_and_dark(picture, "3-catalogue")

    # a reload: everything is still there
    page.keyboard.press("Control+s")
    walk.wait_for_kept_layout()
    page.reload()
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=90_000)
    walk.wait_for_card(best)
    walk.card.locator(".hl-CardHeadline-first", has_text=OWN_WORDS).wait_for()
    assert "edited" in walk.state_of(best)
    return best


def test_by_keyboard_only(walk: Walk, page: Any, picture: Picture) -> None:
    walk_by_keyboard(walk, page, picture)
    assert_nothing_left_the_machine(walk)


@pytest.mark.slow
def test_a_restart_by_keyboard_only(walk: Walk, page: Any, picture: Picture) -> None:
    """By the palette; the walk by mouse shows on every run that a restart loses nothing."""
    best = walk_by_keyboard(walk, page, picture)
    page.locator(".jp-Notebook").focus()
    walk.palette("Restart Kernel and Run All Cells")
    page.locator(".jp-Dialog").wait_for()
    page.keyboard.press("Enter")
    walk.panel.get_by_role("button", name="Demo model").wait_for(timeout=120_000)
    press_until(page, "Tab", ".hl-Workbench *")
    press_until(page, "Tab", ".hl-ModelChooser-list button")
    page.keyboard.press("Enter")
    walk.wait_for_model()
    walk.wait_for_values()  # a head cannot be entered on a map that is not there yet
    press_until(page, "F6", ".hl-MapPane")
    page.keyboard.press("/")
    page.keyboard.type(best)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    walk.wait_for_card(best)
    walk.card.locator(".hl-CardHeadline-first", has_text=OWN_WORDS).wait_for()
    walk.light_and_dark(picture, "4-after-a-restart")
    (entry,) = walk.entries()
    assert entry["description"] == OWN_WORDS
    assert_nothing_left_the_machine(walk)
