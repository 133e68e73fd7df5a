"""Attention on evidence cards: measured when it is quick or asked for, kept, and left out otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headlab.analyses.attention.detectors import detect_heads
from headlab.drafting import draft_by_rules
from headlab.models.loading import load_model
from headlab.records.card import EvidenceCard
from headlab.records.errors import ModelError
from headlab.records.head import Head
from headlab.records.scores import AllRelationScores
from headlab.workflow import attention_evidence
from headlab.workflow.attention_evidence import ON_CARDS
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache

Load = Callable[[str], Any]
NOTHING = AllRelationScores(scores=(), not_applicable=())
HEAD = Head(layer=1, index=2)


@pytest.fixture
def bench(tiny_model: Load, tmp_path: Path) -> Bench:
    return Bench(tiny_model("gpt2"), ResultCache(tmp_path / "cache"))


def never(*_: Any, **__: Any) -> Any:
    raise AssertionError("measured")


def test_rows_are_the_detectors_with_ranks_among_all_heads(bench: Bench) -> None:
    card = bench.card(HEAD, NOTHING)
    looks = card.attention
    assert looks is not None
    wanted = detect_heads(bench.model, ON_CARDS)
    measured = {one.measure for one in wanted.found}
    assert {one.name for one in looks.measures} == measured | {"first_position", "itself"}
    assert {one.split(":")[0].replace(" ", "_") for one in looks.skipped} == {
        one.name for one in wanted.skipped
    }
    for one in wanted.found:
        row = looks.measure(one.measure)
        assert row is not None
        assert row.value == pytest.approx(one.of(HEAD))
        assert row.control == one.control
        assert row.rank == 1 + sum(one.of(head) > one.of(HEAD) for head in bench.model.heads())
        assert row.n_heads == bench.model.facts.total_heads
    above = [one.value - one.control for one in looks.measures]
    assert above == sorted(above, reverse=True)
    ids = [row.id for row in card.rows() if row.kind == "attention"]
    assert ids == [f"A{n}" for n in range(1, len(looks.measures) + len(looks.pairs) + 1)]
    assert len(looks.measures) <= 9
    assert len(looks.pairs) <= 8


def test_a_second_card_measures_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bench.card(HEAD, NOTHING)
    for held in (bench, Bench(bench.model, bench.cache)):
        monkeypatch.setattr(attention_evidence, "attended_texts", never)
        monkeypatch.setattr("headlab.workflow.attention_measures.detect_heads", never)
        again = held.card(HEAD, NOTHING, attention=False)
        assert again.attention == first.attention
        assert again.content_hash() == first.content_hash()


def test_slow_attention_waits_until_it_is_asked_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headlab.workflow.bench.attention_seconds", lambda _model: 31.0)
    without = bench.card(HEAD, NOTHING)
    assert without.attention is None
    assert not [row for row in without.rows() if row.kind == "attention"]
    assert bench.card(HEAD, NOTHING, attention=True).attention is not None
    kept = Bench(bench.model, bench.cache).card(HEAD, NOTHING)
    assert kept.attention is not None, "taken where it is kept"


def test_quick_attention_can_be_left_out(bench: Bench) -> None:
    assert bench.card(HEAD, NOTHING, attention=False).attention is None


def test_a_card_without_attention_keeps_its_hash(bench: Bench) -> None:
    """The JSON has no new field, so that cards of older catalogues load and hash as before."""
    card = bench.card(HEAD, NOTHING, attention=False)
    assert "attention" not in json.loads(card.model_dump_json())
    again = EvidenceCard.model_validate_json(card.model_dump_json())
    assert again.content_hash() == card.content_hash()
    looked = bench.card(HEAD, NOTHING)
    whole = EvidenceCard.model_validate_json(looked.model_dump_json())
    assert whole == looked
    assert whole.content_hash() == looked.content_hash() != card.content_hash()


def test_a_model_without_patterns_says_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise ModelError("This attention gives no probabilities.")

    monkeypatch.setattr("headlab.workflow.attention_measures.detect_heads", refuse)
    looks = bench.card(HEAD, NOTHING).attention
    assert looks is not None
    assert (looks.measures, looks.pairs) == ((), ())
    assert looks.skipped == ("This attention gives no probabilities.",)
    assert "attention" not in draft_by_rules(bench.card(HEAD, NOTHING)).description


def test_prompts_that_are_too_long_leave_the_other_measures(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention_evidence, "bundled_prompts", lambda: (" the" * 5000,))
    looks = bench.card(HEAD, NOTHING).attention
    assert looks is not None
    assert looks.measures
    assert looks.pairs == ()
    assert "prompts: Prompt 1 has" in looks.skipped[-1]


def test_a_skipped_detector_is_remembered(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from headlab.records.attention import HeadDetections, SkippedDetector

    skipped = HeadDetections(found=(), skipped=(SkippedDetector(name="induction", reason="No."),))
    monkeypatch.setattr(
        "headlab.workflow.attention_measures.detect_heads", lambda *_, **__: skipped
    )
    first = bench.attention()
    monkeypatch.setattr("headlab.workflow.attention_measures.detect_heads", never)
    again = Bench(bench.model, bench.cache).attention(compute=False)
    assert again is not None
    assert again == first
    assert "induction: No." in again.skipped


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(load_model("demo"), ResultCache(tmp_path_factory.mktemp("demo")))


def described(demo: Bench, head: Head) -> Any:
    """The draft from attention alone."""
    looks = demo.attention()
    assert looks is not None
    card = EvidenceCard(
        model=demo.model.facts,
        head=head,
        relations=(),
        mappings=(),
        ablation=None,
        attention=looks.of(head),
        provenances=looks.provenances(),
    )
    return draft_by_rules(card)


def test_the_demo_models_known_heads_are_named(demo: Bench) -> None:
    """By an independent reading of repeated random tokens, heads above .8 are such heads."""
    from headlab.analyses.attention.repetition import repeated_prompts, repetition_scores

    scores = repetition_scores(demo.model, repeated_prompts(demo.model, seed=5), 16)
    for measure, name in (("previous_token", "previous token"), ("induction", "induction")):
        known = np.argwhere(scores[measure] > 0.8)
        assert len(known) >= 2
        for layer, index in known:
            draft = described(demo, Head(layer=int(layer), index=int(index)))
            assert name in draft.categories
            assert not draft.unclear
    clear = [head for head in demo.model.heads() if not described(demo, head).unclear]
    assert len(clear) == 23, (
        "two previous token heads, 20 induction heads, one that looks at itself"
    )
