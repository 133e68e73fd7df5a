"""A row that cannot be read: marked in sidebar and table beside the others, and no lab breaks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from axe import assert_accessible, needs_axe
from lab_server import LabServer, Outside, running_lab
from pictures import Picture
from review_walk import HEADS, seed
from walk import Walk

SAID = "Entry 2 cannot be read; run verify."


@pytest.fixture(scope="module")
def lab(
    chromium: str, outside: Outside, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    with running_lab(tmp_path_factory.mktemp("damaged"), outside) as server:
        with server.catalogue() as store:
            seed(store)
            place = store.place
        with closing(sqlite3.connect(place)) as file:
            file.execute("UPDATE entry SET description = CAST(X'4D61FF' AS TEXT) WHERE id = 2")
            file.commit()
        yield server


@needs_axe
def test_a_damaged_entry_is_shown_as_such(page: Any, lab: LabServer, picture: Picture) -> None:
    walk = Walk(page, lab)
    page.set_default_timeout(20_000)
    walk.open_lab()
    walk.command("headlab:show-catalogue")
    rows = walk.sidebar.locator("[role=row][aria-selected]")
    damaged = rows.filter(has=page.locator(".hl-DamagedMark"))
    damaged.wait_for()
    assert SAID in damaged.inner_text()
    assert "not described" not in damaged.inner_text()
    walk.command("headlab:catalogue-table")
    table = page.locator(".hl-TablePanel")
    row = table.locator("[role=row][aria-selected]").filter(has_text=SAID)
    row.wait_for()
    assert table.locator("[role=grid]").get_attribute("aria-rowcount") == str(HEADS + 1)
    assert table.locator(".hl-DamagedMark").count() == 1
    walk.light_and_dark(picture, "table")
    assert_accessible(walk, ".hl-TablePanel", picture)
