"""The lab's views over the catalogue that `headlab demo` leaves: real evidence, for the README too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lab_server import LabServer
from pictures import Picture
from walk import Walk

DEMO = """
import contextlib, io, json, headlab
from headlab.cli import main
with contextlib.redirect_stdout(io.StringIO()):
    assert main(["demo"]) == 0
    assert main(["draft", "demo", "--best", "24"]) == 0
    for name, value in (("llm_base_url", "http://127.0.0.1:9/v1"), ("llm_model", "llama-3.1-8b"),
                        ("prices", "0.1,0.3"), ("reviewer", "Mira")):
        assert main(["config", "set", name, value]) == 0
with headlab.Catalogue.open() as store:
    entries = store.page("", sort="score", limit=1000).entries
    listed = ((row.id, str(row.head), row.best_operation, row.model_name) for row in entries)
    print(json.dumps(list(listed)))
"""


@pytest.mark.slow
def test_views_of_the_demo(page: Any, lab: LabServer, picture: Picture) -> None:
    walk = Walk(page, lab)
    walk.open_lab()
    rows: list[tuple[int, str, str, str]] = json.loads(lab.python(DEMO).splitlines()[-1])
    page.set_viewport_size({"width": 1280, "height": 800})

    walk.command("headlab:catalogue-table")
    grid = page.get_by_role("grid", name="Entries").last
    grid.get_by_text(rows[0][1], exact=True).first.wait_for()
    assert grid.get_attribute("aria-rowcount") == str(len(rows) + 1)
    walk.light_and_dark(picture, "table")

    walk.command("headlab:review-queue")
    page.get_by_label("Order").select_option("important")
    page.locator(".hl-CitedRow").first.wait_for()
    judged = page.locator(".hl-JudgedHead-name").inner_text()
    assert judged in {head for _, head, _, _ in rows}
    walk.light_and_dark(picture, "review")

    chosen, seen = [], set()
    for number, _head, operation, _model in rows:  # heads that do different things
        if operation not in seen and len(chosen) < 3:
            chosen.append(number)
            seen.add(operation)
    walk.command("headlab:compare", entry_ids=chosen)
    page.get_by_role("table", name="Salient mappings").wait_for()
    assert page.locator(".hl-Compare:visible .hl-CompareHead-name").count() == len(chosen)
    walk.light_and_dark(picture, "compare")

    own = [
        number for number, _, _, model in rows if model == "demo"
    ]  # other files' entries stand by
    walk.command("headlab:batches", entry_ids=own)
    page.locator(".hl-Batches").get_by_role("button", name="Plan").first.click()
    plan = page.locator(".hl-Batches").get_by_role("region", name="Plan")
    plan.get_by_role("button", name=f"Draft {len(own)} heads, at most").wait_for()
    walk.light_and_dark(picture, "batch")
