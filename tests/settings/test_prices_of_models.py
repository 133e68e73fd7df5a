"""Each model has its own prices, and nobody else's."""

from __future__ import annotations

import itertools

import pytest

from headlab.drafting import Endpoint
from headlab.settings import Prices, Settings, write_settings
from headlab.workflow.drafts import choose_endpoint, choose_judge

OWN, TABLE = Prices(input=1.0, output=2.0), Prices(input=30.0, output=40.0)
UNKNOWN = Prices()


@pytest.mark.parametrize(
    ("model", "prices"),
    [("main", OWN), ("listed", TABLE), ("other", UNKNOWN), ("Main", UNKNOWN), ("", UNKNOWN)],
)
def test_the_table_comes_first_and_the_prices_are_those_of_the_model_that_is_set(model, prices):
    settings = Settings(llm_model="main", prices=OWN, price_table={"listed": TABLE})
    assert settings.prices_of(model) == prices


def test_the_table_overrides_the_prices_of_the_model_that_is_set():
    settings = Settings(llm_model="main", prices=OWN, price_table={"main": TABLE})
    assert settings.prices_of("main") == TABLE


def test_prices_without_a_model_are_nobodys():
    assert Settings(prices=OWN).prices_of("main") == UNKNOWN


def test_one_models_prices_change_no_others():
    """Against a lookup written out: every pair of models, priced in either place or not."""
    for set_, asked, listed in itertools.product("ab", "ab", [(), ("a",), ("b",), ("a", "b")]):
        settings = Settings(llm_model=set_, prices=OWN, price_table=dict.fromkeys(listed, TABLE))
        wanted = TABLE if asked in listed else OWN if asked == set_ else UNKNOWN
        assert settings.prices_of(asked) == wanted, (set_, asked, listed)


def write(**settings: object) -> None:
    write_settings({"llm_base_url": "http://127.0.0.1:9/v1", **settings})


def made(endpoint: Endpoint | None) -> tuple[str, Prices]:
    assert endpoint is not None
    return endpoint.model, endpoint.prices


def test_a_drafter_or_judge_that_is_named_is_not_priced_like_the_one_that_is_set():
    write(llm_model="main", prices=[1, 2], judge_model="judge")
    assert made(choose_endpoint(None)) == ("main", OWN)
    assert made(choose_endpoint("main")) == ("main", OWN)
    assert made(choose_endpoint("other")) == ("other", UNKNOWN)
    assert made(choose_judge(None)) == ("judge", UNKNOWN)
    assert made(choose_judge("main")) == ("main", OWN)
    assert made(choose_judge("other")) == ("other", UNKNOWN)
    write(price_table={"judge": [30, 40], "other": [30, 40]})
    assert made(choose_endpoint("other")) == ("other", TABLE)
    assert made(choose_judge(None)) == ("judge", TABLE)
    assert made(choose_endpoint(None)) == ("main", OWN)
