"""The path of a head as a person takes it in JupyterLab, one step a method."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from lab_server import LabServer
from pictures import Picture

OPERATION = "country_to_capital"
TITLE = "country to capital"
IDLE = "document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'"
NUMBERED = """count => Array.from(document.querySelectorAll('.jp-Notebook .jp-InputPrompt'))
  .slice(0, count).every(prompt => /[0-9]/.test(prompt.innerText))"""
STILL = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  await frame();
  const short = one => one.playState === 'running' && one.effect.getComputedTiming().endTime < 1000;
  await Promise.all(document.getAnimations().filter(short).map(one => one.finished.catch(() => 0)));
  await frame();
  await frame();
}"""
LIGHT = "JupyterLab Light"
OWN_WORDS = "Answers a country with its capital city."


class Walk:
    """Steps on a page; every step waits for what a person would wait for, and returns it."""

    def __init__(self, page: Any, lab: LabServer):
        self.page = page
        self.lab = lab
        self.clicks = 0
        self.requests: list[str] = []
        self.complaints: list[str] = []

    # what a person sees

    @property
    def panel(self) -> Any:
        return self.page.locator(".hl-Workbench")

    @property
    def card(self) -> Any:
        return self.panel.locator(".hl-Card")

    @property
    def sidebar(self) -> Any:
        return self.page.locator(".hl-CataloguePanel")

    def open_lab(self, path: str = "/lab?reset") -> None:
        self.page.goto(self.lab.url(path), timeout=90_000)
        self.page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=90_000)
        self.page.wait_for_selector(".jp-Launcher, .jp-Notebook", timeout=60_000)

    def run_notebook(self, name: str, *sources: str) -> None:
        """Write a notebook with these cells, open it in the lab and run it."""
        (self.lab.notebooks / name).write_text(json.dumps(notebook(*sources)))
        self.lab.kernel.give_to(name)
        self.open_lab(f"/lab/tree/{name}?reset")
        for _ in range(3):
            self.page.locator(".jp-Notebook .jp-Cell").first.click()
            self.page.wait_for_function(IDLE, timeout=120_000)
            for _ in sources:
                self.page.keyboard.press("Shift+Enter")
            try:
                self.page.wait_for_function(NUMBERED, arg=len(sources), timeout=40_000)
            except Exception:  # the lab now and then replaces a kernel that has just started
                continue
            return
        raise AssertionError(f"{name} did not run")

    def command(self, name: str, **arguments: Any) -> None:
        """Start a command of the lab; what it does is waited for elsewhere."""
        self.page.evaluate(
            "([name, args]) => void window.jupyterapp.commands.execute(name, args)",
            [name, arguments],
        )

    def click(self, target: Any) -> None:
        """A click of the mouse, counted."""
        target.click()
        self.clicks += 1

    def wait_for_model(self) -> None:
        """Until the panel has the model and its measures: a picker that is asked before finds none."""
        self.panel.locator(".hl-ModelChip").wait_for(timeout=120_000)
        self.panel.locator(".hl-MapState, .hl-RankedHeads").first.wait_for(timeout=120_000)

    def wait_for_values(self) -> None:
        self.panel.locator(".hl-RankedHeads tbody button").first.wait_for(timeout=120_000)

    def wait_for_card(self, head: str) -> None:
        self.panel.get_by_role("article", name=f"Card of {head}").wait_for(timeout=120_000)

    def ranked(self) -> list[tuple[str, str]]:
        """The ranked list as shown: head and value."""
        rows = self.panel.locator(".hl-RankedHeads tbody tr:not([aria-hidden])")
        shown = []
        for row in rows.all():
            cells = row.locator("td.hl-number").all_inner_texts()
            shown.append((row.locator("button").inner_text(), cells[-1].strip()))
        return shown

    def state_of(self, head: str) -> str:
        """The sidebar's words about a head."""
        row = self.row(head)
        row.wait_for()
        found: str = row.get_attribute("aria-label") or ""
        return found

    def row(self, head: str) -> Any:
        """The sidebar's row of a head."""
        return self.sidebar.get_by_role("row").filter(has=self.page.get_by_text(head, exact=True))

    def palette(self, words: str) -> None:
        """Run the command that these words find, by the keyboard; the palette is waited for, since
        keys that come before it would go to the notebook."""
        page = self.page
        for _ in range(5):
            page.keyboard.press("Control+Shift+c")
            try:
                page.wait_for_function(
                    "document.activeElement?.matches('.lm-CommandPalette-input') ?? false",
                    timeout=5_000,
                )
                break
            except Exception:  # the lab did not listen yet
                continue
        page.keyboard.type(words)
        page.locator(".lm-CommandPalette-item.lm-mod-active", has_text=words).wait_for()
        page.keyboard.press("Enter")

    def wait_for_kept_layout(self) -> None:
        """Until the lab has kept that the sidebar is open: it waits half a second after every
        change of the layout, and a reload within that time forgets them all."""

        def open_at_left() -> bool:
            lefts = [kept.get("layout-restorer:data", {}).get("left", {}) for kept in self.kept()]
            return any(left.get("current") == "headlab-catalogue" for left in lefts)

        self.until(open_at_left, "the lab keeps that the sidebar is open")

    def kept(self) -> list[dict[str, Any]]:
        """What the lab keeps of its workspaces; a file that it is writing has nothing yet."""
        files = (self.lab.folder / "workspaces").glob("*.jupyterlab-workspace")
        return [json.loads(text)["data"] for text in (one.read_text() for one in files) if text]

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for what no element of the page shows."""
        for _ in range(600):
            if holds():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"not after 30 s: {what}")

    def theme(self, name: str) -> None:
        """Switch JupyterLab's theme and wait until it is on the page."""
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_function(
            "name => document.body.dataset.jpThemeName === name", arg=name, timeout=30_000
        )
        self.settle()

    def light_and_dark(self, picture: Picture, step: str) -> None:
        """Two pictures of a step, where pictures are wanted."""
        if picture.wanted:
            self.settle()
            picture(step)
            self.theme("JupyterLab Dark")
            picture(f"{step}-dark")
            self.theme(LIGHT)

    def settle(self) -> None:
        """Wait until nothing moves: transitions have ended, and what they led to is drawn."""
        self.page.evaluate(STILL)

    # what the catalogue holds

    def entries(self) -> list[dict[str, Any]]:
        with self.lab.catalogue() as store:
            return [row.model_dump(mode="json") for row in store.list()]

    def entry(self, entry_id: int) -> dict[str, Any]:
        with self.lab.catalogue() as store:
            found: dict[str, Any] = store.get(entry_id).model_dump(mode="json")
        return found


def notebook(*sources: str) -> dict[str, Any]:
    """A notebook of code cells, not run yet."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(sources)
    ]
    kernel = {"name": "python3", "display_name": "Python 3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def cell_sources(page: Any) -> list[str]:
    """The cells of the open notebook: kind and text of each."""
    found = page.evaluate(
        """() => Array.from(document.querySelectorAll('.jp-Notebook .jp-Cell')).map(cell =>
             cell.className.match(/jp-(Code|Markdown|Raw)Cell/)[1] + ':' +
             (cell.querySelector('.cm-content')?.innerText ?? ''))"""
    )
    return [re.sub(r"\s+", " ", text).strip() for text in found]
