"""Rounds of review on the command line: blind votes, queue, assignment, adjudication, agreement."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from headlab.catalogue import Catalogue
from headlab.catalogue.edits import signature
from headlab.cli import main
from headlab.cli.command import build_parser
from headlab.records.ablation import HeadAblation
from headlab.records.card import EvidenceCard, RelationEvidence
from headlab.records.draft import Draft, Drafter
from headlab.records.entry import Entry
from headlab.records.head import Head
from headlab.records.mappings import Mapping, TokenScore
from headlab.records.model import ModelFacts


def a_card(head: str, loss_change: float) -> EvidenceCard:
    facts = ModelFacts(
        name="demo",
        family="gpt2",
        architecture="GPT2LMHeadModel",
        n_layers=4,
        n_heads=4,
        n_kv_heads=4,
        d_model=8,
        d_head=2,
        d_vocab=9,
        n_tokens=9,
        n_parameters=10,
        dtype="float32",
        device="cpu",
        attention_kernel="eager",
        fingerprint="f" * 16,
        tokenizer_hash="t" * 16,
        first_mlp=None,
    )
    relation = RelationEvidence(
        name="country_to_capital",
        category="knowledge",
        k=10,
        n_pairs=20,
        score=0.5,
        rank=1,
        control=0.05,
        suppression=0.0,
        suppression_rank=16,
        suppression_control=0.05,
        n_heads=16,
    )
    target = TokenScore(token_id=2, text=" Paris", score=3.5)
    parsed = Head.parse(head)
    return EvidenceCard(
        model=facts,
        head=parsed,
        relations=(relation,),
        mappings=(Mapping(token_id=1, text=" France", saliency=2.0, targets=(target,)),),
        ablation=HeadAblation(
            heads=(parsed,),
            loss_change=loss_change,
            kl=0.1,
            hurt_positions=(),
            helped_positions=(),
            hurt_tokens=(),
            helped_tokens=(),
        ),
        provenances=(),
    )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Three drafted heads: L0H1, L1H2 (unclear) and L2H3, which matters most."""
    path = str(tmp_path / "catalogue.db")
    monkeypatch.setenv("HEADLAB_CATALOGUE", path)
    with Catalogue.open(path) as store:
        for head, loss_change in (("L0H1", 0.1), ("L1H2", 0.2), ("L2H3", 0.9)):
            card = a_card(head, loss_change)
            draft = Draft(
                description=f"Draft text of {head}.",
                evidence=("R1",),
                unclear=head == "L1H2",
                drafter=Drafter(kind="llm", name="tiny-llm"),
                card_hash=card.content_hash(),
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
            store.add_draft(card, draft)
    return path


def said_json(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def heads(rows: list[dict[str, Any]]) -> list[int]:
    return [row["head"]["layer"] for row in rows]


def vote(reviewer: str, head: str, *words: str) -> int:
    return main(["review", "vote", "demo", head, "--reviewer", reviewer, *words])


def test_a_round_from_assignment_to_agreement(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", "assign", "ada", "bob"]) == 0
    assert "Asked for 6 votes" in capsys.readouterr().err
    for head, bobs in (("L0H1", "--accept"), ("L1H2", "--unclear"), ("L2H3", "--reject")):
        assert vote("ada", head, "--accept", "--rating", "4", "--seconds", "20") == 0
        if head == "L0H1":
            assert heads(said_json(capsys, "review", "queue", "--reviewer", "ada")) == [1, 2]
            assert main(["review", "adjudicate", "demo", head, "--accept"]) == 1
            assert "still waits for the votes of bob" in " ".join(capsys.readouterr().err.split())
        assert vote("bob", head, bobs, "--rating", "2", "--seconds", "40") == 0
    assert len(said_json(capsys, "catalogue", "list", "--state", "drafted")) == 3
    assert main(["review", "queue", "--order", "uncertain"]) == 0
    said = capsys.readouterr()
    assert "reviewers disagree" in said.out
    assert "0 of 3 entries are decided, 3 have votes" in said.err
    assert "Median 30 s a vote" in " ".join(said.err.split())

    assert main(["review", "adjudicate", "demo", "L2H3"]) == 0
    shown = capsys.readouterr().out
    assert "2 votes that no decision rests on yet" in shown
    assert "rejected" in shown
    decided = said_json(
        capsys, "review", "adjudicate", "demo", "L2H3", "--accept", "--reviewer", "cy"
    )
    assert (decided["state"], decided["reviews"][0]["reviewer"]) == ("accepted", "cy")
    assert [one["reviewer"] for one in decided["reviews"][0]["votes"]] == ["ada", "bob"]
    words = ["--edit", "Own words.", "--reviewer", "cy"]
    assert main(["review", "adjudicate", "demo", "L0H1", *words]) == 0
    assert "Decided on the ground of 2 votes" in capsys.readouterr().out
    assert heads(said_json(capsys, "review", "queue")) == [1]

    file = tmp_path / "agreement.csv"
    found = said_json(capsys, "review", "agreement", "--out", str(file))
    assert (found["n_entries"], found["n_votes"]) == (2, 4)
    opened = said_json(capsys, "review", "agreement", "--with-open", "--model", "demo")
    assert opened["n_votes"] == 6
    whole = found["shares"][0]
    assert (whole["n_correct"], whole["n_judged"]) == (1, 2)
    assert "share judged correct" in file.read_text()
    assert main(["review", "agreement"]) == 0
    assert "Krippendorff's alpha" in capsys.readouterr().out
    assert main(["catalogue", "verify"]) == 0


def test_blind_votes_are_cast_on_what_is_not_hidden(
    place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vote("ada", "L0H1", "--reject", "--reason", "adas reason") == 0
    capsys.readouterr()

    def shown(*words: str, answer: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert vote("bob", "L0H1", *words) == 0
        return capsys.readouterr().out

    everything = shown()
    for part in ("Draft text of L0H1", "country_to_capital", "Paris"):
        assert part in everything
    no_draft = shown("--blind", "draft")
    assert "Draft text" not in no_draft
    assert "tiny-llm" not in no_draft
    assert "country_to_capital" in no_draft
    neither = shown("--blind", "scores,draft")
    assert "country_to_capital" not in neither
    assert "0.50" not in neither
    assert "Paris" in neither
    no_source = shown("--blind", "source")
    assert "demo" not in no_source
    assert "tiny-llm" not in no_source
    assert "Draft text of L0H1" in no_source
    for text in (everything, no_draft, neither, no_source):
        assert "adas reason" not in text
        assert "rejected" not in text
    assert vote("bob", "L0H1", "--blind", "draft", "--accept") == 1
    assert "unseen draft" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        vote("bob", "L0H1", "--blind", "eyes")
    with Catalogue.open(place) as store:
        assert store.review_round.own_votes("bob") == {}
    shown("--blind", "scores", answer="a\n")
    with Catalogue.open(place) as store:
        ((one,),) = store.review_round.own_votes("bob").values()
    assert (one.decision, one.blind) == ("accepted", ("scores",))
    assert one.seconds is not None
    assert one.seconds < 60


def test_orders_of_the_queue(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert heads(said_json(capsys, "review", "queue")) == [1, 0, 2]
    assert heads(said_json(capsys, "review", "queue", "--order", "important")) == [2, 1, 0]
    for words in (["queue"], ["agreement"], ["assign", "ada"], ["assign", "--release", "ada"]):
        assert main(["review", *words, "--model", "another"]) == 1
        said = " ".join(capsys.readouterr().err.split())
        assert "has no model 'another'. It has: demo (ffffffffffff)." in said
    capsys.readouterr()
    assert main(["review", "queue", "--limit", "1"]) == 0
    assert "1 of 3 entries" in capsys.readouterr().err


def test_the_plain_decision_is_as_before(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert vote("ada", "L0H1", "--reject") == 0
    assert main(["review", "--accept", "demo", "L0H1"]) == 0
    shown = capsys.readouterr().out
    assert "✓ accepted" in shown
    assert "◔ in review" in shown
    assert main(["review", "demo", "L1H2", "--unclear", "--reason", "no pattern"]) == 0
    capsys.readouterr()
    for words in ([], ["queue"], ["vote"], ["assign"], ["adjudicate"], ["agreement"]):
        with pytest.raises(SystemExit) as stopped:
            build_parser().parse_args(["review", *words, "--help"])
        assert stopped.value.code == 0
        assert " ".join(["headlab review", *words]) in capsys.readouterr().out


def test_who_is_asked_and_released_is_shown_with_the_reason(
    place: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["review", "assign", "ada", "bob", "--reason", "second round"]) == 0
    assert main(["review", "assign", "--release", "eda"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "'eda' is asked for no vote. Asked are: ada, bob." in said
    assert main(["review", "assign", "--release", "ada", "--reason", "on leave"]) == 0
    assert "ada is released from 3 entries" in capsys.readouterr().err
    assert main(["catalogue", "show", "demo", "L0H1"]) == 0
    shown = capsys.readouterr().out
    assert "asked ada, bob: second round" in shown
    assert "released ada: on leave" in shown
    with Catalogue.open(place) as catalogue:
        case = catalogue.review_round.case(1)
        last = catalogue.history(1)[-1]
    assert (case.assigned, last.author) == (("bob",), signature(None))


def test_errors_name_what_is_wrong(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words, says in (
        (["assign"], "Name the reviewers"),
        (["assign", "ada"], "cannot be taken from 1"),
        (["adjudicate", "demo", "L0H1", "--accept"], "no open vote"),
        (["vote", "demo", "L3H3", "--accept"], "no entry"),
        (["vote", "demo", "L0H1", "--accept", "--draft", "9"], "no draft 9"),
        (["agreement", "--out", "table.xls"], ".csv or .parquet"),
    ):
        assert main(["review", *words]) == 1
        assert says in " ".join(capsys.readouterr().err.split())
    assert main(["review", "assign", "--release", "ada"]) == 1
    assert "Nobody is asked for one." in capsys.readouterr().err


def entry_of(path: str) -> Entry:
    with Catalogue.open(path) as store:
        return store.get(1)


def test_labels_are_kept_without_a_decision(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--category", "Knowledge", "--stage", "KR", "--head-name", "Induction head"]
    words += ["--tag", "odd", "--note", "Look again.", "--json"]
    assert main(["review", "demo", "L0H1", *words]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["state"], shown["revision"]) == ("drafted", 3)
    entry = entry_of(place)
    assert (entry.categories, entry.stages, entry.tags) == (("knowledge",), ("KR",), ("odd",))
    assert (entry.head_names, entry.note, entry.reviews) == (("induction",), "Look again.", ())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rating", "4"], "--rating without a decision"),
        (["--reason", "why", "--tag", "odd"], "--reason without a decision"),
        (["--draft", "2", "--now"], "--draft and --now without a decision"),
        (["--undo", "--rating", "4"], "add --accept, --edit, --reject or --unclear"),
        (["--redo", "--rating", "4"], "add --accept, --edit, --reject or --unclear"),
        (["--redo"], "nothing to redo"),
        (["--accept", "--draft", "9"], "no draft 9"),
    ],
)
def test_what_would_be_dropped_is_refused(
    place: str, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["review", "demo", "L0H1", *words]) == 1
    assert said in " ".join(capsys.readouterr().err.split())
    assert entry_of(place).revision == 2


def test_a_named_draft_is_decided_on(place: str) -> None:
    with Catalogue.open(place) as store:
        first = store.get(1).drafts[0].draft
        store.add_draft(1, first.model_copy(update={"description": "Another text."}))
    assert main(["review", "demo", "L0H1", "--accept", "--draft", "2", "--head-name", "mover"]) == 0
    entry = entry_of(place)
    assert (entry.description, entry.reviews[-1].draft_id) == ("Draft text of L0H1.", 2)
    assert entry.head_names == ("mover",)


def test_a_decision_before_the_votes_is_made_by_now(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Catalogue.open(place) as store:
        store.review_round.assign([(1, "ada")])
    assert main(["catalogue", "list", "--state", "in_review"]) == 0
    assert "L0H1" in capsys.readouterr().out
    assert main(["review", "demo", "L0H1", "--reject"]) == 1
    assert "still waits for the votes of ada" in " ".join(capsys.readouterr().err.split())
    assert main(["review", "demo", "L0H1", "--reject", "--now"]) == 0
    assert [review.now for review in entry_of(place).reviews] == [True]
    assert said_json(capsys, "catalogue", "list", "--state", "in_review") == []
