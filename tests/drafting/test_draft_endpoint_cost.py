"""The endpoint's record and what drafts cost."""

import pytest
from pydantic import ValidationError

from headlab.drafting import Endpoint
from headlab.drafting.client import draft_with_endpoint
from headlab.drafting.cost import cost, estimate
from headlab.drafting.prompt import build_prompt
from headlab.records.draft import Usage
from headlab.records.errors import SettingsError
from headlab.settings import Prices, Settings

PRICES = Prices(input=0.15, output=0.6)


def test_from_settings():
    assert Endpoint.from_settings(Settings()) is None
    made = Endpoint.from_settings(Settings(llm_model="m", llm_timeout=9, prices=PRICES))
    assert made == Endpoint(
        base_url="https://api.openai.com/v1", model="m", deadline=9, prices=PRICES
    )
    wrong = Settings().model_copy(update={"llm_model": "m", "llm_base_url": "ftp://x"})
    with pytest.raises(SettingsError, match="base_url"):
        Endpoint.from_settings(wrong)


@pytest.mark.parametrize(
    "url", ["x", "ftp://h/v1", "http://", "http://u:secret@h/v1", "http://h/v1?k=1", "http://h:x/"]
)
def test_bad_urls_are_refused_without_being_repeated(url):
    with pytest.raises(ValidationError) as refused:
        Endpoint(base_url=url, model="m")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "local", "loopback"),
    [
        ("http://127.0.0.1:8000/v1", True, True),
        ("http://[::1]:8000/v1", True, True),
        ("http://localhost:11434/v1", True, True),
        ("http://10.1.2.3/v1", True, False),
        ("http://gpu7:8000/v1", True, False),
        ("http://box.lan/v1", True, False),
        ("https://api.openai.com/v1", False, False),
        ("http://8.8.8.8/v1", False, False),
    ],
)
def test_local_endpoints(url, local, loopback):
    endpoint = Endpoint(base_url=url, model="m")
    assert (endpoint.is_local, endpoint.is_loopback) == (local, loopback)


def test_estimate_and_actual_cost(card, server, endpoint):
    paid = endpoint.model_copy(update={"prices": PRICES})
    guess = estimate(build_prompt(card), paid)
    assert 0 < guess.low < guess.high < guess.ceiling
    assert "estimated at 4 characters a token" in guess.text
    draft = draft_with_endpoint(card, paid)
    spent = cost(draft.usage, PRICES)
    assert spent.amount == pytest.approx((100 * 0.15 + 20 * 0.6) / 1e6)
    assert spent.text == "2.7e-05 for 100 + 20 tokens"


def test_the_ceiling_holds_for_a_token_a_byte_and_all_repairs(card, endpoint):
    prompt = build_prompt(card)
    size = sum(len(message.content.encode()) for message in prompt.messages)
    priced = endpoint.model_copy(update={"prices": Prices(input=1e6, output=1e6)})
    answers = 3 * endpoint.max_tokens
    assert estimate(prompt, priced).ceiling > 3 * size + answers + 2 * endpoint.max_tokens


def test_unknown_costs_say_so(card, endpoint):
    assert "no prices are set" in estimate(build_prompt(card), endpoint).text
    usage = Usage(calls=1, prompt_tokens=10, completion_tokens=5)
    assert cost(usage, Prices()).amount is None
    assert "no prices are set" in cost(usage, Prices()).text
    assert "did not say" in cost(Usage(calls=1), PRICES).text
    assert cost(Usage(), PRICES).amount == 0
