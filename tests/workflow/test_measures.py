"""The head map's measures are the analyses' own numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headlab.catalogue import Catalogue
from headlab.records.errors import HeadLabError
from headlab.records.head import Head
from headlab.workflow import measures as measures_module
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache
from headlab.workflow.drafts import draft
from headlab.workflow.estimates import ablation_seconds, score_seconds
from headlab.workflow.measures import (
    BEST,
    KL,
    LOSS,
    STATE,
    STATES,
    measure_values,
    measure_words,
    measures,
)
from headlab.workflow.recent import KEPT, model_choices, remember_model


@pytest.fixture
def bench(demo_model: Any, tmp_path: Path) -> Bench:
    """A bench with nothing computed yet."""
    return Bench(demo_model, ResultCache(tmp_path / "cache"))


@pytest.fixture
def store(tmp_path: Path) -> Callable[[], Catalogue]:
    opened = Catalogue.open(tmp_path / "catalogue.db")
    return lambda: opened


def test_the_list_says_what_is_computed(bench: Bench, store: Callable[[], Catalogue]) -> None:
    before = {one.key: one for one in measures(bench)}
    assert len(before) == len(measures(bench)), "keys are unique"
    assert not before[BEST].computed
    assert before[BEST].estimate_seconds is not None
    assert before[STATE].computed
    measure_values(bench, "relation/country_to_capital", store)
    after = {one.key: one for one in measures(bench)}
    assert after[BEST].computed
    assert after["suppression/name_copying"].computed
    assert not after[LOSS].computed


def test_relation_values_are_the_scores(bench: Bench, store: Callable[[], Catalogue]) -> None:
    scores = bench.scores()
    for group in ("relation", "suppression"):
        found = measure_values(bench, f"{group}/verb_to_past_tense", store)
        one = scores["verb_to_past_tense"]
        np.testing.assert_array_equal(found.values, getattr(one, group))
        assert found.control == (one.control if group == "relation" else one.suppression_control)
        assert (found.k, found.n_pairs) == (one.k, one.n_pairs)
    largest = measure_values(bench, BEST, store)
    np.testing.assert_array_equal(
        largest.values, np.max([one.relation for one in scores.scores], axis=0)
    )
    assert largest.best is not None
    best = largest.values[largest.best.layer, largest.best.index]
    assert best == largest.values.max()


def test_ablation_values_are_the_effects(
    tiny_model: Callable[..., Any], tmp_path: Path, store: Callable[[], Catalogue]
) -> None:
    bench = Bench(tiny_model("gpt2"), ResultCache(tmp_path / "cache"))
    loss, kl = measure_values(bench, LOSS, store), measure_values(bench, KL, store)
    for head, one in bench.ablations().items():
        assert loss.values[head.layer, head.index] == one.of(head).loss_change
        assert kl.values[head.layer, head.index] == one.of(head).kl
    assert loss.measure.computed


def test_states_come_from_the_catalogue(bench: Bench, store: Callable[[], Catalogue]) -> None:
    head = Head(layer=1, index=3)
    assert not measure_values(bench, STATE, store).values.any()
    card = bench.card(head)
    found = draft(card, "rules")
    entry = store().add_draft(card, found)  # type: ignore[arg-type]
    drafted = measure_values(bench, STATE, store)
    assert drafted.labels == STATES
    assert drafted.labels[int(drafted.values[1, 3])] == "drafted"
    store().review(entry.id, "rejected", reviewer="R", reason="no")
    assert STATES[int(measure_values(bench, STATE, store).values[1, 3])] == "rejected"
    assert np.count_nonzero(measure_values(bench, STATE, store).values) == 1


def test_states_of_many_entries_are_all_read(
    bench: Bench, store: Callable[[], Catalogue], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures_module, "PAGE", 2)
    card = bench.card(Head(layer=0, index=0))
    for index in range(5):
        store().add_evidence(card.model_copy(update={"head": Head(layer=2, index=index)}))
    assert len(list(measures_module._entries(store(), card.model.fingerprint))) == 5


def test_every_measure_has_words_for_its_work(bench: Bench) -> None:
    words = [measure_words(one.key) for one in measures(bench)]
    assert len(set(words)) == len(words)
    assert "relation scores, country to capital" in words
    assert not any("/" in one or "_" in one for one in words)


def test_an_unknown_measure_is_refused(bench: Bench, store: Callable[[], Catalogue]) -> None:
    with pytest.raises(HeadLabError, match="no measure 'relation/nonsense'"):
        measure_values(bench, "relation/nonsense", store)


def test_estimates_are_of_the_right_size(demo_model: Any) -> None:
    assert 0 < score_seconds(demo_model) < 600
    assert 0 < ablation_seconds(demo_model) < 600


def test_recent_models_newest_first(tmp_path: Path) -> None:
    folders = [tmp_path / f"model{number}" for number in range(KEPT + 2)]
    for folder in folders:
        folder.mkdir()
        remember_model(str(folder))
    remember_model("gpt2")
    remember_model(str(folders[-1]))
    names = [choice.name for choice in model_choices()]
    assert names[:3] == ["demo", str(folders[-1]), "gpt2"]
    assert len(names) == KEPT + 1
    folders[-1].rmdir()
    assert str(folders[-1]) not in [choice.name for choice in model_choices()]


def test_a_broken_list_of_recent_models_is_no_obstacle(tmp_path: Path) -> None:
    remember_model("gpt2")
    file = next((tmp_path / "data").rglob("recent.json"))
    file.write_text("{", encoding="utf-8")
    assert [choice.name for choice in model_choices()] == ["demo"]
    remember_model("gpt2")
    assert [choice.name for choice in model_choices()] == ["demo", "gpt2"]


def test_attention_values_are_the_detectors(
    bench: Bench, store: Callable[[], Catalogue], monkeypatch: pytest.MonkeyPatch
) -> None:
    from headlab.analyses.attention.detectors import detect_heads, detectors

    listed = {one.key: one for one in measures(bench)}
    assert {f"attention/{name}" for name in detectors()} <= set(listed)
    assert not listed["attention/induction"].computed
    found = measure_values(bench, "attention/induction", store)
    (wanted,) = detect_heads(bench.model, ["induction"]).found
    np.testing.assert_array_equal(found.values, wanted.values)
    assert (found.control, found.control_is) == (wanted.control, "control")
    assert wanted.control_is in found.measure.explanation
    assert {one.key: one for one in measures(bench)}["attention/induction"].computed
    monkeypatch.setattr("headlab.workflow.attention_measures.detect_heads", None)  # kept: not run
    np.testing.assert_array_equal(
        measure_values(bench, "attention/induction", store).values, wanted.values
    )


def test_a_detector_that_does_not_apply_says_why(
    bench: Bench, store: Callable[[], Catalogue]
) -> None:
    with pytest.raises(HeadLabError, match="Retrieval head"):
        measure_values(bench, "attention/retrieval", store)
