"""The pass rule: surely above the best control, and within the batch's false discovery rate."""

import numpy as np
import pytest
from pydantic import ValidationError

from headlab.analyses.description_tests.statistics import Sample
from headlab.analyses.description_tests.verdict import compare, corrected, shortage
from headlab.records.description_test import OTHER, DescriptionTest
from headlab.records.provenance import Provenance

MADE = Provenance(
    model="m", fingerprint="f", tokenizer_hash="t", dtype="float32", device="cpu",
    attention_kernel="eager", analysis="description_test/S4", analysis_version=1,
    headlab_version="0",
)  # fmt: skip


def sample(hits, n=40, of=""):
    values = np.array([1.0] * hits + [0.0] * (n - hits))
    return Sample(values, tuple(f"{of}{i}" for i in range(n)))


def made(own, controls, p=None, verdict="fails"):
    found = compare(own, controls, 0, paired=False)
    fields = found.fields() | ({} if p is None else {"p": p})
    return DescriptionTest(
        kind="S4", verdict=verdict, reason="not yet decided", measure="m", provenance=MADE, **fields
    )


def test_the_best_control_decides():
    found = compare(sample(38), {"weak": sample(2), OTHER: sample(36)}, 0, paired=False)
    assert found.best.name == OTHER
    assert found.best.difference == pytest.approx(2 / 40)
    assert [control.name for control in found.controls] == ["weak", OTHER]
    [test] = corrected([made(sample(38), {"weak": sample(2), OTHER: sample(36)})])
    assert (test.verdict, test.best_control) == ("fails", OTHER)
    assert "not surely above the best control, another head's description, with 0.90" in test.reason
    assert test.specificity_gap == pytest.approx(2 / 40)


def test_a_clear_difference_passes():
    [test] = corrected([made(sample(38), {"weak": sample(2)})])
    assert (test.verdict, test.reason) == ("passes", "")
    assert test.difference_interval.low > 0
    assert test.q == test.p < 0.05


def test_the_batch_raises_p():
    tests = [made(sample(38), {"weak": sample(2)}, p=p) for p in (0.04, 0.5, 0.6)]
    alone, *_ = corrected(tests[:1])
    assert alone.verdict == "passes"
    first, *_ = corrected(tests)
    assert (first.verdict, first.reason) == ("fails", "q = 0.120 is above 0.05")
    assert first.q == pytest.approx(0.12)


def test_tests_that_cannot_be_made_do_not_count_in_the_batch():
    tests = [made(sample(38), {"weak": sample(2)}, p=0.04)]
    tests += [made(sample(38), {}, verdict="not testable") for _ in range(5)]
    first, *rest = corrected(tests)
    assert first.verdict == "passes"
    assert all(test.verdict == "not testable" and test.q is None for test in rest)


def test_a_control_without_rows_is_left_out():
    nothing = Sample(np.full(40, np.nan), sample(1).clusters)
    found = compare(sample(38), {"none": nothing}, 0, paired=True)
    assert (found.controls, found.best, found.p) == ((), None, None)


def test_a_control_of_a_few_rows_is_left_out():
    """Two rows, drawn again and again, would always lie below, and the test would pass surely."""
    labels = np.array([True, False] * 20)
    own = Sample(labels.astype(float), sample(1).clusters, labels)
    of_two = np.where(np.arange(40) < 2, 1 - own.values, np.nan)
    few = Sample(of_two, own.clusters, labels)
    assert compare(own, {"few": few}, 0, paired=True).controls == ()
    sides = np.where(labels | (np.arange(40) < 14), 0.5, np.nan)  # 20 and 7
    assert compare(own, {"few": Sample(sides, own.clusters, labels)}, 0, paired=True).best is None
    sides[15] = 0.5
    found = compare(own, {"enough": Sample(sides, own.clusters, labels)}, 0, paired=True)
    assert (found.best.name, found.best.score) == ("enough", 0.5)
    [short, enough] = [compare(sample(38), {"c": sample(1, n)}, 0, paired=False) for n in (9, 10)]
    assert (short.best, enough.best.n_rows) == (None, 10)


def test_rows_of_a_few_sources_are_no_test():
    """They are drawn together: with one source, the interval would have no width at all."""
    alike = Sample(np.ones(40), tuple(f"s{n % 5}" for n in range(40)))
    assert shortage("S4", alike) == "only 5 different sources, 6 are needed"
    assert shortage("S4", Sample(np.ones(40), tuple(f"s{n % 6}" for n in range(40)))) == ""


def test_too_few_rows_are_said():
    assert shortage("S4", sample(5, 19)) == "only 19 usable rows, 20 are needed"
    assert shortage("S4", sample(5, 20)) == ""
    labels = np.array([True] * 35 + [False] * 5)
    few = Sample(sample(9).values, sample(9).clusters, labels)
    assert shortage("S1", few, 3) == (
        "only 5 usable rows of one kind, 8 are needed, 3 answers were invalid"
    )


def test_a_verdict_says_why():
    with pytest.raises(ValidationError, match="must say why"):
        DescriptionTest(kind="S1", verdict="fails", measure="AUROC", provenance=MADE)
