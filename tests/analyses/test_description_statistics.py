"""AUROC, balanced accuracy and their intervals, against known answers, sklearn and scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headlab.analyses.description_tests.statistics import (
    Sample,
    auroc,
    balanced_accuracy,
    cluster_weights,
    difference,
    interval,
)

ROWS = st.lists(
    st.tuples(st.integers(0, 6).map(float), st.booleans()), min_size=2, max_size=30
).filter(lambda rows: len({label for _, label in rows}) == 2)


def test_auroc_by_hand():
    # positives 3 and 1, negatives 2 and 1: wins 3>2, 3>1, 1=1 (half), of four
    assert auroc([3, 1, 2, 1], [True, True, False, False]) == 2.5 / 4
    assert auroc([2, 1], [True, False]) == 1.0
    assert auroc([1, 1], [True, False]) == 0.5
    assert np.isnan(auroc([1, 2], [True, True]))


def test_balanced_accuracy_by_hand():
    # two of three positives and one of two negatives are right
    values, labels = [0.9, 0.5, 0.1, 0.6, 0.2], [True, True, True, False, False]
    assert balanced_accuracy(values, labels, 0.5) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert np.isnan(balanced_accuracy([1.0], [True], 0.5))


@given(ROWS)
@settings(max_examples=50, deadline=None)
def test_auroc_is_the_mann_whitney_statistic(rows):
    from scipy.stats import mannwhitneyu

    values, labels = map(np.array, zip(*rows, strict=True))
    positive, negative = values[labels], values[~labels]
    wins = mannwhitneyu(positive, negative, method="asymptotic").statistic
    assert auroc(values, labels) == pytest.approx(wins / (len(positive) * len(negative)))


@pytest.mark.slow  # sklearn takes long to load
def test_both_agree_with_sklearn():
    from sklearn.metrics import balanced_accuracy_score, roc_auc_score

    random = np.random.default_rng(0)
    for _ in range(20):
        values, labels = random.integers(0, 7, 30).astype(float), random.random(30) < 0.4
        assert auroc(values, labels) == pytest.approx(roc_auc_score(labels, values))
        assert balanced_accuracy(values, labels, 3.0) == pytest.approx(
            balanced_accuracy_score(labels, values >= 3.0)
        )


@given(ROWS, st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_a_weighted_statistic_is_that_of_repeated_rows(rows, seed):
    values, labels = map(np.array, zip(*rows, strict=True))
    counts = np.random.default_rng(seed).integers(0, 3, len(values))
    repeated = auroc(values.repeat(counts), labels.repeat(counts))
    sample = Sample(values, tuple(map(str, range(len(values)))), labels)
    found = float(sample.statistic(counts[None].astype(float))[0])
    assert found == pytest.approx(repeated, nan_ok=True)


def test_the_interval_of_a_mean_is_scipys():
    from scipy.stats import bootstrap

    values = np.random.default_rng(1).normal(2, 1, 60)
    own = interval(Sample(values, tuple(map(str, range(60)))), seed=0)
    theirs = bootstrap((values,), np.mean, method="percentile", n_resamples=4000, rng=2)
    assert own.low == pytest.approx(theirs.confidence_interval.low, abs=0.03)
    assert own.high == pytest.approx(theirs.confidence_interval.high, abs=0.03)


def test_copies_of_a_row_in_one_cluster_do_not_narrow_the_interval():
    values = np.random.default_rng(1).normal(0, 1, 20)
    names = tuple(map(str, range(20)))
    single = interval(Sample(values, names), seed=3)
    copied = interval(Sample(values.repeat(5), tuple(np.repeat(names, 5))), seed=3)
    assert (copied.low, copied.high) == pytest.approx((single.low, single.high))
    free = interval(Sample(values.repeat(5), tuple(map(str, range(100)))), seed=3)
    assert free.high - free.low < 0.6 * (single.high - single.low)


def test_clusters_are_drawn_whole_and_by_seed():
    weights = cluster_weights(("a", "b", "a"), seed=1, draws=50)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 0] + weights[:, 1] == 2).all()
    assert (weights == cluster_weights(("a", "b", "a"), seed=1, draws=50)).all()
    assert (weights != cluster_weights(("a", "b", "a"), seed=2, draws=50)).any()


def test_a_missing_value_is_left_out_and_never_counted_as_zero():
    sample = Sample(np.array([1.0, np.nan, 0.5]), ("a", "b", "c"))
    assert (sample.score, sample.n_rows) == (0.75, 2)
    labelled = Sample(np.array([1.0, np.nan, 0.5]), ("a", "b", "c"), np.array([1, 0, 0]))
    assert labelled.score == 1.0


def test_a_paired_difference_uses_the_rows_that_both_have():
    own = Sample(np.array([1.0, 1.0, np.nan, 0.0]), tuple("abcd"))
    other = Sample(np.array([0.0, np.nan, 1.0, 0.0]), tuple("abcd"))
    found = difference(own, other, 0, paired=True)
    assert found.value == 0.5  # rows a and d: 1 - 0 and 0 - 0
    with pytest.raises(ValueError, match="same rows"):
        difference(own, Sample(np.zeros(2), ("a", "b")), 0, paired=True)


def test_p_counts_the_draws_at_or_below_zero():
    ones, zeros = Sample(np.ones(30), tuple(map(str, range(30)))), np.zeros(30)
    none = difference(ones, Sample(zeros, ones.clusters), 0, paired=False, draws=999)
    assert (none.value, none.p) == (1.0, 1 / 1000)
    all_ = difference(ones, ones, 0, paired=False, draws=999)
    assert (all_.value, all_.p) == (0.0, 1.0)


def test_the_paired_difference_of_the_same_noise_is_sure():
    noise = np.random.default_rng(0).normal(0, 5, 40)
    names = tuple(map(str, range(40)))
    own, other = Sample(noise + 0.5, names), Sample(noise, names)
    paired = difference(own, other, 0, paired=True)
    assert paired.interval.low == pytest.approx(0.5)
    assert difference(own, other, 0, paired=False).interval.low < 0


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="different lengths"):
        Sample(np.zeros(2), ("a",))
