"""Results on disk: found again, missed when anything that decides them changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from headlab.analyses import ablation, ablation_plan
from headlab.analyses.relation_scores import all_relation_scores
from headlab.records.card import EvidenceCard
from headlab.records.errors import ModelError
from headlab.records.head import Head
from headlab.records.mappings import SalientMappings
from headlab.records.relation import Relation
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache

Load = Callable[[str], Any]
PROMPTS = ("the cat sat on the mat", "one two three four")
WORDS = (
    "is the a cat dog mat sat on and then it ran red blue big small Paris France Rome Italy "
    "one two three four five six seven eight nine ten up down left right hot cold"
).split()
RELATION = Relation(name="words", pairs=tuple(zip(WORDS, WORDS[1:] + WORDS[:1], strict=True)))


@pytest.fixture
def bench(tiny_model: Load, tmp_path: Path) -> Bench:
    return Bench(tiny_model("gpt2"), ResultCache(tmp_path / "cache"))


def test_a_kept_result_is_the_same_result(bench: Bench) -> None:
    head = Head(layer=1, index=2)
    first = bench.mappings(head)
    assert bench.mappings(head) == first
    assert bench.mappings(head).provenance.created_at == first.provenance.created_at
    assert bench.scores([RELATION]) == bench.scores([RELATION])


def test_opening_a_head_again_computes_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = Head(layer=2, index=0)
    scores = bench.scores([RELATION])
    ablations = bench.ablations([head], PROMPTS)
    first = bench.card(head, scores, ablations)

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("computed again")

    monkeypatch.setattr("headlab.analyses.relation_scores.all_relation_scores", never)
    monkeypatch.setattr(ablation, "ablate_each", never)
    monkeypatch.setattr("headlab.analyses.salient_mappings.salient_mappings", never)
    again = bench.card(head, bench.scores([RELATION]), bench.ablations([head], PROMPTS))
    assert again.content_hash() == first.content_hash()
    stored = json.loads(json.dumps(first.model_dump(mode="json"), sort_keys=True))
    assert EvidenceCard.model_validate(stored).content_hash() == first.content_hash()


@pytest.mark.parametrize(
    "change",
    [
        {"fingerprint": "0" * 40},
        {"tokenizer_hash": "0" * 64},
        {"dtype": "bfloat16"},
        {"device": "cuda:0"},
        {"attention_kernel": "eager"},
    ],
)
def test_whatever_decides_a_result_misses_when_it_changes(
    bench: Bench, change: dict[str, str]
) -> None:
    facts, head = bench.model.facts, Head(layer=0, index=0)
    found = bench.mappings(head)
    cache, inputs = bench.cache, {"head": "L0H0"}
    cache.put(found, facts, "salient_mappings/1", inputs)
    assert cache.get(SalientMappings, facts, "salient_mappings/1", inputs) == found
    other = facts.model_copy(update=change)
    assert cache.get(SalientMappings, other, "salient_mappings/1", inputs) is None
    assert cache.get(SalientMappings, facts, "salient_mappings/2", inputs) is None
    assert cache.get(SalientMappings, facts, "salient_mappings/1", {"head": "L0H1"}) is None
    renamed = facts.model_copy(update={"name": "elsewhere"})
    assert cache.get(SalientMappings, renamed, "salient_mappings/1", inputs) == found


def test_other_pairs_of_the_same_name_miss(bench: Bench) -> None:
    first = bench.scores([RELATION])["words"]
    shorter = RELATION.model_copy(update={"pairs": RELATION.pairs[:32]})
    assert bench.scores([shorter])["words"].n_pairs == 32
    assert bench.scores([RELATION])["words"] == first


def test_a_damaged_file_is_written_anew(bench: Bench) -> None:
    head = Head(layer=0, index=1)
    first = bench.mappings(head)
    for file in bench.cache.folder.rglob("*.json"):
        file.write_text(file.read_text()[:40])
    assert bench.mappings(head).rows == first.rows
    assert not list(bench.cache.folder.rglob("*.tmp"))


class Stop(Exception):
    pass


@pytest.mark.parametrize("stop_at", [0, 1, 5, 11, 12])
def test_a_cancelled_sweep_goes_on_where_it_stopped(
    bench: Bench, stop_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks: list[tuple[str, int, int]] = []

    def stop(what: str, done: int, total: int) -> None:
        ticks.append((what, done, total))
        if done == stop_at:
            raise Stop

    bench.progress = stop
    with pytest.raises(Stop):
        bench.ablations(None, PROMPTS)
    assert ticks == [("ablation", done, 12) for done in range(stop_at + 1)]
    real, computed = ablation.ablate_each, []

    def counted(model: Any, texts: Any, heads: list[Head], *rest: Any, **named: Any) -> Any:
        computed.extend(heads)
        return real(model, texts, heads, *rest, **named)

    monkeypatch.setattr(ablation, "ablate_each", counted)
    bench.progress = lambda *_: None
    found = bench.ablations(None, PROMPTS)
    assert computed == bench.model.heads()[stop_at:]
    whole = ablation.ablate(bench.model, PROMPTS)
    assert [found[head].of(head) for head in bench.model.heads()] == list(whole.effects)


def test_an_ablation_reports_every_batch_of_a_head(bench: Bench) -> None:
    ticks: list[tuple[str, int, int]] = []
    bench.progress = lambda *tick: ticks.append(tick)
    bench.ablations([Head(layer=1, index=1), Head(layer=1, index=1)], ["one two three"] * 40)
    assert ticks == [("ablation", done, 3) for done in range(4)]


@pytest.mark.parametrize("stop_at", [0, 1, 2, 3])
def test_cancelled_scores_leave_the_model_and_the_cache_as_they_were(
    bench: Bench, stop_at: int
) -> None:
    ticks: list[tuple[str, int, int]] = []

    def stop(what: str, done: int, total: int) -> None:
        ticks.append((what, done, total))
        if done == stop_at:
            raise Stop

    bench.progress = stop
    with pytest.raises(Stop):
        bench.scores([RELATION])
    assert ticks == [("relation scores", done, 3) for done in range(stop_at + 1)]
    assert not list(bench.cache.folder.rglob("*"))
    bench.progress = lambda *_: None
    found = bench.scores([RELATION])["words"]
    whole = all_relation_scores(bench.model, [RELATION])["words"]
    assert np.array_equal(found.relation, whole.relation)
    assert np.array_equal(found.suppression, whole.suppression)


def test_a_card_joins_what_was_computed(bench: Bench) -> None:
    scores, ablations = bench.scores([RELATION]), bench.ablations(None, PROMPTS)
    head = max(ablations, key=lambda one: ablations[one].of(one).loss_change)
    card = bench.card(head, scores, ablations)
    assert card.loss_change_rank == 1
    assert card.relations[0].score == scores["words"].of(head)
    assert card.relations[0].rank == scores["words"].rank(head)
    assert card.ablation == ablations[head].of(head)
    assert {"R1", "M1", "M30"} <= card.row_ids()
    analyses = {made.analysis.split("/")[0] for made in card.provenances}
    measured = {"relation_scores", "salient_mappings", "ablation"}
    assert analyses == measured | {"head_detectors", "attended"}
    assert bench.card(head, scores, {head: ablations[head]}).loss_change_rank is None
    assert (
        card.content_hash() != bench.card(Head(layer=0, index=3), scores, ablations).content_hash()
    )


def test_ablations_of_another_mode_or_place_are_kept_apart(bench: Bench) -> None:
    head = Head(layer=1, index=1)
    ways: list[dict[str, Any]] = [
        {},
        {"mode": "mean"},
        {"mode": "mean", "per_position": True},
        {"mode": "mean", "reference": ["red cat", "blue dog ran"]},
        {"mode": "resample"},
        {"mode": "resample", "seed": 1, "reference": ["red cat ran up", "blue dog ran left then"]},
        {"positions": "last"},
        {"positions": [1, -2]},
        {"positions": [[1], [2]]},
    ]
    found = [bench.ablations([head], PROMPTS, **way)[head] for way in ways]
    assert len({one.loss_change[1, 1] for one in found}) == len(ways)
    again = [bench.ablations([head], PROMPTS, **way)[head] for way in ways]
    assert [one.provenance for one in again] == [one.provenance for one in found]


def test_a_head_without_finite_numbers_is_kept_as_a_failure(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = bench.model.heads()
    bad, real = heads[5], ablation_plan.replacing

    def spoilt(groups: Any, values: Any, positions: Any) -> Any:
        if bad in groups[0]:
            values = {bad.layer: torch.tensor(float("nan"))}
        return real(groups, values, positions)

    monkeypatch.setattr(ablation_plan, "replacing", spoilt)
    monkeypatch.setattr("headlab.workflow.bench.bundled_prompts", lambda: PROMPTS)
    swept = bench.sweep()
    assert swept is not None
    assert list(swept) == [head for head in heads if head != bad]
    monkeypatch.setattr(ablation, "ablate_each", None)
    failed = bench.ablations([bad], PROMPTS)[bad]
    assert failed.failures[0].heads == (bad,)
    with pytest.raises(ModelError, match="Without L1H1"):
        failed.of(bad)
    scores = bench.scores([RELATION])
    assert bench.card(bad, scores, swept).ablation is None
    assert bench.card(heads[0], scores, swept).ablation is not None


def test_a_full_disk_loses_nothing(tiny_model: Load, tmp_path: Path) -> None:
    import resource

    told: list[str] = []
    bench = Bench(tiny_model("gpt2"), ResultCache(tmp_path / "cache", told.append))
    head = Head(layer=1, index=2)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, hard))  # no file may grow: the kernel refuses
    try:
        first = bench.mappings(head)
        effects = bench.ablations([head], PROMPTS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(told) == 1
    assert "cannot be kept" in told[0]
    assert "headlab config set cache" in told[0]
    assert [file for file in (tmp_path / "cache").rglob("*") if file.is_file()] == []
    assert bench.mappings(head).provenance.created_at == first.provenance.created_at
    assert bench.ablations([head], PROMPTS) == effects
    later = Head(layer=0, index=1)
    bench.mappings(later)  # there is room again
    assert len(list((tmp_path / "cache").rglob("*.json"))) == 1


def test_a_cache_folder_that_cannot_be_made_is_a_warning(tiny_model: Load, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file stands where the folder should be")
    bench = Bench(tiny_model("gpt2"), ResultCache(tmp_path / "cache"))
    with pytest.warns(UserWarning, match="cannot be kept"):
        found = bench.mappings(Head(layer=0, index=0))
    assert bench.mappings(Head(layer=0, index=0)) == found
