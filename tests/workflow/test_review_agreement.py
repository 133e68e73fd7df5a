"""Coefficients of agreement against published examples and plain recomputations."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from headlab.records.head import Head
from headlab.records.review_round import Case
from headlab.records.vote import Vote
from headlab.workflow.agreement import agreement, cohen_kappa, krippendorff_alpha, wilson
from headlab.workflow.tables import save_table

MISSING = np.nan
_ = MISSING
RELIABILITY_DATA = np.array(
    [  # Krippendorff 2011, section C and E: observers A to D, units 1 to 12
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
).T


def alpha_by_pairs(values: np.ndarray, scale: str) -> float:
    """Alpha as the mean difference of pairs within units over that of all pairs of values."""
    units = [[value for value in row if value == value] for row in values.tolist()]
    units = [row for row in units if len(row) >= 2]
    everything = [value for row in units for value in row]
    often = Counter(everything)

    def differ(one: float, other: float) -> float:
        if one == other:
            return 0.0
        if scale == "nominal":
            return 1.0
        low, high = sorted((one, other))
        between = sum(count for value, count in often.items() if low <= value <= high)
        return float(between - (often[low] + often[high]) / 2) ** 2

    within = sum(
        sum(differ(*pair) for pair in permutations(row, 2)) / (len(row) - 1) for row in units
    ) / len(everything)
    n = len(everything)
    chance = sum(differ(*pair) for pair in permutations(everything, 2)) / (n * (n - 1))
    return 1 - within / chance


def test_krippendorffs_published_example() -> None:
    nominal = krippendorff_alpha(RELIABILITY_DATA)
    assert nominal.value == pytest.approx(0.743, abs=5e-4)
    assert (nominal.n_units, nominal.n_values) == (11, 40)
    assert krippendorff_alpha(RELIABILITY_DATA, "ordinal").value == pytest.approx(0.815, abs=5e-4)


def test_krippendorffs_two_coders_without_missing_values() -> None:
    first = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]  # 2011, section A: binary data, alpha = .095
    second = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert krippendorff_alpha(np.array([first, second]).T).value == pytest.approx(0.095, abs=5e-4)


def test_krippendorffs_three_coders() -> None:
    values = np.array(  # the example of Wikipedia's article: nominal .691, ordinal .807
        [
            [_, _, _, _, _, 3, 4, 1, 2, 1, 1, 3, 3, _, 3],
            [1, _, 2, 1, 3, 3, 4, 3, _, _, _, _, _, _, _],
            [_, _, 2, 1, 3, 4, 4, _, 2, 1, 1, 3, 3, _, 4],
        ]
    ).T
    assert krippendorff_alpha(values).value == pytest.approx(0.691, abs=5e-4)
    assert krippendorff_alpha(values, "ordinal").value == pytest.approx(0.807, abs=5e-4)


def test_cohens_kappa_of_a_table_computed_by_hand() -> None:
    # both yes 20, only the first 5, only the second 10, both no 15: p_o .7, p_e .5 * .6 + .5 * .4
    first = np.array([1] * 25 + [0] * 25)
    second = np.array([1] * 20 + [0] * 5 + [1] * 10 + [0] * 15)
    found = cohen_kappa(first, second)
    assert found.value == pytest.approx(0.4)
    assert found.observed == pytest.approx(0.7)
    assert found.interval is not None
    assert found.interval.low < 0.4 < found.interval.high


def test_what_is_not_defined_is_none() -> None:
    same = np.ones((5, 2))
    assert krippendorff_alpha(same).value is None
    assert krippendorff_alpha(same).observed == 1.0
    assert cohen_kappa(same[:, 0], same[:, 1]).value is None
    lonely = krippendorff_alpha(np.array([[1, _], [_, 2]]))
    assert (lonely.value, lonely.interval, lonely.n_units) == (None, None, 0)
    assert krippendorff_alpha(np.array([[1.0, 2.0]])).interval is None


def test_the_interval_knows_that_units_of_one_cluster_belong_together() -> None:
    random = np.random.default_rng(0)
    first = random.integers(0, 2, 40)
    values = np.stack([first, np.where(random.random(40) < 0.8, first, 1 - first)], 1)
    repeated = np.repeat(values, 5, axis=0)
    clusters = [str(number) for number in np.repeat(np.arange(40), 5)]
    alone = krippendorff_alpha(values).interval
    together = krippendorff_alpha(repeated, clusters=clusters).interval
    naive = krippendorff_alpha(repeated).interval
    assert None not in (alone, together, naive)
    assert together.high - together.low == pytest.approx(alone.high - alone.low, rel=0.15)
    assert naive.high - naive.low < 0.7 * (together.high - together.low)
    with pytest.raises(ValueError, match="clusters"):
        krippendorff_alpha(values, clusters=["1"])


def test_intervals_cover_a_known_truth() -> None:
    random = np.random.default_rng(1)
    covered = 0
    for trial in range(100):  # raters keep a fair coin's side with chance .8: alpha = .6^2
        truth = random.integers(0, 2, 60)
        raters = [np.where(random.random(60) < 0.8, truth, 1 - truth) for _ in range(2)]
        found = krippendorff_alpha(np.stack(raters, 1), seed=trial, draws=200).interval
        assert found is not None
        covered += found.low <= 0.36 <= found.high
    assert covered >= 87


@st.composite
def reliability_data(draw: st.DrawFn) -> np.ndarray:
    n_units, n_raters = draw(st.integers(2, 8)), draw(st.integers(2, 4))
    cell = st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0, MISSING])
    row = st.lists(cell, min_size=n_raters, max_size=n_raters)
    return np.array(draw(st.lists(row, min_size=n_units, max_size=n_units)))


@given(reliability_data(), st.sampled_from(["nominal", "ordinal"]), st.randoms())
@settings(deadline=None, max_examples=80)
def test_alpha_equals_a_plain_computation_and_ignores_order(
    values: np.ndarray, scale: Any, random: Any
) -> None:
    found = krippendorff_alpha(values, scale, draws=10)
    if found.value is None:
        known = values[np.isfinite(values).sum(1) >= 2]
        assert len(np.unique(known[np.isfinite(known)])) <= 1
        return
    assert found.value == pytest.approx(alpha_by_pairs(values, scale), abs=1e-9)
    raters, units = list(range(values.shape[1])), list(range(len(values)))
    random.shuffle(raters)
    random.shuffle(units)
    moved = krippendorff_alpha(values[units][:, raters], scale, draws=10)
    assert moved.value == pytest.approx(found.value, abs=1e-9)
    if scale == "nominal":
        names = dict(zip([1.0, 2.0, 3.0, 4.0, 5.0], random.sample(range(9), 5), strict=True))
        renamed = np.vectorize(lambda value: names.get(value, MISSING), otypes=[float])(values)
        assert krippendorff_alpha(renamed, draws=10).value == pytest.approx(found.value, abs=1e-9)
    else:
        assert krippendorff_alpha(-values, scale, draws=10).value == pytest.approx(
            found.value, abs=1e-9
        )


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=20))
@settings(deadline=None, max_examples=60)
def test_kappa_equals_a_plain_computation(pairs: list[tuple[int, int]]) -> None:
    first, second = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    n = len(pairs)
    equal = sum(one == other for one, other in pairs) / n
    chance = sum((first == k).sum() * (second == k).sum() for k in range(3)) / n**2
    found = cohen_kappa(first, second, draws=10).value
    assert found == (None if chance == 1 else pytest.approx((equal - chance) / (1 - chance)))


@given(st.integers(1, 200), st.data())
@settings(deadline=None, max_examples=40)
def test_wilson_equals_scipys(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    found, expected = wilson(hits, n), binomtest(hits, n).proportion_ci(method="wilson")
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_wilson_of_nothing_is_nothing() -> None:
    assert wilson(0, 0) is None


WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def a_vote(reviewer: str, decision: str, draft_id: int = 1, **given_: Any) -> Vote:
    fields = {"id": f"{reviewer}{draft_id}", "card_hash": "c", "created_at": WHEN, **given_}
    text = "own words" if decision == "edited" else ""
    return Vote(reviewer=reviewer, decision=decision, draft_id=draft_id, text=text, **fields)


def a_case(entry_id: int, closed: list[Vote], **given_: Any) -> Case:
    fields: dict[str, Any] = {
        "model_name": "demo",
        "model_fingerprint": "f",
        "head": Head(layer=entry_id % 2, index=entry_id),
        "state": "drafted",
        "unclear": False,
        "drafts": {1: "rules"},
        "decisions": {},
        "failed_tests": (),
        "loss_change": None,
        "open_votes": (),
        "assigned": (),
    }
    return Case(entry_id=entry_id, closed_votes=tuple(closed), **(fields | given_))


def test_shares_count_decisions_before_majorities() -> None:
    cases = [
        a_case(1, [a_vote("ada", "accepted"), a_vote("bob", "accepted")]),
        a_case(2, [a_vote("ada", "accepted"), a_vote("bob", "rejected")]),  # a tie
        a_case(
            3, [a_vote("ada", "rejected"), a_vote("bob", "rejected")], decisions={1: "accepted"}
        ),
        a_case(4, [a_vote("ada", "unclear")]),
        a_case(5, [], decisions={2: "edited"}, drafts={1: "rules", 2: "llm"}),
        a_case(6, [], open_votes=(a_vote("ada", "accepted"),)),
        a_case(7, [], decisions={1: "accepted"}, model_fingerprint="g"),
    ]
    found = agreement(cases)
    rows = {(one.by, one.fingerprint, one.layer, one.drafter): one for one in found.shares}

    def counts(*key: Any) -> tuple[int, int, int]:
        one = rows[key]
        return one.n_correct, one.n_judged, one.n_unclear

    assert counts("all", None, None, None) == (3, 5, 1)
    assert counts("model", "f", None, None) == (2, 4, 1)
    assert counts("model", "g", None, None) == (1, 1, 0)
    assert counts("layer", "f", 0, None) == (0, 1, 1)
    assert counts("layer", "f", 1, None) == (2, 3, 0)
    assert counts("drafter", None, None, "llm") == (0, 1, 0)
    whole = rows["all", None, None, None]
    assert whole.share == pytest.approx(0.6)
    assert whole.interval == wilson(3, 5)
    opened = agreement(cases, with_open=True)
    assert (found.n_votes, opened.n_votes) == (7, 8)
    assert next(one for one in opened.shares if one.by == "all").n_correct == 4


def test_a_reviewers_newest_vote_counts_and_blind_ones_do_not_judge() -> None:
    later = WHEN + timedelta(hours=1)
    old, new = a_vote("ada", "accepted"), a_vote("ada", "rejected", created_at=later)
    unseen = a_vote("bob", "edited", blind=("draft", "scores"))
    found = agreement([a_case(1, [new, old, unseen])])
    assert (found.n_votes, found.shares[0].n_correct, found.shares[0].n_judged) == (1, 0, 1)


def test_agreement_of_three_reviewers_as_a_table(tmp_path: Any) -> None:
    cases = [
        a_case(
            number,
            [
                a_vote("ada", "accepted" if number % 3 else "rejected", rating=1 + number % 5),
                a_vote("bob", "accepted" if number % 6 else "rejected", rating=1 + number % 4),
                *([a_vote("cy", "unclear")] if number == 1 else []),
            ],
        )
        for number in range(1, 25)
    ]
    found = agreement(cases, seed=3)
    assert [(one.name, one.about, one.reviewers) for one in found.coefficients] == [
        ("Krippendorff's alpha", "decision", ("ada", "bob", "cy")),
        ("Krippendorff's alpha", "rating", ("ada", "bob", "cy")),
        ("Cohen's kappa", "decision", ("ada", "bob")),
    ]
    nominal, ordinal, kappa = found.coefficients
    ratings = np.array([[1 + n % 5, 1 + n % 4] for n in range(1, 25)], dtype=float)
    assert ordinal.value == pytest.approx(alpha_by_pairs(ratings, "ordinal"))
    assert kappa.n_units == 24
    assert kappa.value == pytest.approx(4 / 7)  # p_o 20/24, p_e (16 * 20 + 8 * 4) / 24^2
    assert nominal.interval.low < nominal.value < nominal.interval.high
    assert (found.n_votes, found.n_entries) == (49, 24)
    table = found.table()
    assert table.column("n")[:3] == (24, 24, 24)
    written = save_table(table, tmp_path / "agreement.csv").read_text()
    assert "Cohen's kappa (nominal)" in written
