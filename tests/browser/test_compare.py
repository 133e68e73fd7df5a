"""Heads and models side by side, drafts side by side, and notes in Markdown, as a person uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_server import LabServer
from walk import Walk

Picture = Callable[[str], Path]

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PAYLOADS = json.loads(
    (Path(__file__).parents[2] / "headlab_ext" / "views" / "note_payloads.json").read_text("utf-8")
)
NOTE = """## What is known

It **copies** the token that followed last time, as *induction* does:

- `A B … A` gives `B`
- not at the first position

> See [the survey](https://arxiv.org/abs/2409.03752).
"""

SEED = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1] / "drafting")!r})
from cards_by_hand import MODEL, ablation, make_card, mapping, relation
from headlab import Catalogue
from headlab.records.draft import Draft, Drafter
from headlab.records.head import Head

def with_ids(row, source):
    number = lambda text: sum(text.encode()) % 1000
    targets = [one.model_copy(update=dict(token_id=number(one.text))) for one in row.targets]
    return row.model_copy(update=dict(token_id=number(source), targets=tuple(targets)))

def card(facts, head, scores, sources):
    relations = [relation(name, score=score, rank=1) for name, score in scores.items()]
    mappings = [with_ids(mapping(source, targets, 3.0 - place / 2), source)
                for place, (source, targets) in enumerate(sources.items())]
    made = make_card(relations, mappings, ablation())
    return made.model_copy(update=dict(model=facts, head=Head.parse(head)))

def draft(card, text, **drafter):
    return Draft(
        description=text, evidence=("R1", "M1"), drafter=Drafter(**drafter),
        card_hash=card.content_hash(), categories=("knowledge",), stages=("KR",),
    )

small = MODEL.model_copy(update=dict(name="small", fingerprint="aa" * 32))
large = small.model_copy(update=dict(name="large", fingerprint="bb" * 32, tokenizer_hash="other"))
OPERATIONS = ("country_to_capital", "plural", "past_tense", "copying", "english_to_french",
              "comparative", "superlative", "gerund", "first_letter", "uppercase", "lowercase")
def scores(*first):
    spread = [*first, *(0.02 * (n % 7) for n in range(len(OPERATIONS) - len(first)))]
    return dict(zip(OPERATIONS, spread))

CAPITALS = {{" France": [" Paris", " Lyon"], " Spain": [" Madrid"], " Italy": [" Rome", " Milan"]}}
CITIES = {{" France": [" Paris"], " Japan": [" Tokyo"], " Italy": [" Rome"], "\\\\n": [" the"]}}
WORDS = {{" cat": [" cats"], " dog": [" dogs"], " France": [" French"]}}
ids = []
with Catalogue.open() as store:
    for facts, head, found, sources, text in (
        (small, "L2H3", scores(.9, .1, .3), CAPITALS, "Maps countries to their capitals."),
        (small, "L1H7", scores(.6, .05, .5, .2), CITIES, "Maps countries to cities."),
        (large, "L4H0", scores(.02, .8, .1, .4), WORDS, "Writes plurals of nouns."),
        (large, "L5H1", scores(.8, .2, .3), CAPITALS, "Maps a country to its capital city."),
    ):
        made = card(facts, head, found, sources)
        entry = store.add_draft(made, draft(made, text, kind="rules", name="rules 1"))
        ids.append(entry.id)
        if head == "L2H3":
            store.add_draft(made, draft(
                made, "Answers a country with its capital city, in most cases.",
                kind="llm", name="model-x", prompt_version="4",
            ))
    store.review(ids[2], "accepted", reviewer="Mira")
    store.annotate(ids[1], note={NOTE!r}, head_names=["mover"])
print(ids)
"""


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
    found: list[int] = walk.ask(SEED)
    walk.open_lab()
    return found


def comparison(page: Any) -> Any:
    return page.locator(".lm-DockPanel .hl-Compare:visible")


def assert_accessible(page: Any, view: str) -> None:
    """Nothing serious or critical in the view, by axe-core."""
    if not AXE.is_file():
        return
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate(
        "async view => (await axe.run(view, {resultTypes: ['violations']})).violations", view
    )
    assert [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ] == []


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
    assert_accessible(page, ".hl-Compare")
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
    assert_accessible(page, ".hl-CompareModels")
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
    assert_accessible(page, ".hl-DraftChoices")
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
    assert_accessible(page, ".lm-DockPanel .hl-EntryPage:not(.lm-mod-hidden) .hl-Review")
    walk.light_and_dark(picture, "note")


def test_notes_do_nothing(walk: Walk, page: Any, picture: Picture) -> None:
    """Every text of the list in a note: nothing is asked for, nothing runs, no element is made."""
    assert len(PAYLOADS) >= 100
    form = page.locator(".hl-EntryPage:visible .hl-NoteForm")
    walk.requests.clear()
    for first in range(0, len(PAYLOADS), 10):
        form.get_by_label("Edit note").check()
        # what a text leaves open is closed, so that it hides none of those after it
        closed = "\n\n-->\n\n]]>\n\n?>\n\n</script></style></pre></textarea>\n\n```\n\n```\n\n"
        form.get_by_role("textbox").fill(closed.join(PAYLOADS[first : first + 10]))
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
