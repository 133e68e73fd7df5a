"""A language model's draft in the panel: text as it is written, faults in words, no key in sight."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fault_server import (
    DONE,
    USAGE,
    FaultServer,
    Handler,
    events,
    good_answer,
    piece,
    stall,
    status,
    streamed_when_asked,
    wait_then,
)
from lab_server import LabServer, Outside, running_lab
from pictures import Picture
from walk import Walk

KEY = "sk-canary-0123456789abcdefghij"
HEAD = "L1H3"
SECONDS = 2_000


def in_two_parts(handler: Handler) -> None:
    """Another answer with a pause in the middle of its description, until the test says go on."""
    answer = {**good_answer(handler.asked), "description": "Writes the capital of a country."}
    whole = json.dumps(answer)
    middle = whole.index(answer["description"]) + len(answer["description"]) // 2

    def rest(handler: Handler) -> None:
        for item in (piece(whole[middle:]), piece(finish="stop"), USAGE, DONE):
            text = item if isinstance(item, str) else json.dumps(item)
            handler.wfile.write(f"data: {text}\n\n".encode())

    events(piece("", role="assistant"), piece(whole[:middle]), end=wait_then(rest))(handler)


@pytest.fixture(scope="module")
def lab(
    chromium: str,
    outside: Outside,
    endpoint: FaultServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LabServer]:
    """A lab of its own, with a key in its environment."""
    folder = tmp_path_factory.mktemp("keyed")
    with running_lab(folder, outside, HEADLAB_API_KEY=KEY) as server:
        values = {"llm_base_url": endpoint.base_url, "llm_model": "scripted"}
        server.python(f"from headlab.settings import write_settings; write_settings({values})")
        yield server


@pytest.fixture(scope="module")
def page(shared_page: Any) -> Any:
    return shared_page


@pytest.fixture(scope="module")
def walk(page: Any, lab: LabServer) -> Walk:
    walk = Walk(page, lab)
    walk.run_notebook(
        "drafting.ipynb",
        "import headlab",
        f"headlab.Workbench('demo', measure='catalogue/state', selected='{HEAD}')",
    )
    walk.wait_for_card(HEAD)
    return walk


def draft_button(walk: Walk) -> Any:
    return walk.card.get_by_role("button", name="Draft with scripted")


def wait_for_request(walk: Walk, endpoint: FaultServer, number: int) -> None:
    walk.until(lambda: len(endpoint.requests) >= number, f"the endpoint is asked {number} times")


def test_a_silent_endpoint_is_cancelled(walk: Walk, endpoint: FaultServer) -> None:
    endpoint.script.append(stall)
    walk.card.get_by_text("price unknown").wait_for()
    draft_button(walk).click()
    wait_for_request(walk, endpoint, 1)
    walk.card.get_by_role("button", name="Cancel").click()
    walk.card.get_by_text("Drafting was cancelled.").wait_for(timeout=SECONDS)
    assert endpoint.client_left.wait(SECONDS / 1000), "the connection is given up"
    assert draft_button(walk).is_enabled()
    (entry,) = walk.entries()
    assert entry["state"] == "undescribed", "the evidence is kept, and no draft"


def test_a_fault_is_worded_and_retried(walk: Walk, endpoint: FaultServer, picture: Picture) -> None:
    asked = len(endpoint.requests)
    endpoint.script.append(status(500, "overloaded <b>today</b>"))
    draft_button(walk).click()
    failure = walk.card.locator(".hl-Failure")
    failure.wait_for()
    said = failure.inner_text()
    assert "The endpoint failed" in said
    assert "HTTP 500" in said
    assert walk.entry(1)["drafts"] == []
    picture("fault")

    endpoint.script.append(streamed_when_asked)
    failure.get_by_role("button", name="Retry").click()
    walk.card.locator(".hl-Draft").first.wait_for()
    assert failure.count() == 0
    assert len(endpoint.requests) == asked + 2
    (entry,) = walk.entries()
    assert entry["state"] == "drafted"


def test_text_appears_while_it_is_written(
    walk: Walk, endpoint: FaultServer, picture: Picture
) -> None:
    endpoint.go_on.clear()
    endpoint.script.append(in_two_parts)
    walk.card.get_by_text("Answered before").wait_for()
    picture("known-answer")
    walk.card.get_by_role("button", name="Ask again").click()
    box = walk.card.locator(".hl-Stream")
    walk.page.wait_for_function(
        "document.querySelector('.hl-Stream-text')?.innerText.trim().length > 5"
    )
    assert "Not checked yet" in box.inner_text()
    so_far = box.locator(".hl-Stream-text").inner_text()
    assert len(walk.entry(1)["drafts"]) == 1, "nothing is kept before it is whole"
    picture("streaming")
    endpoint.go_on.set()
    box.wait_for(state="detached")
    first = walk.card.locator(".hl-Draft").first
    assert "language model scripted" in first.inner_text()
    drafts = walk.entry(1)["drafts"]
    newest = drafts[-1]["draft"]
    assert len(drafts) == 2
    assert newest["drafter"]["name"] == "scripted"
    assert newest["description"] in first.inner_text()
    assert newest["description"].startswith(so_far)
    assert newest["description"] != so_far


def test_the_key_is_nowhere(walk: Walk, page: Any, endpoint: FaultServer) -> None:
    assert endpoint.headers_seen[-1]["Authorization"] == f"Bearer {KEY}", "the key was used"
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1_000)
    assert KEY not in page.content()
    assert KEY not in page.evaluate("JSON.stringify({...localStorage})")
    written = [file for file in walk.lab.folder.rglob("*") if file.is_file()]
    assert {"drafting.ipynb", "catalogue.db", "lab.log", "settings.json"} <= {
        file.name for file in written
    }
    assert [file for file in written if KEY.encode() in file.read_bytes()] == []
