"""Imported evidence on the page of an entry: its source named, apart from what was measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab_server import LabServer
from walk import Walk

SEED = """
from pathlib import Path
from headlab import Catalogue
from headlab.models.checkpoint_model import open_checkpoint
from headlab.workflow.imports.run import import_evidence

hostile = "<img src=x onerror=alert(1)>"
rows = [("' Jedi'", "' lightsaber', ' Kenobi', ' droid'"), ("' France'", "' Paris', '\\\\u202e'")]
rows += [(f"' w{n}'", f"' a{n}', ' b{n}'") for n in range(12)] + [(repr(hostile), repr(hostile))]
lines = [f'"{token}","{to}"' for token, to in rows]
Path("maps.csv").write_text("Token,Mappings\\n" + "\\n".join(lines))
Path("scores.csv").write_text("layer,head,induction,copying\\n0,5,0.9123,-0.25\\n")
Path("other scores.csv").write_text("layer,head,induction\\n0,5,0.125\\n")
facts = open_checkpoint("demo", "cpu").facts
with Catalogue.open() as store:
    import_evidence(store, "maps.csv", "maps-mappings", facts, head="L0H5", author="Mira")
    for name in ("scores.csv", "other scores.csv"):
        import_evidence(store, name, "head-metrics", facts, author="Mira")
    print(store.find(facts.fingerprint, "L0H5").id)
"""


def test_sources_stand_apart_and_beside_each_other(
    page: Any, lab: LabServer, picture: Callable[[str], Path]
) -> None:
    walk = Walk(page, lab)
    walk.open_lab()
    walk.command("headlab:open-entry", id=int(lab.python(SEED)))
    section = page.get_by_role("region", name="Imported evidence")
    section.wait_for()
    assert "not measured here" in section.inner_text()
    sources = section.locator(".hl-Import")
    files = [sources.nth(place).locator(".hl-Import-file").inner_text() for place in range(3)]
    assert files == ["other scores.csv", "scores.csv", "maps.csv"]
    assert "0.9123 in scores.csv" in sources.nth(0).inner_text(), "the other answer is named"
    assert "0.125" in sources.nth(0).inner_text()
    section.get_by_role("button", name="Show all 15").click()
    assert section.locator("tbody tr").count() == 15 + 2 + 1
    assert section.locator("img").count() == 0
    assert page.locator(".hl-EntryPage .hl-RowLabel").count() == 0, "nothing here can be cited"
    section.scroll_into_view_if_needed()
    walk.light_and_dark(picture, "imported-evidence")
