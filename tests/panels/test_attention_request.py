"""Attention that takes long, over the workbench's messages: only when the page asks for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # this folder's helpers, whatever the import mode

from panel_page import Page

import headlab

HEAD = {"layer": 0, "index": 1}


@pytest.fixture
def tiny(tiny_folder: Callable[..., Path]) -> Iterator[Page]:
    bench = headlab.Workbench()
    page = Page(bench)
    page.call(900, "load", name=str(tiny_folder("gpt2")))
    yield page
    bench.close()


def test_slow_attention_is_measured_when_it_is_asked_for(
    tiny: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headlab.workflow.bench.attention_seconds", lambda _model: 1e9)
    assert "attention" not in tiny.call(1, "head", head=HEAD)["card"]
    assert "attention" not in tiny.call(2, "head", head=HEAD, attention="yes")["card"]
    measured = tiny.call(3, "head", head=HEAD, attention=True)["card"]["attention"]
    assert measured["measures"]
    drafted = tiny.call(4, "draft", head=HEAD, drafter="rules")["entry"]
    assert drafted["card"]["attention"] == measured, "the draft rests on it too"
    other = tiny.call(5, "head", head={"layer": 1, "index": 0})["card"]
    assert other["attention"]["measures"], "all heads were measured"
