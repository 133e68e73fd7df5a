"""Requests over a channel that loses, doubles and reorders messages: each is done once, and answered."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))  # helpers, whatever the import mode
sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from cards_by_hand import CAPITAL, MAPPINGS, ablation, make_card
from panel_page import Page

import headlab
from headlab.drafting import draft_by_rules
from headlab.panels import exchange
from headlab.panels.exchange import CANCELLED, GONE, Asked, Exchange
from headlab.records.bench import Problem

PAGES = ("first", "second")


class Kernel:
    """An exchange whose work ends when the test says so."""

    def __init__(self, send: Callable[[dict[str, Any], list[bytes]], None]):
        self.started: Counter[Asked] = Counter()
        self.working: set[Asked] = set()
        self.exchange = Exchange(send, self._start, self._cancel)

    def _start(self, asked: Asked, method: str, params: Mapping[str, Any]) -> None:
        self.started[asked] += 1
        self.working.add(asked)

    def _cancel(self, asked: Asked) -> None:
        if asked in self.working:
            self.working.remove(asked)
            self.exchange.refuse(asked, CANCELLED)

    def finish(self, asked: Asked) -> None:
        self.working.discard(asked)
        self.exchange.reply(asked, list(asked), [repr(asked).encode()])


class World:
    """Two pages and a kernel, with everything that is on its way between them."""

    def __init__(self) -> None:
        self.to_kernel: list[dict[str, Any]] = []
        self.to_pages: list[tuple[dict[str, Any], list[bytes]]] = []
        self.kernel = Kernel(lambda content, buffers: self.to_pages.append((content, buffers)))
        self.counts: Counter[str] = Counter()
        self.open: dict[Asked, str] = {}  # "request", or "cancel" once it is given up
        self.given_up: set[Asked] = set()
        self.answers: dict[Asked, dict[str, Any]] = {}

    def ask(self, page: str) -> None:
        self.counts[page] += 1
        asked = Asked(page, self.counts[page])
        self.open[asked] = "request"
        self.say(asked)

    def say(self, asked: Asked) -> None:
        kind = self.open[asked]
        more = {"method": "edit", "params": {}} if kind == "request" else {}
        self.to_kernel.append({"page": asked.page, kind: asked.number, **more})

    def give_up(self, asked: Asked) -> None:
        self.open[asked] = "cancel"
        self.given_up.add(asked)
        self.say(asked)

    def hear(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        if "reply" not in content:
            return
        asked = Asked(content["page"], content["reply"])
        self.to_kernel.append({"page": asked.page, "got": asked.number})
        if self.open.pop(asked, None) is not None:
            self.answers[asked] = content
            if "result" in content:
                assert buffers == [repr(asked).encode()]

    def deliver_all(self) -> None:
        while self.to_kernel or self.to_pages:
            if self.to_kernel:
                self.kernel.exchange.receive(self.to_kernel.pop(0))
            else:
                self.hear(*self.to_pages.pop(0))


STEPS = st.tuples(
    st.sampled_from(
        [
            "ask",
            "ask",
            "say",
            "give up",
            "finish",
            "drop",
            "double",
            "deliver",
            "deliver",
            "deliver",
        ]
    ),
    st.integers(0, 1),
    st.integers(0, 20),
)


def take(world: World, step: str, side: int, place: int) -> None:
    """One thing that can happen, to whatever `place` points at."""
    queue: list[Any] = world.to_pages if side else world.to_kernel
    if step == "ask":
        world.ask(PAGES[side])
    elif step in ("say", "give up") and world.open:
        asked = sorted(world.open)[place % len(world.open)]
        (world.say if step == "say" else world.give_up)(asked)
    elif step == "finish" and world.kernel.working:
        world.kernel.finish(sorted(world.kernel.working)[place % len(world.kernel.working)])
    elif step in ("drop", "double", "deliver") and queue:
        place %= len(queue)
        if step == "double":
            queue.append(queue[place])
            return
        message = queue.pop(place)
        if step == "deliver" and side:
            world.hear(*message)
        elif step == "deliver":
            world.kernel.exchange.receive(message)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=60))
def test_each_request_is_done_once_and_answered_whatever_happens(
    steps: list[tuple[str, int, int]],
) -> None:
    world = World()
    for step in steps:
        take(world, *step)
        assert max(world.kernel.started.values(), default=0) <= 1
    for _ in range(2):  # what was lost is said again, until all is answered
        for asked in list(world.open):
            world.say(asked)
        world.deliver_all()
        for asked in sorted(world.kernel.working):
            world.kernel.finish(asked)
        world.deliver_all()
    assert world.open == {}
    every = {Asked(page, n + 1) for page in PAGES for n in range(world.counts[page])}
    assert world.answers.keys() == every
    for asked, content in world.answers.items():
        if asked not in world.given_up:
            assert content["result"] == list(asked), "the answer to this request and to no other"
            assert world.kernel.started[asked] == 1
        elif "problem" in content:
            assert content["problem"]["kind"] in ("cancelled", "internal")


@pytest.fixture
def sent() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def kernel(sent: list[dict[str, Any]]) -> Kernel:
    return Kernel(lambda content, _buffers: sent.append(content))


def request(number: int, page: str = "p") -> dict[str, Any]:
    return {"page": page, "request": number, "method": "edit", "params": {}}


def test_the_first_message_lost_is_the_second_answered(
    kernel: Kernel, sent: list[dict[str, Any]]
) -> None:
    kernel.exchange.receive(request(1))  # the page's second: its first never came
    kernel.exchange.receive(request(1))
    assert sent == [{"page": "p", "ack": 1}] * 2
    kernel.finish(Asked("p", 1))
    answer = {"page": "p", "reply": 1, "result": ["p", 1]}
    assert sent[2:] == [answer]
    kernel.exchange.receive(request(1))  # the answer was lost
    assert sent[3:] == [answer]
    assert kernel.started == {Asked("p", 1): 1}


def test_what_was_got_is_forgotten_and_still_never_done_again(
    kernel: Kernel, sent: list[dict[str, Any]]
) -> None:
    kernel.exchange.receive(request(1))
    kernel.finish(Asked("p", 1))
    kernel.exchange.receive({"page": "p", "got": 1})
    assert not kernel.exchange._answers
    kernel.exchange.receive(request(1))
    assert sent[-1]["problem"] == GONE.model_dump(mode="json")
    assert kernel.started == {Asked("p", 1): 1}


def test_a_page_that_is_loaded_again_counts_anew(kernel: Kernel) -> None:
    kernel.exchange.receive(request(1, "before"))
    kernel.exchange.receive(request(1, "after"))
    assert kernel.started == {Asked("before", 1): 1, Asked("after", 1): 1}


def test_a_request_given_up_before_it_comes_never_starts(
    kernel: Kernel, sent: list[dict[str, Any]]
) -> None:
    kernel.exchange.receive({"page": "p", "cancel": 1})
    kernel.exchange.receive(request(1))
    assert not kernel.started
    assert [one["problem"]["kind"] for one in sent] == ["cancelled"] * 2


def test_the_first_answer_counts(kernel: Kernel, sent: list[dict[str, Any]]) -> None:
    kernel.exchange.receive(request(1))
    kernel.exchange.receive({"page": "p", "cancel": 1})
    kernel.finish(Asked("p", 1))  # too late
    kernel.exchange.refuse(Asked("p", 1), Problem(kind="internal", message="Later still."))
    assert [one["problem"]["kind"] for one in sent if "reply" in one] == ["cancelled"]


def test_abandoned_answers_do_not_pile_up(kernel: Kernel) -> None:
    for number in range(1, 2 * exchange.KEPT):
        kernel.exchange.receive(request(number, f"page {number}"))
        kernel.finish(Asked(f"page {number}", number))
    assert len(kernel.exchange._answers) == exchange.KEPT


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 30)))
def test_numbers_are_a_set(numbers: list[int]) -> None:
    seen, known = set[int](), exchange._Numbers()
    for number in numbers:
        assert known.add(number) == (number not in seen)
        seen.add(number)
    gapless = next(n for n in range(1, 32) if n not in seen) - 1
    assert len(known._above) == len(seen) - gapless


def test_an_edit_that_arrives_twice_is_one_revision() -> None:
    card = make_card([CAPITAL], MAPPINGS, ablation())
    with headlab.Catalogue.open() as store:
        entry = store.add_draft(card, draft_by_rules(card))
    bench = headlab.Workbench()
    page = Page(bench)
    edit = {"decision": "accepted"}
    asked = {"entry_id": entry.id, "edit": edit, "if_revision": entry.revision}
    first = page.call(1, "review", **asked)
    page.messages.clear()
    assert page.call(1, "review", **asked) == first, "not refused as stale"
    bench.close()
    with headlab.Catalogue.open() as store:
        assert store.get(entry.id).revision == entry.revision + 1


def test_two_windows_of_one_panel_have_answers_of_their_own() -> None:
    bench = headlab.Workbench()
    one, other = Page(bench), Page(bench)
    one.ask(1, "models")
    other.ask(1, "measures")
    assert other.reply(1)[0]["page"] == other.name
    assert other.reply(1)[0]["problem"]["kind"] == "input"
    bench.close()
