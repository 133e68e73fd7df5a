"""Texts of models, language models, imports and colleagues are shown as text and do nothing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from cards_by_hand import MODEL, ablation, make_card, mapping, relation
from injections import ON_CARDS
from lab_server import LabServer
from pictures import Picture
from walk import Walk

import headlab
from headlab import Catalogue
from headlab.records.draft import Draft, Drafter

SCRIPT = "<script>window.pwned=1</script>"
IMAGE = "<img src=x onerror=window.pwned=1>"
FETCH = '<img src="http://127.0.0.1:9/leak">![x](http://127.0.0.1:9/leak)'
TOKENS = (SCRIPT, IMAGE, "\\u202e", "\\u200b", "\\n", "\\t", "\\xe2", " the", "the")


def seed(store: Catalogue) -> int:
    """An entry that holds such texts wherever a text can be; returns its id."""
    facts = MODEL.model_copy(update={"name": "org/" + IMAGE, "fingerprint": "bad0" * 16})
    card = make_card(
        [relation(IMAGE, score=0.9, rank=1), relation(SCRIPT)],
        [mapping(SCRIPT, TOKENS), *(mapping(text, [IMAGE]) for text in ON_CARDS)],
        ablation(),
        not_applicable=[FETCH],
    ).model_copy(update={"model": facts})
    draft = Draft(
        description=f"Draft {SCRIPT}{IMAGE}{FETCH}\u202e.",
        input_kind=SCRIPT,
        pattern=IMAGE,
        categories=(IMAGE,),
        evidence=("R1", "M1"),
        drafter=Drafter(kind="llm", name=f"llm {IMAGE}", prompt_version=SCRIPT),
        card_hash=card.content_hash(),
    )
    entry = store.add_draft(card, draft, author=IMAGE)
    text = f"Says {SCRIPT}{IMAGE}{FETCH}"
    names = {"reviewer": f"by {IMAGE}", "reason": f"for {SCRIPT}"}
    store.review(entry.id, "edited", description=text, **names)
    tags = [f"tag {SCRIPT}", IMAGE]
    store.annotate(entry.id, note=f"Note {IMAGE}{FETCH}", tags=tags, author="Rosa")
    return entry.id


@pytest.fixture(scope="module")
def page(shared_page: Any) -> Any:
    return shared_page


@pytest.fixture(scope="module")
def walk(page: Any, lab: LabServer) -> Walk:
    walk = Walk(page, lab)
    page.on("request", lambda request: walk.requests.append(request.url))
    page.on(
        "console", lambda said: walk.complaints.append(said.text) if said.type == "error" else None
    )
    walk.run_notebook("untrusted.ipynb", "import headlab", "headlab.Workbench()")
    walk.panel.get_by_role("button", name="Demo model").wait_for(timeout=120_000)
    return walk


def assert_harmless(walk: Walk) -> None:
    page = walk.page
    page.wait_for_timeout(300)
    assert page.evaluate("window.pwned") is None
    ours = page.locator(".hl-Host")
    for element in ("script", "img", "iframe", "a[href*='127.0.0.1:9']"):
        assert ours.locator(element).count() == 0
    strange = (
        "[...document.querySelectorAll('script, img')].filter(e => /pwned|:9\\//.test(e.outerHTML))"
    )
    assert page.evaluate(f"{strange}.length") == 0
    assert walk.lab.outside.asked == []
    here = (f"http://127.0.0.1:{walk.lab.port}/", "data:", "blob:http://127.0.0.1")
    assert [url for url in walk.requests if not url.startswith(here)] == []
    assert walk.complaints == []


def test_an_entry(walk: Walk, page: Any, picture: Picture) -> None:
    with walk.lab.catalogue() as store:
        number = seed(store)
    walk.command("headlab:show-catalogue")
    row = walk.sidebar.get_by_role("row").filter(has_text=IMAGE)
    row.wait_for()
    assert f"Says {SCRIPT}{IMAGE}" in row.inner_text()
    row.click()
    assert_harmless(walk)
    picture("sidebar")

    walk.command("headlab:open-entry", id=number)
    tab = page.locator(".hl-EntryPage")
    tab.get_by_role("article").wait_for()
    assert f"Says {SCRIPT}{IMAGE}{FETCH}" in tab.locator(".hl-CardHeadline-first").inner_text()
    draft = tab.locator(".hl-Draft")
    assert f"Draft {SCRIPT}{IMAGE}{FETCH}" in draft.inner_text()
    assert f"language model llm {IMAGE}" in draft.inner_text()
    override = draft.locator(".hl-Draft-text [data-mark='U+202E']")
    assert override.count() == 1, "a sign stands where the text would turn around"
    assert "\u202e" not in draft.inner_text()
    note = tab.get_by_role("region", name="Note").inner_text()
    assert f"Note {IMAGE}" in note
    assert "image: x, http://127.0.0.1:9/leak" in note, "named, not fetched"
    tab.get_by_label("Edit note").check()
    assert tab.get_by_role("textbox", name="Note").input_value() == f"Note {IMAGE}{FETCH}"
    assert f"by {IMAGE}" in tab.locator(".hl-Review").inner_text()
    assert IMAGE in page.locator(".lm-TabBar-tabLabel", has_text="L4H7").inner_text()
    for more in tab.get_by_role("button", name="more").all():
        more.click()
    table, decision = tab.locator(".hl-Mappings"), tab.locator(".hl-Card-decision")
    edge = decision.bounding_box()["x"]
    assert table.bounding_box()["x"] + table.bounding_box()["width"] <= edge, "long tokens wrap"
    tab.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert_harmless(walk)
    picture("entry")


def test_tokens_differ_to_the_eye_and_are_copied_as_they_are(walk: Walk, page: Any) -> None:
    shown = page.locator(".hl-EntryPage .hl-Mappings [data-row=M1] .hl-Token")
    assert shown.count() == 1 + len(TOKENS)
    assert shown.nth(0).inner_text() == SCRIPT
    targets = [shown.nth(1 + place) for place in range(len(TOKENS))]
    looks = [token.screenshot() for token in targets]
    assert len(set(looks)) == len(looks)
    names = [token.get_attribute("aria-label") for token in targets]
    assert len(set(names)) == len(names)
    for place, text in (
        (0, SCRIPT),
        (2, "\u202e"),
        (3, "\u200b"),
        (4, "\n"),
        (5, "\t"),
        (7, " the"),
    ):
        targets[place].evaluate("element => getSelection().selectAllChildren(element)")
        page.keyboard.press("Control+c")
        assert page.evaluate("navigator.clipboard.readText()") == text


def test_the_name_of_a_model(walk: Walk, page: Any, picture: Picture) -> None:
    folder = walk.lab.folder / f"{IMAGE}\u202e"
    shutil.copytree(Path(headlab.__file__).parent / "models" / "demo", folder)
    page.locator(".lm-TabBar-tabLabel", has_text="untrusted.ipynb").click()
    walk.panel.get_by_label("Folder or Hugging Face id").fill(str(folder))
    walk.panel.get_by_role("button", name="Load").click()
    walk.wait_for_model()
    chip = walk.panel.locator(".hl-ModelChip")
    assert IMAGE in chip.inner_text()
    assert chip.locator("[data-mark='U+202E']").count() == 1
    assert_harmless(walk)
    picture("model")
