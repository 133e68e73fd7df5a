"""Pages that follow a batch hear what its calls write, until they leave."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import headlab

sys.path.insert(0, str(Path(__file__).parent))  # this folder's helpers, whatever the import mode
sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from draft_batches import plan
from fault_server import FaultServer, good_answer
from panel_page import Page
from paused_stream import paused_stream

from headlab.catalogue import Catalogue
from headlab.drafting import Endpoint
from headlab.panels.followed_batches import FollowedBatches
from headlab.records.batch import ArrivingText
from headlab.workflow.draft_jobs.arriving import ArrivingTexts

KEY = "sk-canary-0123456789abcdefghij"


class World:
    """Batches that write, and what is sent of it."""

    def __init__(self) -> None:
        self.batches = {1: ArrivingTexts(), 2: ArrivingTexts()}
        self.open: list[int] = []
        self.sent: list[tuple[int, list[str]]] = []
        self.followed = FollowedBatches(self._follow, self._send)

    def _follow(self, batch_id: int, listener: Any) -> Callable[[], None]:
        end = self.batches[batch_id].follow(listener)
        self.open.append(batch_id)

        def over() -> None:
            self.open.remove(batch_id)
            end()

        return over

    def _send(self, content: dict[str, Any], _buffers: list[bytes]) -> None:
        assert content["event"] == "batch_texts"
        texts = [ArrivingText.model_validate(text).text for text in content["texts"]]
        self.sent.append((content["batch"], texts))


def test_however_many_follow_a_batch_it_is_told_once() -> None:
    world = World()
    world.followed.begin(7, 1)
    world.followed.begin(8, 1)
    assert world.open == [1]
    world.batches[1].write(5, "so far")
    assert world.sent == [(1, ["so far"])]
    world.followed.end(7)
    assert world.open == [1], "one follows still"
    world.followed.end(8)
    world.followed.end(8)
    world.followed.end(99)
    assert world.open == []


def test_who_comes_later_hears_what_is_there() -> None:
    world = World()
    world.batches[1].write(5, "so far")
    world.followed.begin(7, 1)
    world.followed.begin(7, 1)  # a page that was loaded again, under the same number
    assert world.sent == [(1, ["so far"])] * 2
    world.followed.begin(7, 2)
    assert world.open == [2], "a number follows one batch"
    world.followed.close()
    assert world.open == []


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    with FaultServer() as running:
        monkeypatch.setenv("HEADLAB_API_KEY", KEY)
        yield running
        running.go_on.set()


class Hears(Page):
    """A page that can wait for events."""

    def wait_for(self, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            return next((content for content, _ in self.messages if what(content)), None)

        with self._changed:
            assert self._changed.wait_for(found, timeout=30), self.messages
            message = found()
            assert message is not None
            return message


def test_a_page_sees_text_while_it_is_written_and_then_the_draft(server: FaultServer) -> None:
    server.script.append(paused_stream)
    endpoint = Endpoint(base_url=server.base_url, model="scripted", deadline=60)
    bench = headlab.Workbench()
    page = Hears(bench)
    with Catalogue.open() as catalogue:
        batch = plan(catalogue, endpoint, 1)
    page.call(1, "turn_batch", id=batch.id, turn="resume", cap=None)
    page.ask(2, "follow_batch", id=batch.id)
    event = page.wait_for(lambda content: bool(content.get("texts")))
    whole = good_answer(server.requests[0])["description"]
    (text,) = event["texts"]
    assert event["batch"] == batch.id
    assert whole.startswith(text["text"])
    assert text["text"] != whole
    server.go_on.set()
    page.wait_for(lambda content: content.get("texts") == [])
    (job,) = page.call(3, "batch_jobs", id=batch.id)
    assert (job["id"], job["draft"]["description"]) == (text["job"], whole)
    page.cancel(2)
    bench.close()
    assert bench._dispatch.followed._ends == {}
    assert KEY not in str(page.messages)
    assert server.headers_seen[0]["Authorization"] == f"Bearer {KEY}"
