"""An import that meets entries edited on both sides: all are listed, the rest is taken on request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab_server import LabServer
from pictures import Picture
from walk import Walk

from headlab import Catalogue
from headlab.records.card import EvidenceCard
from headlab.records.head import Head
from headlab.records.model import ModelFacts

FINGERPRINT = "c" * 16
HOSTILE = "<img src=x onerror=alert(1)>"


def card_of(head: str) -> EvidenceCard:
    facts = ModelFacts(
        name="moved", family="gpt2", architecture="GPT2LMHeadModel", n_layers=8, n_heads=8,
        n_kv_heads=8, d_model=64, d_head=8, d_vocab=100, n_tokens=100, n_parameters=1000,
        dtype="float32", device="cpu", attention_kernel="eager", fingerprint=FINGERPRINT,
        tokenizer_hash="t" * 16, first_mlp=None,
    )  # fmt: skip
    empty: dict[str, Any] = dict.fromkeys(("relations", "mappings", "provenances"), ())
    return EvidenceCard(model=facts, head=Head.parse(head), ablation=None, **empty)


def edit_apart(here: Catalogue, folder: Path) -> tuple[Path, int]:
    """Three heads edited here and elsewhere, a fourth only there; the export of the other place, and
    the entry of the fourth."""
    heads = ("L0H1", "L2H7", "L5H3", "L6H0")
    for head in heads:
        here.add_evidence(card_of(head), author="Rosa")
    ids = {head: here.find(FINGERPRINT, head).id for head in heads}
    with Catalogue.open(folder / "other.db") as other:
        other.import_(here.export(entry_ids=ids.values()))
        for head in heads:
            other.annotate(other.find(FINGERPRINT, head).id, note="there", author=HOSTILE)
        other.export(folder / "moved heads.json")
    for head in heads[:3]:
        here.annotate(ids[head], note="here", author="Rosa")
    return folder / "moved heads.json", ids[heads[3]]


def test_conflicts_are_listed_and_the_rest_is_imported(
    page: Any, lab: LabServer, picture: Picture, tmp_path: Path
) -> None:
    walk = Walk(page, lab)
    walk.open_lab()
    with lab.catalogue() as store:
        file, entry_id = edit_apart(store, tmp_path)
    walk.command("headlab:show-catalogue")
    walk.sidebar.get_by_role("button", name="Import", exact=True).click()
    walk.sidebar.locator("input[type=file]").set_input_files(file)
    listed = walk.sidebar.get_by_role("region", name="Edited on both sides")
    listed.wait_for()
    shown = listed.get_by_role("listitem").all_inner_texts()
    assert [text.split()[0] for text in shown] == ["L0H1", "L2H7", "L5H3"]
    assert all("Here: annotate by Rosa" in text and HOSTILE in text for text in shown)
    assert listed.locator("img").count() == 0
    walk.light_and_dark(picture, "import-conflicts")
    walk.sidebar.get_by_role("button", name="Import the rest, 1 entry").click()
    walk.sidebar.get_by_text("Imported.", exact=True).wait_for()
    walk.sidebar.get_by_role("button", name="Import", exact=True).click()
    with lab.catalogue() as store:
        notes = [store.get(row.id).note for row in store.list(model="moved")]
        assert notes == ["here", "here", "here", "there"]
        assert [one.source for one in store.imports_log()] == ["moved heads.json"]
    walk.command("headlab:open-entry", id=entry_id)
    history = page.locator(".hl-EntryPage .hl-History").first
    history.locator("summary").click()
    history.get_by_text("from moved heads.json").wait_for()
    assert history.get_by_text("imported by").count() == 1
    history.scroll_into_view_if_needed()
    walk.light_and_dark(picture, "imported-revision")
