"""Time left: exact for even work, and silent while there is little to go by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headlab.workflow.pace import MEMORY, Pace


def paced(*times, what="heads", first=0):
    pace = Pace()
    for done, now in enumerate(times, first):
        pace.observe(what, done, now)
    return pace


@given(
    st.floats(0.3, 50, allow_subnormal=False),
    st.integers(2, 40),
    st.integers(0, 100),
    st.integers(0, 10**6),
    st.integers(0, 500),
)
def test_even_work_takes_as_long_as_it_did(each, n, more, start, first):
    pace = paced(*(start + each * number for number in range(n + 1)), first=first)
    now = start + each * n
    left = pace.seconds_left(first + n + more, now)
    assert left == pytest.approx(each * more, rel=1e-6, abs=1e-6)
    assert pace.seconds_left(first + n + more, now + each / 2) == pytest.approx(
        max(0, each * (more - 0.5)), rel=1e-5, abs=1e-5
    )


@pytest.mark.parametrize(
    "pace",
    [
        Pace(),
        paced(5.0),
        paced(5.0, 9.0),
        paced(5.0, 5.1, 5.2, 5.3),
    ],
)
def test_little_says_nothing(pace):
    assert pace.seconds_left(100, 9.0) is None


def test_an_unknown_length_has_no_end():
    assert paced(0.0, 1.0, 2.0, 3.0).seconds_left(0, 3.0) is None


@pytest.mark.parametrize("then", [("heads", 0), ("layers", 1), ("layers", 9)])
def test_another_step_starts_anew(then):
    pace = paced(0.0, 1.0, 2.0, 3.0)
    what, done = then
    pace.observe(what, done, 4.0)
    assert pace.seconds_left(100, 4.0) is None
    for number in range(1, 4):
        pace.observe(what, done + number, 4.0 + 10 * number)
    assert pace.seconds_left(done + 3 + 2, 34.0) == pytest.approx(20)


def test_the_same_step_told_twice_changes_nothing():
    once, twice = paced(0.0, 1.0, 2.0), paced(0.0, 1.0, 2.0)
    twice.observe("heads", 2, 2.5)
    assert twice.seconds_left(9, 2.5) == once.seconds_left(9, 2.5)


def test_the_estimate_follows_work_that_slows_down_and_is_never_negative():
    pace = paced(*(number * 0.1 for number in range(20)))
    fast = pace.seconds_left(30, 1.9)
    now = 1.9
    for done in range(20, 26):
        now += MEMORY
        pace.observe("heads", done, now)
    assert pace.seconds_left(30, now) > 50 * fast
    assert pace.seconds_left(30, now) == pytest.approx(5 * MEMORY, rel=0.1)
    assert pace.seconds_left(30, now + 1e6) == 0
    assert pace.seconds_left(20, now) == 0
