"""Heads and models side by side, drafts side by side, and notes in Markdown, as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from axe import assert_accessible, grave
from compared_entries import NOTE, seed
from lab_server import LabServer
from pictures import Picture
from walk import Walk

PAYLOADS = json.loads(
    (Path(__file__).parents[2] / "headlab_ext" / "views" / "note_payloads.json").read_text("utf-8")
)


@pytest.fixture(scope="module")
def page(shared_page: Any) -> Any:
    return shared_page


@pytest.fixture(scope="module")
def walk(page: Any, lab: LabServer) -> Walk:
    walk = Walk(page, lab)
    page.on("request", lambda request: walk.requests.append(request.url))
    page.on("dialog", lambda dialog: walk.complaints.append(f"dialog: {dialog.message}"))
    return walk


@pytest.fixture(scope="module")
def ids(walk: Walk) -> list[int]:
    with walk.lab.catalogue() as store:
        found = seed(store)
    walk.open_lab()
    return found


def comparison(page: Any) -> Any:
    return page.locator(".lm-DockPanel .hl-Compare:visible")


def heads(page: Any) -> list[str]:
    found: list[str] = comparison(page).locator(".hl-CompareHead-name").all_inner_texts()
    return found


def test_three_heads_of_two_models(walk: Walk, page: Any, ids: list[int], picture: Picture) -> None:
    walk.command("headlab:compare", entry_ids=ids[:3])
    comparison(page).get_by_role("table", name="Salient mappings").wait_for()
    assert heads(page) == ["L2H3", "L1H7", "L4H0"]
    france = comparison(page).get_by_role("row").filter(has_text="in 3 of 3")
    assert "France" in france.first.inner_text()
    assert comparison(page).locator("g .hl-CompareShape").count() >= 27
    assert_accessible(walk, ".hl-Compare", picture)
    walk.light_and_dark(picture, "heads")
    page.locator(".hl-ComparePage:visible").evaluate("node => node.scrollTop = 700")
    assert comparison(page).locator(".hl-CompareHead-name").first.is_visible()
    picture("scrolled")


def test_columns_by_the_keyboard_and_after_a_reload(
    walk: Walk, page: Any, ids: list[int], picture: Picture
) -> None:
    comparison(page).locator("[role=listitem]").first.focus()
    page.keyboard.press("3")
    page.locator(".hl-CompareHead[data-focused]", has_text="L4H0").wait_for()
    page.keyboard.press("Shift+ArrowLeft")
    page.locator(".hl-CompareHead[data-column='1'][data-focused]", has_text="L4H0").wait_for()
    page.keyboard.press("1")
    page.keyboard.press("w")
    comparison(page).get_by_text("Differences to L2H3 of small, the baseline").first.wait_for()
    page.locator(".hl-ComparePage:visible").evaluate("node => node.scrollTop = 0")
    walk.light_and_dark(picture, "baseline")

    comparison(page).get_by_role("button", name="Add a head").click()
    field = comparison(page).get_by_label("Search entries")
    field.press_sequentially("x1w")
    assert heads(page) == ["L2H3", "L4H0", "L1H7"], "letters in a field are text"
    field.fill("capital city")
    comparison(page).get_by_role("button", name="Add L5H1 of large").click()
    page.locator(".hl-CompareHead[data-column='3']", has_text="L5H1").wait_for()
    picture("four")
    page.wait_for_timeout(800)  # the lab keeps its layout half a second after a change
    page.reload()
    comparison(page).get_by_role("table", name="Salient mappings").wait_for()
    assert heads(page) == ["L2H3", "L4H0", "L1H7", "L5H1"]
    pressed = comparison(page).get_by_role("button", pressed=True)
    assert (
        comparison(page)
        .locator("[data-column='0']")
        .first.get_by_role("button", pressed=True)
        .count()
        == pressed.count()
        == 1
    )
    comparison(page).locator("[role=listitem]").nth(3).focus()
    page.keyboard.press("x")
    comparison(page).locator(".hl-CompareHead").nth(3).wait_for(state="detached")
    assert heads(page) == ["L2H3", "L4H0", "L1H7"]


def test_one_column_where_there_is_no_room(walk: Walk, page: Any, picture: Picture) -> None:
    page.set_viewport_size({"width": 720, "height": 1000})
    comparison(page).get_by_role("radio", name="L4H0 of large").check()
    shown = comparison(page).locator(".hl-CompareHead:visible")
    shown.filter(has_text="L4H0").wait_for()
    assert shown.count() == 1
    wide = page.locator(".hl-ComparePage:visible").evaluate(
        "node => node.scrollWidth - node.clientWidth"
    )
    assert wide <= 0
    walk.light_and_dark(picture, "narrow")
    page.set_viewport_size({"width": 1440, "height": 1000})


def test_two_models(walk: Walk, page: Any, picture: Picture) -> None:
    comparison(page).get_by_role("button", name="Compare models").click()
    models = page.locator(".hl-CompareModels:visible")
    models.get_by_label("First model").select_option(value="aa" * 32)
    models.get_by_label("Second model").select_option(value="bb" * 32)
    picture("asked")
    models.get_by_role("button", name="Compare", exact=True).click()
    nearest = models.get_by_role("table", name="Nearest heads")
    nearest.wait_for()
    coverage = models.get_by_role("table", name="Coverage").locator("tbody tr").first
    assert coverage.inner_text().split() == ["All", "heads", "2", "2", "0", "2", "2", "1"]
    assert grave(page, ".hl-CompareModels") == []
    walk.light_and_dark(picture, "models")
    nearest.get_by_role("button", name="Compare L2H3 with L5H1").first.click()
    comparison(page).get_by_role("table", name="Salient mappings").wait_for()
    assert heads(page) == ["L2H3", "L5H1"]


def test_drafts_side_by_side(walk: Walk, page: Any, ids: list[int], picture: Picture) -> None:
    walk.command("headlab:open-entry", id=ids[0])
    tab = page.locator(".hl-EntryPage:visible")
    drafts = tab.locator("[data-section=Drafts]")
    drafts.get_by_role("button", name="Side by side").click()
    assert drafts.locator(".hl-DraftColumns ins").count() > 0
    drafts.get_by_role("button", name="Write your own").click()
    drafts.get_by_label("Your draft").fill("Names the capital of a country.")
    picture("writing")
    drafts.get_by_role("button", name="Add draft").click()
    drafts.get_by_text("written by Rosa").first.wait_for()
    drafts.scroll_into_view_if_needed()
    assert grave(page, ".hl-DraftChoices") == []
    walk.light_and_dark(picture, "columns")
    own = walk.entry(ids[0])["drafts"][-1]
    drafts.get_by_role("button", name=f"Accept draft {own['id']}").click()
    drafts.get_by_text("This draft is accepted.").wait_for()
    entry = walk.entry(ids[0])
    assert (entry["state"], entry["description"]) == ("accepted", "Names the capital of a country.")
    assert entry["reviews"][-1]["reviewer"] == "Rosa"


def test_a_note_in_markdown(walk: Walk, page: Any, ids: list[int], picture: Picture) -> None:
    walk.command("headlab:open-entry", id=ids[1])
    tab = page.locator(".hl-EntryPage:visible").filter(has_text="Maps countries to cities")
    note = tab.get_by_role("region", name="Note")
    note.get_by_role("heading", name="What is known").wait_for()
    assert note.locator("li").count() == 2
    link = note.get_by_role("link", name="the survey")
    assert link.get_attribute("rel") == "noopener noreferrer"
    tab.locator(".hl-LabelsForm summary").click()
    tab.get_by_role("button", name="Add stage ICI").wait_for()
    note.scroll_into_view_if_needed()
    assert grave(page, ".lm-DockPanel .hl-EntryPage:not(.lm-mod-hidden) .hl-Review") == []
    walk.light_and_dark(picture, "note")


@pytest.mark.parametrize(
    "payloads",
    [
        pytest.param(PAYLOADS[::5], id="every fifth"),
        pytest.param(PAYLOADS, id="all", marks=pytest.mark.slow),
    ],
)
def test_notes_do_nothing(
    walk: Walk, page: Any, ids: list[int], picture: Picture, payloads: list[str]
) -> None:
    """Hostile texts in a note: nothing is asked for, nothing runs, no element is made."""
    assert len(PAYLOADS) >= 100
    walk.command("headlab:open-entry", id=ids[1])
    tab = page.locator(".hl-EntryPage:visible").filter(has_text="Maps countries to cities")
    form = tab.locator(".hl-NoteForm")
    form.wait_for()
    walk.requests.clear()
    for first in range(0, len(payloads), 10):
        form.get_by_label("Edit note").check()
        # what a text leaves open is closed, so that it hides none of those after it
        closed = "\n\n-->\n\n]]>\n\n?>\n\n</script></style></pre></textarea>\n\n```\n\n```\n\n"
        form.get_by_role("textbox").fill(closed.join(payloads[first : first + 10]))
        form.get_by_label("Read note").check()
        note = form.get_by_role("region", name="Note")
        note.locator("p, pre, ul, blockquote").first.wait_for()
        strange = note.locator(
            "script, img, iframe, object, embed, link, style, svg, video, audio, form, input, "
            "button, base, meta, [style], [onclick], [onload], [onerror], "
            "[data-commandlinker-command], [commandlinker-command]"
        )
        assert strange.count() == 0
        for link in note.locator("a").all():
            assert (link.get_attribute("href") or "").startswith(("http://", "https://"))
    picture("untrusted")
    page.wait_for_timeout(200)
    assert page.evaluate("window.pwned") is None
    assert walk.complaints == []
    assert walk.lab.outside.asked == []
    assert [url for url in walk.requests if f"127.0.0.1:{walk.lab.port}/" not in url] == []
    form.get_by_label("Edit note").check()
    form.get_by_role("textbox").fill(NOTE)
