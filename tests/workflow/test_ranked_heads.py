"""Batches of the highest heads of a measure, ranked by the evidence that the catalogue holds."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from cards_by_hand import ATTENTION, CAPITAL, MAPPINGS, ablation, make_card, measure, relation

from headlab.catalogue import Catalogue, DamagedEntry
from headlab.records.attention_evidence import AttentionEvidence
from headlab.records.batch import BatchPlan, BatchWish
from headlab.records.card import EvidenceCard
from headlab.records.errors import HeadLabError
from headlab.records.head import Head
from headlab.settings import write_settings
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache
from headlab.workflow.card_measures import stored_measures, stored_values
from headlab.workflow.draft_jobs import wish as module
from headlab.workflow.draft_jobs.highest import highest_first
from headlab.workflow.draft_jobs.selection import Wanted, select_heads
from headlab.workflow.draft_jobs.wish import plan_wish

LOCAL = {"llm_base_url": "http://127.0.0.1:9/v1", "llm_model": "tiny", "prices": "1,2"}


def a_card(
    index: int,
    scores: dict[str, tuple[float, float]],
    change: float | None = None,
    attention: float | None = None,
) -> EvidenceCard:
    """A card of L0H`index`: score and suppression by operation, loss change, attention to before."""
    rows = [relation(name, score=one, suppression=two) for name, (one, two) in scores.items()]
    looks = None
    if attention is not None:
        looks = AttentionEvidence(measures=(measure("previous_token", attention),))
    card = make_card(rows, MAPPINGS, attention=looks)
    effect = None if change is None else ablation(change)
    return card.model_copy(update={"head": Head(layer=0, index=index), "ablation": effect})


CARDS = (
    a_card(0, {"country_to_capital": (0.2, 0.5), "copying": (0.1, 0.0)}, 0.03, 0.4),
    a_card(1, {"country_to_capital": (0.7, 0.0)}, -0.2),
    a_card(2, {"copying": (0.9, 0.3)}, None, 0.1),
    a_card(3, {"country_to_capital": (0.7, 0.6), "copying": (0.0, 0.9)}, 0.5),
)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    write_settings(LOCAL)
    with Catalogue.open(tmp_path / "catalogue.db") as opened:
        for card in CARDS:
            opened.add_evidence(card)
        yield opened


def names(shown: BatchPlan) -> list[str]:
    return [str(head) for head in shown.heads]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("relation/country_to_capital", ["L0H1", "L0H3", "L0H0"]),  # the first of two with .7
        ("country_to_capital", ["L0H1", "L0H3", "L0H0"]),
        ("suppression/country_to_capital", ["L0H3", "L0H0", "L0H1"]),
        ("overview/relation", ["L0H2", "L0H1", "L0H3", "L0H0"]),
        ("ablation/loss", ["L0H3", "L0H0", "L0H1"]),
        ("attention/previous_token", ["L0H0", "L0H2"]),
    ],
)
def test_the_highest_come_first_and_no_others(
    catalogue: Catalogue, key: str, expected: list[str]
) -> None:
    for top in range(1, 6):
        shown = plan_wish(catalogue, BatchWish(top=top, measure=key)).shown
        assert names(shown) == expected[:top]
        assert shown.problem == ""
        left_out = {
            module.NO_VALUE: len(CARDS) - len(expected),
            module._LOWER.format(top): max(0, len(expected) - top),
        }
        assert shown.left_out == {why: count for why, count in left_out.items() if count}


def test_the_top_is_that_of_what_the_filters_leave(catalogue: Catalogue) -> None:
    described = catalogue.find(CARDS[0].model.fingerprint, "L0H3")
    assert described is not None
    catalogue.review(described.id, "rejected", reviewer="ada", reason="no")
    wish = BatchWish(top=2, measure="ablation/loss")
    planned = plan_wish(catalogue, wish)
    assert names(planned.shown) == ["L0H0", "L0H1"]
    assert planned.shown.left_out == {module.DESCRIBED: 1, module.NO_VALUE: 1}
    assert planned.plan is not None
    assert planned.plan.selection == "top 2 by ablation/loss; undescribed"
    of_one = BatchWish(
        top=2, measure="copying", filters={"operation": "copying", "score_from": 0.05}
    )
    assert names(plan_wish(catalogue, of_one).shown) == ["L0H2", "L0H0"]


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"top": 2}, "both a number and the measure"),
        ({"measure": "copying"}, "both a number and the measure"),
        ({"top": 2, "measure": "copying", "entry_ids": (1,)}, "not both"),
        ({"top": 2, "measure": "catalogue/state"}, "States have no order"),
        ({"top": 2, "measure": "ablation/nonsense"}, "no measure 'ablation/nonsense'"),
        ({"top": 2, "measure": "relation/"}, "no measure 'relation/'"),
        ({"top": 2, "measure": "high\u202e"}, r"no measure 'high\\u202e'"),
    ],
)
def test_a_choice_that_means_nothing_is_refused(
    catalogue: Catalogue, wish: dict[str, Any], said: str
) -> None:
    with pytest.raises(HeadLabError, match=said):
        plan_wish(catalogue, BatchWish(**wish))


def test_a_measure_that_no_evidence_has_is_a_problem_of_the_plan(catalogue: Catalogue) -> None:
    planned = plan_wish(catalogue, BatchWish(top=2, measure="relation/my_own"))
    assert planned.plan is None
    assert "'relation/my_own'" in planned.shown.problem
    assert planned.shown.left_out == {module.NO_VALUE: 4}


def test_the_highest_are_those_of_one_model(catalogue: Catalogue) -> None:
    facts = CARDS[0].model.model_copy(update={"name": "another", "fingerprint": "a" * 64})
    catalogue.add_evidence(CARDS[0].model_copy(update={"model": facts}))
    planned = plan_wish(catalogue, BatchWish(top=2, measure="copying"))
    assert planned.plan is None
    assert "of 2 models" in planned.shown.problem
    assert "another (aaaaaaaaaaaa)" in planned.shown.problem
    of_one = BatchWish(top=2, measure="copying", filters={"model": "aaaa"})
    assert names(plan_wish(catalogue, of_one).shown) == ["L0H0"]


def test_evidence_that_cannot_be_read_is_told(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = "headlab.workflow.card_measures.card_bodies"
    monkeypatch.setattr(bodies, lambda *_: iter([(3, '{"relations": []}')]))
    with pytest.raises(DamagedEntry, match="evidence of entry 3 cannot be read"):
        plan_wish(catalogue, BatchWish(top=2, measure="copying"))


def test_more_entries_than_are_ranked_are_refused_rather_than_cut(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_RANKED", 3)
    with pytest.raises(HeadLabError, match="find 4 entries"):
        plan_wish(catalogue, BatchWish(top=2, measure="copying"))
    narrowed = BatchWish(top=2, measure="copying", filters={"operation": "copying"})
    assert names(plan_wish(catalogue, narrowed).shown) == ["L0H2", "L0H0"]
    monkeypatch.setattr(module, "MAX_HEADS", 2)  # ranks more than a batch takes
    assert names(plan_wish(catalogue, narrowed).shown) == ["L0H2", "L0H0"]


def test_every_listed_measure_ranks_something(catalogue: Catalogue) -> None:
    listed = stored_measures(catalogue)
    keys = [one.key for one in listed]
    operations = ("copying", "country_to_capital")
    assert keys == [
        "overview/relation",
        *(f"{group}/{name}" for group in ("relation", "suppression") for name in operations),
        "ablation/loss",
        "ablation/kl",
    ]  # attention is on other cards than the one that was changed last
    catalogue.add_evidence(make_card([CAPITAL], MAPPINGS, attention=ATTENTION))
    listed = stored_measures(catalogue)
    assert [one.title for one in listed if one.group == "attention"] == [
        "Positional",
        "Previous token",
    ]
    ids = [row.id for row in catalogue.list()]
    for one in listed:
        assert (one.computed, one.reason, one.scale != "state") == (True, "", True)
        values = stored_values(catalogue, ids, one.key)
        assert set(values) == set(ids)
        assert any(value is not None for value in values.values()), one.key


def test_an_empty_catalogue_has_nothing_to_rank_by(tmp_path: Path) -> None:
    with Catalogue.open(tmp_path / "catalogue.db") as empty:
        assert stored_measures(empty) == ()


@given(st.lists(st.none() | st.floats(allow_infinity=False), max_size=30))
def test_ranking_is_a_stable_order_of_what_has_a_value(values: list[float | None]) -> None:
    ranked = highest_first(dict(enumerate(values)))
    numbers = [values[place] for place in ranked]
    assert sorted(ranked) == [
        place for place, value in enumerate(values) if value is not None and not math.isnan(value)
    ]
    for (one, first), (other, second) in zip(
        zip(ranked, numbers, strict=True), list(zip(ranked, numbers, strict=True))[1:], strict=False
    ):
        assert first is not None
        assert second is not None
        assert first > second or (first == second and one < other)


def ranked_alike(bench: Bench, place: Path, attention: bool, *keys: str) -> None:
    """The highest of all heads are the same by the catalogue's evidence as by the model."""
    with Catalogue.open(place) as opened:
        for head in bench.model.heads():
            opened.add_evidence(bench.card(head, attention=attention))
        for key in keys:
            shown = plan_wish(opened, BatchWish(top=5, measure=key)).shown
            assert list(shown.heads) == select_heads(bench, Wanted(top=5, measure=key), opened)


