"""`headlab demo`, and drafting the heads that stand out, on the bundled model."""

from __future__ import annotations

import json

import pytest

from headlab.cli import main


def test_the_demo_ends_with_a_summary_and_can_be_repeated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["demo"]) == 0
    shown = capsys.readouterr().out
    for part in ("Model", "Operations", "Ablation", "Drafts", "Kept", "Next", "country_to_capital"):
        assert part in shown
    assert "rule-based, no language model" in shown
    assert main(["catalogue", "list", "--json"]) == 0
    kept = json.loads(capsys.readouterr().out)
    assert kept
    assert {entry["state"] for entry in kept} == {"drafted"}
    assert main(["demo"]) == 0
    capsys.readouterr()
    assert main(["catalogue", "list", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert [(e["id"], e["revision"]) for e in again] == [(e["id"], e["revision"]) for e in kept]
    assert main(["draft", "demo", "--best", "2", "--llm", "rules", "--no-save", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
