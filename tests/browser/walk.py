"""The path of a head as a person takes it in JupyterLab, one step a method."""

from __future__ import annotations

import json
import re
from typing import Any

from lab_server import LabServer

OPERATION = "country_to_capital"
TITLE = "country to capital"
OWN_WORDS = "Answers a country with its capital city."


class Walk:
    """Steps on a page; every step waits for what a person would wait for, and returns it."""

    def __init__(self, page: Any, lab: LabServer):
        self.page = page
        self.lab = lab
        self.clicks = 0

    # what a person sees

    @property
    def panel(self) -> Any:
        return self.page.locator(".hl-Workbench")

    @property
    def card(self) -> Any:
        return self.panel.locator(".hl-Card")

    @property
    def sidebar(self) -> Any:
        return self.page.locator(".hl-Catalogue")

    def open_lab(self, path: str = "/lab?reset") -> None:
        self.page.goto(self.lab.url(path))
        self.page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=90_000)
        self.page.wait_for_selector(".jp-Launcher, .jp-Notebook", timeout=60_000)

    def click(self, target: Any) -> None:
        """A click of the mouse, counted."""
        target.click()
        self.clicks += 1

    def wait_for_model(self) -> None:
        self.panel.locator(".hl-ModelChip").wait_for(timeout=120_000)

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

    # what Python knows

    def ask(self, code: str) -> Any:
        """The JSON that a program prints, in another process than server and kernel."""
        return json.loads(self.lab.python(code).splitlines()[-1])

    def entries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask(
            "import headlab\n"
            "with headlab.Catalogue.open() as store:\n"
            "    print('[' + ','.join(row.model_dump_json() for row in store.list()) + ']')"
        )
        return found

    def entry(self, entry_id: int) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(
            "import headlab\n"
            "with headlab.Catalogue.open() as store:\n"
            f"    print(store.get({entry_id}).model_dump_json())"
        )
        return found


def cell_sources(page: Any) -> list[str]:
    """The cells of the open notebook: kind and text of each."""
    found = page.evaluate(
        """() => Array.from(document.querySelectorAll('.jp-Notebook .jp-Cell')).map(cell =>
             cell.className.match(/jp-(Code|Markdown|Raw)Cell/)[1] + ':' +
             (cell.querySelector('.cm-content')?.innerText ?? ''))"""
    )
    return [re.sub(r"\s+", " ", text).strip() for text in found]