@pytest.mark.slow
def test_the_catalogue_ranks_as_the_model_does(tiny_model: Any, tmp_path: Path) -> None:
    bench = Bench(tiny_model("gpt2"), ResultCache(tmp_path / "cache"))
    ranked_alike(bench, tmp_path / "c.db", False, "ablation/loss", "ablation/kl")


@pytest.mark.slow
def test_attention_ranks_as_the_model_does(tiny_model: Any, tmp_path: Path) -> None:
    bench = Bench(tiny_model("gpt2"), ResultCache(tmp_path / "cache"))
    ranked_alike(bench, tmp_path / "c.db", True, "attention/previous_token", "attention/positional")


@pytest.mark.slow
def test_scores_rank_as_the_model_does(
    demo_model: Any, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """The cards hold what the map shows; made here of the scores alone, by their own function."""
    from headlab.workflow.relation_rows import relation_evidence

    bench = Bench(demo_model, ResultCache(tmp_path_factory.mktemp("demo")))
    found = bench.scores()
    write_settings(LOCAL)
    with Catalogue.open(tmp_path / "catalogue.db") as opened:
        for head in demo_model.heads():
            rows = [relation_evidence(one, head, 60) for one in found.scores]
            card = make_card(rows, MAPPINGS)
            opened.add_evidence(card.model_copy(update={"model": demo_model.facts, "head": head}))
        keys = ("overview/relation", "relation/verb_to_past_tense", "suppression/name_copying")
        for key in (*keys, "country_to_capital"):
            shown = plan_wish(opened, BatchWish(top=7, measure=key)).shown
            wanted = Wanted(top=7, measure=key, undescribed=True)
            assert list(shown.heads) == select_heads(bench, wanted, opened)
