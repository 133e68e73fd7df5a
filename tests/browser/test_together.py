"""Panel, sidebar, command line and other processes work on one catalogue and one set of settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from demo_answers import demo_model
from lab_server import LabServer
from walk import Walk

from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft, Drafter
from headlab.records.head import Head

SECONDS = 3_000
DEAF = """
window.addEventListener('headlab:catalogue-changed', event => {
  if (window.deaf) event.stopImmediatePropagation();
});
"""


class Table(Walk):
    """A workbench with the demo model, and the sidebar beside it."""

    def seed(self, head: str, text: str, accepted: bool = False) -> int:
        """Put a draft for a head of the demo model into the catalogue, from another process."""
        card = EvidenceCard(
            model=demo_model().facts,
            head=Head.parse(head),
            relations=(),
            mappings=(),
            ablation=None,
            provenances=(),
        )
        draft = Draft(
            description=text,
            unclear=True,
            drafter=Drafter(kind="rules", name="1"),
            card_hash=card.content_hash(),
        )
        with self.lab.catalogue() as store:
            entry = store.add_draft(card, draft, author="Elsewhere")
            if accepted:
                store.review(entry.id, "accepted", reviewer="Elsewhere")
        return entry.id

    def edit_elsewhere(self, entry: int, text: str) -> None:
        with self.lab.catalogue() as store:
            store.review(entry, "edited", description=text, reviewer="Elsewhere")

    def wait_for_stored(self, entry: int, state: str) -> None:
        self.until(lambda: self.entry(entry)["state"] == state, f"the catalogue says {state}")


@pytest.fixture(scope="module")
def page(shared_page: Any) -> Any:
    return shared_page


@pytest.fixture(scope="module")
def table(page: Any, lab: LabServer) -> Table:
    table = Table(page, lab)
    page.add_init_script(DEAF)  # before the panel listens
    table.seed("L1H2", "The first of them.")
    table.run_notebook(
        "together.ipynb", "import headlab", "headlab.Workbench('demo', measure='catalogue/state')"
    )
    table.wait_for_model()
    table.command("headlab:show-catalogue")
    table.row("L1H2").wait_for()
    return table


def test_an_entry_of_another_process_appears_by_itself(table: Table) -> None:
    table.seed("L1H3", "Written elsewhere.", accepted=True)
    table.row("L1H3").wait_for(timeout=SECONDS)
    assert "accepted" in table.state_of("L1H3")
    assert "Written elsewhere." in table.row("L1H3").inner_text()


def test_panel_and_sidebar_select_the_same_head(table: Table, page: Any) -> None:
    table.row("L1H2").click()
    table.wait_for_card("L1H2")
    grid = table.panel.get_by_role("grid").first
    grid.locator("[role=gridcell][tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    table.wait_for_card("L1H3")
    selected = table.sidebar.locator("[role=row][aria-selected=true]")
    selected.get_by_text("L1H3", exact=True).wait_for(timeout=SECONDS)


def test_decisions_in_the_sidebar_reach_the_catalogue_and_the_card(table: Table, page: Any) -> None:
    entry = table.seed("L0H4", "To be decided.")
    table.row("L0H4").click()
    table.wait_for_card("L0H4")
    for key, state in (("a", "accepted"), ("x", "rejected"), ("z", "accepted")):
        table.row("L0H4").focus()
        page.keyboard.press(key)
        mark = table.card.locator(f".hl-CardHeadline .hl-StateMark[data-state={state}]")
        mark.wait_for(timeout=SECONDS)
        table.wait_for_stored(entry, state)
        assert state in table.state_of("L0H4")
    assert table.entry(entry)["reviews"][-1]["reviewer"] == "Rosa"


def test_what_is_being_typed_survives_a_change_elsewhere(table: Table, page: Any) -> None:
    entry = table.seed("L0H5", "As drafted.")
    table.row("L0H5").click()
    table.wait_for_card("L0H5")
    area = table.card.get_by_role("textbox", name="Description")
    area.fill("Half a sentence")
    table.edit_elsewhere(entry, "Theirs.")
    table.card.locator(".hl-CardHeadline-first", has_text="Theirs.").wait_for(timeout=SECONDS)
    assert area.input_value() == "Half a sentence"
    table.card.get_by_role("button", name="Discard change").click()


def test_a_stale_edit_is_said_and_loses_nothing(table: Table, page: Any) -> None:
    entry = table.seed("L0H6", "As drafted.")
    table.row("L0H6").click()
    table.wait_for_card("L0H6")
    area = table.card.get_by_role("textbox", name="Description")
    area.fill("Mine, with care.")
    # the announcement of the change is lost, as with a broken connection
    page.evaluate("window.deaf = true")
    table.edit_elsewhere(entry, "Theirs, earlier.")
    area.focus()
    page.keyboard.press("Control+Enter")
    note = table.card.locator(".hl-StaleEdit")
    note.wait_for()
    said = note.inner_text()
    assert "Changed meanwhile" in said
    assert "Your change was not saved" in said
    assert "Theirs, earlier." in said
    note.get_by_text("by Elsewhere").wait_for()
    assert area.input_value() == "Mine, with care."
    assert table.entry(entry)["description"] == "Theirs, earlier."

    note.get_by_role("button", name="Apply mine anyway").click()
    table.card.locator(".hl-CardHeadline-first", has_text="Mine, with care.").wait_for()
    kept = table.entry(entry)
    assert kept["description"] == "Mine, with care."
    texts = [review["description"] for review in kept["reviews"]]
    assert texts == ["Theirs, earlier.", "Mine, with care."], "both are in the history"
    page.evaluate("window.deaf = false")


@pytest.fixture
def no_llm(lab: LabServer) -> Iterator[None]:
    yield
    lab.python("from headlab.settings import write_setting; write_setting('llm_model', None)")


@pytest.mark.usefixtures("no_llm")
def test_settings_are_one_for_page_and_command_line(table: Table, page: Any) -> None:
    read = "from headlab.settings import read_settings; print(read_settings().llm_model)"
    table.command("settingeditor:open", query="HeadLab")
    field = page.locator("input[label='Model at the endpoint']")
    field.fill("from-the-page")
    table.until(lambda: table.lab.python(read) == "from-the-page", "another process reads it")

    table.lab.headlab("config", "set", "llm_model", "from-the-terminal")
    page.wait_for_function(
        """async address => {
             const found = await (await fetch(address)).json();
             return JSON.stringify(found.settings).includes('from-the-terminal');
           }""",
        arg=table.lab.url("/lab/api/settings/headlab:plugin"),
        timeout=SECONDS,
    )
    field.and_(page.locator("[value='from-the-terminal']")).wait_for(timeout=SECONDS)
