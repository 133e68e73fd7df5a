"""`headlab jobs plan`: batches from the catalogue's evidence, the same as over REST."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))
sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from draft_batches import cards
from fault_server import FaultServer

from headlab.catalogue import Catalogue
from headlab.cli import main
from headlab.records.batch import BatchPlan, BatchWish
from headlab.settings import write_settings
from headlab.workflow.draft_jobs.wish import plan_wish


@pytest.fixture
def endpoint() -> Iterator[FaultServer]:
    with FaultServer() as running:
        write_settings({"llm_base_url": running.base_url, "llm_model": "tiny", "prices": "1,2"})
        yield running


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    """Four heads with evidence, whose scores rise with their index; L0H3 is rejected."""
    monkeypatch.setenv("HEADLAB_CATALOGUE", str(tmp_path / "c.db"))
    with Catalogue.open() as opened:
        for card in cards(4):
            opened.add_evidence(card)
        opened.review(4, "rejected", reviewer="ada", reason="no")
        yield opened


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["jobs", "plan", *words])
    shown = capsys.readouterr()
    return code, shown.out, " ".join(shown.err.split())


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ((), {}),
        (("--described",), {"undescribed": False}),
        (
            ("--top", "2", "--relation", "country_to_capital"),
            {"top": 2, "measure": "country_to_capital"},
        ),
        (
            ("--top", "1", "--measure", "overview/relation", "--score-to", "0.5015", "--cap", "2"),
            {"top": 1, "measure": "overview/relation", "filters": {"score_to": 0.5015}, "cap": 2.0},
        ),
        (("--text", "L0H1"), {"text": "L0H1"}),
    ],
)
def test_a_plan_is_that_of_the_same_wish(
    catalogue: Catalogue,
    endpoint: FaultServer,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    wish: dict[str, Any],
) -> None:
    code, out, _ = run(capsys, *words, "--json")
    assert code == 0
    assert BatchPlan.model_validate_json(out) == plan_wish(catalogue, BatchWish(**wish)).shown


def test_it_says_which_heads_and_what_speaks_against_it(
    catalogue: Catalogue, endpoint: FaultServer, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, said = run(capsys, "--top", "2", "--relation", "country_to_capital")
    assert (code, out) == (0, "")
    assert ": L0H2, L0H1" in said
    assert "Left out: 1 drafted or decided on already" in said
    assert "Left out: 1 not among the 2 highest" in said
    assert "2 drafts by tiny at" in said
    for words, problem in (
        (("--layer", "7"), "No head is left"),
        (("--top", "2"), "both a number and the measure"),
        (("--top", "5001", "--measure", "overview/relation"), "5000 heads at most"),
        (("--yes",), "--yes belongs to --start"),
        (("--start",), "Add --yes"),
    ):
        code, _, said = run(capsys, *words)
        assert (code, problem in said) == (1, True), (words, said)
    assert endpoint.requests == []


def test_it_starts_what_it_plans(
    catalogue: Catalogue, endpoint: FaultServer, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--top", "2", "--measure", "relation/country_to_capital", "--cap", "1")
    code, out, said = run(capsys, *words, "--start", "--yes", "--json")
    assert code == 0
    batch = json.loads(out)
    assert (batch["state"], batch["cap"], len(endpoint.requests)) == ("finished", 1.0, 2)
    assert batch["selection"] == "top 2 by relation/country_to_capital; undescribed"
    assert "Cap: 1;" in said
    assert [row.state for row in catalogue.list()] == [
        "undescribed",
        "drafted",
        "drafted",
        "rejected",
    ]
