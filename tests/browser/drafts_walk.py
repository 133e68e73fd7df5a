"""The view of batches of drafts, JupyterLab's own list of what runs, and an endpoint that waits."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from fault_server import FaultServer, Handler, reply
from walk import Walk

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from draft_batches import cards

KEY = "sk-canary-0123456789abcdefghij"


def scripted(endpoint: FaultServer) -> dict[str, str]:
    """The settings of a lab that drafts with this endpoint: its prices, and a key."""
    return {
        "HEADLAB_API_KEY": KEY,
        "HEADLAB_LLM_MODEL": "scripted",
        "HEADLAB_LLM_BASE_URL": endpoint.base_url,
        "HEADLAB_PRICES": "1,2",
    }


def held(handler: Handler) -> None:
    """The good answer, once the test says `go_on`."""
    handler.server.go_on.wait(120)
    reply()(handler)


class Drafts(Walk):
    """Steps in the view of batches."""

    @property
    def view(self) -> Any:
        return self.page.locator(".hl-Batches")

    @property
    def batch(self) -> Any:
        return self.view.locator(".hl-Batch")

    def button(self, name: str) -> Any:
        return self.view.get_by_role("button", name=name)

    def plan(self) -> Any:
        """The plan of all heads without a description."""
        if self.button("New batch").is_enabled():
            self.button("New batch").click()
        self.button("Plan").click()
        found = self.view.get_by_role("region", name="Plan")
        found.wait_for()
        return found

    def wait_for_state(self, word: str) -> None:
        self.batch.locator(".hl-Batch-header .hl-BatchMark", has_text=word).wait_for()

    def rows(self) -> dict[str, str]:
        """The heads of the batch and what is said of them."""
        found = self.batch.locator("tbody tr:not([aria-hidden])").all_inner_texts()
        cells = [text.split("\t") for text in found]
        return {row[0].strip(): " ".join(" ".join(row[1:]).split()) for row in cells}

    def add_heads(self, count: int, first: int) -> list[int]:
        """Put heads with evidence and without a description into the catalogue; their entries."""
        with self.lab.catalogue() as store:
            return [store.add_evidence(card, author="Rosa").id for card in cards(count, first)]

    def draft(self, entries: list[int]) -> None:
        """Plan a batch of these entries alone, and start it."""
        self.command("headlab:batches", entry_ids=entries)
        self.view.get_by_text(f"The {len(entries)} entries that you chose").wait_for()
        self.button("Plan").click()
        self.button(f"Draft {len(entries)} heads, at most").click()
        self.wait_for_state("running")

    # the Running panel

    def running(self, words: str) -> Any:
        """The batch of which the panel says this."""
        items = self.page.locator("#jp-running-sessions .jp-RunningSessions-item")
        return items.filter(has_text=words)

    def stop(self, words: str) -> Any:
        """Press the button that ends this batch; what the panel asks then."""
        item = self.running(words)
        item.hover()
        item.locator(".jp-RunningSessions-itemShutdown").click()
        return self.page.locator(".jp-Dialog")


def wait_for_requests(drafts: Drafts, endpoint: FaultServer, number: int) -> None:
    drafts.until(lambda: len(endpoint.requests) >= number, f"the endpoint is asked {number} times")
