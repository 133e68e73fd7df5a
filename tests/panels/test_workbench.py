"""The workbench's kernel side: requests in, replies out, work beside the loop."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets

import headlab

sys.path.insert(0, str(Path(__file__).parent))  # this folder's helpers, whatever the import mode

from panel_page import Page

from headlab.panels import assets
from headlab.records.errors import Cancelled, HeadLabError
from headlab.records.head import Head


@pytest.fixture
def bench() -> Iterator[Any]:
    made = headlab.Workbench()
    yield made
    made.close()


@pytest.fixture
def page(bench: Any) -> Page:
    return Page(bench)


@pytest.fixture
def tiny(page: Page, tiny_folder: Callable[..., Path]) -> Page:
    """A page whose workbench holds a tiny random model."""
    page.call(900, "load", name=str(tiny_folder("llama-gqa")))
    return page


def test_it_starts_without_a_model(page: Page) -> None:
    assert page.bench.status["model"] is None
    choices = page.call(1, "models")
    assert [choice["name"] for choice in choices] == ["demo"]
    problem = page.refused(2, "values", key="overview/relation")
    assert problem["kind"] == "input"
    assert "No model is loaded" in problem["message"]


def test_every_request_is_acknowledged_at_once(page: Page) -> None:
    page.ask(7, "models")
    assert page.messages[0] == ({"page": page.name, "ack": 7}, [])
    page.reply(7)


def test_loading_shows_its_job_and_the_model(page: Page) -> None:
    seen: list[Any] = []
    page.bench.observe(lambda change: seen.append(change["new"]["job"]), "status")
    page.call(1, "load", name="demo")
    status = page.bench.status
    assert status["model"]["name"] == "demo"
    assert status["job"]["state"] == "done"
    assert {job["title"] for job in seen if job} == {"Loading demo"}
    assert any(job["step"] for job in seen if job), "it says what it is doing"


def test_a_wrong_model_is_refused_with_what_would_be_right(page: Page, tmp_path: Path) -> None:
    problem = page.refused(1, "load", name=str(tmp_path / "nothing"))
    assert problem["kind"] == "input"
    assert "nothing" in problem["message"]
    assert page.bench.status["model"] is None
    assert page.bench.status["job"]["state"] == "failed"
    assert "Name a model" in page.refused(2, "load", name="  ")["message"]


def test_values_travel_as_float32(tiny: Page) -> None:
    bench = tiny.bench._desk.bench
    tiny.ask(1, "values", key="ablation/loss")
    reply, buffers = tiny.reply(1)
    rows, columns = reply["result"]["shape"]
    sent = np.frombuffer(buffers[0], dtype="<f4").reshape(rows, columns)
    swept = bench.sweep()
    for head, one in swept.items():
        wanted = np.float32(one.of(head).loss_change)
        assert sent[head.layer, head.index] == wanted
    assert "values" not in reply["result"]


def test_a_card_has_its_siblings(tiny: Page) -> None:
    facts = tiny.bench._desk.facts
    view = tiny.call(1, "head", head={"layer": 0, "index": 1})
    mine = facts.kv_head(1)
    wanted = [i for i in range(facts.n_heads) if i != 1 and facts.kv_head(i) == mine]
    assert [head["index"] for head in view["siblings"]] == wanted
    assert wanted, "this model shares key-value heads"
    assert view["entry"] is None
    problem = tiny.refused(2, "head", head={"layer": 99, "index": 0})
    assert "no head L99H0" in problem["message"]


def test_draft_review_and_undo_reach_the_catalogue(tiny: Page) -> None:
    head = {"layer": 0, "index": 1}
    found = tiny.call(1, "draft", head=head, drafter="rules")
    assert found["failure"] is None
    entry = found["entry"]
    assert entry["state"] in ("drafted", "unclear")
    edit = {"decision": "edited", "description": "Copies names.", "rating": 4}
    edited = tiny.call(2, "review", entry_id=entry["id"], edit=edit, if_revision=entry["revision"])
    with headlab.Catalogue.open() as store:
        kept = store.get(entry["id"])
    assert (kept.state, kept.description, kept.reviews[-1].rating) == ("edited", "Copies names.", 4)
    stale = tiny.refused(
        3, "review", entry_id=entry["id"], edit=edit, if_revision=entry["revision"]
    )
    assert stale["kind"] == "stale"
    assert stale["current"]["revision"] == edited["revision"]
    note = {"note": "look again", "tags": ["copy"]}
    noted = tiny.call(
        4, "annotate", entry_id=entry["id"], annotation=note, if_revision=edited["revision"]
    )
    assert (noted["note"], noted["tags"]) == ("look again", ["copy"])
    undone = tiny.call(5, "undo", entry_id=entry["id"], if_revision=noted["revision"])
    assert undone["note"] == ""
    actions = [one["action"] for one in tiny.call(6, "history", entry_id=entry["id"])]
    assert actions[-3:] == ["review", "annotate", "undo"]
    assert tiny.call(7, "head", head=head)["entry"]["id"] == entry["id"]
    redone = tiny.call(8, "redo", entry_id=entry["id"], if_revision=undone["revision"])
    assert (redone["note"], redone["revision"]) == ("look again", undone["revision"] + 1)
    events = [content for content, _ in tiny.messages if "event" in content]
    assert events == [{"event": "catalogue"}] * 5


def test_cancel_answers_at_once_and_leaves_the_bench_usable(
    tiny: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = tiny.bench._desk.bench
    entered, leave = threading.Event(), threading.Event()
    whole = type(bench).sweep

    def slow(self: Any, compute: bool = True) -> Any:
        if compute:
            entered.set()
            leave.wait(60)
            self.progress("ablation", 1, 2)
        return whole(self, compute)

    monkeypatch.setattr(type(bench), "sweep", slow)
    tiny.ask(1, "values", key="ablation/kl")
    assert entered.wait(60)
    started = time.monotonic()
    tiny.cancel(1)
    assert tiny.reply(1, 5)[0]["problem"]["kind"] == "cancelled"
    assert time.monotonic() - started < 5
    assert tiny.bench.status["job"]["state"] == "cancelled"
    leave.set()
    assert tiny.call(2, "values", key="ablation/kl")["measure"]["computed"]


def test_a_head_is_shown_while_a_sweep_runs(tiny: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = tiny.bench._desk.bench
    running = threading.Event()
    whole = type(bench).ablations

    def slow(self: Any, heads: Any = None, *rest: Any) -> Any:
        if heads is None:
            running.set()
            for _ in range(1000):
                time.sleep(0.01)
                self.progress("ablation", 0, 2)  # raises when it should make way
        return whole(self, heads, *rest)

    monkeypatch.setattr(type(bench), "ablations", slow)
    tiny.ask(1, "values", key="ablation/loss")
    assert running.wait(60)
    assert tiny.call(2, "head", head={"layer": 0, "index": 0})["head"] == {"layer": 0, "index": 0}
    assert not [one for one, _ in tiny.messages if one.get("reply") == 1], "the sweep goes on"
    monkeypatch.setattr(type(bench), "ablations", whole)
    tiny.cancel(1)
    assert tiny.reply(1, 30)[0]["problem"]["kind"] == "cancelled"


def test_a_slow_language_model_keeps_no_head_waiting(
    tiny: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADLAB_LLM_MODEL", "slow")
    monkeypatch.setenv("HEADLAB_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    asked = threading.Event()

    def never(card: Any, llm: Any, cancelled: Callable[[], bool], **_: Any) -> Any:
        asked.set()
        while not cancelled():
            time.sleep(0.01)
        raise Cancelled

    monkeypatch.setattr("headlab.panels.desk.draft", never)
    tiny.ask(1, "draft", head={"layer": 0, "index": 0}, drafter="endpoint")
    assert asked.wait(60)
    assert tiny.call(2, "head", head={"layer": 0, "index": 1})["card"]
    tiny.cancel(1)
    assert tiny.reply(1, 10)[0]["problem"]["kind"] == "cancelled"


def test_no_key_means_no_endpoint(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    rules, endpoint = page.call(1, "drafters")
    assert (rules["key"], rules["ready"]) == ("rules", True)
    assert (endpoint["key"], endpoint["ready"]) == ("endpoint", False)
    assert "No language model is set" in endpoint["reason"]
    monkeypatch.setenv("HEADLAB_LLM_MODEL", "some-model")
    monkeypatch.setenv("HEADLAB_LLM_BASE_URL", "https://llm.example/v1")
    _, endpoint = page.call(2, "drafters")
    assert not endpoint["ready"]
    assert "no key for llm.example" in endpoint["reason"]
    monkeypatch.setenv("HEADLAB_API_KEY", "key-canary-0123456789")
    _, endpoint = page.call(3, "drafters")
    assert endpoint["ready"]
    assert "canary" not in str(page.messages)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"request": "x"},
        {"request": 1, "page": None, "method": "models"},
        {"request": True, "method": "models"},
        {"request": -1, "method": "models"},
        {"request": 1, "method": "close"},
        {"request": 1, "method": ["models"]},
        {"request": 1, "method": "history", "params": [3]},
        {"cancel": 99},
        {"cancel": None},
        {"got": 99},
        {"got": {}, "page": "x" * 1000},
    ],
)
def test_a_strange_message_does_no_harm(page: Page, message: dict[str, Any]) -> None:
    page.send(**message)
    assert page.call(5, "models")


def test_traits_can_be_set_and_linked(bench: Any) -> None:
    bench.selected = "1.3"
    assert bench.selected == "L1H3"
    with pytest.raises(HeadLabError, match="is not a head"):
        bench.selected = "first"
    other = traitlets.HasTraits()
    other.add_traits(head=traitlets.Unicode(""))
    traitlets.link((bench, "selected"), (other, "head"))
    bench.selected = str(Head(layer=2, index=0))
    assert other.head == "L2H0"


def test_a_viewer_without_widgets_is_told_what_to_do(bench: Any) -> None:
    data, _ = bench._repr_mimebundle_()
    assert data["text/plain"] == "HeadLab workbench. Run this cell to open it."


def test_an_unbuilt_checkout_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    with pytest.raises(HeadLabError, match="make build"):
        assets.asset("workbench.js")
