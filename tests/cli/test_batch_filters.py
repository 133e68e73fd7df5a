"""Which heads `headlab draft --batch` takes by the filters of lists and by saved searches."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from tested_entries import builders

from headlab.catalogue import Catalogue
from headlab.cli import main
from headlab.cli.batch_options import refuse_options
from headlab.cli.command import build_parser
from headlab.cli.jobs import batch_heads
from headlab.records.errors import HeadLabError
from headlab.records.head import Head


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """L0H1 to L0H3 and L1H0; two rejected and tagged; the same heads of another model."""
    place = tmp_path_factory.mktemp("batch") / "c.db"
    with Catalogue.open(place) as opened:
        for model, fingerprint in (("demo", "f" * 16), ("other", "0" * 16)):
            for head in ("L0H1", "L0H2", "L0H3", "L1H0"):
                card = builders.build_card(head, model=model, fingerprint=fingerprint)
                entry = opened.add_draft(card, builders.build_draft(card))
                if head in ("L0H2", "L1H0"):
                    opened.review(entry.id, "rejected", reviewer="ada", tags=["again"])
                if head == "L0H3":
                    opened.annotate(entry.id, note="look at plurals")
        opened.save_filter("vague", state="rejected", author="ada")
        opened.save_filter("ours", text="plurals", model="fff", author="ada")
        opened.save_filter("others", model="other", author="ada")
    return place


@pytest.fixture(autouse=True)
def catalogue(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that commands open; they only read."""
    monkeypatch.setenv("HEADLAB_CATALOGUE", str(path))
    monkeypatch.setenv("HEADLAB_REVIEWER", "ada")


def heads(*words: str) -> list[str]:
    chosen = build_parser().parse_args(["draft", "demo", "--batch", *words])
    card = builders.build_card()
    every = [Head(layer=layer, index=index) for layer in range(2) for index in range(4)]
    model = SimpleNamespace(facts=card.model, heads=lambda: every, head=Head.parse)
    return [str(head) for head in batch_heads(chosen, SimpleNamespace(model=model))]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--state", "rejected"), ["L0H2", "L1H0"]),
        (("--saved", "vague"), ["L0H2", "L1H0"]),
        (("--saved", "vague", "--layers", "1"), ["L1H0"]),
        (("--saved", "vague", "--state", "drafted"), ["L0H1", "L0H3"]),
        (("--saved", "ours"), ["L0H3"]),
        (("--tag", "again", "--heads", "L1H0,L0H3"), ["L1H0"]),
        (("--layer", "0", "--no-failed-test"), ["L0H1", "L0H2", "L0H3"]),
    ],
)
def test_heads_of_a_search(words: tuple[str, ...], expected: list[str]) -> None:
    assert heads(*words) == expected


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--saved", "others"), "is about the model 'other', not demo"),
        (("--saved", "none"), "You have no saved search 'none'; you have: others, ours, vague"),
        (("--tag", "nowhere"), "is left of: tag nowhere"),
        ((), "--saved NAME or a filter"),
    ],
)
def test_a_search_that_gives_no_head_says_why(words: tuple[str, ...], says: str) -> None:
    with pytest.raises(HeadLabError, match=says):
        heads(*words)


@pytest.mark.parametrize(
    "words", [("--saved", "x"), ("--no-failed-test",), ("--layer", "0"), ("--undescribed",)]
)
def test_filters_belong_to_a_batch(words: tuple[str, ...]) -> None:
    chosen = build_parser().parse_args(["draft", "demo", "L0H0", *words])
    option = words[0].replace("--no-", "--")
    with pytest.raises(HeadLabError, match=f"{option} belongs to a batch"):
        refuse_options(chosen)
    refuse_options(build_parser().parse_args(["draft", "demo", "L0H0"]))


def test_the_plan_of_stored_evidence_names_an_unknown_model(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["jobs", "plan", "--model", "nosuch"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "has no model 'nosuch'. It has: demo (ffffffffffff), other (000000000000)." in said
