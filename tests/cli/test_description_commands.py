"""`headlab test-description` and `headlab evaluate-tests` as a person uses them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from fault_server import FaultServer, reply
from judges import always, answering

from headlab.cli import main

COPIES = ["--llm", "rules", "--text", "Copies words.", "--test", "S4"]


def test_a_text_is_tested_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "tests.csv"
    assert main(["test-description", "demo", "L1H1", *COPIES, "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "S4 new pairs from the text (relation score)" in said.out
    assert "passes" in said.out
    assert "of the other heads" in " ".join(said.out.split())
    assert "held-out evidence" in " ".join(said.err.split())
    assert out.read_text().splitlines()[0].startswith("layer,head,test,verdict")


@pytest.mark.slow
def test_json_is_alone_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--llm", "rules", "--test", "S1", "--json"]
    assert main(["test-description", "demo", "L1H0", *options]) == 0
    said = capsys.readouterr()
    [found] = json.loads(said.out)
    assert found["tests"][0]["reason"] == "no language model was named to judge it"
    assert found["drafter"]["kind"] == "rules"
    assert "testing a rule-based draft" in said.err


def test_one_text_is_for_one_head(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test-description", "demo", "L1H0", "L1H1", *COPIES]) == 1
    assert "--text describes one head" in capsys.readouterr().err


@pytest.mark.slow
def test_the_newest_draft_of_the_catalogue_is_tested(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draft", "demo", "L1H0", "--llm", "rules"]) == 0
    capsys.readouterr()
    options = ["--llm", "rules", "--test", "S1", "--json"]
    assert main(["test-description", "demo", "L1H0", *options]) == 0
    said = capsys.readouterr()
    assert "testing a rule-based draft" not in said.err
    [found] = json.loads(said.out)
    assert found["drafter"]["kind"] == "rules"
    assert "held-out evidence" not in " ".join(found["warnings"])


@pytest.mark.slow
def test_a_judge_is_asked_and_its_cost_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with FaultServer() as server:
        always(server, answering(lambda description, item: "the, of"))
        judge = ["--llm", "scripted", "--base-url", server.base_url]
        options = [*judge, "--text", "Copies words.", "--test", "S3"]
        assert main(["test-description", "demo", "L1H0", *options]) == 0
    said = capsys.readouterr()
    assert "hit@10" in said.out
    assert "600 + 120 tokens" in " ".join(said.err.split())


@pytest.mark.slow
def test_the_evaluation_is_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "set", "llm_model", "never-asked"]) == 0
    options = ["--n-heads", "4", "--out", str(tmp_path)]
    assert main(["evaluate-tests", "demo", *options]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "single operations" in said
    assert "passed rate 95 % interval" in said
    assert "empty: without a text, pairs are drawn from all 20 operations" in said
    assert (tmp_path / "description_tests_evaluation.csv").exists()
    assert (tmp_path / "description_tests_pass_rates.csv").exists()


@pytest.mark.slow
def test_an_llm_evaluates_only_where_it_is_named_and_agreed_to(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The estimate comes first; what fails is counted by kind, and nothing tested is exit 1."""
    with FaultServer() as server:
        always(server, reply("I would rather not."))
        named = ["--llm", "scripted", "--base-url", server.base_url]
        assert main(["config", "set", "price_table.scripted", "0.15,0.60"]) == 0
        evaluate = ["evaluate-tests", "demo", "--n-heads", "2"]
        assert main([*evaluate, *named[2:]]) == 1
        assert "--base-url needs --llm NAME" in capsys.readouterr().err
        assert main([*evaluate, *named, "--dry-run"]) == 0
        estimated = " ".join(capsys.readouterr().err.split())
        assert "requests to scripted at" in estimated
        assert "estimated at 4 characters a token" in estimated
        assert main([*evaluate, *named]) == 1
        assert "Add --yes" in capsys.readouterr().err
        assert server.requests == []
        assert main([*evaluate, *named, "--yes"]) == 1
        assert len(server.requests) == 6  # two drafts, each repaired twice
    said = capsys.readouterr()
    printed = " ".join(said.out.split())
    assert "Failed calls: 2 invalid." in printed
    assert "2 drafts failed (invalid:" in printed
    assert "No description could be tested" in " ".join(said.err.split())
    assert "Cost: " in said.err


def test_results_are_kept_in_the_entry_and_change_no_state(
    capsys: pytest.CaptureFixture[str],
) -> None:
    import headlab

    assert main(["draft", "demo", "L1H0", "--text", "Copies words."]) == 0
    assert main(["test-description", "demo", "L1H0", "--test", "S4"]) == 0
    assert "Kept in entry" in capsys.readouterr().err
    with headlab.Catalogue.open() as store:
        (row,) = store.list()
        entry = store.get(row.id)
    assert (entry.state, entry.description) == ("drafted", "Copies words.")
    (kept,) = entry.tests
    assert (kept.result.kind, kept.description) == ("S4", "Copies words.")
    assert (
        main(["test-description", "demo", "L1H2", "--text", "Copies words.", "--test", "S4"]) == 0
    )
    assert "no entry" in capsys.readouterr().err


@pytest.mark.slow
def test_a_dry_run_says_what_a_judge_would_cost_and_sends_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with FaultServer() as server:
        judge = ["--llm", "scripted", "--base-url", server.base_url]
        options = [*judge, "--text", "Copies words.", "--test", "S3", "--dry-run", "--cap", "0.5"]
        assert main(["config", "set", "price_table.scripted", "0.15,0.60"]) == 0
        capsys.readouterr()
        assert main(["test-description", "demo", "L1H0", *options]) == 0
        assert server.requests == []
    said = " ".join(capsys.readouterr().err.split())
    assert "6 questions to scripted at" in said
    assert "Cap: 0.5" in said
    assert "estimated at 4 characters a token" in said


@pytest.mark.slow
def test_a_cap_stops_the_command_and_the_ledger_lists_its_batch(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with FaultServer() as server:
        always(server, answering(lambda description, item: "the, of"))
        judge = ["--llm", "scripted", "--base-url", server.base_url]
        options = [*judge, "--text", "Copies words.", "--test", "S3"]
        assert main(["config", "set", "price_table.scripted", "0.15,0.60"]) == 0
        assert main(["test-description", "demo", "L1H0", *options, "--cap", "0.000001"]) == 1
        assert "The cap is reached" in " ".join(capsys.readouterr().err.split())
        assert server.requests == []
        assert main(["jobs", "resume", "1", "--cap", "1"]) == 0
        assert len(server.requests) == 6
        capsys.readouterr()
        assert main(["test-description", "demo", "L1H0", *options, "--cap", "0.000001"]) == 0
        assert len(server.requests) == 6
        assert "every answer was in the ledger" in " ".join(capsys.readouterr().err.split())
    assert main(["jobs", "list"]) == 0
    assert "test:" in " ".join(capsys.readouterr().out.split())
    assert main(["jobs", "show", "1"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("name_targets") == 6
