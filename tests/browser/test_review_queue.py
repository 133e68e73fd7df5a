"""The review queue by keyboard alone: what is in the catalogue afterwards is what was pressed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe import assert_accessible, needs_axe
from lab_server import LabServer, Outside, running_lab
from pictures import Picture
from review_walk import DRAFTER, MODEL, OTHER, Queue, seed

SECRETS = (MODEL, "Secret-Model", "secret-org", DRAFTER, "f" * 64, OTHER)


@pytest.fixture(scope="module")
def lab(
    chromium: str, outside: Outside, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    """A lab with a catalogue of its own: a queue holds all drafts there are."""
    with running_lab(tmp_path_factory.mktemp("review"), outside) as server:
        with server.catalogue() as store:
            seed(store)
        yield server


@pytest.fixture(scope="module")
def page(shared_page: Any) -> Any:
    return shared_page


@pytest.fixture(scope="module")
def replies(page: Any) -> list[tuple[str, str]]:
    """What the server said about reviews, by address."""
    found: list[tuple[str, str]] = []

    def note(response: Any) -> None:
        if "/headlab/review" in response.url or "/votes" in response.url:
            found.append((response.url, response.text()))

    page.on("response", note)
    return found


@pytest.fixture(scope="module")
def queue(page: Any, lab: LabServer, replies: list[tuple[str, str]]) -> Queue:
    walk = Queue(page, lab)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.set_default_timeout(15_000)
    walk.open_lab()
    walk.command("application:toggle-left-area")
    walk.open_queue()
    walk.wait_for_head("L0H0")
    return walk


def test_the_first_screen(queue: Queue, picture: Picture) -> None:
    root = queue.root
    assert root.locator("[data-sentence='0']").evaluate("one => one === document.activeElement")
    assert root.locator(".hl-CitedRow[data-linked]").get_attribute("data-cited") == "R1"
    seen = root.locator(".hl-Queue-right").bounding_box()
    for row in ("M1", "M2", "M3", "M4", "M5"):
        box = root.locator(f".hl-Mappings [data-row={row}]").bounding_box()
        assert box["y"] + box["height"] <= seen["y"] + seen["height"], f"{row} is below the fold"
    queue.light_and_dark(picture, "first")


def test_sentences_and_rows_lead_to_each_other(queue: Queue, page: Any) -> None:
    linked = queue.root.locator(".hl-CitedRow[data-linked]")
    for rows in (["M1", "M2", "M5"], ["T1"], []):
        queue.press("j")
        assert [row.get_attribute("data-cited") for row in linked.all()] == rows
    sentences = queue.root.locator(".hl-QueueDraft-sentence[data-linked]")
    for _ in range(3):
        queue.press("k")
    for row, sentence in (("R1", "0"), ("M1", "1"), ("M2", "1"), ("T1", "2")):
        queue.press("ArrowDown")
        assert page.evaluate("document.activeElement.dataset.cited") == row
        assert [one.get_attribute("data-sentence") for one in sentences.all()] == [sentence]


def test_keys_pressed_are_votes_stored(queue: Queue, page: Any, picture: Picture) -> None:
    queue.wait_for_head("L0H0")
    queue.press("4")
    queue.press("a")
    queue.wait_for_head("L0H1")
    queue.press("r")
    queue.press("3")
    queue.press("x")
    queue.wait_for_head("L0H2")
    queue.press("u")
    queue.wait_for_head("L0H3")
    queue.press("e")
    area = queue.root.get_by_role("textbox", name="Your wording, in place of the draft")
    area.and_(page.locator(":focus")).wait_for()
    page.keyboard.press("Control+a")
    page.keyboard.type("Answers a country, axe zoo, with its capital. 12345")
    assert queue.head == "L0H3", "letters in a text field decide nothing"
    page.keyboard.press("Control+Enter")
    queue.wait_for_head("L1H0")
    queue.press("s")
    queue.wait_for_head("L1H1")
    queue.press("a")
    queue.wait_for_head("L1H2")
    queue.press("z")
    queue.wait_for_head("L1H1")
    queue.press("x")
    queue.wait_for_head("L1H2")

    found = queue.wait_until_stored(5)
    cast = {head: one["votes"] for head, one in found.items() if one["votes"]}
    assert {head: [vote["decision"] for vote in votes] for head, votes in cast.items()} == {
        "L0H0": ["accepted"],
        "L0H1": ["rejected"],
        "L0H2": ["unclear"],
        "L0H3": ["edited"],
        "L1H1": ["rejected"],
    }
    assert cast["L0H0"][0]["rating"] == 4
    assert cast["L0H1"][0]["reason"] == "It is too broad."
    assert cast["L0H3"][0]["text"] == "Answers a country, axe zoo, with its capital. 12345"
    assert all(votes[0]["reviewer"] == "Rosa" for votes in cast.values())
    assert all(0 < votes[0]["seconds"] < 60 for votes in cast.values())
    assert all(one["state"] == "drafted" and one["revision"] == 2 for one in found.values())
    queue.press("h")
    queue.root.get_by_role("complementary", name="Last decisions").wait_for()
    picture("voted")
    queue.press("h")


def test_a_key_held_down_decides_once(queue: Queue, page: Any) -> None:
    queue.wait_for_head("L1H2")
    page.keyboard.down("a")
    for _ in range(30):  # as a keyboard repeats it
        page.keyboard.down("a")
    page.keyboard.up("a")
    queue.wait_for_head("L1H3")
    found = queue.wait_until_stored(6)
    assert sum(len(one["votes"]) for one in found.values()) == 6


def test_typing_in_a_note_or_a_reason_decides_nothing(queue: Queue, page: Any) -> None:
    reason = queue.root.get_by_role("textbox", name="Reason")
    reason.fill("")
    reason.press_sequentially("axe zoo us 12345")
    assert queue.head == "L1H3"
    assert reason.input_value() == "axe zoo us 12345"
    page.wait_for_function("Object.values(localStorage).some(one => one.includes('axe zoo us'))")
    page.reload()
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=90_000)
    queue.wait_for_head("L1H0")  # skipped before, first now
    queue.press("s")
    queue.root.get_by_text("restored").wait_for()
    assert queue.head == "L1H3"
    queue.root.get_by_role("button", name="Discard").click()
    queue.root.locator("[data-sentence='0']").focus()


def test_blind_to_the_source(queue: Queue, page: Any, replies: list[tuple[str, str]]) -> None:
    queue.wait_for_head("L1H3")
    replies.clear()
    queue.press("b")
    page.wait_for_function("document.activeElement?.type === 'checkbox'")
    queue.root.get_by_role("checkbox", name="Source").check()
    queue.root.get_by_text("model hidden").wait_for()
    page.wait_for_timeout(200)
    cases = [text for url, text in replies if "blind=source" in url]
    assert len(cases) >= 2, "the queue and heads were read anew"
    html = queue.root.evaluate("one => one.outerHTML")
    tree = json.dumps(page.locator(".hl-ReviewQueue").aria_snapshot())
    for secret in SECRETS:
        assert secret not in html
        assert secret not in tree
        assert not any(secret in text for text in cases), f"{secret} came over the network"
    queue.root.locator("[data-sentence='0']").focus()
    queue.press("a")
    queue.wait_for_head("L2H0")
    queue.press("a")
    queue.wait_for_head("L2H1")
    found = queue.wait_until_stored(8)
    blind = {head: found[head]["votes"][0]["blind"] for head in ("L1H3", "L2H0")}
    assert blind == {"L1H3": [], "L2H0": ["source"]}, "L1H3 had been seen with its source before"
    queue.root.get_by_role("checkbox", name="Source").uncheck()


def test_the_one_who_decides_sees_votes_on_asking(
    queue: Queue, page: Any, picture: Picture
) -> None:
    with queue.lab.catalogue() as store:
        for row in store.list()[:2]:
            store.review_round.cast(
                row.id, "rejected", reviewer=OTHER, reason="Rome is missing.", rating=2
            )
    queue.mode("Decide")
    queue.root.get_by_label("Order").select_option("undecided")
    queue.see_head("L1H0")
    queue.root.get_by_text("Nobody has voted on this head").wait_for()
    queue.root.get_by_role("button", name="Round").click()
    panel = queue.root.get_by_role("complementary", name="Round of review")
    panel.get_by_role("button", name="Find heads").click()
    panel.get_by_role("button", name="L0H0, 2 votes").click()
    queue.wait_for_head("L0H0")
    queue.press("a")
    queue.root.get_by_text("show them first").first.wait_for()
    assert queue.root.get_by_text("Rome is missing.").count() == 0, "nothing is shown unasked"
    queue.root.locator("[data-sentence='0']").focus()
    queue.press("w")
    votes = queue.root.get_by_role("list", name="Votes", exact=True)
    votes.wait_for()
    assert "Karl" in votes.inner_text()
    assert "Rome is missing." in votes.inner_text()
    panel.get_by_role("button", name="Compute agreement").click()
    panel.get_by_text("Krippendorff").first.wait_for()
    queue.light_and_dark(picture, "votes")
    queue.root.get_by_role("button", name="Round").click()
    queue.root.locator("[data-sentence='0']").focus()
    queue.press("x")
    queue.wait_for_head("L1H0")
    found = queue.wait_for_revision("L0H0", 3)
    assert found["L0H0"]["state"] == "rejected"
    assert found["L0H0"]["votes"] == [], "the decision rests on them now"
    assert found["L0H1"]["state"] == "drafted"


def test_undo_makes_revisions_and_loses_none(queue: Queue, page: Any) -> None:
    heads = ["L1H0", "L2H1", "L2H2", "L2H3"]
    for head in heads:
        queue.wait_for_head(head)
        queue.press("a")
    found = queue.wait_for_revision("L2H3", 3)
    assert [found[head]["state"] for head in heads] == ["accepted"] * 4
    for head in reversed(heads):
        queue.press("z")
        queue.wait_for_head(head)
    found = queue.wait_for_revision("L1H0", 4)
    assert [(found[head]["state"], found[head]["revision"]) for head in heads] == [
        ("drafted", 4)
    ] * 4


def test_a_key_that_comes_before_the_head_does_nothing_and_says_so(
    queue: Queue, page: Any, picture: Picture
) -> None:
    queue.wait_for_head("L1H0")
    queue.press("a")
    queue.wait_for_head("L2H1")
    held: list[Any] = []
    page.route("**/undo*", lambda route: held.append(route))
    queue.press("z")
    queue.root.get_by_role("status", name="Reading the next head").wait_for()
    queue.press("x")
    said = queue.root.locator(".hl-QueueBar-said")
    said.filter(has_text="Nothing was done: the next head was not on the screen yet.").wait_for()
    queue.light_and_dark(picture, "waiting")
    for route in held:
        route.continue_()
    page.unroute("**/undo*")
    queue.wait_for_head("L1H0")
    assert queue.wait_for_revision("L1H0", 6)["L1H0"]["state"] == "drafted"


def test_a_decision_made_elsewhere_comes_first(queue: Queue, page: Any, picture: Picture) -> None:
    queue.wait_for_head("L1H0")
    with queue.lab.catalogue() as store:
        entry = next(row.id for row in store.list() if str(row.head) == "L1H0")
        store.review(entry, "edited", description="Theirs.", reviewer="Elsewhere")
    queue.press("x")
    note = queue.root.locator(".hl-StaleEdit")
    note.wait_for()
    assert queue.head == "L1H0"
    note.get_by_text("by Elsewhere").wait_for()
    assert "Theirs." in note.inner_text()
    picture("stale")
    assert queue.stored()["L1H0"]["state"] == "edited"
    note.get_by_role("button", name="Apply mine anyway").click()
    queue.wait_for_head("L2H1")
    assert queue.wait_for_revision("L1H0", 8)["L1H0"]["state"] == "rejected"


def test_asking_and_releasing_reviewers(queue: Queue, page: Any, picture: Picture) -> None:
    queue.root.get_by_role("button", name="Round").click()
    panel = queue.root.get_by_role("complementary", name="Round of review")
    panel.get_by_label("Names").fill("Ada\nRosa\nKarl")
    panel.get_by_role("button", name="Share out").click()
    panel.get_by_text("Asked: Ada").wait_for()
    with queue.lab.catalogue() as store:
        waiting = [case for case in store.review_round.cases() if case.state == "drafted"]
    assert all(len(case.assigned) == 2 for case in waiting if not case.open_votes)
    panel.get_by_role("button", name="Release Karl").click()
    form = panel.get_by_role("group", name="Release a reviewer")
    form.get_by_label("Reason").fill("on leave")
    queue.light_and_dark(picture, "release")
    form.get_by_role("button", name="Release from").click()
    panel.get_by_text("Karl is asked for nothing more.").wait_for()
    with queue.lab.catalogue() as store:
        theirs = next(case for case in waiting if "Karl" in case.assigned)
        step = store.history(theirs.entry_id)[-1]
        assert step.change == {"released": ["Karl"], "reason": "on leave"}
        assert not any("Karl" in case.assigned for case in store.review_round.cases())
    queue.root.get_by_role("button", name="Round").click()


@needs_axe
def test_what_axe_finds(queue: Queue, page: Any, picture: Picture) -> None:
    queue.press("Shift+Slash")
    queue.root.get_by_role("table", name="Keys of the review queue").wait_for()
    assert_accessible(queue, ".hl-ReviewQueue", picture)
    queue.press("Shift+Slash")


def test_a_narrow_queue(queue: Queue, page: Any, picture: Picture) -> None:
    page.set_viewport_size({"width": 480, "height": 800})
    queue.settle()
    picture("narrow")
    bar = queue.root.locator(".hl-QueueBar").bounding_box()
    root = queue.root.bounding_box()
    assert abs(bar["y"] + bar["height"] - root["y"] - root["height"]) < 2, "the bar is in sight"
    assert queue.root.evaluate("one => one.scrollWidth - one.clientWidth") <= 0
    page.set_viewport_size({"width": 1280, "height": 720})


def test_the_end_of_the_queue(queue: Queue, page: Any, picture: Picture) -> None:
    while queue.root.locator(".hl-JudgedHead-name").count():
        head = queue.head
        if queue.root.get_by_role("button", name="Show the").count():
            queue.press("w")
            queue.root.get_by_role("list", name="Votes", exact=True).wait_for()
        queue.press("u")
        queue.decide_without_others(head, "unclear")
        page.wait_for_function(
            "head => document.querySelector('.hl-JudgedHead-name')?.innerText !== head", arg=head
        )
        queue.settle()
    queue.root.get_by_text("End of the queue").wait_for()
    states = {one["state"] for one in queue.wait_for_revision("L2H3", 5).values()}
    assert states == {"rejected", "unclear"}
    picture("end")
    queue.mode("My votes")
    queue.root.get_by_text("Nobody waits for your vote").or_(
        queue.root.get_by_text("End of the queue")
    ).wait_for()
    picture("nothing")
