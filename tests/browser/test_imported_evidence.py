"""Imported evidence on the page of an entry: its source named, apart from what was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab_server import LabServer
from pictures import Picture
from walk import Walk

from headlab import Catalogue

HOSTILE = "<img src=x onerror=alert(1)>"
ROWS = [
    ("' Jedi'", "' lightsaber', ' Kenobi', ' droid'"),
    ("' France'", "' Paris', '\\u202e'"),
    *((f"' w{number}'", f"' a{number}', ' b{number}'") for number in range(12)),
    (repr(HOSTILE), repr(HOSTILE)),
]
FILES = {
    "maps.csv": "Token,Mappings\n" + "\n".join(f'"{token}","{to}"' for token, to in ROWS),
    "scores.csv": "layer,head,induction,copying\n0,5,0.9123,-0.25\n",
    "other scores.csv": "layer,head,induction\n0,5,0.125\n",
}


def seed(store: Catalogue, folder: Path) -> int:
    """Three files about one head, two of which disagree; returns its entry."""
    from headlab.models.checkpoint_model import open_checkpoint
    from headlab.workflow.imports.run import import_evidence

    for name, text in FILES.items():
        (folder / name).write_text(text)
    facts = open_checkpoint("demo", "cpu").facts
    maps = {"head": "L0H5", "author": "Mira"}
    import_evidence(store, folder / "maps.csv", "maps-mappings", facts, **maps)
    for name in ("scores.csv", "other scores.csv"):
        import_evidence(store, folder / name, "head-metrics", facts, author="Mira")
    return store.find(facts.fingerprint, "L0H5").id


def test_sources_stand_apart_and_beside_each_other(
    page: Any, lab: LabServer, picture: Picture, tmp_path: Path
) -> None:
    walk = Walk(page, lab)
    walk.open_lab()
    with lab.catalogue() as store:
        walk.command("headlab:open-entry", id=seed(store, tmp_path))
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
