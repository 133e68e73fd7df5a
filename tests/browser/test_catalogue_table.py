"""The catalogue's filters and its table, on some thousand entries in a lab of their own."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe import assert_accessible, needs_axe
from cards_by_hand import CAPITAL, MAPPINGS, MODEL, make_card
from fresh_pages import fresh_page
from lab_server import LabServer, Outside, running_lab
from pictures import Picture
from walk import Walk

from headlab import Catalogue
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft, Drafter
from headlab.records.head import Head

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from catalogue import fill

N_FILLED = 3_000
LONG = {
    "L0H0": "国の首都を書く" * 45,
    "L0H1": "يكتب العاصمة " * 25,
    "L0H2": "e\u0301\u0323\u0302" * 75,
    "L0H3": "<b>bold</b>\u202e back",
}
FINGERPRINT = "a" * 16


def fill_catalogue(store: Catalogue) -> None:
    """Thousands of copies of one entry, and a model whose heads have texts of many scripts."""
    card = head_of("L5H3", "demo", "f" * 16)
    fill(store, card, draft_of(card, "Maps countries to their capitals."), N_FILLED)
    for head, text in LONG.items():
        card = head_of(head, "a-real-one", FINGERPRINT)
        entry = store.add_draft(card, draft_of(card, text), author="Rosa")
        labels = {"head_names": ["induction"], "if_revision": entry.revision}
        store.annotate(entry.id, **labels, author="Rosa")


def head_of(head: str, model: str, fingerprint: str) -> EvidenceCard:
    facts = MODEL.model_copy(update={"name": model, "fingerprint": fingerprint})
    card = make_card([CAPITAL], MAPPINGS)
    return card.model_copy(update={"model": facts, "head": Head.parse(head)})


def draft_of(card: EvidenceCard, text: str) -> Draft:
    drafter = Drafter(kind="rules", name="rules")
    cited = {"evidence": ("R1",), "card_hash": card.content_hash()}
    return Draft(description=text, drafter=drafter, **cited)


class Table(Walk):
    """The table, and the sidebar beside it."""

    asked: list[str]

    @property
    def table(self) -> Any:
        return self.page.locator(".hl-TablePanel")

    @property
    def grid(self) -> Any:
        return self.table.get_by_role("grid", name="Entries")

    @property
    def total(self) -> Any:
        return self.table.locator(".hl-CataloguePanel-total")

    def in_table(self, head: str, model: str = "a-real-one") -> Any:
        """The row of a head."""
        rows = self.grid.locator("[role=row][aria-selected]")
        of_model = rows.filter(has=self.page.locator(f"[title='{model}']"))
        return of_model.filter(has=self.page.get_by_text(head, exact=True))

    def shows(self, total: str) -> None:
        """Wait until so many entries match."""
        self.total.filter(has_text=re.compile(rf"^{total} of ")).wait_for()

    def count(self, **filters: Any) -> int:
        """How many entries the catalogue has, asked in another process than the server."""
        with self.lab.catalogue() as store:
            return store.count(**filters)

    def clear(self) -> None:
        self.page.evaluate("document.activeElement?.blur()")
        self.table.get_by_role("button", name="Clear all").click()
        self.table.get_by_role("searchbox").fill("")


@pytest.fixture(scope="module")
def own_lab(
    chromium: str, outside: Outside, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    with running_lab(tmp_path_factory.mktemp("table"), outside) as server:
        with server.catalogue() as store:
            fill_catalogue(store)
        yield server


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    with fresh_page(browser) as opened:
        yield opened


@pytest.fixture(scope="module")
def walk(page: Any, own_lab: LabServer) -> Table:
    walk = Table(page, own_lab)
    walk.asked = []
    page.on(
        "request",
        lambda request: (
            walk.asked.append(request.url)
            if re.search(r"/headlab/(entries|overview|facets|filters)", request.url)
            else None
        ),
    )
    walk.open_lab()
    walk.command("headlab:show-catalogue")
    walk.row("L0H0").first.wait_for()
    walk.command("headlab:catalogue-table")
    walk.in_table("L0H0").wait_for()
    return walk


def test_few_rows_of_many_are_in_the_page(walk: Table, page: Any, picture: Picture) -> None:
    walk.light_and_dark(picture, "table")
    assert walk.grid.get_attribute("aria-rowcount") == str(N_FILLED + len(LONG) + 1)
    assert walk.total.inner_text() == f"{N_FILLED + len(LONG):,} entries"
    walk.asked.clear()
    walk.in_table("L0H0").focus()
    page.keyboard.press("End")
    last = walk.grid.locator(f"[aria-rowindex='{N_FILLED + len(LONG) + 1}'][aria-selected]")
    last.wait_for()
    with walk.lab.catalogue() as store:
        (row,) = store.list(limit=1, offset=N_FILLED + len(LONG) - 1)
    assert (row.description or "") in last.inner_text()
    assert walk.grid.get_by_role("row").count() <= 80
    assert len(walk.asked) <= 2
    page.keyboard.press("Home")


def test_texts_of_any_script_keep_a_row_in_its_place(walk: Table) -> None:
    for head in LONG:
        for row, height in ((walk.in_table(head), 28), (walk.row(head).first, 72)):
            assert row.bounding_box()["height"] == height
            beyond = row.evaluate(
                """row => {
                     const box = row.getBoundingClientRect();
                     return [...row.querySelectorAll('[role=gridcell]')].filter(cell => {
                       const at = cell.getBoundingClientRect();
                       return at.top < box.top - 1 || at.bottom > box.bottom + 1;
                     }).length;
                   }"""
            )
            assert beyond == 0
    assert "\u202e" not in walk.in_table("L0H3").inner_text()
    assert "<b>bold</b>" in walk.in_table("L0H3").inner_text()


def test_filters_find_what_python_finds_and_are_saved(walk: Table) -> None:
    fields = walk.table.get_by_role("search")
    fields.get_by_role("button", name="More filters").click()
    fields.get_by_role("combobox", name="Category").select_option("copying")
    fields.get_by_role("spinbutton", name="Layers to").fill("9")
    fields.get_by_role("combobox", name="Operation").select_option("plural")
    fields.get_by_role("spinbutton", name="Score from").fill(".5")
    wanted = walk.count(category="copying", layer_to=9, operation="plural", score_from=0.5)
    assert 0 < wanted < N_FILLED
    walk.shows(f"{wanted:,}")
    walk.table.get_by_role("button", name="Saved").click()
    walk.table.get_by_role("textbox", name="Name for the present filters").fill("Copies")
    walk.table.get_by_role("button", name="Save", exact=True).click()
    choose = walk.table.get_by_role("button", name="Copies", exact=True)
    choose.wait_for()
    walk.clear()
    walk.total.filter(has_text=f"{N_FILLED + len(LONG):,} entries").wait_for()
    choose.click()
    walk.shows(f"{wanted:,}")
    walk.table.get_by_role("button", name="Forget Copies").click()
    walk.table.get_by_text("None yet").wait_for()
    walk.table.get_by_role("button", name="Saved").click()
    fields.get_by_role("button", name="More filters").click()
    walk.clear()
    walk.in_table("L0H0").wait_for()


def test_filters_are_typed_among_the_words(walk: Table, picture: Picture) -> None:
    search = walk.table.get_by_role("searchbox")
    search.fill("layer:2-9 category:copying score>high")
    walk.shows(f"{walk.count(category='copying', layer_from=2, layer_to=9):,}")
    picture("typed-filters")
    search.press("Enter")
    walk.table.get_by_role("button", name="Without layer 2 to 9").wait_for()
    assert search.input_value() == "score>high"
    walk.clear()


def test_rows_change_where_they_are_when_changed_elsewhere(walk: Table) -> None:
    row = walk.in_table("L0H1")
    place = row.get_attribute("aria-rowindex")
    with walk.lab.catalogue() as store:
        store.review(store.find(FINGERPRINT, "L0H1").id, "accepted", reviewer="E")
    walk.grid.locator("[data-changed]").wait_for(timeout=5_000)
    row.locator("[data-state=accepted]").wait_for()
    assert row.get_attribute("aria-rowindex") == place


def test_an_import_is_shown_before_it_is_made_and_new_rows_wait(
    walk: Table, tmp_path: Path
) -> None:
    with Catalogue.open(tmp_path / "other.db") as other:
        card = head_of("L9H9", "another", "b" * 16)
        other.add_draft(card, draft_of(card, "Of another catalogue."), author="Mira")
        export = json.dumps(other.export()).encode()
    walk.table.get_by_role("button", name="Import", exact=True).click()
    walk.table.locator("input[type=file]").set_input_files(
        {"name": "other.json", "mimeType": "application/json", "buffer": b'{"a": 1}'}
    )
    walk.table.get_by_role("alert").get_by_text("is not an export").wait_for()
    walk.table.locator("input[type=file]").set_input_files(
        {"name": "other.json", "mimeType": "application/json", "buffer": export}
    )
    do_it = walk.table.get_by_role("button", name="Import 1 entry")
    do_it.wait_for()
    assert walk.count(model="another") == 0
    do_it.click()
    walk.table.get_by_text("Imported.", exact=True).wait_for()
    assert walk.count(model="another") == 1
    walk.table.get_by_role("button", name="1 new, show").click()
    walk.in_table("L9H9", "another").wait_for()
    walk.table.get_by_role("button", name="Import", exact=True).click()


def test_a_tag_reaches_the_selected_entries_alone(walk: Table, page: Any) -> None:
    walk.in_table("L0H1").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("t")
    page.keyboard.type("to check")
    page.keyboard.press("Enter")
    walk.table.get_by_text("Tagged 2 entries.").first.wait_for()
    assert walk.table.get_by_text("L0H1, L0H2 selected").count() == 1
    with walk.lab.catalogue() as store:
        assert sorted(str(row.head) for row in store.list(tag="to check")) == ["L0H1", "L0H2"]
    walk.in_table("L0H2").get_by_text("to check").wait_for()
    walk.table.get_by_role("button", name="Clear", exact=True).click()


def test_exports_hold_what_the_list_shows(walk: Table, page: Any) -> None:
    walk.table.get_by_role("searchbox").fill("check")
    walk.shows("2")
    walk.table.get_by_role("button", name="Export", exact=True).click()
    for name, holds in (("JSON", b'"headlab-catalogue"'), ("CSV", b"L0H2"), ("HTML report", b"<")):
        with page.expect_download() as started:
            walk.table.get_by_role("link", name=name).click()
        text = Path(started.value.path()).read_bytes()
        assert holds in text
        assert b"L0H3" not in text
    walk.table.get_by_role("textbox").last.fill("cc-by-4.0")
    with page.expect_download() as started:
        walk.table.get_by_role("link", name="Data set").click()
    assert Path(started.value.path()).read_bytes()[:2] == b"PK"
    walk.table.get_by_role("button", name="Export", exact=True).click()
    walk.table.get_by_role("searchbox").fill("")


def test_typing_asks_once_after_a_pause(walk: Table, page: Any) -> None:
    walk.in_table("L0H0").wait_for()
    walk.asked.clear()
    field = walk.table.get_by_role("searchbox")
    field.press_sequentially("bab countr", delay=10)
    walk.shows(".*")
    of_rows = [url for url in walk.asked if "/entries?" in url]
    assert len(of_rows) == 1
    assert "text=bab+countr" in of_rows[0]
    field.fill("")
    walk.in_table("L0H0").wait_for()


def test_a_reload_brings_everything_back(walk: Table, page: Any) -> None:
    walk.table.get_by_role("combobox", name="State").select_option("accepted")
    walk.grid.get_by_role("columnheader", name="Best operation, score").click()
    walk.table.get_by_role("button", name="Columns", exact=True).click()
    walk.table.get_by_role("checkbox", name="Drafter").uncheck()
    walk.table.get_by_role("button", name="State to the left").click()
    walk.table.get_by_role("button", name="Columns", exact=True).click()
    walk.grid.evaluate("grid => grid.scrollTop = 5600")
    row = walk.grid.locator("[aria-rowindex='206'][aria-selected]")
    row.get_by_role("checkbox").check()
    name, total = row.get_attribute("aria-label"), walk.total.inner_text()
    wait_for_kept_table(walk, scroll=5600)

    page.goto(walk.lab.url("/lab"))
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=90_000)
    again = walk.grid.locator("[aria-rowindex='206'][aria-selected=true]")
    again.wait_for()
    assert again.get_attribute("aria-label") == name
    assert walk.total.inner_text() == total
    assert walk.grid.evaluate("grid => grid.scrollTop") == 5600
    titles = walk.grid.get_by_role("columnheader").all_inner_texts()
    assert [title.strip() for title in titles[1:3]] == ["State", "Head"]
    assert "Drafter" not in "".join(titles)
    score = walk.grid.get_by_role("columnheader", name="Best operation, score")
    assert score.get_attribute("aria-sort") == "descending"
    assert walk.table.get_by_text("1 selected").count() == 1


def test_what_nobody_sees_asks_for_nothing(walk: Table, page: Any) -> None:
    walk.command("application:toggle-left-area")
    walk.command("launcher:create")
    walk.sidebar.wait_for(state="hidden")
    walk.table.wait_for(state="hidden")
    page.evaluate(
        """() => {
             window.heard = 0;
             window.addEventListener('headlab:catalogue-changed', () => window.heard++);
           }"""
    )
    walk.asked.clear()
    with walk.lab.catalogue() as store:
        store.annotate(store.find(FINGERPRINT, "L0H0").id, note="x", author="E")
    page.wait_for_function("window.heard > 0")
    assert walk.asked == []
    walk.command("headlab:show-catalogue")
    walk.row("L0H0").first.wait_for()
    page.wait_for_function("performance.now() > 0")
    assert [url for url in walk.asked if "/entries?" in url] != []


def test_a_narrow_sidebar_holds_everything(walk: Table, page: Any, picture: Picture) -> None:
    for name in ("More filters", "Saved", "Export"):
        walk.sidebar.get_by_role("button", name=name, exact=True).click()
    # the lab itself goes no further than 250
    page.add_style_tag(content=":root, body { --jp-sidebar-min-width: 200px !important }")
    page.evaluate("window.jupyterapp.shell._leftHandler.stackedPanel.fit()")
    walk.settle()
    for width in (220, 280, 420):
        page.evaluate(
            """width => {
                 const split = window.jupyterapp.shell._hsplitPanel;
                 const [, , right] = split.relativeSizes();
                 const all = split.node.clientWidth;
                 split.setRelativeSizes([width / all, 1 - width / all - right, right]);
               }""",
            width,
        )
        walk.settle()
        assert abs(walk.sidebar.bounding_box()["width"] - width) <= 4
        picture(f"sidebar-{width}")
        beyond = walk.sidebar.evaluate(
            """panel => {
                 const edge = panel.getBoundingClientRect().left + panel.clientWidth + 1;
                 const cut = one => {
                   for (let up = one; up !== panel; up = up.parentElement) {
                     if (getComputedStyle(up).overflowX !== 'visible') return true;
                   }
                   return false;
                 };
                 return [...panel.querySelectorAll('*')]
                   .filter(one => one.getBoundingClientRect().right > edge && !cut(one))
                   .map(one => one.className);
               }"""
        )
        assert beyond == []


@needs_axe
def test_both_lists_are_accessible_in_every_theme(walk: Table, page: Any, picture: Picture) -> None:
    walk.command("headlab:catalogue-table")
    walk.table.get_by_role("button", name="More filters").click()
    walk.table.get_by_role("combobox", name="Category").select_option("knowledge")
    walk.grid.get_by_role("checkbox").first.check()
    for view in (".hl-TablePanel", ".hl-CataloguePanel"):
        assert_accessible(walk, view, picture, view.removeprefix(".hl-"))


def wait_for_kept_table(walk: Table, scroll: int) -> None:
    """Until the lab has kept what the table looks like, with its tab and this place in the list."""

    def whole() -> bool:
        for data in walk.kept():
            table = data.get("headlab:table", {})
            tabs = json.dumps(data.get("layout-restorer:data", {}).get("main", {}))
            if table.get("scroll") == scroll and table.get("selected") and "headlab-table" in tabs:
                return True
        return False

    walk.until(whole, "the lab keeps the table")
