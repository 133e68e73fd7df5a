"""A person's own text as a draft, over the workbench's messages."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # this folder's helpers, whatever the import mode

from panel_page import Page

import headlab
from headlab.catalogue import StaleEdit
from headlab.records.edits import OwnDraft
from headlab.records.errors import HeadLabError
from headlab.workflow.own_drafts import add_own_draft

HEAD = {"layer": 0, "index": 1}


@pytest.fixture
def tiny(tiny_folder: Callable[..., Path]) -> Iterator[Page]:
    """A page whose workbench holds a tiny random model."""
    bench = headlab.Workbench()
    page = Page(bench)
    page.call(900, "load", name=str(tiny_folder("llama-gqa")))
    yield page
    bench.close()


def test_it_is_listed_beside_the_others_and_decides_nothing(
    tiny: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADLAB_REVIEWER", "Mira")
    entry = tiny.call(1, "draft", head=HEAD, drafter="rules")["entry"]
    own = {"description": " Copies\nnames. ", "categories": ["copying"], "stages": ["KR"]}
    seen: dict[str, Any] = {"entry_id": entry["id"], "if_revision": entry["revision"]}
    added = tiny.call(2, "add_draft", draft=own, **seen)
    assert added["reviews"] == []
    assert added["state"] in ("drafted", "unclear")
    listed = added["drafts"][-1]
    assert listed["id"] == entry["revision"] + 1
    draft = listed["draft"]
    assert draft["description"] == "Copies\nnames."
    assert (draft["drafter"]["kind"], draft["drafter"]["name"]) == ("person", "Mira")
    assert (draft["categories"], draft["stages"]) == (["copying"], ["KR"])
    assert draft["evidence"] == []
    assert {"event": "catalogue"} in [content for content, _ in tiny.messages]

    stale = tiny.refused(3, "add_draft", draft=own, **seen)
    assert stale["kind"] == "stale"
    assert stale["current"]["revision"] == added["revision"]
    empty = tiny.refused(4, "add_draft", draft={**own, "description": ""}, **seen)
    assert empty["kind"] == "input"
    with headlab.Catalogue.open() as store:
        assert store.get(entry["id"]).revision == added["revision"]


def test_an_older_revision_and_an_unknown_entry_are_refused(tiny: Page) -> None:
    entry = tiny.call(1, "draft", head=HEAD, drafter="rules")["entry"]
    own = OwnDraft(description="Copies names.")
    with headlab.Catalogue.open() as store:
        with pytest.raises(StaleEdit):
            add_own_draft(store, entry["id"], own, if_revision=entry["revision"] - 1)
        with pytest.raises(HeadLabError, match="99"):
            add_own_draft(store, 99, own)
        assert add_own_draft(store, entry["id"], own).drafts[-1].draft.drafter.kind == "person"
